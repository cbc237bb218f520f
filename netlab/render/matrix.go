package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// A MatrixView is a matrix in words: what each cell says, and the notes that explain the cells.
type MatrixView struct {
	Headline string // "12 of 20 pairs can connect"
	Good     bool   // all can, by name too
	Facts    string // "5 containers on 2 networks, 1.2 s"
	Labels   []string
	Rows     [][]MatrixCell // by asker; the cell of a container itself is empty
	Notes    []MatrixNote
	Ports    []string // sentences about what was asked
}

// A MatrixCell is what one container can reach of another.
type MatrixCell struct {
	Word string // yes, NO, 1/2, or ?; in parentheses if only the address was asked
	Note string // the letter of the note that explains it; "" for none
	Tone Tone
	Cell *result.Cell
}

// String is the cell as a table shows it.
func (c MatrixCell) String() string {
	if c.Cell == nil {
		return "-"
	}
	return strings.TrimRight(c.Word+" "+c.Note, " ")
}

// A MatrixNote explains the cells with a letter.
type MatrixNote struct {
	Letter  string
	Head    string // the id of the cause, or what came back
	ID      string // of the cause; "" if none is proven
	Text    string
	Pairs   int
	Command string // that tells more about the first of them
}

// ViewMatrix puts a matrix into words.
func ViewMatrix(m *result.Matrix) MatrixView {
	v := MatrixView{Labels: memberLabels(m.Containers)}
	at := map[string]int{}
	for i, c := range m.Containers {
		at[c.Name] = i
		v.Rows = append(v.Rows, make([]MatrixCell, len(m.Containers)))
	}
	asked, yes, reached, named, nameless := 0, 0, 0, 0, 0
	for i := range m.Cells {
		c := &m.Cells[i]
		from, ok := at[c.From]
		to, also := at[c.To]
		if !ok || !also {
			continue // not a file that netlab wrote
		}
		word, tone, blame := sumUp(c, &m.Containers[to])
		cell := MatrixCell{Word: word, Tone: tone, Cell: c}
		if blame != nil {
			cell.Note = v.note(m, c, blame)
		}
		v.Rows[from][to] = cell
		if len(openPorts(c, &m.Containers[to])) > 0 {
			asked++
			if tone == Good {
				yes++
				if cell.Note != "" {
					nameless++
				}
			}
		}
		if c.ByAddress.State == result.HopOK {
			reached++
		}
		if c.ByName.State == result.HopOK {
			named++
		}
	}
	v.Headline = fmt.Sprintf("%d of %d pairs can connect", yes, asked)
	switch {
	case nameless > 0 && nameless == yes:
		v.Headline += ", only by address"
	case nameless > 0:
		v.Headline += fmt.Sprintf(", %d of them only by address", nameless)
	}
	if asked == 0 {
		v.Headline = fmt.Sprintf("%d of %d pairs reach each other. None listens on a TCP port", reached, len(m.Cells))
	}
	v.Good = yes == asked && reached == len(m.Cells) && named == len(m.Cells)
	v.Facts = fmt.Sprintf("%s, %s", plural(len(m.Containers), "container"), seconds(m.TookUS))
	v.Ports = portSentences(m, v.Labels)
	return v
}

// memberLabels are short names: the service of Compose, unless two containers have it, or the container's name.
func memberLabels(members []result.Member) []string {
	var labels []string
	for _, m := range members {
		label := flat(cmp.Or(m.Service, m.Name))
		for _, o := range members {
			if o.Name != m.Name && (o.Service == label || o.Name == label) {
				label = flat(m.Name)
			}
		}
		labels = append(labels, orElse(label, "?"))
	}
	return labels
}

// openPorts are the answers that decide whether a pair can connect: of the TCP ports that others could reach, or if
// there are none, of those on loopback.
func openPorts(c *result.Cell, to *result.Member) []*result.Port {
	var open, loopback []*result.Port
	for i := range c.Ports {
		p := &c.Ports[i]
		switch {
		case p.Network != "tcp":
		case slices.Contains(to.Loopback, p.Port):
			loopback = append(loopback, p)
		default:
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		return loopback
	}
	return open
}

// sumUp is a cell in a word, and the answer that needs an explanation, or nil.
func sumUp(c *result.Cell, to *result.Member) (word string, tone Tone, blame *result.Answer) {
	open := openPorts(c, to)
	ok, unknown := 0, 0
	for _, p := range open {
		switch p.State {
		case result.HopOK:
			ok++
			continue
		case result.HopUnknown:
			unknown++
		}
		if blame == nil {
			blame = &p.Answer
		}
	}
	switch {
	case len(open) == 0:
		switch c.ByAddress.State {
		case result.HopOK:
			word, tone = "(yes)", Good
		case result.HopNo:
			return "(NO)", Bad, &c.ByAddress
		default:
			return "(?)", Odd, &c.ByAddress
		}
	case ok == len(open):
		word, tone = "yes", Good
	case ok > 0:
		return fmt.Sprintf("%d/%d", ok, len(open)), Bad, blame
	case unknown == len(open):
		return "?", Odd, blame
	default:
		return "NO", Bad, blame
	}
	if c.ByName.State != result.HopOK {
		blame = &c.ByName
	}
	return word, tone, blame
}

// note returns the letter of the note that explains an answer.
func (v *MatrixView) note(m *result.Matrix, c *result.Cell, a *result.Answer) string {
	byName := a == &c.ByName
	n := MatrixNote{Head: flat(a.Cause), ID: flat(a.Cause)}
	if a.Cause == "" {
		n.Head = orElse(Long(a.Reason), "not asked")
		switch {
		case byName && a.Reason == probe.OK:
			n.Head = "another's address"
			n.Text = "By address only: the name resolves to a different address. " + flat(a.Text) + "."
		case byName:
			n.Text = "By address only: " + flat(a.Text) + "."
		case a.State == result.HopUnknown:
			n.Text = flat(a.Text) + "."
		default:
			n.Text = "No cause is proven here."
		}
	}
	for i := range v.Notes {
		if o := &v.Notes[i]; o.Head == n.Head && o.ID == n.ID {
			o.Pairs++
			return o.Letter
		}
	}
	for _, e := range m.Causes {
		if a.Cause != "" && e.ID == a.Cause && (n.Text == "" || e.From == c.From && e.To == c.To) {
			n.Text = flat(e.Title)
		}
	}
	if byName && a.Cause != "" {
		n.Text = "By address only. " + n.Text
	}
	target := flat(c.To)
	for i := range c.Ports {
		if p := &c.Ports[i]; !byName && p.Network == "tcp" && p.State != result.HopOK {
			target += ":" + strconv.Itoa(p.Port)
			break
		}
	}
	n.Letter, n.Pairs = letter(len(v.Notes)), 1
	n.Command = "netlab why " + flat(c.From) + " " + target
	v.Notes = append(v.Notes, n)
	return n.Letter
}

// letter is a, b, …, z, aa, ab, ….
func letter(i int) string {
	text := string(rune('a' + i%26))
	if i >= 26 {
		return letter(i/26-1) + text
	}
	return text
}

// portSentences say what was asked, and what was not.
func portSentences(m *result.Matrix, labels []string) []string {
	var asked, loopback, udp, none, unread []string
	for i, c := range m.Containers {
		if c.Unread != "" {
			unread = append(unread, labels[i]+": "+flat(c.Unread))
			continue
		}
		if len(c.TCP) > 0 {
			asked = append(asked, labels[i]+" "+numbers(c.TCP))
		} else if len(c.Loopback) == 0 {
			none = append(none, labels[i])
		}
		if len(c.Loopback) > 0 {
			loopback = append(loopback, labels[i]+" "+numbers(c.Loopback))
		}
		if len(c.UDP) > 0 {
			udp = append(udp, labels[i]+" "+numbers(c.UDP))
		}
	}
	var sentences []string
	add := func(head string, words []string) {
		if len(words) > 0 {
			sentences = append(sentences, head+strings.Join(words, "; "))
		}
	}
	add("TCP ports: ", asked)
	add("On loopback only: ", loopback)
	add("(yes), (NO): the address only. No TCP port is open on ", none)
	add("UDP, not asked: ", udp)
	add("Not read: ", unread)
	return sentences
}

func numbers(ports []int) string {
	var words []string
	for _, p := range ports {
		words = append(words, strconv.Itoa(p))
	}
	return strings.Join(words, ", ")
}
