package scenario

import (
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// A peer is what the loader knows of one: the networks that it was ever on, those that it is on at the step being
// read, and whether it runs there.
type peer struct {
	name    string
	ever    []string
	now     []string
	running bool
	paused  bool
	spec    *Container // nil for the host and the upstream server
}

// shared reports whether the peer's network namespace has no networks of its own to join or leave.
func (p *peer) shared() bool {
	return slices.Contains(p.now, HostNetwork) || slices.Contains(p.now, NoneNetwork)
}

// onHost reports whether what the peer listens on is the host's.
func (p *peer) onHost() bool { return p.name == Host || slices.Contains(p.now, HostNetwork) }

// The addresses of a network that a scenario may choose. A lab takes a /28 for each network: the first is the gateway,
// the second the lab's upstream DNS server, and from the eighth on the engine hands them out.
const (
	FirstAddress = 3
	LastAddress  = 7
)

const (
	maxPeers    = 12
	maxNetworks = 8
)

// A place is an address of a network.
type place struct {
	network string
	number  int
}

// reserved are the names that mean something in references or to every lab. A network that is named link or first
// would make alice.link.ipv4 mean two things.
func reserved() []string {
	return []string{Host, Upstream, "here", EngineHead, Localhost, DefaultBridge, NoneNetwork, "link", "first"}
}

func (l *loader) notReserved(n *yaml.Node, what string) {
	if slices.Contains(reserved(), n.Value) {
		l.errorf(n, "the name %q is reserved, choose another for this %s", n.Value, what)
	}
}

func (l *loader) networks(n *yaml.Node) {
	m, ok := l.mapping(n, "networks", nil)
	if !ok {
		return
	}
	if len(m.entries) > maxNetworks {
		l.errorf(n, "a lab has at most %d networks", maxNetworks)
	}
	for _, e := range m.entries {
		l.notReserved(e.key, "network")
		l.s.Networks = append(l.s.Networks, l.network(l.name(e.key, "network"), e.value))
	}
}

func (l *loader) network(name string, n *yaml.Node) Network {
	network := Network{Name: name, Driver: "bridge"}
	if n.Tag == "!!null" {
		return network // "web:" alone, as in a Compose file
	}
	m, ok := l.mapping(n, "a network", networkKeys())
	if !ok {
		return network
	}
	if d := m.get("driver"); d != nil {
		network.Driver = l.choice(d, "driver", []string{"bridge"})
	}
	network.Internal = l.boolean(m, "internal")
	if o := m.get("options"); o != nil {
		options, _ := l.mapping(o, "options", nil)
		for _, e := range options.entries {
			if !optionPattern.MatchString(e.key.Value) {
				l.errorf(e.key, "an option's name must be of letters, digits, dots, _ and -")
			}
			value, _ := l.scalar(e.value, "an option's value")
			network.Options = append(network.Options, Option{Name: e.key.Value, Value: value})
		}
	}
	return network
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
	default:
		l.s.Upstream = s
		l.peers[Upstream] = &peer{name: Upstream, ever: []string{s}, now: []string{s}, running: true}
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
		l.errorf(n, "a lab has at most %d containers", maxPeers)
	}
	l.s.Containers = make([]Container, len(m.entries))
	taken := map[place]string{}
	for i, e := range m.entries {
		c := &l.s.Containers[i]
		c.Name = l.name(e.key, "container")
		l.notReserved(e.key, "container")
		if l.hasNetwork(c.Name) && !slices.Contains(reserved(), c.Name) {
			l.errorf(e.key, "a network has the name %q already", c.Name)
		}
		l.container(c, e.value, taken)
		p := &peer{name: c.Name, running: !c.Created, spec: c}
		for _, a := range c.Networks {
			p.ever = append(p.ever, a.Network)
			p.now = append(p.now, a.Network)
		}
		if _, known := l.peers[c.Name]; !known {
			l.peers[c.Name] = p
			l.order = append(l.order, c.Name)
		}
	}
}

// container reads one container; taken has the addresses that are chosen so far, and by whom.
func (l *loader) container(c *Container, n *yaml.Node, taken map[place]string) {
	m, ok := l.mapping(n, "a container", containerKeys())
	if !ok {
		return
	}
	l.require(m, "the container", "networks")
	if networks := m.get("networks"); networks != nil {
		l.attachments(c, networks, taken)
	}
	if ports := m.get("listen"); ports != nil {
		c.Listen = l.listeners(ports)
		if c.hasNetwork(HostNetwork) {
			// What it listens on for the whole run would be open to the host's own network.
			l.errorf(m.key("listen"), "a container on network host does not listen all the time; let a check"+
				" connect to its port tcp/free")
		}
	}
	if ports := m.get("expose"); ports != nil {
		c.Expose = l.ports(ports, "expose")
	}
	if dns := m.get("dns"); dns != nil {
		c.DNS = l.choice(dns, "dns", []string{DNSEngine})
	}
	c.Created = l.boolean(m, "created")
}

func (c *Container) hasNetwork(name string) bool {
	return slices.ContainsFunc(c.Networks, func(a Attachment) bool { return a.Network == name })
}

func (l *loader) attachments(c *Container, n *yaml.Node, taken map[place]string) {
	if n.Kind == yaml.SequenceNode {
		for _, item := range l.list(n, "networks") {
			if name, ok := l.text(item, "a network"); ok {
				l.attach(c, item, Attachment{Network: name})
			}
		}
		return
	}
	if n.Kind != yaml.MappingNode {
		l.errorf(n, "networks must be a list or a mapping, and this is %s", kindOf(n))
		return
	}
	m, _ := l.mapping(n, "networks", nil)
	if len(m.entries) == 0 {
		l.errorf(n, "networks must not be empty")
	}
	for _, e := range m.entries {
		a := Attachment{Network: e.key.Value}
		if e.value.Tag != "!!null" {
			l.attachment(&a, e.value, c.Name, taken)
		}
		l.attach(c, e.key, a)
	}
}

// attachment reads a container's address and aliases on one network.
func (l *loader) attachment(a *Attachment, n *yaml.Node, container string, taken map[place]string) {
	m, ok := l.mapping(n, "a container's network", attachmentKeys())
	if !ok {
		return
	}
	userDefined := a.Network != DefaultBridge && a.Network != HostNetwork && a.Network != NoneNetwork
	for _, e := range m.entries {
		if !userDefined {
			l.errorf(e.key, "network %s takes no %s: it is not user-defined", a.Network, e.key.Value)
		}
	}
	if address := m.get("address"); address != nil {
		number, err := strconv.Atoi(address.Value)
		if address.Tag != "!!int" || err != nil || number < FirstAddress || number > LastAddress {
			l.errorf(address, "address must be a number from %d to %d", FirstAddress, LastAddress)
			return
		}
		a.Address = number
		key := place{a.Network, number}
		if other, is := taken[key]; is {
			l.errorf(address, "%s has the address %d of network %s already", other, number, a.Network)
		}
		taken[key] = container
	}
	if aliases := m.get("aliases"); aliases != nil {
		for _, item := range l.list(aliases, "aliases") {
			a.Aliases = append(a.Aliases, l.id(item, "the alias"))
		}
	}
}

// attach adds a network to a container, at is where it is named.
func (l *loader) attach(c *Container, at *yaml.Node, a Attachment) {
	switch {
	case !l.hasNetwork(a.Network):
		l.errorf(at, "unknown network %s%s", quote(a.Network), closest(a.Network, l.networkNames()))
	case c.hasNetwork(a.Network):
		l.errorf(at, "network %q is named twice", a.Network)
	case len(c.Networks) > 0 && (a.Network == HostNetwork || a.Network == NoneNetwork):
		l.errorf(at, "network %s cannot be combined with others", a.Network)
	case c.hasNetwork(HostNetwork) || c.hasNetwork(NoneNetwork):
		l.errorf(at, "network %s cannot be combined with others", c.Networks[0].Network)
	}
	c.Networks = append(c.Networks, a)
}

func (l *loader) ports(n *yaml.Node, what string) []Port {
	var ports []Port
	for _, item := range l.list(n, what) {
		if _, ok := l.text(item, "a port"); !ok {
			continue
		}
		p, ok := l.port(whole(item), false)
		if ok && slices.Contains(ports, p) {
			l.errorf(item, "port %s is named twice", p)
		}
		ports = append(ports, p)
	}
	return ports
}

// listeners reads ports, or each with the address at which it listens.
func (l *loader) listeners(n *yaml.Node) []Listener {
	var ls []Listener
	for _, p := range l.ports(n, "listen") {
		ls = append(ls, Listener{Port: p})
	}
	return ls
}
