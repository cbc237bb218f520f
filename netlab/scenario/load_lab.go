package scenario

import (
	"regexp"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
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
	firstAddress    = 3
	firstLANAddress = 4
	lastAddress     = 7
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
	case what != "link" && l.s.hasWire(name):
		l.errorf(n, "a link already has the name %q", name)
	case l.peers[name] != nil && l.peers[name].wire != "":
		l.errorf(n, "a machine already has the name %q", name)
	case what != "network" && l.s.declared(name) != nil:
		l.errorf(n, "a network already has the name %q", name)
	case what != "volume" && slices.Contains(l.s.Volumes, name):
		l.errorf(n, "a volume already has the name %q", name)
	case l.s.Service(name) != nil:
		l.errorf(n, "a service already has the name %q", name)
	}
}

func (l *loader) networks(n *yaml.Node) {
	entries, _ := l.definitions(n, "networks", "networks", maxNetworks)
	for _, e := range entries {
		l.free(e.key, "network")
		if strings.Contains(e.key.Value+"-", "--") { // netlab appends two dashes and a suffix to the name
			l.errorf(e.key, "a network's name must not end with - or contain --")
		}
		network := Network{Name: l.name(e.key, "network"), Driver: fact.DriverBridge}
		if e.value.Tag != "!!null" { // "web:" without a value is allowed, as in a Compose file
			if m, ok := l.fill(e.value, networkForm(l, &network)); ok && network.hasParent() && m.get("parent") == nil {
				l.errorf(e.value, `a %s network needs a parent, a name from wires`, network.Driver)
			}
		}
		l.s.Networks = append(l.s.Networks, network)
	}
}

func networkForm(l *loader, network *Network) form {
	return form{
		a: "a network", name: "network", doc: "A network that the lab creates",
		fields: []field{
			{
				"driver", "driver of the network: bridge (the default), macvlan, ipvlan or overlay",
				oneOf("driver", &network.Driver,
					fact.DriverBridge, fact.DriverMacvlan, fact.DriverIPvlan, fact.DriverOverlay),
			},
			{
				"parent", "macvlan and ipvlan: the link (a key of wires) whose host end is the parent interface",
				kind{text(), func(_ *document, e entry) { l.parent(network, e) }},
			},
			{"ipv6", "true to add an IPv6 subnet (bridge networks only)", kind{boolean(), func(d *document, e entry) {
				network.IPv6 = d.boolean(e.value, "ipv6")
				if network.IPv6 && network.Driver != fact.DriverBridge && network.Driver != "" {
					d.errorf(e.key, "only bridge networks can have ipv6")
				}
			}}},
			{"internal", "true for a network that cannot reach outside", flag(&network.Internal)},
			{"options", "driver options, as for docker network create --opt", options(&network.Options)},
		},
	}
}

// options are driver options, each a name with a value.
func options(to *[]Option) kind {
	return kind{&schema{
		Type: "object", PropertyNames: &schema{Pattern: optionPattern.String()}, AdditionalProperties: anyScalar(),
	}, func(d *document, e entry) {
		options, _ := d.mapping(e.value, "options", nil)
		for _, e := range options.entries {
			if !optionPattern.MatchString(e.key.Value) {
				d.errorf(e.key, "an option's name must consist of letters, digits, dots, _ and -")
			}
			if e.key.Value == "parent" {
				d.errorf(e.key, `parent is not an option here. Write "parent: LINK" next to the driver, with a name from wires`)
			}
			value, _ := d.scalar(e.value, "an option's value")
			*to = append(*to, Option{Name: e.key.Value, Value: value})
		}
	}}
}

// parent reads the link that a macvlan or ipvlan network is attached to.
func (l *loader) parent(network *Network, e entry) {
	if !network.hasParent() && network.Driver != "" {
		l.errorf(e.key, "only macvlan and ipvlan networks can have a parent")
		return
	}
	if s, ok := l.text(e.value, "parent"); ok && l.wireNamed(e.value) {
		network.Parent = s
	}
	for _, other := range l.s.Networks {
		if network.Parent != "" && other.Parent == network.Parent {
			// Engine 20.10 refuses it, and on later engines both networks would assign the same addresses.
			l.errorf(e.value, "network %s already has the parent %s", other.Name, other.Parent)
		}
	}
}

var optionPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

func (l *loader) upstream(n *yaml.Node) {
	s, ok := l.text(n, "upstream")
	switch {
	case !ok:
	case l.s.hasWire(s):
		l.s.Upstream = s
		if l.s.answersDNS(s) {
			l.errorf(n, "the machine on link %s listens on port 53, so it cannot be the upstream DNS server too", s)
		}
	case !l.s.hasNetwork(s):
		l.errorf(n, "unknown network or link %s%s", quote(s), closest(s, append(l.s.networkNames(), l.s.wireNames()...)))
	case s == HostNetwork || s == NoneNetwork:
		l.errorf(n, "the upstream DNS server cannot be on network %s", s)
	case l.s.onWire(s):
		l.errorf(n, "the upstream DNS server cannot be on network %s: the machine has its address there", s)
	default:
		l.s.Upstream = s
		l.peers[ask.Upstream] = &peer{name: ask.Upstream, ever: []string{s}, now: []string{s}, running: true}
	}
}

func (l *loader) containers(n *yaml.Node) {
	entries, ok := l.definitions(n, "containers", "containers", maxPeers)
	if ok && len(entries) == 0 {
		l.errorf(n, "containers must not be empty")
	}
	l.s.Containers = make([]Container, len(entries))
	for i, e := range entries {
		c := &l.s.Containers[i]
		c.Name = l.name(e.key, "container")
		l.free(e.key, "container")
		l.container(c, e.value)
		p := &peer{
			name: c.Name, running: !c.Created, there: c.Image == "", spec: c,
			ever: c.networkNames(), now: c.networkNames(),
		}
		if _, known := l.peers[c.Name]; !known {
			l.peers[c.Name] = p
			l.order = append(l.order, c.Name)
		}
	}
}

func (l *loader) container(c *Container, n *yaml.Node) {
	m, ok := l.fill(n, containerForm(l, c))
	if !ok {
		return
	}
	if m.get("networks") == nil && m.get("share") == nil {
		l.errorf(n, `the container has no "networks"`)
	}
	c.Created = c.Created || c.Image != ""
	// Both may name a container that comes after this one.
	l.then = append(l.then, func() { l.sharing(c, m) })
}

func containerForm(l *loader, c *Container) form {
	return form{
		a: "a container", name: "container", doc: "A container of the lab", one: []string{"networks", "share"},
		fields: []field{
			{
				"networks", "names of its networks, or each network with the container's address and aliases on it",
				value(anyOf(listOf(text()), &schema{
					Type: "object", AdditionalProperties: ref("attachment"), MinProperties: jsonschema.Ptr(1),
				}), func(n *yaml.Node) { l.attachments(c, n) }),
			},
			{
				"share", "instead of networks: the container whose network namespace it shares",
				value(text(), func(n *yaml.Node) { c.Share, _ = l.text(n, "share") }),
			},
			{
				"listen", "ports that it always answers on, such as tcp/8080, or each with its address",
				listeners(&c.Listen),
			},
			{
				"publish", "ports to publish on free host ports: tcp/8080, or each with the host address",
				value(listOf(anyOf(fixedPort(), ref("publish"))), func(n *yaml.Node) { l.publishing(n, c) }),
			},
			{"health", "port that its HEALTHCHECK asks on localhost inside it", onePort(&c.Health)},
			{
				"host-gateway", "true: host.docker.internal resolves to the host's gateway, as with --add-host",
				flag(&c.Gateway),
			},
			{"expose", "ports to expose, like EXPOSE in an image, which opens nothing", ports(&c.Expose)},
			{
				"dns", "engine: keep the resolv.conf that the engine writes instead of using the lab's upstream DNS server",
				oneOf("dns", &c.DNS, DNSEngine),
			},
			{
				"image", "image that a step builds, not netlab's own; the container is created when a step starts it",
				value(text(), func(n *yaml.Node) {
					if l.imageNamed(n) != nil {
						c.Image = n.Value
					}
				}),
			},
			{"created", "true: the container is only created, and a step starts it", flag(&c.Created)},
			{"writable", "true: its root file system is writable (read-only by default)", flag(&c.Writable)},
			{
				"volumes", "volumes of the lab that it mounts, each with its path: {notes: /notes}",
				value(named(namePattern.String(), pattern(pathPattern.String()), maxVolumes), func(n *yaml.Node) {
					c.Volumes = l.mounts(n)
				}),
			},
		},
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
