package render

import (
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// dashGap is the fewest dashes between two things on the host's line.
const dashGap = 4

// hostLine draws the engine's host and what is outside it: "---- Docker host 192.0.2.2, 10.213.7.1 ---- link ----
// outside 10.213.7.2". If there are several links, or one that does not fit next to the host, they go below it.
func (p *page) hostLine(sc *result.Scenario, hosted, absent []string) {
	var addresses []string
	if sc.Host != nil {
		addresses = slices.Clone(sc.Host.Addresses)
	}
	aside := ""
	if len(hosted) > 0 {
		aside += "; using the host's network: " + strings.Join(hosted, ", ")
	}
	if len(absent) > 0 {
		aside += "; not started: " + strings.Join(absent, ", ")
	}
	host := func(addresses []string) string {
		return strings.TrimSpace("Docker host "+flat(strings.Join(addresses, ", "))) + flat(aside)
	}
	if len(sc.Wires) == 1 {
		w := sc.Wires[0]
		near := addresses
		if at := fact.Bare(w.Host); at != "" && !slices.Contains(near, at) {
			near = append(near, at)
		}
		if p.dashed(false, host(near), flat(w.Name), machine(w)) {
			p.routers(sc)
			return
		}
	}
	if text := host(addresses); !p.dashed(true, text) {
		p.para("  ", 4, text)
	}
	for _, w := range sc.Wires {
		link := strings.TrimSpace(w.Name + " " + fact.Bare(w.Host))
		p.para("    |-- ", 8, link+" "+strings.Repeat("-", dashGap)+" "+machine(w))
	}
	p.routers(sc)
}

// dashed writes texts on one line with dashes before each, and after the last too if open. It reports whether they fit.
func (p *page) dashed(open bool, texts ...string) bool {
	const margin = 2 // on either side
	runs, used := len(texts), 2*margin
	if open {
		runs++
	}
	for _, t := range texts {
		used += 2 + columns(t)
	}
	free := p.width - used
	if free < runs || !open && free < runs*dashGap {
		return false
	}
	var b strings.Builder
	for i := range runs {
		share := free / (runs - i)
		free -= share
		b.WriteString(strings.Repeat("-", share))
		if i < len(texts) {
			b.WriteString(" " + texts[i] + " ")
		}
	}
	p.line(strings.Repeat(" ", margin) + b.String())
	return true
}

// machine describes the outside computer at the far end of a link: "outside 10.213.7.2".
func machine(w fact.Wire) string {
	return flat(orElse(w.Machine, "?") + " " + fact.Bare(w.Address))
}

// routers says which outside computers are the routers of LANs that containers have addresses on.
func (p *page) routers(sc *result.Scenario) {
	for _, w := range sc.Wires {
		onWire := func(n fact.Network) bool { return n.OnParent() && n.Interface != "" && n.Interface == w.Interface }
		if w.Router != "" && slices.ContainsFunc(sc.Networks, onWire) {
			p.para("  ", 4, orElse(flat(w.Machine), "?")+" is also this LAN's router, "+fact.Bare(w.Router))
		}
	}
}

// parentLabels is the label of a network whose containers use an interface of the host directly.
func parentLabels(n fact.Network, wires []fact.Wire) []string {
	labels := []string{flat(orElse(n.Interface, n.Name)) + " (" + flat(n.Driver) + " parent)"}
	for _, w := range wires {
		if n.Interface != "" && w.Interface == n.Interface {
			labels = append(labels, "end of "+flat(w.Name))
		}
	}
	if n.Subnet != "" {
		labels = append(labels, flat(n.Subnet))
	}
	return labels
}

// overlayLabels is the label of an overlay network.
func overlayLabels(n fact.Network, short string) []string {
	what := n.Driver
	if id := n.VXLAN(); id != "" {
		what += ", VXLAN " + flat(id)
	}
	labels := []string{short + " (" + what + ")"}
	if n.Subnet != "" {
		labels = append(labels, flat(n.Subnet))
	}
	return labels
}
