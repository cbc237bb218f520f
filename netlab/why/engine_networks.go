package why

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/near"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// maxListed is how many networks or routes are listed in one piece of evidence.
const maxListed = 8

func some(words []string) string {
	if rest := len(words) - maxListed; rest > 0 {
		words = append(slices.Clone(words[:maxListed]), fmt.Sprintf("and %d more", rest))
	}
	return strings.Join(words, ", ")
}

// create is what the engine could not do for lack of a subnet.
func (f *EngineFacts) create() string {
	if f.Line.Network == "" || len(f.Line.Network) == 64 {
		return "create the network"
	}
	return "create the network " + f.Line.Network
}

// poolExhausted: the address pools have no subnet left for another network.
func poolExhausted(f *EngineFacts) answer {
	a := answer{doing: f.create(), about: "no subnet is free in the address pools"}
	uses := f.PoolUses()
	free, total := survey.FreeSubnets(uses)
	if free > 0 {
		a.now = fmt.Sprintf("Now %d of %d subnets are free.", free, total)
		return a
	}
	pools := "no DefaultAddressPools, so the engine uses its built-in ones"
	if len(f.Pools) > 0 {
		var words []string
		for _, p := range f.Pools {
			words = append(words, fmt.Sprintf("%v in /%d", p.Base, p.Size))
		}
		pools = "DefaultAddressPools: " + some(words)
	}
	var networks, routes []string
	var users []*fact.Network
	for _, use := range uses {
		for _, u := range use.Users {
			switch {
			case u.Network != nil:
				networks = append(networks, fmt.Sprintf("%s %v", u.Network.Name, u.Subnet))
				users = append(users, u.Network)
			case u.Route != nil:
				routes = append(routes, fmt.Sprintf("%v dev %s", u.Subnet, u.Route.Link))
			default:
				routes = append(routes, fmt.Sprintf("nameserver %v", u.Subnet.Addr()))
			}
		}
	}
	a.cause = &result.Cause{
		Title:  fmt.Sprintf("The address pools have %d subnets, and none is free.", total),
		Object: "the engine", Direction: result.Request,
		Evidence: []probe.Evidence{say.Seen("docker info", "%s", pools)},
	}
	if len(networks) > 0 {
		slices.Sort(networks)
		networks = slices.Compact(networks)
		a.cause.Evidence = append(a.cause.Evidence,
			say.Seen("docker network inspect", "taken by %s: %s", count(len(networks), "network"), some(networks)))
	}
	if len(routes) > 0 {
		slices.Sort(routes)
		a.cause.Evidence = append(a.cause.Evidence, say.Seen("routes of the host", "%s", some(slices.Compact(routes))))
	}
	a.cause.Fix = append(f.removeUnused(users), f.ownSubnet(), say.Fix(result.FixHost,
		"Or give the engine another pool in /etc/docker/daemon.json, and restart it: "+
			`"default-address-pools": [{"base": "10.64.0.0/14", "size": 24}]`))
	return a
}

// removeUnused proposes to remove the networks that no container refers to, running or not.
func (f *EngineFacts) removeUnused(networks []*fact.Network) []result.Fix {
	var unused []string
	for _, n := range networks {
		builtin := slices.Contains([]string{survey.DefaultBridge, fact.GatewayBridge, "ingress"}, n.Name)
		if !builtin && n.Driver == fact.DriverBridge && len(f.members(n)) == 0 && !slices.Contains(unused, say.Network(n)) {
			unused = append(unused, say.Network(n))
		}
	}
	if len(unused) == 0 {
		return nil
	}
	slices.Sort(unused)
	fix := say.Fix(result.FixDocker, "No container uses these networks. Remove what you do not need.")
	return []result.Fix{say.Run(fix, "docker network rm "+strings.Join(unused[:min(len(unused), maxListed)], " "))}
}

// members are the containers that refer to a network, running or not.
func (f *EngineFacts) members(n *fact.Network) []*fact.Container {
	var members []*fact.Container
	for i := range f.Containers {
		c := &f.Containers[i]
		if c.Mode == n.Name || c.Mode == n.ID || slices.ContainsFunc(c.Endpoints, func(e fact.ContainerEndpoint) bool {
			return e.ID == n.ID || e.Network == n.Name
		}) {
			members = append(members, c)
		}
	}
	return members
}

// ownSubnet proposes a subnet that no network and no route of the host overlaps.
func (f *EngineFacts) ownSubnet() result.Fix {
	fix := say.Fix(result.FixDocker, "Choose a subnet that no network of Docker's and no route of the host overlaps.")
	var taken []netip.Prefix
	for _, n := range f.Networks {
		taken = append(taken, n.Subnets()...)
	}
	if f.Host != nil {
		for _, r := range f.Host.Routes {
			if p, err := netip.ParsePrefix(r.Destination); err == nil && p.Bits() > 0 {
				taken = append(taken, p)
			}
		}
	} else {
		fix.Say = "Choose a subnet that no network of Docker's overlaps."
	}
	name := "app"
	if say.Plain(f.Line.Network) && len(f.Line.Network) < 64 {
		name = f.Line.Network
	}
	for i := range 1 << 12 { // 10.64.0.0/12 in /24: it is far from what home routers and clouds use first
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 64 + byte(i>>8), byte(i), 0}), 24)
		if !slices.ContainsFunc(taken, p.Overlaps) {
			return say.Run(fix, fmt.Sprintf("docker network create --subnet %v %s", p, name))
		}
	}
	return fix
}

// subnetTaken: the subnet that was asked for overlaps with that of another network.
func subnetTaken(f *EngineFacts) answer {
	a := answer{doing: f.create(), about: "its subnet overlaps with another network's"}
	if f.Line.Other != "" {
		other := f.network(f.Line.Other)
		if other == nil {
			a.now = "Now that network is gone."
			return a
		}
		a.about += ", " + other.Name
		a.cause = f.overlap(fmt.Sprintf("Its subnet overlaps with that of %s.", other.Name), []*fact.Network{other})
		return a
	}
	var taken []string
	var overlapping []*fact.Network
	for i := range f.Networks {
		n := &f.Networks[i]
		for _, s := range n.Subnets() {
			taken = append(taken, fmt.Sprintf("%s %v", n.Name, s))
			if f.Line.Subnet.IsValid() && s.Overlaps(f.Line.Subnet) && !slices.Contains(overlapping, n) {
				overlapping = append(overlapping, n)
			}
		}
	}
	if !f.Line.Subnet.IsValid() {
		a.unseen = []string{
			"The line does not say which subnet was asked for. Add it: netlab why \"Pool overlaps with other one on this " +
				"address space: 172.18.0.0/16\"", "These subnets are taken: " + strings.Join(taken, ", ") + ".",
		}
		return a
	}
	a.about = fmt.Sprintf("%v overlaps with the subnet of another network", f.Line.Subnet)
	if len(overlapping) == 0 {
		a.now = "Now no network overlaps it."
		return a
	}
	names := make([]string, 0, len(overlapping))
	for _, n := range overlapping {
		names = append(names, n.Name)
	}
	a.cause = f.overlap(fmt.Sprintf("%v overlaps with the subnet of %s.", f.Line.Subnet, strings.Join(names, " and of ")),
		overlapping)
	return a
}

func (f *EngineFacts) overlap(title string, networks []*fact.Network) *result.Cause {
	cause := &result.Cause{Title: title, Object: networks[0].Name, Direction: result.Request}
	for _, n := range networks {
		var subnets []string
		for _, s := range n.Subnets() {
			subnets = append(subnets, s.String())
		}
		cause.Evidence = append(cause.Evidence, say.Seen("docker network inspect "+n.Name, "%s", strings.Join(subnets, ", ")))
	}
	cause.Fix = []result.Fix{f.ownSubnet()}
	for _, fix := range f.removeUnused(networks) {
		fix.Say = "Or remove what no container uses."
		cause.Fix = append(cause.Fix, fix)
	}
	return cause
}

// network returns the network with a name, an id or the beginning of one, or nil.
func (f *EngineFacts) network(key string) *fact.Network {
	for i := range f.Networks {
		if n := &f.Networks[i]; n.Name == key || len(key) >= 12 && strings.HasPrefix(n.ID, key) {
			return n
		}
	}
	return nil
}

// networkMissing: a container is tied to a network that the engine does not have.
func networkMissing(f *EngineFacts) answer {
	key := f.Line.Network
	short := key
	if len(key) == 64 {
		short = key[:12]
	}
	a := answer{doing: "find the network " + short, about: "there is no network " + short}
	if f.network(key) != nil {
		a.now = "Now the engine has it."
		return a
	}
	gone := &fact.Network{Name: key, ID: key}
	for _, c := range f.members(gone) {
		for _, e := range c.Endpoints {
			if e.ID == key {
				a.cause = say.NetworkGone(c, &e, f.Network(e.Network))
				return a
			}
		}
	}
	if short != key {
		a.unseen = []string{"No container on this engine refers to the ID. The container may have been removed since."}
		return a
	}
	a.cause = &result.Cause{
		Title:  fmt.Sprintf("This engine has no network called %s.", key),
		Object: key, Direction: result.Request,
		Evidence: []probe.Evidence{say.Seen("docker network ls", "%s", f.similar(key))},
	}
	for _, c := range f.members(gone) {
		a.cause.Evidence = append(a.cause.Evidence,
			say.Inspected(c, "State.Status is %s, and its network is %s", c.State, key))
	}
	if like := f.alike(key); like != "" {
		a.cause.Fix = append(a.cause.Fix, say.Fix(result.FixDocker, "Use the network %s.", like))
	}
	create := say.Fix(result.FixDocker, "Create it, and start the container again.")
	if say.Plain(key) {
		create = say.Run(create, "docker network create "+key)
	}
	a.cause.Fix = append(a.cause.Fix, create)
	return a
}

// alike is a network that may be meant: Compose puts the project's name before that of a network.
func (f *EngineFacts) alike(key string) string {
	for _, n := range f.Networks {
		if strings.HasSuffix(n.Name, "_"+key) || near.Distance(n.Name, key) <= 2 && len(key) > 3 {
			return n.Name
		}
	}
	return ""
}

func (f *EngineFacts) similar(key string) string {
	if like := f.alike(key); like != "" {
		return "no network is called " + key + ", but one is called " + like
	}
	return "no network is called " + key
}
