package why

import (
	"fmt"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// apart reports whether both ends are on a bridge network that forbids traffic between its containers.
func (f *Facts) apart(t *Try) bool {
	n := f.Network(t.Network)
	return t.Kind == InContainer && n != nil && !n.ICC && n.Driver == fact.DriverBridge &&
		f.IsOn(f.From.Container, t.Network)
}

// iccDisabled: the network forbids traffic between its containers, and Docker's rule for that dropped the packets.
func iccDisabled(f *Facts, t *Try) *result.Cause {
	if !f.apart(t) || t.Drop == nil || !t.Drop.Docker {
		return nil
	}
	n := f.Network(t.Network)
	from, to := f.From.Container, t.Server
	name := f.newNetwork()
	return &result.Cause{
		Title:  fmt.Sprintf("The network %s forbids traffic between its containers (enable_icc=false).", n.Name),
		Object: n.Name, Direction: t.direction(),
		Evidence: []probe.Evidence{
			say.Seen("docker network inspect "+n.Name, "the option com.docker.network.bridge.enable_icc is false"), t.dropped(),
		},
		Fix: []result.Fix{
			say.Run(say.Fix(result.FixDocker, "Use a network without that option, and leave %s.", n.Name),
				"docker network create "+name, f.connect(name, to), f.connect(name, from),
				"docker network disconnect "+f.word(n.Name)+" "+f.StackOwner(from).Name),
			say.Fix(result.FixCompose, "Remove com.docker.network.bridge.enable_icc from driver_opts of the network."),
		},
	}
}

// forwardingOff: the host's kernel forwards no packets, and these had to be forwarded.
func forwardingOff(f *Facts, t *Try) *result.Cause {
	setting, what := forwarding(f, t)
	beyond := t.Kind == Elsewhere || t.Kind == InContainer && !f.IsOn(f.From.Container, t.Network)
	if f.Host == nil || f.From.OnHost() || f.Host.Sysctl(setting) != "0" || !beyond && t.Through == nil || t.Drop != nil ||
		t.Outcome.Reason != probe.Timeout || t.Outcome.Path == nil || t.Outcome.Path.Gateway == "" && t.Through == nil {
		return nil
	}
	left := say.Seen(f.From.Name(), "%d packets left through the gateway %s, and nothing came back", t.Outcome.Path.Sent,
		t.Outcome.Path.Gateway)
	cannot := f.From.Name() + " cannot reach beyond its network"
	if t.Through != nil { // the host has the address, and forwards to the container
		cannot = "its published ports lead nowhere"
		left = say.Seen(f.From.Name(), "%d packets left for the host, and nothing came back", t.Outcome.Path.Sent)
	}
	return &result.Cause{
		Title:  fmt.Sprintf("The host forwards no %s (%s is 0), so %s.", what, setting, cannot),
		Object: setting, Direction: t.direction(),
		Evidence: []probe.Evidence{
			say.Seen("the host", "%s = 0", setting), left,
		},
		Fix: []result.Fix{say.Run(say.Fix(result.FixHost, "Switch forwarding on. /etc/sysctl.d keeps it after a restart."),
			"sysctl -w "+setting+"=1")},
	}
}

// forwarding is the host's setting that decides whether it forwards the packets, and what it is about: all, unless
// only those from the asker's bridge are not forwarded.
func forwarding(f *Facts, t *Try) (setting, what string) {
	if strings.Contains(t.Address, ":") {
		return "net.ipv6.conf.all.forwarding", "packets"
	}
	setting, what = "net.ipv4.ip_forward", "packets"
	if f.Host == nil || t.Outcome.Path == nil || f.Host.Sysctl(setting) == "0" {
		return setting, what
	}
	n := f.networkOf(t.Outcome.Path.Source)
	// sysctl(8) takes a dot for a separator.
	if n == nil || n.Driver != fact.DriverBridge || strings.Contains(n.Interface, ".") {
		return setting, what
	}
	return fact.Forwarding(n.Interface), "packets that come in through " + n.Interface
}

// firewall: a rule or a policy that is not Docker's counted the packets, or the kernel says that one dropped them.
func firewall(f *Facts, t *Try) *result.Cause {
	if t.Drop == nil {
		return firewalled(f, t)
	}
	if t.Drop.Docker || dockerRulesMissing(f, t) != nil || t.Tunnel != nil && t.ofVXLAN() {
		return nil
	}
	cause := &result.Cause{
		Title:  fmt.Sprintf("The host's firewall drops the packets: %s.", t.Drop.String()),
		Object: t.Drop.String(), Direction: t.direction(), Evidence: []probe.Evidence{t.dropped()},
	}
	if t.Drop.Rule == 0 {
		to := strings.TrimPrefix(t.Drop.String(), "the policy of ")
		if to == "FORWARD" {
			to = "DOCKER-USER"
		}
		cause.Fix = []result.Fix{say.Fix(result.FixHost, "Add a rule to %s that accepts these packets.", to)}
		return cause
	}
	remove := say.Fix(result.FixHost, "Remove the rule, or put one that accepts these packets before it.")
	if command := removal(f.Host, t.Drop); command != "" {
		remove = say.Run(remove, command)
	}
	cause.Fix = []result.Fix{remove}
	return cause
}

// removal is the command that removes a rule of iptables, or "" for a rule of another program. The rule is written out
// where that cannot mean another one: its number can change before the command runs.
func removal(host *fact.Stack, at *fact.Drop) string {
	program := map[string]string{"ip": "iptables", "ip6": "ip6tables"}[at.Family]
	if program == "" || !say.Plain(at.Chain) {
		return ""
	}
	if at.Legacy {
		program += "-legacy"
	}
	rule := at.Match.Arguments()
	for _, link := range []string{at.Match.In, at.Match.Out} {
		// Part of a name stands for all interfaces that begin with it, as eth+ does.
		if link = strings.TrimPrefix(link, "! "); link != "" && (host == nil || host.Link(link) == nil || !say.Plain(link)) {
			rule = ""
		}
	}
	if rule == "" {
		rule = strconv.Itoa(at.Rule)
	}
	switch at.Table {
	case "filter":
		return fmt.Sprintf("%s -D %s %s", program, at.Chain, rule)
	case "raw", "mangle", "nat", "security":
		return fmt.Sprintf("%s -t %s -D %s %s", program, at.Table, at.Chain, rule)
	}
	return ""
}

// dockerRulesMissing: the engine's rules are gone from the host's firewall, and the packets needed them.
func dockerRulesMissing(f *Facts, t *Try) *result.Cause {
	missing := f.Firewall.Missing()
	w := t.Way
	dropped := t.Drop != nil && t.Drop.Rule == 0 && t.Drop.Chain == "FORWARD"
	private := w != nil && w.Left != "" && w.As == t.Outcome.Path.Source && w.Answers == 0 && w.Host != nil &&
		(w.Host.Reason == probe.OK || w.Host.Reason == probe.Refused)
	if f.Firewall == nil || missing == "" || f.works(t) || !dropped && !private && t.Through == nil {
		return nil
	}
	cause := &result.Cause{
		Title:  fmt.Sprintf("Docker's rules are missing in the host's firewall: %s.", missing),
		Object: "the host's firewall", Direction: t.direction(),
		Evidence: []probe.Evidence{say.Seen("the host's firewall", "%s", missing)},
		Fix: []result.Fix{say.Run(say.Fix(result.FixHost, "Docker writes its rules when it starts. "+
			"Another program has removed "+
			"them, or dockerd runs with --iptables=false."), "systemctl restart docker")},
	}
	switch {
	case dropped:
		cause.Evidence = append(cause.Evidence, t.dropped())
	case private:
		cause.Evidence = append(cause.Evidence,
			say.Seen("the host", "the SYNs left through %s with the source %s, and no answer arrived", w.Left, w.As))
	default:
		cause.Evidence = append(cause.Evidence,
			say.Inspected(t.Server, "host port %d forwards to %s", t.Through.HostPort, t.Through.Port), f.answered(t))
	}
	return cause
}

// directRoutingDropped: a computer outside sends straight to a container's own address, and Docker's rules drop that.
func directRoutingDropped(f *Facts, t *Try) *result.Cause {
	n := f.Network(t.Network)
	if !f.From.Outside || t.Kind != InContainer || n == nil || t.Drop == nil || !t.Drop.Docker {
		return nil
	}
	cause := &result.Cause{
		Title: fmt.Sprintf("Docker drops what computers outside send straight to %s: only published ports are open to them.",
			t.Address),
		Object: t.Server.Name, Direction: t.direction(),
		Evidence: []probe.Evidence{
			say.Seen("a computer outside", "sent to %s, which is %s on %s", t.Address, t.Server.Name, n.Name), t.dropped(),
		},
		Fix: []result.Fix{
			say.Fix(result.FixDocker, "Publish the port with -p %d:%d, and use the host's address.", t.Port, t.Port),
			say.Fix(result.FixCompose, `Add to the service: ports: ["%d:%d"]`, t.Port, t.Port),
		},
	}
	if f.Engine.AtLeast(28) {
		cause.Fix = append(cause.Fix, say.Fix(result.FixDocker, "Or create the network with the option "+
			"com.docker.network.bridge.gateway_mode_%s=nat-unprotected, which opens all of its ports.",
			strings.ToLower(family(t.Address))))
	}
	return cause
}
