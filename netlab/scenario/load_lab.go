package scenario

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// A peer is what the loader knows about a peer: the networks that it was ever on, those that it is on at the current
// step, and whether it runs at that step.
type peer struct {
	name    string
	ever    []string
	now     []string
	running bool
	there   bool // whether its container has been created
	paused  bool
	closed  bool       // whether its listeners have been closed
	spec    *Container // nil for the host, the outside computers and the upstream server
	wire    string     // of an outside computer
	shares  *peer      // the peer whose network namespace it uses, or nil
}

// owner is the peer whose network namespace p uses, usually p itself.
func (p *peer) owner() *peer {
	if p.shares != nil {
		return p.shares
	}
	return p
}

// title is what a message calls the peer.
func (p *peer) title() string {
	if p.name == ask.Host {
		return "the host"
	}
	return p.name
}

// fixed reports whether the peer's network namespace has no networks of its own to join or leave.
func (p *peer) fixed() bool {
	return slices.Contains(p.now, HostNetwork) || slices.Contains(p.now, NoneNetwork)
}

// onHost reports whether the peer's listeners are in the host's network namespace.
func (p *peer) onHost() bool {
	return p.name == ask.Host || slices.Contains(p.owner().now, HostNetwork)
}

// The addresses of a network that a scenario may choose. A lab takes a /28 for each network. The first address is the
// gateway's, the second the lab's upstream DNS server's, and from the eighth on the engine assigns them. On a link's
// LAN the third also belongs to the outside computer.
const (
	FirstAddress    = 3
	FirstLANAddress = 4
	LastAddress     = 7
)

const (
	maxPeers    = 12
	maxNetworks = 8
	maxWires    = 4
)

// A place is an address on a network.
type place struct {
	network string
	number  int
}

// reserved are the names that have a meaning in references or in every lab. With a network named link, first or
// route, alice.link.ipv4 would be ambiguous. With a link named all, so would the place where a port is published.
func reserved() []string {
	return []string{
		ask.Host, ask.Upstream, "here", ask.EngineHead, ask.Localhost, DefaultBridge, NoneNetwork, "link", "first", "route",
		OnAll,
	}
}

// free records an error if a name cannot be used: it is reserved, or something of another type has it.
func (l *loader) free(n *yaml.Node, what string) {
	switch name := n.Value; {
	case slices.Contains(reserved(), name):
		l.errorf(n, "the name %q is reserved. Choose another name for this %s", name, what)
	case what != "image" && l.s.Image(name) != nil:
		l.errorf(n, "an image already has the name %q", name)
	case what != "link" && l.hasWire(name):
		l.errorf(n, "a link already has the name %q", name)
	case l.peers[name] != nil && l.peers[name].wire != "":
		l.errorf(n, "a machine already has the name %q", name)
	case what != "network" && l.declared(name) != nil:
		l.errorf(n, "a network already has the name %q", name)
	case what != "volume" && slices.Contains(l.s.Volumes, name):
		l.errorf(n, "a volume already has the name %q", name)
	case l.s.Service(name) != nil:
		l.errorf(n, "a service already has the name %q", name)
	}
}

func (l *loader) networks(n *yaml.Node) {
	m, ok := l.mapping(n, "networks", nil)
	if !ok {
		return
	}
	if len(m.entries) > maxNetworks {
		l.errorf(n, "a lab can have at most %d networks", maxNetworks)
	}
	for _, e := range m.entries {
		l.free(e.key, "network")
		if strings.Contains(e.key.Value+"-", "--") { // netlab appends two dashes and a suffix to the name
			l.errorf(e.key, "a network's name must not end with - or contain --")
		}
		l.s.Networks = append(l.s.Networks, l.network(l.name(e.key, "network"), e.value))
	}
}

func (l *loader) network(name string, n *yaml.Node) Network {
	network := Network{Name: name, Driver: DriverBridge}
	if n.Tag == "!!null" {
		return network // "web:" without a value, as in a Compose file
	}
	m, ok := l.mapping(n, "a network", networkKeys())
	if !ok {
		return network
	}
	if d := m.get("driver"); d != nil {
		network.Driver = l.choice(d, "driver", []string{DriverBridge, DriverMacvlan, DriverIPvlan, DriverOverlay})
	}
	l.parent(&network, m)
	network.IPv6 = l.boolean(m, "ipv6")
	if network.IPv6 && network.Driver != DriverBridge && network.Driver != "" {
		l.errorf(m.key("ipv6"), "only bridge networks can have ipv6")
	}
	network.Internal = l.boolean(m, "internal")
	if o := m.get("options"); o != nil {
		options, _ := l.mapping(o, "options", nil)
		for _, e := range options.entries {
			if !optionPattern.MatchString(e.key.Value) {
				l.errorf(e.key, "an option's name must consist of letters, digits, dots, _ and -")
			}
			if e.key.Value == "parent" {
				l.errorf(e.key, `parent is not an option here. Write "parent: LINK" next to the driver, with a name from wires`)
			}
			value, _ := l.scalar(e.value, "an option's value")
			network.Options = append(network.Options, Option{Name: e.key.Value, Value: value})
		}
	}
	return network
}

// parent reads the link that a macvlan or ipvlan network is attached to.
func (l *loader) parent(network *Network, m mapping) {
	n := m.get("parent")
	switch {
	case n == nil && network.hasParent():
		l.errorf(m.node, `a %s network needs a parent, a name from wires`, network.Driver)
	case n == nil:
	case !network.hasParent() && network.Driver != "":
		l.errorf(m.key("parent"), "only macvlan and ipvlan networks can have a parent")
	default:
		if s, ok := l.text(n, "parent"); ok && l.wireNamed(n) {
			network.Parent = s
		}
	}
	for _, other := range l.s.Networks {
		if network.Parent != "" && other.Parent == network.Parent {
			// Engine 20.10 refuses it, and on later engines both networks would assign the same addresses.
			l.errorf(n, "network %s already has the parent %s", other.Name, other.Parent)
		}
	}
}

var optionPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

func (l *loader) upstream(n *yaml.Node) {
	s, ok := l.text(n, "upstream")
	switch {
	case !ok:
	case !l.hasNetwork(s):
		l.errorf(n, "unknown network %s%s", quote(s), closest(s, l.networkNames()))
	case s == HostNetwork || s == NoneNetwork:
		l.errorf(n, "the upstream DNS server cannot be on network %s", s)
	case l.declared(s) != nil && l.declared(s).hasParent():
		l.errorf(n, "the upstream DNS server cannot be on network %s: the machine has its address there", s)
	default:
		l.s.Upstream = s
		l.peers[ask.Upstream] = &peer{name: ask.Upstream, ever: []string{s}, now: []string{s}, running: true}
	}
}

func (l *loader) containers(n *yaml.Node) {
	m, ok := l.mapping(n, "containers", nil)
	if !ok {
		return
	}
	if len(m.entries) == 0 {
		l.errorf(n, "containers must not be empty")
	}
	if len(m.entries) > maxPeers {
		l.errorf(n, "a lab can have at most %d containers", maxPeers)
	}
	l.s.Containers = make([]Container, len(m.entries))
	taken := map[place]string{}
	for i, e := range m.entries {
		c := &l.s.Containers[i]
		c.Name = l.name(e.key, "container")
		l.free(e.key, "container")
		l.container(c, e.value, taken)
		p := &peer{name: c.Name, running: !c.Created, there: c.Image == "", spec: c}
		for _, a := range c.Networks {
			p.ever = append(p.ever, a.Network)
			p.now = append(p.now, a.Network)
		}
		if _, known := l.peers[c.Name]; !known {
			l.peers[c.Name] = p
			l.order = append(l.order, c.Name)
		}
	}
	for _, check := range l.later {
		check()
	}
}

// container reads one container. taken holds the addresses chosen so far, and which container chose each.
func (l *loader) container(c *Container, n *yaml.Node, taken map[place]string) {
	m, ok := l.mapping(n, "a container", containerKeys())
	if !ok {
		return
	}
	networks, share := m.get("networks"), m.get("share")
	switch {
	case networks != nil:
		l.attachments(c, networks, taken)
	case share == nil:
		l.errorf(n, `the container has no "networks"`)
	}
	if share != nil {
		c.Share, _ = l.text(share, "share")
	}
	if ports := m.get("listen"); ports != nil {
		c.Listen = l.listeners(ports)
	}
	// Both may name a container that comes after this one.
	l.later = append(l.later, func() { l.sharing(c, m) })
	if ports := m.get("publish"); ports != nil {
		c.Publish = l.publishing(ports, c)
	}
	if ports := m.get("expose"); ports != nil {
		c.Expose = l.ports(ports, "expose")
	}
	if health := m.get("health"); health != nil {
		c.Health, _ = l.portNode(health, false)
	}
	c.Gateway = l.boolean(m, "host-gateway")
	if dns := m.get("dns"); dns != nil {
		c.DNS = l.choice(dns, "dns", []string{DNSEngine})
	}
	c.Created = l.boolean(m, "created")
	c.Writable = l.boolean(m, "writable")
	if volumes := m.get("volumes"); volumes != nil {
		c.Volumes = l.mounts(volumes)
	}
	if n := m.get("image"); n != nil && l.imageNamed(n) != nil {
		c.Image, c.Created = n.Value, true
	}
}

// sharing checks the container whose network namespace c uses, and what c listens on there.
func (l *loader) sharing(c *Container, m mapping) {
	p := l.peers[c.Name]
	if p == nil || p.spec != c {
		return // something else has its name
	}
	if share := m.get("share"); share != nil {
		for _, name := range []string{"networks", "publish", "expose", "dns", "host-gateway"} {
			if key := m.key(name); key != nil {
				l.errorf(key, "a container that shares another's network namespace cannot have its own %q", name)
			}
		}
		if c.Share != "" {
			p.shares = l.shared(c, share)
		}
	}
	listen := m.key("listen")
	if listen == nil {
		return
	}
	if p.onHost() {
		// A port that it listens on for the whole run would be open to the host's own network.
		l.errorf(listen, "a container on network host cannot listen all the time. Let a check"+
			" connect to its port tcp/free")
	}
	for i := range l.s.Containers {
		other := &l.s.Containers[i]
		if other == c {
			break // later ones are compared with this one
		}
		if other.Name != c.Share && other.Share != c.Name && (c.Share == "" || other.Share != c.Share) {
			continue
		}
		for _, here := range c.Listen {
			if slices.ContainsFunc(other.Listen, here.collides) {
				l.errorf(listen, "%s already listens on %s in the same network namespace", other.Name, here.Port)
			}
		}
	}
}

// shared returns the container whose network namespace c uses, or nil if it cannot be used.
func (l *loader) shared(c *Container, share *yaml.Node) *peer {
	other := l.peerNamed(share)
	switch {
	case other == nil:
	case other.spec == nil:
		l.errorf(share, "%s is not a container of this lab", other.name)
	case other.spec == c:
		l.errorf(share, "a container cannot share its own network namespace")
	case other.spec.Share != "":
		l.errorf(share, "%s itself shares the network namespace of %s, so name that container",
			other.name, quote(other.spec.Share))
	case other.spec.Created && !c.Created:
		l.errorf(share, "%s is only created, so its network namespace cannot be shared from the start", other.name)
	default:
		return other
	}
	return nil
}

func (c *Container) hasNetwork(name string) bool {
	return slices.ContainsFunc(c.Networks, func(a Attachment) bool { return a.Network == name })
}
