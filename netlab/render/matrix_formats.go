package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"netlab/netlab/result"
)

// MatrixCSV writes a row for each port of each pair, with a heading (RFC 4180). A pair without ports has one row.
func MatrixCSV(w io.Writer, m *result.Matrix) error {
	c := csv.NewWriter(w)
	_ = c.Write([]string{ // Error has it at the end
		"from", "to", "address", "by address", "address reason", "address cause",
		"name", "by name", "name reason", "name cause", "port", "network", "state", "reason", "cause",
	})
	for i := range m.Cells {
		cell := &m.Cells[i]
		a, n := cell.ByAddress, cell.ByName
		row := []string{
			cell.From, cell.To, a.Address, a.State, string(a.Reason), a.Cause, n.Name, n.State, string(n.Reason), n.Cause,
		}
		ports := cell.Ports
		if len(ports) == 0 {
			ports = []result.Port{{}}
		}
		for _, p := range ports {
			number := ""
			if p.Port != 0 {
				number = strconv.Itoa(p.Port)
			}
			line := append(row[:len(row):len(row)], number, p.Network, p.State, string(p.Reason), p.Cause)
			for i := range line {
				line[i] = cellCSV(line[i])
			}
			_ = c.Write(line)
		}
	}
	c.Flush()
	return c.Error()
}

// MatrixMarkdown writes the matrix as a table, with its notes below.
func MatrixMarkdown(w io.Writer, m *result.Matrix) error {
	return writeMarkdown(w, "matrix", ViewMatrix(m))
}

// MatrixMermaid writes a graph for Mermaid whose arrows are measured: which containers can connect, and at which ports.
// An arrow is dotted if only the address leads there, and not the name.
func MatrixMermaid(w io.Writer, m *result.Matrix) error {
	p, v := newPage(Options{}), ViewMatrix(m)
	fmt.Fprintf(&p.Buffer, "%%%% %s. Dotted: by address only. Measured by netlab.\ngraph LR\n", mermaid(v.Headline))
	for i, l := range v.Labels {
		fmt.Fprintf(&p.Buffer, "  c%d[\"%s\"]\n", i+1, mermaid(l))
	}
	for i, row := range v.Rows {
		for j, c := range row {
			if c.Cell == nil {
				continue
			}
			var open []int
			for _, port := range c.Cell.Ports {
				if port.State == result.HopOK {
					open = append(open, port.Port)
				}
			}
			arrow := "-->"
			if c.Cell.ByName.State != result.HopOK {
				arrow = "-.->"
			}
			if len(open) > 0 {
				fmt.Fprintf(&p.Buffer, "  c%d %s|\"%s\"| c%d\n", i+1, arrow, numbers(open), j+1)
			}
		}
	}
	return p.to(w)
}

// mermaid writes what could have a meaning in a Mermaid label as an entity code: #35; is #.
func mermaid(text string) string {
	var b strings.Builder
	for _, r := range flat(text) {
		if r > 0x7f || unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" -_./:,", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}
