package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"netlab/netlab/result"
)

// minCell is the least width of a column of a matrix, and listWord that of the words before its lists.
const (
	minCell  = 3
	listWord = 7
)

// Matrix draws which containers can reach which: as a table with a column per container, or if that is too wide, as a
// list per container.
func Matrix(w io.Writer, m *result.Matrix, o Options) error {
	p, v := newPage(o), ViewMatrix(m)
	tone := Bad
	if v.Good {
		tone = Good
	}
	p.headlineRow(v.Headline, v.Facts, tone)
	p.WriteByte('\n')
	if !p.matrixTable(v) {
		p.matrixLists(v)
	}
	p.WriteByte('\n')
	p.matrixNotes(v)
	for _, text := range v.Ports {
		p.para("", 2, text)
	}
	last := "Nothing of yours was changed."
	for _, n := range v.Notes {
		if n.ID != "" {
			last += " Read more: netlab explain " + n.ID
			break
		}
	}
	p.para("", 2, last)
	return p.to(w)
}

// matrixTable draws the table, with numbers as headings if the names are too wide, and reports whether it fits.
func (p *page) matrixTable(v MatrixView) bool {
	for _, numbered := range []bool{false, true} {
		heads, labels := v.Labels, v.Labels
		if numbered {
			heads, labels = nil, nil
			for i, l := range v.Labels {
				heads = append(heads, fmt.Sprint(i+1))
				labels = append(labels, fmt.Sprintf("%*d %s", len(fmt.Sprint(len(v.Labels))), i+1, l))
			}
		}
		const corner = "from \\ to"
		widths := []int{columns(corner)}
		for _, l := range labels {
			widths[0] = max(widths[0], columns(l))
		}
		widths[0] = min(widths[0], p.width/3)
		sum := 1 + widths[0]
		for i, h := range heads {
			width := max(minCell, columns(h))
			for _, row := range v.Rows {
				width = max(width, columns(row[i].String()))
			}
			widths = append(widths, width)
			sum += columnGap + width
		}
		if sum > p.width {
			continue
		}
		widths[0]++
		rows := [][]string{append([]string{" " + corner}, heads...)}
		for i, row := range v.Rows {
			line := []string{" " + strings.Join(wrap(labels[i], widths[0]-1, widths[0]-1), "\n ")}
			for _, c := range row {
				line = append(line, p.paint(c.String(), c.Tone))
			}
			rows = append(rows, line)
		}
		p.grid(widths, rows)
		return true
	}
	return false
}

// matrixLists draws what each container reaches, and what not. Containers that reach the same share a list.
func (p *page) matrixLists(v MatrixView) {
	for _, group := range v.alike() {
		var names []string
		for _, i := range group {
			names = append(names, v.Labels[i])
		}
		p.para("", 2, strings.Join(names, ", "))
		var words []string
		reached := map[string][]string{}
		add := func(word, name string) {
			if reached[word] == nil {
				words = append(words, word)
			}
			reached[word] = append(reached[word], name)
		}
		if len(group) > 1 {
			add(v.Rows[group[0]][group[1]].String(), "each other")
		}
		for j, c := range v.Rows[group[0]] {
			if !slices.Contains(group, j) {
				add(c.String(), v.Labels[j])
			}
		}
		for _, word := range words {
			p.para("  "+pad(word, listWord)+" ", listWord+3, strings.Join(reached[word], ", "))
		}
	}
}

// alike groups the containers that reach the same, and one another in the same way.
func (v MatrixView) alike() [][]int {
	var groups [][]int
	same := func(i, k int, group []int) bool {
		if v.Rows[i][k].String() != v.Rows[k][i].String() ||
			len(group) > 1 && v.Rows[i][k].String() != v.Rows[group[0]][group[1]].String() {
			return false
		}
		for j := range v.Rows {
			if j != i && j != k && v.Rows[i][j].String() != v.Rows[k][j].String() {
				return false
			}
		}
		return true
	}
next:
	for i := range v.Rows {
		for g, group := range groups {
			if !slices.ContainsFunc(group, func(k int) bool { return !same(i, k, group) }) {
				groups[g] = append(group, i)
				continue next
			}
		}
		groups = append(groups, []int{i})
	}
	return groups
}

func (p *page) matrixNotes(v MatrixView) {
	for _, n := range v.Notes {
		p.headlineRow(" "+n.Letter+"  "+n.Head, plural(n.Pairs, "pair"), toneless)
		p.para("    ", 4, n.Text)
		if n.ID == "" {
			p.para("    ", 4, "Ask: "+n.Command)
		}
	}
	if len(v.Notes) > 0 {
		p.WriteByte('\n')
	}
}
