package lab

import (
	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// A scenario without an upstream DNS server asks none at all. It does not ask the machine's own, because the answer
// would depend on the local network and that server would learn about the lab. Its containers ask their own loopback,
// where nothing answers.
const (
	noServer = "127.0.0.1"
	// In the host's namespace a DNS server may well listen on loopback. The kernel does not send to a broadcast address
	// from a socket that did not ask for broadcasts (EACCES).
	noServerOnHost = "127.255.255.255"
)

// dnsOf returns the DNS servers to set for p. Without any, the engine chooses.
func (b builder) dnsOf(p *peer) []string {
	switch {
	case b.lab.asksUpstream(p):
		return []string{b.lab.upstreamAddress()}
	case !b.lab.asksNobody(p):
		return nil
	case p.mode == scenario.HostNetwork:
		return []string{noServerOnHost}
	default:
		return []string{noServer}
	}
}

// asksUpstream reports whether p's resolv.conf should name the lab's upstream DNS server.
func (inv *inventory) asksUpstream(p *peer) bool {
	return inv.scenario.Upstream != "" && inv.takesServer(p)
}

// asksNobody reports whether p's resolv.conf should name no DNS server that answers, because the lab has none.
func (inv *inventory) asksNobody(p *peer) bool {
	return inv.scenario.Upstream == "" && inv.takesServer(p)
}

// takesServer reports whether netlab chooses p's DNS server. Without a network no server could be reached, so the
// engine's choice is just as good. A peer that shares a network namespace has its owner's resolv.conf.
func (inv *inventory) takesServer(p *peer) bool {
	return p.spec.DNS == "" && p.spec.Share == "" && p.mode != scenario.NoneNetwork && inv.asksNames(p)
}

// asksNames reports whether any step uses p's resolver, from p or from a container that shares its namespace. Other
// peers keep what the engine gives them and need not wait for the upstream server.
func (inv *inventory) asksNames(p *peer) bool {
	for _, st := range inv.scenario.Steps {
		from, asks := st.AsksName()
		if !asks || from == ask.Host { // the host's view may not exist yet
			continue
		}
		if asker := inv.peer(from); asker != nil && (asker == p || asker.spec.Share == p.name) {
			return true
		}
	}
	return false
}

// upstream is the lab's upstream DNS server: an outside computer, or a container of its own. It is nil without one.
func (inv *inventory) upstream() *peer {
	if w := inv.wire(inv.scenario.Upstream); w != nil {
		return w.machine
	}
	return inv.peer(ask.Upstream)
}

// upstreamAt is what must exist before the upstream server's address is known. On one of the lab's own networks the
// server itself need not exist yet.
func (b builder) upstreamAt() gates {
	if w := b.lab.wire(b.lab.scenario.Upstream); w != nil {
		return gates{w.placed}
	}
	n := b.lab.network(b.lab.scenario.Upstream)
	if n.takesAddress() {
		return gates{n.made}
	}
	return gates{n.made, b.lab.upstream().made}
}

// upstreamAddress is the upstream server's address, once it is known.
func (inv *inventory) upstreamAddress() string {
	if w := inv.wire(inv.scenario.Upstream); w != nil {
		return w.address(wireMachine)
	}
	p := inv.upstream()
	if p == nil {
		return ""
	}
	if n := inv.network(inv.scenario.Upstream); n.takesAddress() {
		return chosen(n.fact, upstreamAddress)
	}
	for _, e := range p.inspection().Endpoints {
		return e.IPv4
	}
	return ""
}

// unaskable returns a broken outcome for a lookup that Docker's DNS server could not answer by itself, in a scenario
// that has no upstream server.
func (a asking) unaskable(p ask.Question, o probe.Outcome) probe.Outcome {
	owner := a.asker
	if a.asker.spec.Share != "" {
		owner = a.lab.peer(a.asker.spec.Share)
	}
	if !ask.AsksName(p) || !ask.Server(p).IsZero() || o.Address != "" || !a.lab.asksNobody(owner) {
		return o
	}
	switch o.Reason {
	case probe.DNSError, probe.DNSNoAnswer, probe.Refused, probe.Denied:
		return probe.Outcome{
			Reason:   probe.Broken,
			Detail:   "Docker does not know the name, and the scenario has no other DNS server: " + scenario.AddUpstream,
			Evidence: o.Evidence,
		}
	}
	return o
}
