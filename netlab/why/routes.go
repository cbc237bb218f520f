package why

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

// noRoute: the asker's own kernel knows no way, though a network is attached.
func noRoute(f *Facts, t *Try) *result.Cause {
	from := f.From.Container
	if t.Outcome.Path != nil || t.Outcome.Value == "" || from != nil && !f.From.OnHost() && len(f.Endpoints(from)) == 0 ||
		differentNetworks(f, t) != nil || internalNetwork(f, t) != nil || macvlanParentDown(f, t) != nil {
		return nil
	}
	name := f.From.Name()
	routes := say.Seen("routes of "+name, "%s", routesFor(f.From.Stack, t.Address))
	cause := &result.Cause{
		Title:  fmt.Sprintf("%s has no route to %s.", say.Upper(name), t.Address),
		Object: t.Address, Direction: result.Request,
		Evidence: []probe.Evidence{routes, say.Seen("the kernel, asked for a route", "%s", t.Outcome.Detail)},
	}
	again := say.Fix(result.FixHost, "Add the route that is missing, or remove the route that forbids it.")
	if from != nil && !f.From.OnHost() {
		owner := f.StackOwner(from).Name
		again = say.Run(say.Fix(result.FixDocker, "Restart it. Docker then sets the routes of its networks again, and "+
			"what a program changed is gone."), "docker restart "+owner)
	}
	cause.Fix = []result.Fix{again}
	switch kind := t.Outcome.Value; {
	case kind != probe.WayNone:
		cause.Title = fmt.Sprintf("%s has a route of type %s to %s.", say.Upper(name), kind, t.Address)
	case strings.Contains(t.Address, ":") && from != nil && !slices.ContainsFunc(f.Endpoints(from), hasIPv6):
		cause.Title = fmt.Sprintf("%s has no route to %s: its networks are for IPv4 only.", name, t.Address)
		cause.Evidence = append(cause.Evidence, say.Inspected(f.StackOwner(from), "no endpoint has an IPv6 address"))
		cause.Fix = []result.Fix{
			say.Fix(result.FixDocker, "Connect %s to a network with IPv6: docker network create --ipv6. Engines before 27 "+
				"also need --subnet.", name),
			say.Fix(result.FixApplication, "Or use the IPv4 address."),
		}
	case defaultRoute(f.From.Stack, t.Address) == nil:
		cause.Title = fmt.Sprintf("%s has no default route, and no other one to %s.", say.Upper(name), t.Address)
	}
	return cause
}

func hasIPv6(e fact.ContainerEndpoint) bool { return e.IPv6 != "" }

// defaultRoute is the one for the family of an address, or nil.
func defaultRoute(asker *fact.Stack, address string) *fact.Route {
	for i := range asker.Routes {
		r := &asker.Routes[i]
		if p, err := netip.ParsePrefix(r.Destination); err == nil && p.Bits() == 0 &&
			p.Addr().Is6() == survey.Parsed(address).Is6() && r.Kind == "" {
			return r
		}
	}
	return nil
}

// routesFor lists the routes for the family of an address, but for link-local ones.
func routesFor(asker *fact.Stack, address string) string {
	var words []string
	for _, r := range asker.Routes {
		p, err := netip.ParsePrefix(r.Destination)
		if err != nil || p.Addr().Is6() != survey.Parsed(address).Is6() || p.Addr().IsLinkLocalUnicast() ||
			p.Addr().IsMulticast() {
			continue
		}
		word := r.Destination
		switch {
		case r.Kind != "":
			word = r.Kind + " " + word
		case r.Gateway != "":
			word += " via " + r.Gateway
		default:
			word += " on " + r.Link
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// gatewayElected: the default route is on another network than the network that gets there.
func gatewayElected(f *Facts, t *Try) *result.Cause {
	if t.Way == nil {
		return nil
	}
	i := slices.IndexFunc(t.Way.Detours, func(d Detour) bool {
		return d.Outcome.Reason == probe.OK || d.Outcome.Reason == probe.Refused
	})
	used := f.networkOf(t.Outcome.Path.Source)
	if i < 0 || used == nil || t.Outcome.Path.Gateway == "" {
		return nil
	}
	better, from := t.Way.Detours[i], f.From.Container
	answer := "the SYN-ACK came back"
	if better.Outcome.Reason == probe.Refused {
		answer = better.Outcome.Detail
	}
	cause := &result.Cause{
		Title: fmt.Sprintf("The default route of %s goes through %s, which cannot reach %s. %s can.", from.Name, used.Name,
			t.Address, better.Network),
		Object: used.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Seen("routes of "+from.Name, "default via %s, the gateway of %s", t.Outcome.Path.Gateway, used.Name),
			say.Seen(from.Name, "the same SYN through %s of %s: %s", better.Outcome.Path.Gateway, better.Network, answer),
			say.Seen(from.Name, "through %s: %s", used.Name, t.Outcome.Detail),
		},
	}
	if f.Engine.AtLeast(28) {
		owner, network := f.StackOwner(from).Name, f.word(better.Network)
		cause.Fix = []result.Fix{
			say.Run(say.Fix(result.FixDocker, "Give %s the higher gateway priority.", better.Network),
				"docker network disconnect "+network+" "+owner, "docker network connect --gw-priority 1 "+network+" "+owner),
			say.Fix(result.FixCompose, "Under networks of the service: %s: {gw_priority: 1}", better.Network),
		}
		return cause
	}
	cause.Fix = []result.Fix{
		say.Fix(result.FixDocker, "This engine takes the gateway of the network whose name sorts first. Rename one, or "+
			"leave %s. Engines from 28 on have --gw-priority.", used.Name),
	}
	return cause
}

// masqueradeMissing: the packets left the host with the container's own address, to which nothing outside can answer.
func masqueradeMissing(f *Facts, t *Try) *result.Cause {
	w := t.Way
	if w == nil || w.Left == "" || w.As != t.Outcome.Path.Source || w.Answers > 0 || w.Host == nil ||
		w.Host.Reason != probe.OK && w.Host.Reason != probe.Refused || gatewayElected(f, t) != nil ||
		policyRoute(f, t) != nil || dockerRulesMissing(f, t) != nil {
		return nil
	}
	n := f.networkOf(w.As)
	if n == nil || n.Driver != fact.DriverBridge {
		return nil
	}
	cause := &result.Cause{
		Title: fmt.Sprintf("Packets of %s leave the host with %s, which %s cannot answer: %s is not masqueraded.",
			f.From.Name(), w.As, t.Address, n.Name),
		Object: n.Name, Direction: result.Reply,
		Evidence: []probe.Evidence{
			say.Seen("the host", "the SYNs left through %s with the source %s, and no answer arrived", w.Left, w.As),
			say.Seen("the host", "asked the same with its own address: %s", answerOf(w.Host)),
		},
	}
	rule := say.Run(say.Fix(result.FixHost, "Masquerade it, until the engine restarts."),
		fmt.Sprintf("iptables -t nat -A POSTROUTING -s %s ! -o %s -j MASQUERADE", n.Subnet, n.Interface))
	switch {
	case n.GatewayMode == fact.GatewayRouted:
		cause.Evidence = append(cause.Evidence, say.Seen("docker network inspect "+n.Name, "its gateway mode is routed"))
		cause.Fix = []result.Fix{say.Fix(result.FixHost, "Routers outside need a route to %s through this host.", n.Subnet)}
	case !n.Masquerade:
		cause.Evidence = append(cause.Evidence, say.Seen("docker network inspect "+n.Name,
			"the option com.docker.network.bridge.enable_ip_masquerade is false"))
		cause.Fix = []result.Fix{
			rule, say.Fix(result.FixDocker, "For good: recreate %s without that option.", n.Name),
			say.Fix(result.FixCompose, "Remove com.docker.network.bridge.enable_ip_masquerade from driver_opts of the network."),
		}
	default:
		cause.Fix = []result.Fix{rule, say.Fix(result.FixHost, "For good: systemctl restart docker writes its rules again.")}
	}
	return cause
}

// answerOf puts what came back into words.
func answerOf(o *probe.Outcome) string {
	if o.Reason == probe.OK {
		return "the SYN-ACK came back"
	}
	return o.Detail
}
