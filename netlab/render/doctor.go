package render

import (
	"fmt"
	"io"
	"slices"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// A Mode is a scenario that this engine can run, or the reason why it cannot.
type Mode struct {
	Name    string `json:"name"`
	Title   string `json:"title"`
	Group   string `json:"group,omitempty"`   // its heading in List, or ""
	Skipped string `json:"skipped,omitempty"` // why it cannot run; "" if it can, or if no engine was asked
}

// List draws the scenarios one per line, with their titles. Consecutive scenarios of one group share its heading.
func List(w io.Writer, modes []Mode, o Options) error {
	p := newPage(o)
	grouped := slices.ContainsFunc(modes, func(m Mode) bool { return m.Group != "" })
	indent, width := "", 0
	if grouped {
		indent = " "
	}
	for _, m := range modes {
		width = max(width, columns(indent+cut(flat(m.Name), p.width/3)))
	}
	var rows [][]string
	for i, m := range modes {
		if grouped && (i == 0 || m.Group != modes[i-1].Group) {
			p.list(width, indent, rows)
			if rows != nil {
				p.WriteByte('\n')
			}
			p.line(orElse(flat(m.Group), "OTHERS"))
			rows = nil
		}
		title := m.Title
		if m.Skipped != "" {
			title += " (not on this engine: " + m.Skipped + ")"
		}
		rows = append(rows, []string{m.Name, title})
	}
	p.list(width, indent, rows)
	return p.to(w)
}

// Doctor draws what was found out about an engine.
func Doctor(w io.Writer, d *result.Doctor, o Options) error {
	p := newPage(o)
	e := d.Engine
	p.para("Engine  ", 8, fmt.Sprintf("%s, API %s, %s, kernel %s", e.Version, e.API, e.System(), e.Kernel))
	p.para("At      ", 8, e.Host+" "+inContext(e.Context))
	if e.Kind == fact.KindDesktop {
		p.para("Kind    ", 8, "Docker Desktop: containers run in a virtual machine, not on this computer")
	}
	if e.Kind == fact.KindPodman {
		p.para("Kind    ", 8, "Podman, which answers like Docker but differs in places")
	}
	if e.UsernsRemap {
		p.para("Kind    ", 8, "userns-remap: root in a container is a different user on the host")
	}
	if e.Rootless {
		p.para("Kind    ", 8, "rootless: the containers' host is RootlessKit's network namespace")
	}

	p.heading("LESSONS IT CAN RUN")
	var modes [][]string
	var tones []Tone
	for _, m := range d.Lessons {
		if m.Skipped != "" {
			modes, tones = append(modes, []string{m.Name, "no", m.Skipped}), append(tones, Bad)
			continue
		}
		modes, tones = append(modes, []string{m.Name, "yes", m.Title}), append(tones, Good)
	}
	p.list(0, " ", modes, tones...)

	p.heading("SETTINGS THAT CHANGE HOW A MODE BEHAVES")
	facts := make([][]string, 0, len(d.Settings))
	for _, f := range d.Settings {
		means := setting(f.Name, f.Value)
		if f.Name == ask.EngineFact(ask.FactVersion) {
			means = "versions 26 and 28 changed how some modes behave"
		}
		facts = append(facts, []string{f.Name, release(f.Value), means})
	}
	p.list(0, " ", facts)

	p.heading("ADDRESSES")
	if d.NoRoom != "" {
		p.para(" ", 1, flat(d.NoRoom)+".")
	} else {
		p.para(" ", 1, fmt.Sprintf("%s in the free part of %s.", fit(d.Free), d.Range))
	}
	p.hostFindings(d)
	p.heading("LEFTOVERS")
	for _, l := range d.Left {
		p.para(" ", 3, l)
	}
	for _, l := range d.InUse {
		p.para(" in use: ", 3, l)
	}
	switch {
	case len(d.Left) > 0:
		p.para(" ", 3, "To remove them: netlab clean")
	case len(d.InUse) == 0:
		p.line(" none")
	}
	if stays := AgentStays(d.AgentBytes); stays != "" {
		p.para(" ", 3, stays+" To remove it: netlab clean --image")
	}
	return p.to(w)
}

// hostFindings lists what is wrong with the engine's host, in the words of netlab scan.
func (p *page) hostFindings(d *result.Doctor) {
	p.heading("WHAT IS WRONG WITH THE HOST")
	for i, f := range d.Findings {
		if i > 0 {
			p.WriteByte('\n')
		}
		p.finding(f)
	}
	for _, text := range d.Unseen {
		p.para(" ", 1, text)
	}
	switch {
	case len(d.Findings) > 0:
		p.para(" ", 1, "More on a line: netlab explain ID. Containers: netlab scan")
	case len(d.Unseen) == 0:
		p.line(" nothing was found")
	}
}

// heading begins a section of the page.
func (p *page) heading(text string) {
	p.WriteByte('\n')
	p.line(text)
}

func fit(free int) string {
	if free == 1 {
		return "1 more lab network fits"
	}
	return fmt.Sprintf("%d more lab networks fit", free)
}

func inContext(name string) string {
	if name == "" {
		return ""
	}
	return "(docker context " + name + ")"
}
