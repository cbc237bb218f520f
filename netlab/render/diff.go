package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/result"
)

// maxAlike is how many further pairs with the same change are named.
const maxAlike = 12

// A sameChange is a change that one or more pairs have.
type sameChange struct {
	what, old, now string
	changes        []*result.Change
}

// sameChanges groups changes. That an address no longer answers is left out if a port of the pair says so too.
func sameChanges(d *result.Diff) []sameChange {
	ports := map[[2]string]bool{}
	for _, c := range d.Changes {
		if c.What == result.ByPort && c.Old.State != result.Absent && c.New.State != result.Absent {
			ports[[2]string{c.From, c.To}] = true
		}
	}
	var groups []sameChange
	for i := range d.Changes {
		c := &d.Changes[i]
		if c.What == result.ByAddress && ports[[2]string{c.From, c.To}] {
			continue
		}
		g := sameChange{what: c.What, old: changeWord(c.Old), now: changeWord(c.New)}
		at := -1
		for k := range groups {
			if groups[k].what == g.what && groups[k].old == g.old && groups[k].now == g.now {
				at = k
			}
		}
		if at < 0 {
			at, groups = len(groups), append(groups, g)
		}
		groups[at].changes = append(groups[at].changes, c)
	}
	slices.SortStableFunc(groups, func(a, b sameChange) int { return cmp.Compare(a.rank(), b.rank()) })
	return groups
}

// rank puts what no longer works first, and then what works now.
func (g sameChange) rank() int {
	switch c := g.changes[0]; result.HopOK {
	case c.Old.State:
		return 0
	case c.New.State:
		return 1
	}
	return 2
}

// count is "1 port", "2 addresses".
func (g sameChange) count() string {
	if n := len(g.changes); g.what == result.ByAddress && n > 1 {
		return fmt.Sprintf("%d addresses", n)
	}
	return plural(len(g.changes), g.what)
}

// changeWord is an answer in a few words: "yes", "NO, different-networks".
func changeWord(a result.Answer) string {
	switch a.State {
	case result.HopOK:
		return "yes"
	case result.HopUnknown:
		return "?"
	case result.NotAsked:
		return "open, not asked"
	case result.Absent:
		return "not open"
	}
	if a.Cause != "" {
		return "NO, " + flat(a.Cause)
	}
	if a.Reason != "" {
		return "NO, " + Long(a.Reason)
	}
	return "NO"
}

// changePair is what a change is about: "web → db:5432", "web → db by name".
func changePair(c *result.Change, arrow string) string {
	to := flat(c.To)
	switch c.What {
	case result.ByPort:
		to += ":" + strconv.Itoa(c.Port)
		if c.Network != "tcp" {
			to += "/" + flat(c.Network)
		}
	case result.ByName:
		to += " by name"
	case result.ByAddress:
		to += " by address"
	}
	return flat(c.From) + arrow + to
}

// changeSide is what was seen on one side.
func changeSide(a result.Answer) string {
	text := changeWord(a)
	if a.Text != "" && a.State != result.Absent {
		text += ": " + flat(a.Text)
	}
	return text
}

func diffHeadline(d *result.Diff) string {
	switch {
	case d.Compared == 0:
		return "No pair is in both matrices"
	case d.Changed == 0:
		return fmt.Sprintf("None of %s changed", plural(d.Compared, "pair"))
	}
	lost, gained := 0, 0
	for _, c := range d.Changes {
		switch {
		case c.What != result.ByPort:
		case c.Old.State == result.HopOK:
			lost++
		case c.New.State == result.HopOK:
			gained++
		}
	}
	text := fmt.Sprintf("%d of %s changed", d.Changed, plural(d.Compared, "pair"))
	if lost+gained > 0 {
		answer, do := "answer", "do"
		if lost == 1 {
			answer = "answers"
		}
		if gained == 1 {
			do = "does"
		}
		text += fmt.Sprintf(": %s no longer %s, %d now %s", plural(lost, "port"), answer, gained, do)
	}
	return text
}

// sideWords says what was compared: the file, the day and the engine.
func sideWords(s result.Side) string {
	text := flat(s.File)
	if !s.Started.IsZero() {
		text += ", " + s.Started.UTC().Format("2 January 2006 15:04 UTC")
	}
	if s.Engine.Version != "" {
		text += ", engine " + flat(s.Engine.Version)
	}
	return text
}

// Diff draws what changed between two matrices: each change once, with an example and both its sides.
func Diff(w io.Writer, d *result.Diff, o Options) error {
	p := newPage(o)
	arrow := " → "
	if o.ASCII {
		arrow = " -> "
	}
	tone := Good
	if DiffFound(d) {
		tone = Bad
	}
	p.headlineRow(diffHeadline(d), "", tone)
	p.para("old: ", 5, sideWords(d.Old))
	p.para("new: ", 5, sideWords(d.New))
	for i, g := range sameChanges(d) {
		p.WriteByte('\n')
		p.headlineRow(fmt.Sprintf("%2d  %s%s%s", i+1, g.old, arrow, g.now), g.count(), toneless)
		c := g.changes[0]
		p.para("    ", 4, changePair(c, arrow))
		p.para("      old: ", 11, changeSide(c.Old))
		p.para("      new: ", 11, changeSide(c.New))
		var also []string
		for _, other := range g.changes[1:] {
			also = append(also, changePair(other, arrow))
		}
		if n := len(also) - maxAlike; n > 0 {
			also = append(also[:maxAlike], fmt.Sprintf("and %d more (-o json)", n))
		}
		if len(also) > 0 {
			p.para("    also ", 4, strings.Join(also, ", "))
		}
	}
	if len(d.Gone)+len(d.Came) > 0 {
		p.WriteByte('\n')
	}
	for _, side := range []struct {
		what  string
		names []string
	}{{"Only in old: ", d.Gone}, {"Only in new: ", d.Came}} {
		if len(side.names) > 0 {
			p.para(side.what, 2, strings.Join(side.names, ", "))
		}
	}
	return p.to(w)
}

// DiffFound reports whether anything changed.
func DiffFound(d *result.Diff) bool { return len(d.Changes)+len(d.Gone)+len(d.Came) > 0 }

// A diffDocument is a diff in words, with a row per change.
type diffDocument struct {
	Headline, Old, New string
	Gone, Came         []string
	Changes            []diffRow
}

type diffRow struct{ Pair, Old, New string }

// DiffMarkdown writes a table with all changes.
func DiffMarkdown(w io.Writer, d *result.Diff) error {
	v := diffDocument{
		Headline: diffHeadline(d), Old: sideWords(d.Old), New: sideWords(d.New), Gone: d.Gone, Came: d.Came,
	}
	for i := range d.Changes {
		c := &d.Changes[i]
		v.Changes = append(v.Changes, diffRow{changePair(c, " → "), changeSide(c.Old), changeSide(c.New)})
	}
	return writeMarkdown(w, "diff", v)
}
