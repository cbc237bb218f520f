package lab

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// A firewall is the host's firewall as read by a helper. It is unknown if no helper could read it.
type firewall struct {
	mu     sync.Mutex
	known  bool
	chains fact.Firewall
	direct string // ask.FactDirectRouting; "" if it is unknown
}

// read records what a helper's agent reads. What cannot be read stays unknown, and no expectation can name it.
func (f *firewall) read(ctx context.Context, client agentClient) {
	chains, o, err := client.Chains(ctx)
	if err != nil || o.Reason != probe.OK {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.known, f.chains = true, chains
}

// facts lists what conditions can name about the firewall. host is a view of the host.
func (f *firewall) facts(host *fact.Stack) []fact.Label {
	f.mu.Lock()
	defer f.mu.Unlock()
	var facts []fact.Label
	for _, ip := range []struct{ family, sysctl, forwarding, tables, forward, input string }{
		{"ip", "net.ipv4.ip_forward", ask.FactForwarding, ask.FactIPTables, ask.FactForwardPolicy, ask.FactInputPolicy},
		{
			"ip6", "net.ipv6.conf.all.forwarding",
			ask.FactIPv6Forwarding, ask.FactIP6Tables, ask.FactIPv6ForwardPolicy, ask.FactIPv6InputPolicy,
		},
	} {
		forwarding := ask.ForwardingOpen
		policy := f.chains.ForwardPolicy(ip.family)
		rules := f.chains.HasDocker(ip.family)
		switch {
		case host.Sysctl(ip.sysctl) == "0":
			forwarding = ask.ForwardingOff
		case !f.known:
			continue
		case f.chains.ForeignForwardPolicy(ip.family) == fact.PolicyDrop, policy == fact.PolicyDrop && !rules:
			forwarding = ask.ForwardingDropped
		}
		facts = append(facts, ofEngine(ip.forwarding, forwarding))
		if f.known {
			facts = append(facts, ofEngine(ip.tables, rules), ofEngine(ip.forward, policy),
				ofEngine(ip.input, f.chains.InputPolicy(ip.family)))
		}
	}
	if f.direct != "" {
		facts = append(facts, ofEngine(ask.FactDirectRouting, f.direct))
	}
	return facts
}

// lostRules reports whether the engine's rules are known to be gone. An engine that writes none (--iptables=false)
// does not masquerade on its default bridge either, and says so.
func (s *Site) lostRules() bool {
	f := &s.firewall
	f.mu.Lock()
	defer f.mu.Unlock()
	writes := s.bridged && s.bridge.Masquerade && s.engine.Fact().Kind != fact.KindPodman
	return f.known && (f.chains.LostRules() || writes && !f.chains.HasDocker("ip"))
}

// rulesLost is why an engine whose rules are gone cannot create networks or publish ports.
const rulesLost = "the engine's firewall rules are gone, as after a firewall reload. Restart the engine"

// needsRules reports whether building the scenario's lab makes the engine write rules.
func needsRules(sc *scenario.Scenario) bool {
	return len(sc.Services) > 0 ||
		slices.ContainsFunc(sc.Networks, func(n scenario.Network) bool {
			return n.Driver == fact.DriverBridge || n.Driver == fact.DriverOverlay
		}) ||
		slices.ContainsFunc(sc.Containers, func(c scenario.Container) bool { return len(c.Publish) > 0 })
}

// ReadFirewall reads the host's firewall, for Facts and CanBuild. If the engine does not let a helper read it, it
// stays unknown.
func (s *Site) ReadFirewall(ctx context.Context) error {
	err := s.busy(func() error {
		c, client, err := startHelper(ctx, s.session, "firewall", nil, nothing)
		if err != nil {
			return err
		}
		s.firewall.read(ctx, client)
		return errors.Join(s.tryDirect(ctx, client), c.Stop(ctx)) // if ctx has ended, closing the site removes it
	})
	if err != nil && ctx.Err() == nil {
		return nil
	}
	return err
}

// readFirewall reads the host's firewall if the lab has a link, whose helper may read it, or if an expectation depends
// on it. The World reads it for its labs.
func (b builder) readFirewall(ctx context.Context) error {
	facts := slices.DeleteFunc(ask.EngineFields(), func(f ask.Field) bool { return !f.Firewall })
	switch {
	case b.lab.readIn() != b.lab:
		return nil
	case len(b.lab.wires) > 0:
		w := b.lab.wires[0]
		if err := w.made.wait(ctx); err != nil {
			return err
		}
		return b.lab.site.busy(func() error { b.lab.firewall.read(ctx, w.helper); return nil })
	case !b.lab.scenario.DependsOn(ask.FieldNames(facts)...):
		return nil
	}
	return b.lab.site.busy(func() error {
		client, err := b.lab.helpers.any(ctx)
		if err == nil {
			b.lab.firewall.read(ctx, client)
		}
		return err
	})
}

// readIn is the lab that reads the host's firewall: the one with the link, because its helper may read it.
func (l *Lab) readIn() *Lab {
	if w := l.options.World; w != nil && len(w.wires) > 0 {
		return w
	}
	return l
}

// Others use the host too, so what one connection adds to a chain's counter is noise. A chain that all of several
// connections passed counts at least that many more packets, every time.
const (
	chainCalls = 10
	chainTries = 3
)

// Chains connects, and reads from the counters of the host's firewall which chains the packets passed. It does not
// change the firewall.
func (a asking) Chains(ctx context.Context, q ask.Chains) probe.Outcome {
	p := q.Connection()
	client, err := a.lab.readIn().helpers.any(ctx)
	if err != nil {
		return broken(err)
	}
	var o probe.Outcome
	var passed []string
	for try := range chainTries {
		before, denied, err := client.Chains(ctx)
		if err != nil {
			return broken(err)
		}
		if denied.Reason != probe.OK {
			return denied
		}
		for range chainCalls {
			if o = a.Connect(ctx, p); o.Reason != probe.OK {
				return o
			}
		}
		after, _, err := client.Chains(ctx)
		if err != nil {
			return broken(err)
		}
		found := grown(before, after, chainCalls)
		if try > 0 {
			found = slices.DeleteFunc(passed, func(c string) bool { return !slices.Contains(found, c) })
		}
		passed = found
	}
	if len(passed) == 0 {
		return probe.Outcome{Reason: probe.Denied, Detail: "none of its chains counted these packets"}
	}
	o.Evidence = append(o.Evidence, probe.Evidence{
		Source: "the host's firewall", Text: "each of these chains counted the packets",
	})
	o.Value = strings.Join(passed, " ")
	return o
}

// grown returns the chains whose counters are higher in after by at least least, as "table/chain", in the order of
// after.
func grown(before, after []fact.Chain, least uint64) []string {
	type place struct {
		family, table, name string
		legacy              bool
	}
	counted := map[place]uint64{}
	key := func(c fact.Chain) place { return place{c.Family, c.Table, c.Name, c.Legacy} }
	for _, c := range before {
		counted[key(c)] = c.Packets
	}
	var names []string
	for _, c := range slices.SortedStableFunc(slices.Values(after), fact.ComparePassage) {
		name := c.Table + "/" + c.Name
		if c.Family == "ip" && c.Packets >= counted[key(c)]+least && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
