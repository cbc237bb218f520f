package render

import (
	"cmp"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// A segment is one network of the drawing with its containers.
type segment struct {
	labels []string // the texts on its line: the host's interface, the gateway
	cells  []cell
}

// A cell is one container on a network.
type cell struct {
	heads []string // its name and address, then anything else to say about it
	port  string
}

// width is the width of its widest line, without the gap after it.
func (c cell) width() int {
	w := max(columns("  | "+c.port), 4)
	for _, h := range c.heads {
		w = max(w, columns(h))
	}
	return w
}

const (
	cellGap    = 3 // between two containers: " br-9d1e4c07a2b1 " fits between the pluses below veth pairs
	segmentGap = 4 // between two networks in a row
)

// drawing draws the lab as it came up: each network as a double line below its containers, then the host with its links
// to the outside, then the containers that are on no network.
func (p *page) drawing(r *result.Record, sc *result.Scenario) {
	segments, hosted, apart, absent := survey(r, sc)
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

	p.hostLine(sc, hosted, absent)
	if len(apart) > 0 {
		p.para("  on no network: ", 4, strings.Join(apart, ", "))
	}
	for _, v := range Volumes(sc.Peers) {
		p.para("  volume ", 4, v.Name+": "+strings.Join(v.Places, ", "))
	}
}

// survey sorts a lab's containers by where they are: on a network, in the host's network, on none, or not started.
func survey(r *result.Record, sc *result.Scenario) (segments []segment, hosted, apart, absent []string) {
	index := map[string]int{}
	place := func(network, driver string) int {
		if i, ok := index[network]; ok {
			return i
		}
		index[network] = len(segments)
		segments = append(segments, segment{labels: labels(sc, network, flat(sc.OwnName(network)), driver)})
		return index[network]
	}
	// The containers that the lesson names come first.
	peers := slices.Clone(sc.Peers)
	slices.SortStableFunc(peers, func(a, b fact.Peer) int { return cmp.Compare(a.Role, b.Role) })
	for _, peer := range peers {
		name, notes := withGuests(sc, peer.Name)
		switch {
		case peer.Name == result.HostPeer || peer.Role == fact.RoleMachine:
			continue
		case peer.Shares != "" && peer.Shares != peer.Name && sc.Peer(peer.Shares) != nil:
			continue // shown with the container whose namespace it uses
		case peer.Mode == fact.DriverHost:
			hosted = append(hosted, name)
			continue
		case peer.Isolated():
			apart = append(apart, name+" ("+probe.WordLoopback+")")
			continue
		case len(peer.Network) == 0:
			absent = append(absent, name)
			continue
		}
		for i, e := range peer.Network {
			link := ""
			if len(peer.Network) > 1 && e.Link != "" {
				link = flat(e.Link) + " "
			}
			c := cell{heads: []string{strings.TrimSpace(name + " " + link + flat(orElse(e.IPv4, e.IPv6)))}}
			if e.IPv4 != "" && e.IPv6 != "" {
				c.heads = append(c.heads, "  | "+flat(e.IPv6))
			}
			if i == 0 {
				c.port = flat(peer.Port)
				for _, below := range slices.Concat(otherHost(r, peer), notes, published(peer)) {
					c.heads = append(c.heads, "  | "+below)
				}
			}
			s := &segments[place(e.Network, e.Driver)]
			s.cells = append(s.cells, c)
		}
	}
	for _, v := range sc.Services {
		s := &segments[place(v.Network, fact.DriverOverlay)]
		s.cells = append(s.cells, cell{heads: serviceHeads(v)})
	}
	return segments, hosted, apart, absent
}

// serviceHeads returns the lines for a swarm service: its name, its virtual IP and its tasks.
func serviceHeads(v fact.Service) []string {
	heads := []string{orElse(flat(v.Name), "?") + ", a service"}
	if v.VIP != "" {
		heads = append(heads, "  | virtual IP "+flat(v.VIP))
	}
	for _, task := range v.Tasks {
		heads = append(heads, "  | task "+flat(task))
	}
	return heads
}

// otherHost names a container's host unless it is the first engine's.
func otherHost(r *result.Record, peer fact.Peer) []string {
	if i := r.EngineOf(&peer); i > 0 {
		return []string{"on host " + orElse(flat(r.Engines[i].Name), "?")}
	}
	return nil
}

// withGuests is a container's name with those that use its network namespace, "alice + carol", and a note for each:
// "(carol shares alice's network)".
func withGuests(sc *result.Scenario, name string) (together string, notes []string) {
	together = flat(name)
	for _, guest := range sc.Peers {
		if guest.Shares == name && name != "" && guest.Name != name {
			together += " + " + flat(guest.Name)
			notes = append(notes, "("+flat(guest.Name)+" shares "+flat(name)+"'s network)")
		}
	}
	return together, notes
}

// maxPublished is the most published ports that are drawn per container.
const maxPublished = 3

// published lists a container's published ports, one per line.
func published(peer fact.Peer) []string {
	var ports []string
	for i, port := range peer.Published {
		if i == maxPublished {
			return append(ports, plural(len(peer.Published)-i, "more published port"))
		}
		ports = append(ports, flat(port))
	}
	return ports
}

// labels are the texts on a network's line: the host's interface and, if known, the gateway with the prefix length of
// the subnet.
func labels(sc *result.Scenario, name, short, driver string) []string {
	for _, n := range sc.Networks {
		if n.Name != name {
			continue
		}
		switch {
		case n.OnParent():
			return parentLabels(n, sc.Wires)
		case n.Driver == fact.DriverOverlay:
			return overlayLabels(n, short)
		}
		texts := []string{flat(orElse(n.Interface, short))}
		if n.Driver != "" && n.Driver != fact.DriverBridge {
			texts[0] += " (" + flat(n.Driver) + ")"
		}
		if n.Gateway != "" {
			_, bits, _ := strings.Cut(n.Subnet, "/")
			texts = append(texts, strings.TrimSuffix(flat(n.Gateway)+"/"+flat(bits), "/"))
		}
		return texts
	}
	if driver != "" && driver != fact.DriverBridge {
		short += " (" + flat(driver) + ")"
	}
	return []string{short}
}

// width is the width of a segment's widest line on a page with so much room.
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

// split breaks a segment that is wider than the page into several, each with as many containers as fit.
func split(s segment, room int) []segment {
	var parts []segment
	part := segment{labels: s.labels}
	used := 0
	for _, c := range s.cells {
		c.port = cut(c.port, room-4)
		c.heads = slices.Clone(c.heads)
		for i, h := range c.heads {
			c.heads[i] = cut(h, room)
		}
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

// bus draws a network's line, "==+== docker0 ===+== 172.17.0.1/16 ==", with a plus below each container. Labels go
// between the pluses, and the last gap may grow for them as far as the page allows. rest is what did not fit.
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
			if columns(more)+2 > gap || last && columns(more)+4 > gap {
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
	tallest := 0
	for _, s := range row {
		for _, c := range s.cells {
			tallest = max(tallest, len(c.heads))
		}
	}
	lines := make([]string, tallest+3) // the heads and ports above the line, and what did not fit below it
	room := p.width - 2
	for i, s := range row {
		if i > 0 {
			for n := range lines {
				lines[n] += strings.Repeat(" ", segmentGap)
			}
		}
		width := min(s.width(room), room)
		bus, rest := s.bus(width, room)
		lines[tallest+1] += pad(bus, width)
		lines[tallest+2] += pad(rest, width)
		for n := range tallest + 1 {
			lines[n] += pad(s.above(n, tallest), width)
		}
	}
	for n, l := range lines {
		if n <= tallest+1 || strings.TrimSpace(l) != "" {
			p.line("  " + l)
		}
	}
}

// above is the n-th line above a network's own line. It has the heads of the containers, with a line down to the
// network below the shorter ones, and then the ports. tallest is the number of lines of the tallest head.
func (s segment) above(n, tallest int) string {
	var b strings.Builder
	for i, c := range s.cells {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", cellGap))
		}
		text := "  |"
		switch {
		case n < len(c.heads):
			text = c.heads[n]
		case n == tallest:
			text = strings.TrimRight("  | "+c.port, " ")
		}
		b.WriteString(pad(text, c.width()))
	}
	return b.String()
}
