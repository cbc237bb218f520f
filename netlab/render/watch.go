package render

import (
	"fmt"
	"io"
	"time"

	"netlab/netlab/result"
)

// WatchHead says what is asked again and again.
func WatchHead(w io.Writer, from, to string, span time.Duration, o Options) error {
	p := newPage(o)
	p.para("", 2, fmt.Sprintf("%s to %s, several times a second for %s. Only changes are shown.", from, to,
		words(span)))
	return p.to(w)
}

// words writes a duration as Go does, without zeros: "1m", not "1m0s".
func words(d time.Duration) string {
	text := d.String()
	for _, zeros := range []string{"m0s", "h0m"} {
		if n := len(text) - len(zeros); n > 0 && text[n:] == zeros {
			text = text[:n+1]
		}
	}
	return text
}

// Moment writes one line of a watch: when, what, and the cause if one is proven.
func Moment(w io.Writer, m result.Moment, o Options) error {
	p := newPage(o)
	p.moment(m)
	return p.to(w)
}

func (p *page) moment(m result.Moment) {
	word, tone := map[string]string{
		result.MomentWorks: "yes", result.MomentFails: "NO", result.MomentMoved: "moved", result.MomentEvent: "engine",
		result.MomentCause: "why", result.MomentListens: "listens",
	}[m.Kind], map[string]Tone{result.MomentWorks: Good, result.MomentFails: Bad}[m.Kind]
	text := flat(m.Text)
	if m.Cause != "" {
		text += " (" + m.Cause + ")"
	}
	const indent = 10 + 8
	for i, l := range wrap(text, p.width-indent, p.width-indent) {
		if i == 0 {
			p.WriteString(" " + m.At.Local().Format("15:04:05") + " " + p.paint(pad(word, 7), tone) + " " + l + "\n")
			continue
		}
		p.line(fmt.Sprintf("%*s%s", indent, "", l))
	}
}

// Watch draws how often and how fast each part was answered, and then the answer to all attempts together.
func Watch(w io.Writer, r *result.Why, o Options) error {
	p := newPage(o)
	rows := [][]string{{"", "asked", "failed", "median", "95%", "longest"}}
	for _, s := range r.Watch.Series {
		row := []string{
			" " + s.What + " " + flat(s.Source), fmt.Sprint(s.Asked), fmt.Sprintf("%d, %s", s.Failed, share(s.Failed, s.Asked)),
		}
		for _, us := range []int64{s.P50US, s.P95US, s.MaxUS} {
			if s.Failed == s.Asked {
				row = append(row, "-")
				continue
			}
			row = append(row, duration(us))
		}
		rows = append(rows, row)
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], columns(cell))
		}
	}
	p.WriteByte('\n')
	p.grid(widths, rows)
	p.WriteByte('\n')
	if err := p.to(w); err != nil {
		return err
	}
	return Why(w, r, o)
}

// share is a part in percent, with a decimal where it would otherwise be 0 or 100 without being so.
func share(part, all int) string {
	if all == 0 {
		return "0%"
	}
	percent := 100 * float64(part) / float64(all)
	if percent > 0 && percent < 1 || percent > 99 && percent < 100 {
		return fmt.Sprintf("%.1f%%", percent)
	}
	return fmt.Sprintf("%.0f%%", percent)
}
