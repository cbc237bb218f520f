package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// A network is one that the scenario names: either created by the lab, or one that every engine has.
type network struct {
	name   string // in the scenario
	driver string
	own    bool // created by this lab

	made *gate // opens once the fields below are valid
	fact fact.Network
}

// takesAddress reports whether the lab may choose addresses on n. On an overlay the engine chooses them.
func (n *network) takesAddress() bool { return n.own && n.driver != fact.DriverOverlay }

// mode is what people call a network's mode: the three that every engine has go by their names.
func (n *network) mode() string {
	if n.own {
		return n.driver
	}
	return n.name
}

func (b builder) createNetwork(ctx context.Context, n scenario.Network) (fact.Network, error) {
	spec := engine.NetworkSpec{Name: n.Name, Driver: n.Driver, Internal: n.Internal, Options: labels(n.Options)}
	if n.IPv6 {
		spec.IPv6 = engine.UniqueLocal()
	}
	if n.LAN != nil {
		return b.createOnLAN(ctx, n, spec)
	}
	if n.Parent == "" {
		return b.lab.site.network(ctx, b.lab.session, spec)
	}
	w := b.lab.wire(n.Parent)
	spec.Parent, spec.Subnet = w.link, w.subnet
	spec.Gateway, spec.Range = nth(w.subnet, wireRouter), upperHalf(w.subnet)
	return b.lab.session.CreateNetwork(ctx, spec)
}

func labels(options []scenario.Option) []fact.Label {
	named := make([]fact.Label, 0, len(options))
	for _, o := range options {
		named = append(named, fact.Label{Name: o.Name, Value: o.Value})
	}
	return named
}

// lacking returns Impossible for an error that says that the kernel lacks a driver's device, if only one of the
// networks can be meant: macvlan shows it when the network is created, ipvlan when the first container starts.
func lacking(err error, networks ...*network) error {
	if !errors.Is(err, engine.ErrNoKernelSupport) {
		return err
	}
	var drivers []string
	for _, n := range networks {
		if n.driver == fact.DriverMacvlan || n.driver == fact.DriverIPvlan {
			drivers = append(drivers, n.driver)
		}
	}
	if len(drivers) != 1 {
		return err
	}
	return Impossible{"this kernel has no " + drivers[0]}
}

// network creates a lab network on a free subnet.
func (s *Site) network(ctx context.Context, session *engine.Session, spec engine.NetworkSpec) (fact.Network, error) {
	for range attempts {
		subnet, err := s.take()
		if err != nil {
			return fact.Network{}, err
		}
		spec.Subnet = subnet
		spec.Gateway = nth(subnet, gatewayAddress)
		if spec.Driver != fact.DriverOverlay { // no scenario chooses addresses on an overlay
			spec.Range = upperHalf(subnet)
		}
		n, err := session.CreateNetwork(ctx, spec)
		if errors.Is(err, engine.ErrOverlap) {
			continue
		}
		return n, err
	}
	return fact.Network{}, fmt.Errorf("creating network %q: %d subnets of %s were in use",
		spec.Name, attempts, inOneLine(ranges()))
}

// seenFromHost adds what only the host knows about a network: the gateways are the bridge's own addresses, which
// inspect omits on some engines.
func seenFromHost(n fact.Network, host *fact.Stack) fact.Network {
	l := host.Link(n.Interface)
	if l == nil {
		return n
	}
	for _, a := range l.Addresses {
		p, err := netip.ParsePrefix(a)
		switch {
		case err != nil:
		case p.Addr().Is4() && n.Gateway == "":
			n.Gateway = p.Addr().String()
		case p.Addr().Is6() && p.Addr().IsGlobalUnicast() && n.IPv6Subnet != "" && n.IPv6Gateway == "":
			n.IPv6Gateway = p.Addr().String()
		}
	}
	return n
}

// networkFacts lists what conditions can name about a network. Engines from 26 on do not report a network's default
// gateway, only its containers'.
func networkFacts(name string, n fact.Network) []fact.Label {
	var facts []fact.Label
	values := networkValues(n)
	for _, f := range ask.NetworkFacts() {
		if (f.Drivers == nil || slices.Contains(f.Drivers, n.Driver)) &&
			(f.Name != ask.FactDefaultGateway || n.DefaultGateway != "") {
			facts = append(facts, fact.Label{Name: name + "." + f.Name, Value: orNone(values[f.Name])})
		}
	}
	return facts
}

// networkValues is what the fields of a network stand for, "" for nothing.
func networkValues(n fact.Network) map[string]string {
	return map[string]string{
		ask.FieldInterface:     n.Interface,
		ask.FieldSubnet:        n.Subnet,
		ask.FieldGateway:       n.Gateway,
		ask.FactMTU:            strconv.Itoa(mtu(n)),
		ask.FactICC:            strconv.FormatBool(n.ICC),
		ask.FactMasquerade:     strconv.FormatBool(n.Masquerade),
		ask.FactInternal:       strconv.FormatBool(n.Internal),
		ask.FactRange:          n.Range,
		ask.FactDefaultGateway: n.DefaultGateway,
		ask.FactGatewayMode:    gatewayMode(n),
		ask.FactHostBinding:    n.HostBinding,
		ask.FieldParent:        n.Interface,
		ask.FieldIPv6Subnet:    n.IPv6Subnet,
		ask.FieldIPv6Gateway:   n.IPv6Gateway,
		ask.VXLAN:              n.VXLAN(),
	}
}

// mtu is the MTU that a network's options ask for. Docker's default is 1500, whatever the MTU of the host's network
// card is.
func mtu(n fact.Network) int {
	if n.MTU != 0 {
		return n.MTU
	}
	return 1500
}

// gatewayMode is the gateway mode that a bridge network's options ask for. Docker's default is nat.
func gatewayMode(n fact.Network) string { return cmp.Or(n.GatewayMode, fact.GatewayNAT) }

// seeDefaultGateway records the default gateway of the default bridge's containers if the engine was given one other
// than the bridge's own address. Engine 20.10 lists it among the network's addresses. Later engines only show it for
// a container.
func (b builder) seeDefaultGateway() {
	n := b.lab.network(scenario.DefaultBridge)
	if n == nil || n.fact.DefaultGateway != "" {
		return
	}
	for _, p := range b.lab.peers {
		e := endpoint(p.inspection(), n.fact.Name)
		if e != nil && e.Gateway != "" && n.fact.Gateway != "" && e.Gateway != n.fact.Gateway {
			n.fact.DefaultGateway = e.Gateway
		}
	}
}

// defaultGateway returns the fact that seeDefaultGateway found, or nothing without the default bridge.
func (l *Lab) defaultGateway() []fact.Label {
	n := l.network(scenario.DefaultBridge)
	if n == nil {
		return nil
	}
	return []fact.Label{{Name: n.name + "." + ask.FactDefaultGateway, Value: orNone(n.fact.DefaultGateway)}}
}

// chosen returns the n-th address of the network's subnet.
func chosen(n fact.Network, number int) string {
	p, err := netip.ParsePrefix(n.Subnet)
	if err != nil {
		return ""
	}
	return nth(p, number).String()
}
