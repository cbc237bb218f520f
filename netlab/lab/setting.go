package lab

import (
	"context"
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// settings are the facts that the engine does not report through its API. They are read from what it did to the host
// and to the helper.
func (s *Site) settings(stack *fact.Stack, bridges []string) []fact.Label {
	facts := []fact.Label{ofEngine(ask.FactHostGateway, s.hostGateway(stack))}
	if stack.HostFiles != nil {
		own := ownNameservers(stack)
		copied, omitted := stack.HostFiles.CopiedNameservers(s.bridge.IPv6Subnet != "")
		if own != ask.None {
			omitted = nil
		}
		facts = append(facts,
			ofEngine(ask.FactDNS, own),
			ofEngine(ask.FactDNSOmitted, orNone(strings.Join(omitted, " "))),
			ofEngine(ask.FactLoopbackDNS, own == ask.None && len(copied) == 0))
	}
	if proxy, known := s.userlandProxy(stack, bridges); known {
		facts = append(facts, ofEngine(ask.FactUserlandProxy, proxy))
	}
	return facts
}

// ownNameservers returns the DNS servers that the engine was started with, or "none". Without any, the resolv.conf of
// a container in host network mode is a verbatim copy of the host's (moby, daemon: buildSandboxOptions).
func ownNameservers(helper *fact.Stack) string {
	if slices.Equal(helper.Nameservers, helper.HostFiles.Nameservers) ||
		slices.Equal(helper.Nameservers, helper.HostFiles.Systemd) {
		return ask.None
	}
	return orNone(strings.Join(helper.Nameservers, " "))
}

// hostGatewayName is a name in the helper's hosts file for the address behind Docker's host-gateway keyword.
const hostGatewayName = "host-gateway.netlab"

// hostGateway is the address that host-gateway stands for, or "none" if it is the default bridge's gateway, as usual.
func (s *Site) hostGateway(helper *fact.Stack) string {
	for _, h := range helper.Hosts {
		if a, err := netip.ParseAddr(h.Address); err == nil && a.Is4() && slices.Contains(h.Names, hostGatewayName) {
			if h.Address == seenFromHost(s.bridge, helper).Gateway {
				return ask.None
			}
			return h.Address
		}
	}
	return ""
}

// helperHosts are the lines of the helper's /etc/hosts. An engine without a default bridge may have no host-gateway
// and then refuses the keyword.
func (s *Site) helperHosts() []string {
	if !s.bridged || s.engine.Fact().Kind == fact.KindPodman {
		return nil
	}
	return []string{hostGatewayName + ":host-gateway"}
}

// userlandProxy reports whether the engine starts a proxy for each published port. An engine that does not makes its
// bridge ports send frames back where they came from (hairpin), so that a container can reach its own published port,
// and lets packets from 127.0.0.0/8 leave docker0 (route_localnet). The latter alone proves nothing, because it may
// be the host's default.
func (s *Site) userlandProxy(host *fact.Stack, bridges []string) (proxy, known bool) {
	for _, port := range host.Links {
		if bridge := host.LinkByIndex(port.Master); bridge != nil && slices.Contains(bridges, bridge.Name) {
			return !port.Hairpin, true
		}
	}
	if s.proxy != nil {
		return *s.proxy, true
	}
	return true, host.Sysctl("net.ipv4.conf.docker0.route_localnet") == "0"
}

// tryProxy starts a container on the default bridge for a moment if nothing else shows whether the engine has its
// userland proxy.
func (s *Site) tryProxy(ctx context.Context, host *peer, stack *fact.Stack) error {
	bridges := []string{s.bridge.Interface}
	if _, known := s.userlandProxy(stack, bridges); known || !s.bridged {
		return nil
	}
	c, err := s.session.Create(ctx, engine.ContainerSpec{
		Peer: "port", Attachments: []engine.Attachment{{Network: scenario.DefaultBridge}},
	})
	if err != nil {
		return err
	}
	if _, err := c.Start(ctx); err != nil {
		return err
	}
	now, err := host.client.Look(ctx)
	if err != nil {
		return err
	}
	if proxy, known := s.userlandProxy(now, bridges); known {
		s.proxy = &proxy
	}
	return c.Stop(ctx)
}

// lacks returns which setting of the engine or its host prevents the scenario from being built, or "".
func (s *Site) lacks(sc *scenario.Scenario) string {
	onHost := func(c scenario.Container) bool {
		return slices.ContainsFunc(c.Networks, func(a scenario.Attachment) bool {
			return a.Network == scenario.HostNetwork
		})
	}
	switch {
	case s.engine.Fact().UsernsRemap && slices.ContainsFunc(sc.Containers, onHost):
		return "this engine runs with userns-remap, so it does not allow --network host"
	case !s.seen.isOpen(): // the host has not been read yet
		return ""
	}
	if why := cannotIPv6(s.engine.Fact(), s.stack); why != "" && wantsIPv6(sc) {
		return why
	}
	if needsSubnet(sc) {
		return s.NoRoom()
	}
	return ""
}

// cannotIPv6 returns why this engine cannot have a network with IPv6, or "".
func cannotIPv6(e fact.Engine, host *fact.Stack) string {
	switch {
	case !host.HasIPv6():
		return "IPv6 is off on this host (net.ipv6.conf.all.disable_ipv6)"
	case e.FirewallBackend == fact.BackendNFTables && host.Sysctl("net.ipv6.conf.all.forwarding") == "0":
		return "this host does not forward IPv6 packets (net.ipv6.conf.all.forwarding is 0), and the nftables firewall " +
			"backend of this engine leaves that to you"
	}
	return ""
}

func wantsIPv6(sc *scenario.Scenario) bool {
	return slices.ContainsFunc(sc.Networks, func(n scenario.Network) bool { return n.IPv6 }) ||
		slices.ContainsFunc(sc.Wires, func(w scenario.Wire) bool { return w.IPv6 })
}

func needsSubnet(sc *scenario.Scenario) bool {
	return len(sc.Wires) > 0 || slices.ContainsFunc(sc.Networks, func(n scenario.Network) bool { return n.LAN == nil })
}
