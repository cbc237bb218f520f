package scan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// hostName is the object of a finding that is about the Docker host as a whole.
const hostName = "the host"

// bridges returns the networks that are a Linux bridge of the host.
func (f *Facts) bridges() []*fact.Network {
	var found []*fact.Network
	for i := range f.Networks {
		if n := &f.Networks[i]; n.Driver == fact.DriverBridge && n.Interface != "" {
			found = append(found, n)
		}
	}
	return found
}

// users returns the running containers on a network.
func (f *Facts) users(n *fact.Network) []*fact.Container {
	var found []*fact.Container
	for i := range f.Containers {
		if c := &f.Containers[i]; c.Running() && !c.Helper && c.On(n.Name) != nil {
			found = append(found, c)
		}
	}
	return found
}

// grave is the severity of what keeps networks from working: a problem if containers use one of them now.
func (f *Facts) grave(networks ...*fact.Network) string {
	if slices.ContainsFunc(networks, func(n *fact.Network) bool { return len(f.users(n)) > 0 }) {
		return result.Problem
	}
	return result.Warning
}

// someOf lists a few words, and how many more there are.
func someOf(words []string) string {
	const most = 4
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), len(words)-most)
}

// forwardingOff: the host's kernel forwards no packets, or none that come in by one of its interfaces.
func forwardingOff(f *Facts) []result.Finding {
	if f.Host == nil {
		return nil
	}
	const every, six = "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"
	var all []result.Finding
	off := func(setting, object, severity, title string) {
		all = append(all, found(severity, &result.Cause{
			Title: title, Object: object, Direction: result.Request,
			Evidence: []probe.Evidence{say.Seen(hostName, "%s = 0", setting)},
			Fix: []result.Fix{say.Run(
				say.Fix(result.FixHost, "Turn forwarding on. A file in /etc/sysctl.d keeps it on after a restart."),
				"sysctl -w "+sysctlWord(setting)+"=1")},
		}))
	}
	var routed, dual []*fact.Network
	for _, n := range f.bridges() {
		if n.Internal {
			continue
		}
		routed = append(routed, n)
		if n.IPv6Subnet != "" {
			dual = append(dual, n)
		}
	}
	if f.Host.Sysctl(every) == "0" {
		if len(routed) > 0 {
			off(every, hostName, f.grave(routed...),
				"The host forwards no packets, so no container can reach beyond its network, or be reached from there.")
		}
	} else {
		for _, n := range routed {
			if f.Host.Sysctl(fact.Forwarding(n.Interface)) == "0" {
				off(fact.Forwarding(n.Interface), n.Name, f.grave(n),
					fmt.Sprintf("The host forwards no packets from %s, so its containers cannot reach beyond it.", n.Name))
			}
		}
		if link := egress(f.Host); link != "" && len(routed) > 0 && f.Host.Sysctl(fact.Forwarding(link)) == "0" {
			off(fact.Forwarding(link), link, f.grave(routed...), fmt.Sprintf(
				"The host forwards no packets that come in through %s, so no answer from there gets to a container.", link))
		}
	}
	if len(dual) > 0 && f.Host.Sysctl(six) == "0" {
		off(six, hostName, f.grave(dual...),
			"The host forwards no IPv6 packets, so IPv6 ends at the bridges of its containers.")
	}
	return all
}

// sysctlWord is a setting as an argument of sysctl(8), which takes a dot in the name of an interface for a separator.
func sysctlWord(setting string) string {
	const conf = "net.ipv4.conf."
	if link, ok := strings.CutPrefix(strings.TrimSuffix(setting, ".forwarding"), conf); ok && strings.Contains(link, ".") {
		return "net/ipv4/conf/" + link + "/forwarding"
	}
	return setting
}

// egress is the interface of the host's default route for IPv4, or "".
func egress(host *fact.Stack) string {
	if host != nil {
		for _, r := range host.Routes {
			if r.Destination == "0.0.0.0/0" && r.Kind == "" {
				return r.Link
			}
		}
	}
	return ""
}

// mtuTooLarge: the packets of a network's containers may be larger than the interface carries that they leave the host
// by.
func mtuTooLarge(f *Facts) []result.Finding {
	if f.Host == nil {
		return nil
	}
	var all []result.Finding
	for _, n := range f.bridges() {
		bridge := f.Host.Link(n.Interface)
		if n.Internal || bridge == nil {
			continue
		}
		out := f.Host.Link(f.leavesBy(n))
		if out == nil || out.Kind == "loopback" || out.Name == n.Interface {
			continue
		}
		mtu, seen := mtuOf(f.Host, n, bridge)
		if mtu <= out.MTU {
			continue
		}
		all = append(all, found(result.Warning, &result.Cause{
			Title: fmt.Sprintf("Containers on %s send packets of up to %d bytes, but %s carries only %d. "+
				"If the error about that gets lost, large transfers hang.", n.Name, mtu, out.Name, out.MTU),
			Object: n.Name, Direction: result.Request,
			Evidence: []probe.Evidence{
				seen,
				say.Seen("ip link on the host", "%s, through which their packets leave, has mtu %d", out.Name, out.MTU),
			},
			Fix: say.SmallerMTU(n, out.MTU),
		}))
	}
	return all
}

// mtuOf is the MTU of the containers on a bridge: the network's option, or else what the ends of their veth pairs have.
func mtuOf(host *fact.Stack, n *fact.Network, bridge *fact.Link) (int, probe.Evidence) {
	if n.MTU > 0 {
		return n.MTU, say.Seen("docker network inspect "+n.Name, "the option %s is %d", fact.OptionMTU, n.MTU)
	}
	link := bridge
	for i := range host.Links {
		if port := &host.Links[i]; port.Master == bridge.Index && (link == bridge || port.MTU > link.MTU) {
			link = port
		}
	}
	return link.MTU, say.Seen("ip link on the host", "%s has mtu %d", link.Name, link.MTU)
}

// macvlanParentDown: a network's parent interface is down or gone.
func macvlanParentDown(f *Facts) []result.Finding {
	if f.Host == nil {
		return nil
	}
	var all []result.Finding
	for i := range f.Networks {
		n := &f.Networks[i]
		if !n.OnParent() || n.Interface == "" {
			continue
		}
		parent := f.Host.Link(n.Interface)
		if parent == nil && len(f.users(n)) == 0 { // the engine makes a sub-interface when a container starts
			continue
		}
		cause := &result.Cause{Object: n.Name, Direction: result.Request}
		up := say.Fix(result.FixHost, "Bring it up.")
		if say.Plain(n.Interface) {
			up = say.Run(up, "ip link set "+n.Interface+" up")
		}
		switch {
		case parent == nil:
			cause.Title = fmt.Sprintf("%s, the parent interface of %s, does not exist on the host.", n.Interface, n.Name)
			cause.Evidence = []probe.Evidence{say.Seen("ip link on the host", "there is no %s", n.Interface)}
			up = say.Fix(result.FixHost, "Create it again, then restart the network's containers.")
		case !parent.Up:
			cause.Title = fmt.Sprintf("%s, the parent interface of %s, is down.", n.Interface, n.Name)
			cause.Evidence = []probe.Evidence{say.Seen("ip link on the host", "%s is not UP", n.Interface)}
		case !parent.Running:
			cause.Title = fmt.Sprintf("%s, the parent interface of %s, has no carrier.", n.Interface, n.Name)
			cause.Evidence = []probe.Evidence{say.Seen("ip link on the host", "%s is UP, but not running", n.Interface)}
			up = say.Fix(result.FixHost, "Check its cable, or the other end of its link.")
		default:
			continue
		}
		cause.Evidence = append(cause.Evidence, say.Seen("docker network inspect "+n.Name, "parent is %s", n.Interface))
		cause.Fix = []result.Fix{up}
		all = append(all, found(f.grave(n), cause))
	}
	return all
}

// iccWithoutEffect: a network forbids traffic between its containers, but the kernel does not show it to the firewall.
func iccWithoutEffect(f *Facts) []result.Finding {
	if f.Host == nil || f.Host.Sysctl(fact.BridgeNetfilter) == "1" {
		return nil
	}
	value, commands := "= "+f.Host.Sysctl(fact.BridgeNetfilter), []string{"sysctl -w " + fact.BridgeNetfilter + "=1"}
	if f.Host.Sysctl(fact.BridgeNetfilter) == "" {
		value = "does not exist, because the module br_netfilter is not loaded"
		commands = append([]string{"modprobe br_netfilter"}, commands...)
	}
	var all []result.Finding
	for _, n := range f.bridges() {
		if n.ICC || n.Internal && len(f.users(n)) == 0 {
			continue
		}
		load := say.Run(say.Fix(result.FixHost,
			"Have packets on a bridge pass iptables. A file in /etc/sysctl.d keeps it so after a restart."), commands...)
		all = append(all, found(result.Warning, &result.Cause{
			Title: fmt.Sprintf("%s forbids traffic between its containers, but the kernel does not enforce it: "+
				"packets on a bridge do not pass iptables.", n.Name),
			Object: n.Name, Direction: result.Request,
			Evidence: []probe.Evidence{
				say.Seen("docker network inspect "+n.Name, "com.docker.network.bridge.enable_icc is false"),
				say.Seen(hostName, "%s %s", fact.BridgeNetfilter, value),
			},
			Fix: []result.Fix{load},
		}))
	}
	return all
}

// milliseconds writes how long an answer took.
func milliseconds(us int64) string { return strconv.FormatInt((us+500)/1000, 10) + " ms" }
