package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// afterUpgrade is a diff with a change of each kind.
func afterUpgrade() *result.Diff {
	at := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC)
	ok := result.Answer{State: result.HopOK, Reason: probe.OK, Text: "SYN-ACK from 172.18.0.3:5432"}
	drop := result.Answer{
		State: result.HopNo, Reason: probe.Timeout, Cause: "firewall", Text: "172.18.0.3:5432: no answer for 0.3 s",
	}
	silent := result.Answer{State: result.HopNo, Reason: probe.Timeout, Text: "172.18.0.4:80: no answer for 0.3 s"}
	d := &result.Diff{
		Schema: result.Schema, Kind: result.KindDiff, Compared: 12, Changed: 5,
		Old:  result.Side{File: "before.json", Started: at, Engine: fact.Engine{Version: "26.1.5"}},
		New:  result.Side{File: "after.json", Started: at.Add(time.Hour), Engine: fact.Engine{Version: "28.5.2"}},
		Gone: []string{"worker"}, Came: []string{"cache", "queue"},
	}
	add := func(from, to, what string, port int, old, now result.Answer) {
		d.Changes = append(d.Changes, result.Change{
			From: from, To: to, What: what, Port: port, Network: "tcp", Old: old, New: now,
		})
	}
	unknown := result.Answer{State: result.HopNo, Reason: probe.NameNotFound, Text: "127.0.0.11: NXDOMAIN"}
	add("old", "web", result.ByPort, 80, silent, drop)
	add("web", "db", result.ByAddress, 0, ok, drop)
	add("web", "db", result.ByPort, 5432, ok, drop)
	for i := range 15 {
		add("web", fmt.Sprintf("db%d", i+1), result.ByPort, 5432, ok, drop)
	}
	add("web", "api", result.ByName, 0, ok, unknown)
	add("api", "old", result.ByAddress, 0, drop, ok)
	add("api", "db", result.ByPort, 9000, result.Answer{State: result.Absent}, ok)
	return d
}

func TestDiff(t *testing.T) {
	same := &result.Diff{Compared: 6, Old: result.Side{File: "a.json"}, New: result.Side{File: "b.json"}}
	for name, d := range map[string]*result.Diff{"diff": afterUpgrade(), "diff-none": same} {
		for _, width := range []int{60, 80} {
			file := fmt.Sprintf("%s-%d.txt", name, width)
			t.Run(file, func(t *testing.T) {
				golden(t, file, func(w io.Writer) error { return Diff(w, d, Options{Width: width}) })
			})
		}
	}
	t.Run("diff.md", func(t *testing.T) {
		golden(t, "diff.md", func(w io.Writer) error { return DiffMarkdown(w, afterUpgrade()) })
	})
}

// What a file says never reaches the terminal as it is.
func TestDiffHostile(t *testing.T) {
	const evil = "a\x1b[2Jb\u202ec\r\n"
	d := afterUpgrade()
	d.Gone, d.Came, d.Old.File, d.New.Engine.Version = []string{evil}, []string{evil}, evil, evil
	for i := range d.Changes {
		c := &d.Changes[i]
		c.From, c.To, c.Network, c.Old.Text, c.New.Cause = evil, evil, evil, evil, evil
	}
	for _, draw := range []func(io.Writer) error{
		func(w io.Writer) error { return Diff(w, d, Options{Width: 40}) },
		func(w io.Writer) error { return DiffMarkdown(w, d) },
		func(w io.Writer) error { return JSON(w, d) },
	} {
		var b bytes.Buffer
		if err := draw(&b); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(b.String(), "\x1b\r\u202e") {
			t.Errorf("a control character is written: %q", b.String())
		}
	}
}
