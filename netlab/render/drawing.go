package render

import (
	"cmp"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// hostPeer is the name under which the engine's host takes part in every lab; it is the host's line, not a container.
const hostPeer = "host"

// A segment is one network of the drawing and who is on it.
type segment struct {
	labels []string // what stands on its line: the host's interface, the gateway
	cells  []cell
}

// A cell is one container's place on a network.
type cell struct{ head, port string }

// width is that of the widest of its two lines, without the gap to the next.
func (c cell) width() int { return max(columns(c.head), columns("  | "+c.port), 4) }

const (
	cellGap    = 3 // between two containers: " br-9d1e4c07a2b1 " fits between the pluses below veth pairs
	segmentGap = 4 // between two networks in a row
)

// drawing draws the lab as it came up: each Linux bridge as a double line with the containers that have a port on it,
// below them the host, then the containers that are on no network.
func (p *page) drawing(sc *result.Scenario) {
	segments, hosted, apart, absent := survey(sc)
	var row []segment
	used := 0
	flush := func() {
		if len(row) > 0 {
			p.segments(row)
		}
		row, used = nil, 0
	}
	for _, s := range segments {
		for _, part := range split(s, p.width-2) {
			width := part.width(p.width - 2)
			if used > 0 && used+segmentGap+width > p.width-2 {
				flush()
			}
			if used > 0 {
				used += segmentGap
			}
			used += width
			row = append(row, part)
		}
	}
	flush()

	host := "Docker host"
	if sc.Host != nil && len(sc.Host.Addresses) > 0 {
		host += " " + strings.Join(sc.Host.Addresses, ", ")
	}
	if len(hosted) > 0 {
		host += "; in its own network: " + strings.Join(hosted, ", ")
	}
	if len(absent) > 0 {
		host += "; not started: " + strings.Join(absent, ", ")
	}
	host = flat(host)
	if dashes := p.width - 2 - columns(host) - 2; dashes >= 4 {
		p.line("  " + strings.Repeat("-", dashes/2) + " " + host + " " + strings.Repeat("-", dashes-dashes/2-2))
	} else {
		p.para("  ", 4, host)
	}
	if len(apart) > 0 {
		p.para("  on no network: ", 4, strings.Join(apart, ", "))
	}
}

// survey sorts the containers of a lab by where they are: on networks, in the host's network, on none, not started.
func survey(sc *result.Scenario) (segments []segment, hosted, apart, absent []string) {
	// An engine's own name of a network has the lab's before it.
	short := func(name string) string {
		return flat(strings.TrimPrefix(name, "netlab-"+sc.Session+"-"))
	}
	index := map[string]int{}
	place := func(network, driver string) int {
		if i, ok := index[network]; ok {
			return i
		}
		index[network] = len(segments)
		segments = append(segments, segment{labels: labels(sc.Networks, network, short(network), driver)})
		return index[network]
	}
	// Those whom the lesson is about first.
	peers := slices.Clone(sc.Peers)
	slices.SortStableFunc(peers, func(a, b result.Peer) int { return cmp.Compare(a.Role, b.Role) })
	for _, peer := range peers {
		name := flat(peer.Name)
		switch {
		case peer.Name == hostPeer:
			continue
		case peer.Mode == "host":
			hosted = append(hosted, name)
			continue
		case peer.Mode == "none" || peer.Mode == "null":
			apart = append(apart, name+" (lo only)")
			continue
		case len(peer.Network) == 0:
			absent = append(absent, name)
			continue
		}
		for i, e := range peer.Network {
			c := cell{head: strings.TrimSpace(name + " " + flat(orElse(e.IPv4, e.IPv6)))}
			if i == 0 {
				c.port = flat(peer.Port)
			}
			s := &segments[place(e.Network, e.Driver)]
			s.cells = append(s.cells, c)
		}
	}
	return segments, hosted, apart, absent
}

// labels is what a network's line says: the host's interface and, where it is known, the gateway with the length of
// the subnet's prefix.
func labels(networks []fact.Network, name, short, driver string) []string {
	for _, n := range networks {
		if n.Name != name {
			continue
		}
		all := []string{flat(orElse(n.Interface, short))}
		if n.Driver != "" && n.Driver != "bridge" {
			all[0] += " (" + flat(n.Driver) + ")"
		}
		if n.Gateway != "" {
			_, bits, _ := strings.Cut(n.Subnet, "/")
			all = append(all, strings.TrimSuffix(flat(n.Gateway)+"/"+flat(bits), "/"))
		}
		return all
	}
	if driver != "" && driver != "bridge" {
		short += " (" + flat(driver) + ")"
	}
	return []string{short}
}

// width is that of a segment's widest line, on a page with so much room.
func (s segment) width(room int) int {
	w := 0
	for i, c := range s.cells {
		if i > 0 {
			w += cellGap
		}
		w += c.width()
	}
	line, rest := s.bus(w, room)
	return max(w, columns(line), columns(rest))
}

// split breaks a segment that is wider than the page into several, each of as many containers as fit.
func split(s segment, room int) []segment {
	var parts []segment
	part := segment{labels: s.labels}
	used := 0
	for _, c := range s.cells {
		c.head, c.port = cut(c.head, room), cut(c.port, room-4)
		w := c.width()
		if len(part.cells) > 0 && used+cellGap+w > room {
			parts = append(parts, part)
			part, used = segment{labels: s.labels}, 0
		}
		if len(part.cells) > 0 {
			used += cellGap
		}
		part.cells = append(part.cells, c)
		used += w
	}
	return append(parts, part)
}

// bus draws a network's line, "==+== docker0 ===+== 172.17.0.1/16 ==", with a plus below each container. Labels stand
// between the pluses; the last gap may grow to the page's room for them, and rest has what does not fit at all.
func (s segment) bus(width, room int) (line, rest string) {
	var b strings.Builder
	labels := s.labels
	b.WriteString("==")
	for i, c := range s.cells {
		b.WriteString("+")
		last := i == len(s.cells)-1
		gap := c.width() + cellGap - 1 // to the next plus
		if last {
			gap = room - columns(b.String())
		}
		text := ""
		for len(labels) > 0 {
			more := strings.TrimPrefix(text+", "+labels[0], ", ")
			if columns(more)+2 > gap {
				break
			}
			text, labels = more, labels[1:]
		}
		if text != "" {
			text = " " + text + " "
		}
		if last {
			gap = max(width-columns(b.String()), min(columns(text)+4, gap))
		}
		left := min(2, (gap-columns(text))/2)
		b.WriteString(strings.Repeat("=", left) + text + strings.Repeat("=", gap-columns(text)-left))
	}
	return b.String(), strings.Join(labels, ", ")
}

// segments writes networks side by side.
func (p *page) segments(row []segment) {
	var heads, ports, lines, rests strings.Builder
	room := p.width - 2
	for i, s := range row {
		if i > 0 {
			for _, b := range []*strings.Builder{&heads, &ports, &lines, &rests} {
				b.WriteString(strings.Repeat(" ", segmentGap))
			}
		}
		width := min(s.width(room), room)
		var head, port strings.Builder
		for j, c := range s.cells {
			if j > 0 {
				head.WriteString(strings.Repeat(" ", cellGap))
				port.WriteString(strings.Repeat(" ", cellGap))
			}
			head.WriteString(pad(c.head, c.width()))
			port.WriteString(pad(strings.TrimRight("  | "+c.port, " "), c.width()))
		}
		bus, rest := s.bus(width, room)
		heads.WriteString(pad(head.String(), width))
		ports.WriteString(pad(port.String(), width))
		lines.WriteString(pad(bus, width))
		rests.WriteString(pad(rest, width))
	}
	p.line("  " + heads.String())
	p.line("  " + ports.String())
	p.line("  " + lines.String())
	if strings.TrimSpace(rests.String()) != "" {
		p.line("  " + rests.String())
	}
}
