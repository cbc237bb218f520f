package matrix

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
	"netlab/netlab/why"
)

// Judge judges the facts. Its result has no version and no times.
func Judge(f *Facts) *result.Matrix {
	m := &result.Matrix{
		Schema: result.Schema, Kind: result.KindMatrix, Engine: f.Engine,
		Containers: []result.Member{}, Cells: []result.Cell{}, Causes: []result.Example{},
	}
	for i := range f.Members {
		m.Containers = append(m.Containers, f.member(&f.Members[i]))
	}
	found := examples{list: &m.Causes}
	for i := range f.Pairs {
		p := &f.Pairs[i]
		cell := result.Cell{
			From: f.Members[p.From].Container.Name, To: f.Members[p.To].Container.Name, Ports: []result.Port{},
		}
		found.begin(cell.From, cell.To, slices.ContainsFunc(p.Asks, func(a Ask) bool { return a.answered() }))
		cell.ByAddress = f.byAddress(p, &found)
		cell.ByName = f.byName(p, &found)
		to := &f.Members[p.To]
		for k, port := range slices.Concat(to.TCP, to.Loopback) {
			cell.Ports = append(cell.Ports, result.Port{Port: port, Network: "tcp", Answer: f.port(p, k+1, port, &found)})
		}
		for _, port := range to.UDP {
			cell.Ports = append(cell.Ports, result.Port{
				Port: port, Network: "udp", Answer: result.Answer{State: result.NotAsked},
			})
		}
		m.Cells = append(m.Cells, cell)
	}
	return m
}

func (f *Facts) member(m *Member) result.Member {
	c := m.Container
	out := result.Member{
		Name: c.Name, Project: c.Project, Service: c.Service, Image: c.Image, State: c.State, Networks: []string{},
		TCP: m.TCP, Loopback: m.Loopback, UDP: m.UDP, Unread: m.Unread,
	}
	switch owner := f.StackOwner(c); {
	case owner.Mode == survey.HostWord:
		out.Shares = survey.HostWord
	case owner != c:
		out.Shares = owner.Name
	}
	for _, e := range f.Endpoints(c) {
		out.Networks = append(out.Networks, e.Network)
	}
	return out
}

// between are the facts about a pair, to which what became of the packets is added.
func (f *Facts) between(p *Pair) *why.Facts {
	return why.Between(f.Inventory, f.Members[p.From].End, f.Members[p.To].Container)
}

// unasked is the answer if nothing was sent.
func (f *Facts) unasked(p *Pair, found *examples, port int) result.Answer {
	from, to := &f.Members[p.From], &f.Members[p.To]
	if from.Stack == nil {
		return result.Answer{
			Address: p.Address, State: result.HopUnknown, Reason: probe.Broken,
			Text: from.Name() + "'s network namespace could not be read",
		}
	}
	a := result.Answer{State: result.HopNo, Text: to.Name() + " has no address"}
	a.Cause = found.add(why.Diagnose(f.between(p)).Obstacle(), port)
	return a
}

// byAddress says whether the container's address answers at all.
func (f *Facts) byAddress(p *Pair, found *examples) result.Answer {
	if len(p.Asks) == 0 {
		return f.unasked(p, found, 0)
	}
	for i := range p.Asks {
		if a := &p.Asks[i]; a.answered() {
			return result.Answer{Address: p.Address, State: result.HopOK, Reason: probe.OK, Text: seen(p.Address, a)}
		}
	}
	a := &p.Asks[0]
	w := f.between(p)
	drop, proof := a.dropped()
	w.Sent(p.Address, a.Port, nil, a.Outcome, drop, proof) // without sockets: the question is not about the port
	answer := result.Answer{Address: p.Address, State: state(a), Reason: a.Outcome.Reason, Text: seen(p.Address, a)}
	answer.Cause = found.add(why.Diagnose(w).Obstacle(), 0)
	return answer
}

// port says whether a port answers.
func (f *Facts) port(p *Pair, ask, port int, found *examples) result.Answer {
	if len(p.Asks) == 0 {
		return f.unasked(p, found, port)
	}
	a := &p.Asks[ask]
	w := f.between(p)
	drop, proof := a.dropped()
	w.Sent(p.Address, port, f.Members[p.To].Stack, a.Outcome, drop, proof)
	answer := result.Answer{Address: p.Address, State: state(a), Reason: a.Outcome.Reason, Text: seen(p.Address, a)}
	if answer.Cause = found.add(why.Diagnose(w).Obstacle(), port); answer.Cause != "" {
		answer.State = result.HopNo // a paused program has its kernel answer
	}
	return answer
}

// byName says whether the name leads to the container.
func (f *Facts) byName(p *Pair, found *examples) result.Answer {
	from, w := &f.Members[p.From], f.between(p)
	late := fmt.Sprintf("not answered within %.0f s", namesLimit.Seconds())
	a := result.Answer{Name: w.Name(), State: result.HopUnknown}
	switch {
	case from.Stack == nil:
		a.Reason, a.Text = probe.Broken, from.Name()+"'s network namespace could not be read"
		return a
	case p.Late && p.Lookup == nil:
		a.Reason, a.Text = probe.DNSNoAnswer, late
		return a
	case p.Lookup == nil:
		a.Text = from.Name() + " mounts its own /etc/hosts or /etc/resolv.conf, which netlab does not read"
		return a
	}
	w.Asked(p.Lookup)
	a.Address = strings.Join(p.Lookup.Addresses, " ")
	a.State, a.Reason = result.HopOK, probe.OK
	if p.Lookup.Source != "" {
		a.Text = p.Lookup.Source + ": " + a.Address
	}
	for _, o := range p.Lookup.Asked {
		a.Reason, a.Text = o.Outcome.Reason, o.Server+": "+o.Outcome.Detail
		if a.Reason == probe.OK {
			a.Text = o.Server + ": " + a.Address
		}
	}
	lost := slices.ContainsFunc(p.Lookup.Addresses, func(address string) bool { return !w.Own(address) })
	switch {
	case len(p.Lookup.Addresses) > 0 && !lost:
		return a
	case a.Reason == probe.Broken && !p.Late:
		a.State = result.HopUnknown
		return a
	}
	a.State = result.HopNo
	a.Cause = found.add(w.NameCause(), 0)
	if p.Late && len(p.Lookup.Addresses) == 0 {
		a.Reason, a.Text = probe.DNSNoAnswer, late
		if a.Cause == "" {
			a.State = result.HopUnknown
			return a
		}
	}
	for _, address := range p.Lookup.Addresses {
		if other, _ := f.Owner(address, from.Container); other != nil && !w.Own(address) {
			a.Text += fmt.Sprintf("; %s is %s's address", address, other.Name)
		}
	}
	for _, end := range []survey.End{f.Members[p.To].End, from.End} {
		if len(p.Lookup.Addresses) == 0 && a.Cause == "" && end.OnHost() {
			a.Text = end.Name() + " uses the host's network, where containers have no names"
		}
	}
	return a
}

// seen is what came back, in a few words.
func seen(address string, a *Ask) string {
	at := net.JoinHostPort(address, strconv.Itoa(a.Port))
	if a.Outcome.Reason == probe.OK {
		return "SYN-ACK from " + at
	}
	if a.answered() {
		return "RST from " + at
	}
	said, _, _ := strings.Cut(a.Outcome.Detail, ";") // what is known about the next hop is for netlab why
	return at + ": " + said
}

// state is that of a port, before its container's state is considered.
func state(a *Ask) string {
	switch a.Outcome.Reason {
	case probe.OK:
		return result.HopOK
	case probe.Broken, "":
		return result.HopUnknown
	}
	return result.HopNo
}

// dropped returns what dropped the packets, and how that was measured: for many ports at once.
func (a *Ask) dropped() (rule *fact.Drop, proof string) {
	if a.Drop == nil {
		return nil, ""
	}
	what := a.Drop.Rule.String()
	if a.Drop.Several {
		what = "Docker's rules together"
	}
	to := "this port"
	if a.Drop.Asks > 1 {
		to = fmt.Sprintf("all %d silent ports", a.Drop.Asks)
	}
	return &a.Drop.Rule, fmt.Sprintf("%s counted every packet of two bursts to %s, %d and %d packets", what, to,
		a.Drop.Bursts[0], a.Drop.Bursts[1])
}

// examples collects the causes, each with the first pair that has it.
type examples struct {
	list     *[]result.Example
	keys     []string // of the list
	from, to string
	reached  bool     // the address answers, so the same cause may need other words
	counted  []string // for this pair
}

func (e *examples) begin(from, to string, reached bool) {
	e.from, e.to, e.reached, e.counted = from, to, reached, nil
}

// add returns the cause's id, or "" for none.
func (e *examples) add(c *result.Cause, port int) string {
	if c == nil {
		return ""
	}
	key := fmt.Sprintf("%s %t %s", c.ID, e.reached, c.Object)
	i := slices.Index(e.keys, key)
	if i < 0 {
		i = len(e.keys)
		e.keys = append(e.keys, key)
		*e.list = append(*e.list, result.Example{Cause: *c, From: e.from, To: e.to, Port: port})
	}
	if !slices.Contains(e.counted, key) {
		e.counted = append(e.counted, key)
		(*e.list)[i].Pairs++
	}
	return c.ID
}
