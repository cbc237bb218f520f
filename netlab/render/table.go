package render

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

const columnGap = 2 // between two columns of a table

// grid writes rows of cells without lines, in columns of the given widths. Every line of a cell must fit its column and
// be plain, apart from colors. Otherwise the library would cut or wrap it in its own way.
func (p *page) grid(widths []int, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	each := tw.NewMapper[int, int]()
	for i, w := range widths {
		each.Set(i, w)
	}
	var b bytes.Buffer
	table := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbolCustom("gap").WithColumn(strings.Repeat(" ", columnGap)),
			Settings: tw.Settings{
				Lines: tw.LinesNone,
				Separators: tw.Separators{
					ShowHeader: tw.Off, ShowFooter: tw.Off, BetweenRows: tw.Off, BetweenColumns: tw.On,
				},
			},
		})),
		tablewriter.WithRowConfig(tw.CellConfig{
			Formatting: tw.CellFormatting{AutoFormat: tw.Off},
			Alignment:  tw.CellAlignment{Global: tw.AlignLeft},
			Padding:    tw.CellPadding{Global: tw.PaddingNone},
		}),
		tablewriter.WithRowAutoWrap(tw.WrapNone), // explicitly, because a zero value counts as not set
		tablewriter.WithColumnWidths(each),
		tablewriter.WithTrimSpace(tw.Off),
		// In an East Asian locale the library counts "…" as two columns, but current terminals use one.
		tablewriter.WithEastAsian(tw.Off),
	)
	for _, row := range rows {
		if err := table.Append(row); err != nil {
			p.err = fmt.Errorf("drawing a table: %w", err)
			return
		}
	}
	if err := table.Render(); err != nil {
		p.err = fmt.Errorf("drawing a table: %w", err)
		return
	}
	for line := range strings.Lines(b.String()) {
		p.WriteString(strings.TrimRight(line, " \n"))
		p.WriteByte('\n')
	}
}

// list writes a table of texts without a header. Each column is as wide as it needs, the first at least as wide as
// least. The last takes the rest of the page and wraps its texts. The tones are of the second cells.
func (p *page) list(least int, indent string, rows [][]string, tones ...Tone) {
	if len(rows) == 0 {
		return
	}
	last := len(rows[0]) - 1
	widths := make([]int, last+1)
	widths[0] = least
	used := 0
	for i := range last {
		for n, row := range rows {
			row[i] = cut(flat(row[i]), p.width/3)
			if i == 0 {
				row[i] = indent + row[i]
			}
			widths[i] = max(widths[i], columns(row[i]), 1)
			if i == 1 && tones != nil {
				row[i] = p.paint(row[i], tones[n])
			}
		}
		used += widths[i] + columnGap
	}
	widths[last] = max(p.width-used, 1)
	for _, row := range rows {
		row[last] = strings.Join(wrap(row[last], widths[last], widths[last]), "\n")
	}
	p.grid(widths, rows)
}

// shorten makes a value fit into a cell. A list of words keeps the first ones and counts the others, "lo eth0 +7".
// Other values are cut.
func shorten(value string, room int) string {
	words := strings.Fields(value)
	if columns(value) <= room || len(words) < 2 {
		return cut(value, room)
	}
	for keep := len(words) - 1; keep > 0; keep-- {
		short := fmt.Sprintf("%s +%d", strings.Join(words[:keep], " "), len(words)-keep)
		if columns(short) <= room {
			return short
		}
	}
	return cut(value, room)
}
