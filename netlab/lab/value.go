package lab

import (
	"context"
	"errors"
	"fmt"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Value returns what a reference is right now, as seen by asker. It returns an error if the reference has no value: a
// peer without an address, or a network that the engine does not have.
func (l *Lab) Value(ctx context.Context, r ask.Reference, asker string) (string, error) {
	var (
		v   string
		err error
	)
	switch {
	case r.Head == ask.Localhost:
		return ask.Localhost, nil
	case r.Head == ask.EngineHead:
		v = l.engineFact(r.Field)
	case l.peer(r.Head) != nil && r.Network != "":
		v = l.endpointValue(l.peer(r.Head), r.Network, r.Field)
	case l.peer(r.Head) != nil:
		v, err = l.peerValue(ctx, l.peer(r.Head), r.Field, asker)
	case l.image(r.Head) != nil:
		o := asking{l, nil}.Inspect(ctx, ask.Inspect{Image: r.Head, Thing: r.Field})
		if v = o.Value; o.Reason != probe.OK {
			err = errors.New(o.Detail)
		}
	case l.wire(r.Head) != nil:
		v = l.wire(r.Head).value(r.Field)
	case l.service(r.Head) != nil:
		v = l.service(r.Head).value(r.Field)
	case l.network(r.Head) != nil:
		v = networkValues(l.network(r.Head).fact)[r.Field]
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", r, err)
	}
	if v == "" {
		return "", fmt.Errorf("%s has no value in this lab", r)
	}
	return v, nil
}

// Facts lists what conditions can name in this lab, in the order of its networks.
func (l *Lab) Facts() []fact.Label {
	host := l.site.stack
	var bridges []string
	if l.host != nil {
		host = l.host
		for _, n := range l.networks {
			if n.own && n.driver == fact.DriverBridge {
				bridges = append(bridges, n.fact.Interface)
			}
		}
	}
	facts := append(l.defaultGateway(), l.site.facts(host, bridges...)...)
	facts = append(facts, l.readIn().firewall.facts(host)...)
	for _, n := range append(l.worldNetworks(), l.networks...) {
		if n.own || n.name == ask.GatewayBridge {
			facts = append(facts, networkFacts(n.name, n.fact)...)
		}
	}
	return facts
}

func (l *Lab) engineFact(field string) string {
	for _, f := range l.Facts() {
		if f.Name == ask.EngineFact(field) {
			return f.Value
		}
	}
	return ""
}

func (inv *inventory) endpointValue(p *peer, name, field string) string {
	n := inv.network(name)
	if n == nil {
		return ""
	}
	if field == ask.FieldChosen {
		for _, a := range p.spec.Networks {
			if a.Network == name && a.Address != 0 {
				return chosen(n.fact, a.Address)
			}
		}
		return ""
	}
	if name == ask.GatewayBridge {
		return p.addressIn(n.fact.Subnet)
	}
	if field == ask.FieldFQDN && p.container != nil {
		return p.container.Name() + "." + n.fact.Name + "."
	}
	e := endpoint(p.inspection(), n.fact.Name)
	if e == nil {
		return ""
	}
	switch field {
	case ask.FieldIPv4:
		return e.IPv4
	case ask.FieldIPv6:
		return e.IPv6
	case ask.FieldMAC:
		return e.MAC
	case ask.FieldGateway:
		return e.Gateway
	}
	return ""
}

func (l *Lab) peerValue(ctx context.Context, p *peer, field, asker string) (string, error) {
	switch field {
	case "":
		if p.name == ask.Host {
			return l.hostAddress(asker), nil
		}
		return l.addressFor(p, asker), nil
	case ask.FieldName:
		return p.name, nil
	case ask.FieldAlias:
		for _, a := range p.spec.Networks {
			if len(a.Aliases) > 0 {
				return a.Aliases[0], nil
			}
		}
		return "", nil
	case ask.FieldContainer, ask.FieldShortID:
		if p.container == nil {
			return "", Absent{p.name}
		}
		if field == ask.FieldContainer {
			return p.container.Name(), nil
		}
		return p.container.ID()[:12], nil
	case ask.FieldIPv4:
		return l.firstAddress(p, p.inspection()), nil
	case ask.FieldFirstIPv4:
		return l.firstAddress(p, p.first), nil
	case ask.FieldIPv6:
		for _, a := range p.spec.Networks {
			return l.endpointValue(p, a.Network, ask.FieldIPv6), nil
		}
		return "", nil
	case ask.FieldGateway:
		for _, a := range p.spec.Networks {
			return l.endpointValue(p, a.Network, ask.FieldGateway), nil
		}
		return "", nil
	}
	o := asking{l, p}.Read(ctx, ask.Read{Thing: field})
	if o.Reason != probe.OK {
		return "", fmt.Errorf("reading it: %s", o.Detail)
	}
	return o.Value, nil
}

// addressFor returns p's address on a network that it shares with the asker, or else its first one.
func (inv *inventory) addressFor(p *peer, asker string) string {
	if owner := inv.peer(p.spec.Share); owner != nil {
		return inv.addressFor(owner, asker)
	}
	if a := inv.peer(asker); a != nil {
		for _, mine := range a.inspection().Endpoints {
			if e := endpoint(p.inspection(), mine.Network); e != nil && e.IPv4 != "" {
				return e.IPv4
			}
		}
	}
	return inv.firstAddress(p, p.inspection())
}

// hostAddress returns the host's address as the asker reaches it: the gateway of a bridge that the asker is on, or
// the host's end of the link that is the asker's LAN or ends at it. If there is neither, it returns the default
// bridge's gateway, so that the asker's own kernel reports why the host cannot be reached.
func (inv *inventory) hostAddress(asker string) string {
	a := inv.peer(asker)
	for _, w := range inv.wires {
		if w.machine == a {
			return w.value(ask.FieldHost)
		}
	}
	if a != nil {
		for _, e := range a.inspection().Endpoints {
			for i := range inv.networks {
				n := &inv.networks[i]
				switch parent := inv.parent(n); {
				case n.fact.Name != e.Network:
				case parent != nil:
					return parent.value(ask.FieldHost)
				case n.driver == fact.DriverBridge:
					return n.fact.Gateway
				}
			}
		}
	}
	if gateway := inv.network(ask.GatewayBridge); gateway != nil {
		return gateway.fact.Gateway
	}
	return seenFromHost(inv.site.bridge, inv.site.stack).Gateway
}

// firstAddress returns p's address on the first network that the scenario lists for it.
func (inv *inventory) firstAddress(p *peer, now engine.Inspection) string {
	if w := inv.wireTo(p); w != nil {
		return w.address(wireMachine)
	}
	for _, a := range p.spec.Networks {
		if n := inv.network(a.Network); n != nil {
			if e := endpoint(now, n.fact.Name); e != nil {
				return e.IPv4
			}
		}
	}
	return ""
}

func endpoint(now engine.Inspection, network string) *fact.Endpoint {
	for i := range now.Endpoints {
		if now.Endpoints[i].Network == network {
			return &now.Endpoints[i]
		}
	}
	return nil
}
