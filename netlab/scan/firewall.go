package scan

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// firewallWord is the source of what was read of the host's firewall.
const firewallWord = "the host's firewall"

// The families of a firewall's chains. All rules but firewallDoesNotCover look at IPv4 alone.
const (
	ip  = "ip"
	ip6 = "ip6"
)

// writesRules reports whether the engine writes firewall rules. One that does not ("iptables": false) does not
// masquerade on its default bridge either, and says so. Without a default bridge it is not known.
func (f *Facts) writesRules() (writes, known bool) {
	n := f.Network(survey.DefaultBridge)
	switch {
	case f.Firewall == nil || f.Engine.Kind == fact.KindPodman:
		return false, false
	case f.Firewall.HasDocker(ip):
		return true, true
	case n == nil:
		return false, false
	}
	return n.Masquerade, true
}

// dockerRulesMissing: rules of the engine are gone, as after a firewall was reloaded, or the engine writes none.
func dockerRulesMissing(f *Facts) []result.Finding {
	writes, known := f.writesRules()
	switch {
	case !known:
		return nil
	case !writes:
		return []result.Finding{found(result.Note, &result.Cause{
			Title: "This engine writes no firewall rules (\"iptables\": false). It neither isolates networks nor masquerades, " +
				"and published ports go through its proxy.",
			Object: hostName, Direction: result.Request,
			Evidence: []probe.Evidence{
				say.Seen("docker network inspect bridge", "com.docker.network.bridge.enable_ip_masquerade is false"),
				say.Seen(firewallWord, "it has none of Docker's chains"),
			},
			Fix: []result.Fix{say.Fix(result.FixHost, "If this is not intended, remove the setting and restart the engine.")},
		})}
	}
	lost := f.lostRules()
	if len(lost) == 0 {
		return nil
	}
	cause := &result.Cause{
		Title:  "Docker's rules are missing from the host's firewall, as after a firewall reload.",
		Object: hostName, Direction: result.Request,
		Fix: []result.Fix{say.Run(say.Fix(result.FixHost,
			"Restart the engine, which writes its rules again. Without live-restore this restarts the containers."),
			"systemctl restart docker")},
	}
	for _, what := range lost {
		cause.Evidence = append(cause.Evidence, say.Seen(firewallWord, "%s", what))
	}
	return []result.Finding{found(result.Problem, cause)}
}

// lostRules says which rules an engine that writes rules does not have.
func (f *Facts) lostRules() []string {
	switch fw := *f.Firewall; {
	case !fw.HasDocker(ip):
		return []string{"it has none of Docker's chains, although the engine masquerades on its default bridge"}
	case nftables(&f.Engine):
		return nil // its chains have hooks of their own
	}
	var lost []string
	if what := f.Firewall.Missing(); what != "" {
		lost = append(lost, what)
	}
	if shut := f.shut(); len(shut) > 0 {
		lost = append(lost, "none of Docker's rules accepts these published ports: "+someOf(shut))
	}
	return lost
}

// nftables reports whether the engine writes its rules with nft, into tables of its own.
func nftables(e *fact.Engine) bool { return e.FirewallBackend == fact.BackendNFTables }

// shut lists published ports that none of the engine's rules accepts: "172.18.0.2:80/tcp (web)". It leaves out what
// may be accepted at another address.
func (f *Facts) shut() []string {
	var all []string
	for i := range f.Containers {
		c := &f.Containers[i]
		if !c.Running() || c.Owner() != "" || len(c.Endpoints) == 0 || slices.ContainsFunc(c.Endpoints,
			func(e fact.ContainerEndpoint) bool {
				n := f.Network(e.Network)
				return n == nil || n.Driver != fact.DriverBridge || n.Internal || e.IPv4 == ""
			}) {
			continue
		}
		for _, b := range published(c) {
			number, network := survey.SplitPort(b.Port)
			if network != "tcp" && network != "udp" || strings.Contains(b.HostIP, ":") || b.HostPort == 0 {
				continue
			}
			if !slices.ContainsFunc(c.Endpoints, func(e fact.ContainerEndpoint) bool {
				return accepted(*f.Firewall, e.IPv4, network, number)
			}) {
				all = append(all, fmt.Sprintf("%s:%s (%s)", c.Endpoints[0].IPv4, b.Port, c.Name))
			}
		}
	}
	return all
}

// accepted reports whether a rule of a chain of Docker's accepts packets to a port of a container.
func accepted(fw fact.Firewall, address, network string, port int) bool {
	return slices.ContainsFunc(fw, func(c fact.Chain) bool {
		return c.Family == ip && c.Table == "filter" && c.Docker() && slices.ContainsFunc(c.Passes, func(r fact.Rule) bool {
			has, known := r.HasPort(port)
			return r.Verdict == fact.PolicyAccept && r.To != "" && survey.Within(r.To, address) &&
				(r.Network == network || r.Network == "") && (has || !known)
		})
	})
}

// masqueradeMissing: a network masquerades, but the firewall has no rule for it.
func masqueradeMissing(f *Facts) []result.Finding {
	if writes, known := f.writesRules(); !known || !writes || len(f.lostRules()) > 0 {
		return nil // dockerRulesMissing has it
	}
	var all []result.Finding
	for _, n := range f.bridges() {
		subnet, err := netip.ParsePrefix(n.Subnet)
		nat := n.GatewayMode == "" || strings.HasPrefix(n.GatewayMode, fact.GatewayNAT)
		if err != nil || !n.Masquerade || n.Internal || !nat || masquerades(*f.Firewall, subnet.Masked()) {
			continue
		}
		command := fmt.Sprintf("iptables -t nat -A POSTROUTING -s %s ! -o %s -j MASQUERADE", subnet.Masked(), n.Interface)
		all = append(all, found(f.grave(n), &result.Cause{
			Title: fmt.Sprintf("No rule masquerades what leaves %s (%s), so answers from outside do not come back.", n.Name,
				n.Subnet),
			Object: n.Name, Direction: result.Reply,
			Evidence: []probe.Evidence{
				say.Seen("docker network inspect "+n.Name, "it masquerades (com.docker.network.bridge.enable_ip_masquerade)"),
				say.Seen(firewallWord, "no rule at postrouting translates packets from %s", n.Subnet),
			},
			Fix: []result.Fix{
				say.Run(say.Fix(result.FixHost, "Restart the engine, which writes its rules again, or add the missing rule."),
					command),
			},
		}))
	}
	return all
}

// masquerades reports whether a rule changes the source of packets from a subnet.
func masquerades(fw fact.Firewall, subnet netip.Prefix) bool {
	return slices.ContainsFunc(fw, func(c fact.Chain) bool {
		return c.Family != ip6 && slices.ContainsFunc(c.Passes, func(r fact.Rule) bool {
			if r.Verdict != fact.VerdictMasquerade && r.Verdict != fact.VerdictSNAT {
				return false
			}
			from, err := netip.ParsePrefix(r.From)
			every := r.From == "" && r.To == "" && !r.More // with more, it is the engine's rule for the host's own packets
			return every || err == nil && from.Bits() <= subnet.Bits() && from.Contains(subnet.Addr())
		})
	})
}

// firewallBackendMixed: rules of Docker's are in both backends of the kernel's firewall, and packets pass both; or the
// chain FORWARD of the backend that Docker does not use drops what Docker's rules accept.
func firewallBackendMixed(f *Facts) []result.Finding {
	var all []result.Finding
	if f.Firewall == nil {
		return nil
	}
	legacy, nft := dockerChains(*f.Firewall, true), dockerChains(*f.Firewall, false)
	if len(legacy) > 0 && len(nft) > 0 {
		all = append(all, found(result.Warning, &result.Cause{
			Title: "Docker's rules are in both legacy iptables and nftables. " +
				"Packets pass through both, and one of the two is out of date.",
			Object: hostName, Direction: result.Request,
			Evidence: []probe.Evidence{
				say.Seen(firewallWord, "legacy iptables has %s", someOf(legacy)),
				say.Seen(firewallWord, "nftables has %s", someOf(nft)),
			},
			Fix: []result.Fix{say.Fix(result.FixHost, "Choose one with update-alternatives --config iptables, "+
				"and restart the host, which removes the other's rules.")},
		}))
	}
	if i := leftover(*f.Firewall, &f.Engine); i >= 0 {
		c, program, backend := (*f.Firewall)[i], "iptables-nft", "nftables"
		others, severity := "everything", f.grave(f.bridges()...)
		if c.Legacy {
			program, backend = "iptables-legacy", "legacy iptables"
		}
		if len(c.Passes) > 0 {
			others, severity = "what none of its rules accepts", result.Warning
		}
		docker := say.Seen(firewallWord, "Docker's chains are %s", someOf(append(legacy, nft...)))
		if nftables(&f.Engine) {
			docker = say.Seen("docker info", "FirewallBackend is nftables")
			program, backend = "iptables", "iptables"
		}
		fix := say.Fix(result.FixHost, "Accept what containers send and receive before the rule that drops.")
		if !dropsByRule(c) {
			fix = say.Run(say.Fix(result.FixHost,
				"Set the policy to ACCEPT. The host then forwards everything that no rule drops, for containers or not."),
				program+" -P FORWARD ACCEPT")
		}
		all = append(all, found(severity, &result.Cause{
			Title:  fmt.Sprintf("Docker does not use %s on this host, but the chain FORWARD there drops %s.", backend, others),
			Object: hostName, Direction: result.Request, Fix: []result.Fix{fix},
			Evidence: []probe.Evidence{
				say.Seen(firewallWord, "FORWARD of %s ends with %s", backend, c.Guards(fact.HookForward, ip)), docker,
			},
		}))
	}
	return all
}

// dockerChains names the chains of Docker's in legacy iptables, or in nftables.
func dockerChains(fw fact.Firewall, legacy bool) []string {
	var names []string
	for _, c := range fw {
		if c.Family == ip && c.Docker() && c.Legacy == legacy {
			names = append(names, c.Table+"/"+c.Name)
		}
	}
	return names
}

// leftover is the index of a chain FORWARD that drops, in a backend that Docker's rules are not in, or -1.
func leftover(fw fact.Firewall, e *fact.Engine) int {
	return slices.IndexFunc(fw, func(c fact.Chain) bool {
		return c.Family == ip && c.Table == "filter" && c.Name == "FORWARD" && c.Guards(fact.HookForward, ip) != "" &&
			(nftables(e) || len(dockerChains(fw, c.Legacy)) == 0 && len(dockerChains(fw, !c.Legacy)) > 0)
	})
}

// dropsByRule reports whether a chain drops everything by a rule, so that its policy decides nothing.
func dropsByRule(c fact.Chain) bool {
	return slices.ContainsFunc(c.Drops, func(r fact.Rule) bool { return r.Every && r.Number > 0 })
}

// firewall: a chain that every forwarded packet passes accepts none.
func firewall(f *Facts) []result.Finding {
	if f.Firewall == nil || len(f.bridges()) == 0 {
		return nil
	}
	var all []result.Finding
	other := leftover(*f.Firewall, &f.Engine) // firewallBackendMixed has it
	for i, c := range *f.Firewall {
		verdict := c.Guards(fact.HookForward, ip)
		if verdict == "" || i == other || len(c.Passes) > 0 { // what it accepts may be what containers need
			continue
		}
		name := "FORWARD"
		fix := say.Run(say.Fix(result.FixHost, "Accept what containers send and receive, or set the policy to ACCEPT. "+
			"The host then forwards everything that no rule drops, for containers or not."), "iptables -P FORWARD ACCEPT")
		if c.Table != "filter" || c.Family != ip || c.Name != name {
			name = fmt.Sprintf("%s in table %s %s", c.Name, c.Family, c.Table)
			fix = say.Fix(result.FixHost, "Accept what containers send and receive in that chain.")
		} else if dropsByRule(c) {
			fix = say.Fix(result.FixHost, "Accept what containers send and receive before the rule of FORWARD that drops.")
		}
		all = append(all, found(f.grave(f.bridges()...), &result.Cause{
			Title: fmt.Sprintf("The host's firewall forwards nothing: the chain %s accepts nothing and ends with %s.",
				name, verdict),
			Object: hostName, Direction: result.Request,
			Evidence: []probe.Evidence{say.Seen(firewallWord, "%s accepts nothing and ends with %s", name, verdict)},
			Fix:      []result.Fix{fix},
		}))
	}
	return all
}
