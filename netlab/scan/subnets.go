package scan

import (
	"fmt"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// poolExhausted: the engine has no subnet left for another network, or few: at most a tenth of all, or one.
func poolExhausted(f *Facts) []result.Finding {
	uses := f.PoolUses()
	free, total := survey.FreeSubnets(uses)
	if total == 0 || free > max(1, total/10) {
		return nil
	}
	pools := "the engine's own address pools"
	if len(f.Pools) > 0 {
		pools = "the engine's address pools (default-address-pools)"
	}
	severity, title := result.Warning, fmt.Sprintf("%d of %d subnets are left in %s.", free, total, pools)
	if free == 0 {
		severity = result.Problem
		title = fmt.Sprintf("None of the %d subnets in %s is free, so the engine refuses a new network.", total, pools)
	}
	cause := &result.Cause{Title: title, Object: hostName, Direction: result.Request}
	used := func(n *fact.Network) bool { // by a container that runs or not
		return slices.ContainsFunc(f.Containers, func(c fact.Container) bool { return c.On(n.Name) != nil })
	}
	var unused int
	for _, u := range uses {
		var users []string
		for _, user := range u.Users {
			switch {
			case user.Network != nil:
				users = append(users, user.Network.Name)
				if user.Network.Name != survey.DefaultBridge && !used(user.Network) {
					unused++
				}
			case user.Route != nil:
				users = append(users, "the host's route to "+user.Route.Destination)
			default:
				users = append(users, "the host's nameserver "+user.Subnet.Addr().String())
			}
		}
		if u.Free < u.Total {
			cause.Evidence = append(cause.Evidence, say.Seen("docker info and docker network ls",
				"%s, split into /%d: %d of %d free; used by %s", u.Pool.Base, u.Pool.Size, u.Free, u.Total, someOf(users)))
		}
	}
	if unused > 0 {
		cause.Fix = append(cause.Fix, say.Run(say.Fix(result.FixDocker,
			"Remove the networks that no container is on (%d).", unused), "docker network prune"))
	}
	cause.Fix = append(cause.Fix, say.Fix(result.FixHost,
		"Add a range with smaller subnets to default-address-pools in /etc/docker/daemon.json, and restart the engine."))
	return []result.Finding{found(severity, cause)}
}

// subnetOverlap: packets for a network's addresses have two ways to go.
func subnetOverlap(f *Facts) []result.Finding {
	var all []result.Finding
	for _, o := range f.RouteOverlaps() {
		to := o.Route.Destination + by(o.Route)
		severity := result.Warning
		title := fmt.Sprintf("%s (%s) hides part of what the host has a route to: %s.", o.Network.Name, o.Subnet, to)
		if o.Wins() {
			severity = f.grave(o.Network)
			title = fmt.Sprintf("The host has another route for addresses of %s (%s): %s.", o.Network.Name, o.Subnet, to)
		}
		all = append(all, found(severity, &result.Cause{
			Title: title, Object: o.Network.Name, Direction: result.Request,
			Evidence: []probe.Evidence{
				say.Seen("docker network inspect "+o.Network.Name, "Subnet is %s", o.Subnet),
				say.Seen("ip route on the host", "%s", to),
			},
			Fix: otherSubnet(o.Network),
		}))
	}
	for i := range f.Networks {
		for j := range i {
			if a, b, both := overlapping(&f.Networks[j], &f.Networks[i]); both {
				all = append(all, found(result.Warning, &result.Cause{
					Title: fmt.Sprintf("The networks %s (%s) and %s (%s) overlap. A container on both can reach only one of them.",
						f.Networks[j].Name, a, f.Networks[i].Name, b),
					Object: f.Networks[i].Name, Direction: result.Request,
					Evidence: []probe.Evidence{
						say.Seen("docker network inspect "+f.Networks[j].Name, "Subnet is %s", a),
						say.Seen("docker network inspect "+f.Networks[i].Name, "Subnet is %s", b),
					},
					Fix: otherSubnet(&f.Networks[i]),
				}))
			}
		}
	}
	return all
}

// overlapping returns a subnet of each of two networks that overlap. Networks on interfaces of the host share the
// subnet of its LAN on purpose.
func overlapping(a, b *fact.Network) (first, second string, both bool) {
	if a.OnParent() && b.OnParent() {
		return "", "", false
	}
	for _, p := range a.Subnets() {
		for _, q := range b.Subnets() {
			if p.Overlaps(q) {
				return p.String(), q.String(), true
			}
		}
	}
	return "", "", false
}

// by says where a route goes: " via 198.18.0.1 on tun0", " on eth0" or " (unreachable)".
func by(r fact.Route) string {
	switch {
	case r.Kind != "":
		return " (" + r.Kind + ")"
	case r.Gateway != "":
		return " via " + r.Gateway + " on " + r.Link
	}
	return " on " + r.Link
}

// otherSubnet is how to give a network a subnet that nothing else has.
func otherSubnet(n *fact.Network) []result.Fix {
	if n.Name == survey.DefaultBridge {
		return []result.Fix{say.Fix(result.FixHost,
			"Set \"bip\" in /etc/docker/daemon.json to a free subnet, and restart the engine.")}
	}
	return []result.Fix{
		say.Fix(result.FixDocker, "Recreate %s with a --subnet that is free.", n.Name),
		say.Fix(result.FixCompose, "Under the network: ipam: {config: [{subnet: …}]}."),
	}
}
