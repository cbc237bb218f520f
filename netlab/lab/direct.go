package lab

import (
	"context"
	"strconv"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// dropsDirect reports whether this engine has a rule for each container that drops what other computers send to its
// address. It has none if it was started with --allow-direct-routing, which it reports nowhere.
func (s *Site) dropsDirect() bool { return s.engine.Fact().AtLeast(28) }

// readDirect reads from the host's firewall whether the engine drops what is sent straight to the containers on a
// bridge. At least one of them must be running.
// A firewall that cannot be read stays unknown.
func (f *firewall) readDirect(ctx context.Context, client agentClient, bridge fact.Network) {
	chains, err := readChains(ctx, client)
	if err != nil || gatewayMode(bridge) != fact.GatewayNAT || !chains.HasDocker("ip") {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.direct = strconv.FormatBool(!chains.DropsDirect(bridge.Interface))
}

// awaitDirect reads that fact once a container of the lab runs on one of its bridges, if an expectation names it.
func (b builder) awaitDirect(ctx context.Context) error {
	if !b.lab.site.dropsDirect() || !b.lab.scenario.DependsOn(ask.FactDirectRouting) {
		return nil
	}
	for _, p := range b.lab.peers {
		if p.machine || p.spec.Created || startMeasured(b.lab.scenario, p) || b.lab.follows(p) || len(p.spec.Networks) == 0 {
			continue
		}
		n := b.lab.network(p.spec.Networks[0].Network)
		if n == nil || n.driver != fact.DriverBridge {
			continue
		}
		if err := p.made.wait(ctx); err != nil {
			return err
		}
		return b.lab.site.busy(func() error {
			client, err := b.lab.helpers.any(ctx)
			if err == nil {
				b.lab.firewall.readDirect(ctx, client, n.fact)
			}
			return err
		})
	}
	return nil
}

// tryDirect reads that fact for the engine, with a container that runs on the default bridge for a moment.
func (s *Site) tryDirect(ctx context.Context, client agentClient) error {
	if !s.dropsDirect() || !s.bridged {
		return nil
	}
	c, err := s.session.Create(ctx, engine.ContainerSpec{
		Peer: "direct", Attachments: []engine.Attachment{{Network: scenario.DefaultBridge}},
	})
	if err != nil {
		return err
	}
	if _, err := c.Start(ctx); err != nil {
		return err
	}
	s.firewall.readDirect(ctx, client, s.bridge)
	return c.Stop(ctx)
}
