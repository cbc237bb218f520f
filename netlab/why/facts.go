package why

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Facts is everything that was read and measured for one question.
type Facts struct {
	Engine     fact.Engine
	Now        time.Time        // on the engine's clock, roughly
	Containers []fact.Container // all on the engine
	Networks   []fact.Network

	From   End
	Target Target
	Meant  *fact.Container // the container that Target names, or nil
	Host   *fact.Stack     // the Docker host's network namespace, or nil if it could not be read

	Lookup *Lookup // nil if no name was asked
	Tries  []Try   // one for each address

	// Others are containers that may be meant instead of the asker's own localhost, with their namespaces.
	Others []End
}

// An End is one end of the question.
type End struct {
	Container *fact.Container // nil for the Docker host
	Stack     *fact.Stack     // its network namespace; nil if it could not be read
}

// Name returns what the user calls the end.
func (e End) Name() string {
	if e.Container == nil {
		return "the host"
	}
	return e.Container.Name
}

// A Lookup is how the asker's resolver answered for a name.
type Lookup struct {
	Name      string
	Source    string   // "/etc/hosts", or the address of the server that answered; "" if none did
	Addresses []string // sorted; none if the name is unknown
	Asked     []Asked  // the queries, in their order
	Hidden    bool     // a mount replaces the files that decide, so netlab did not ask
}

// An Asked is one DNS query.
type Asked struct {
	Name, Server string
	Outcome      probe.Outcome
}

// A Try is what became of packets to one address.
type Try struct {
	Address string
	Kind    Kind
	Network string          // for InContainer: its network
	Server  *fact.Container // that the address or the published port belongs to; nil if none is known
	Port    int             // at Server, or at the address if it is nil
	Through *fact.Binding   // the published port that leads to Server; nil for its own address

	Stack *fact.Stack // the namespace that should have a listener; nil if it could not be read

	Outcome probe.Outcome
	Watched bool           // the packets were also watched at the server
	Arrived int            // requests that arrived there
	Replied int            // replies that left there
	Drop    *fact.Drop     // what dropped the packets; nil if it is not known
	Maybe   string         // a chain of the host's firewall that drops without counting
	Behind  *probe.Outcome // if the host itself accepted for a published port: what the server answered the host
	Counted bool           // the counters of the host's firewall were read before and after
}

// A Kind says where an address is.
type Kind int

// The kinds of address.
const (
	Elsewhere   Kind = iota // outside of this engine and its host, or unknown
	Itself                  // in the asker's own network namespace
	InContainer             // of a container
	OnHost                  // of the Docker host
)

// onHost reports whether the end uses the host's network namespace.
func (e End) onHost() bool { return e.Container == nil || e.Container.Mode == "host" }

// container returns the container with an id or name, or nil.
func (f *Facts) container(key string) *fact.Container {
	i := slices.IndexFunc(f.Containers, func(c fact.Container) bool { return c.ID == key || c.Name == key })
	if i < 0 {
		return nil
	}
	return &f.Containers[i]
}

// network returns the network with a name, or nil.
func (f *Facts) network(name string) *fact.Network {
	i := slices.IndexFunc(f.Networks, func(n fact.Network) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &f.Networks[i]
}

// stackOwner returns the container whose network namespace c uses, which is c itself unless c shares another's.
func (f *Facts) stackOwner(c *fact.Container) *fact.Container {
	for range f.Containers { // a container may share with one that shares
		if c == nil || c.Owner() == "" {
			break
		}
		next := f.container(c.Owner())
		if next == nil {
			break
		}
		c = next
	}
	return c
}

// endpoints returns the endpoints that a container uses, which are those of the container whose namespace it shares.
func (f *Facts) endpoints(c *fact.Container) []fact.ContainerEndpoint {
	if c = f.stackOwner(c); c == nil || c.Mode == "host" || c.Mode == "none" {
		return nil
	}
	return c.Endpoints
}

// shared returns the names of the networks that both containers are on.
func (f *Facts) shared(a, b *fact.Container) []string {
	var names []string
	for _, e := range f.endpoints(a) {
		if slices.ContainsFunc(f.endpoints(b), func(o fact.ContainerEndpoint) bool { return o.Network == e.Network }) {
			names = append(names, e.Network)
		}
	}
	return names
}

// namesOn returns the containers that own a name on a network, apart from those that only share a namespace.
func (f *Facts) namesOn(network, name string) []*fact.Container {
	var owners []*fact.Container
	for i := range f.Containers {
		c := &f.Containers[i]
		if e := c.On(network); e != nil && c.Owner() == "" && e.Has(name) {
			owners = append(owners, c)
		}
	}
	return owners
}

// owner returns the container that has an address and the network where it has it. A network of the asker comes first.
func (f *Facts) owner(address string) (*fact.Container, string) {
	var found *fact.Container
	var on string
	for i := range f.Containers {
		c := &f.Containers[i]
		for _, e := range c.Endpoints {
			if !c.Running() || address == "" || e.IPv4 != address && e.IPv6 != address {
				continue
			}
			mine := slices.ContainsFunc(f.endpoints(f.From.Container),
				func(m fact.ContainerEndpoint) bool { return m.Network == e.Network })
			if found == nil || mine {
				found, on = c, e.Network
			}
		}
	}
	return found, on
}

// dockerDNS reports whether the end asks Docker's DNS server.
func (e End) dockerDNS() bool {
	return e.Stack != nil && slices.Contains(e.Stack.Nameservers, engineResolver)
}

// engineResolver is where Docker's DNS server listens in a container on a user-defined network.
const engineResolver = "127.0.0.11"

// has reports whether a namespace has an address, or the address is its loopback's.
func has(s *fact.Stack, address netip.Addr) bool {
	if address.IsLoopback() || address.IsUnspecified() {
		return true
	}
	return s != nil && slices.ContainsFunc(s.Links, func(l fact.Link) bool {
		return slices.ContainsFunc(l.Addresses, func(cidr string) bool {
			p, err := netip.ParsePrefix(cidr)
			return err == nil && p.Addr().Unmap() == address
		})
	})
}

// A listening is what the sockets of a namespace mean for one port and address.
type listening struct {
	here     []string // sockets that accept packets for it: "0.0.0.0:80"
	loopback []string // sockets on the port that only loopback reaches
	other    []string // sockets on the port at other addresses
	crossed  []string // sockets on the port of the other protocol
	ports    []int    // other ports of the protocol that the address could reach, sorted
}

// listeners reads the sockets of a namespace. The address is "" for any that is not loopback's.
func listeners(s *fact.Stack, network, address string, port int) listening {
	var l listening
	to, _ := netip.ParseAddr(address)
	if s == nil {
		return l
	}
	for _, socket := range s.Sockets {
		at, err := netip.ParseAddrPort(socket.Address)
		if err != nil || at.Addr().String() == engineResolver {
			continue // Docker's DNS server
		}
		on := at.Addr().Unmap()
		reached := on.IsUnspecified() && (on.Is6() || !to.Is6()) || on == to || !to.IsValid() && !on.IsLoopback()
		switch {
		case int(at.Port()) != port:
			if socket.Network == network && reached && !slices.Contains(l.ports, int(at.Port())) {
				l.ports = append(l.ports, int(at.Port()))
			}
		case socket.Network != network:
			l.crossed = append(l.crossed, socket.Address)
		case reached:
			l.here = append(l.here, socket.Address)
		case on.IsLoopback():
			l.loopback = append(l.loopback, socket.Address)
		default:
			l.other = append(l.other, socket.Address)
		}
	}
	slices.Sort(l.ports)
	return l
}

// listening returns what listens for a try.
func (t *Try) listening(network string) listening {
	address := t.Address
	if t.Through != nil || t.Kind == InContainer && !has(t.Stack, parsed(t.Address)) {
		address = "" // the engine forwards to the container's own address
	}
	return listeners(t.Stack, network, address, t.Port)
}

func parsed(address string) netip.Addr {
	a, _ := netip.ParseAddr(address)
	return a.Unmap()
}

// split takes a port of Docker apart: "80/tcp".
func split(port string) (number int, network string) {
	n, network, _ := strings.Cut(port, "/")
	number, _ = strconv.Atoi(n)
	return number, network
}

// ports writes ports as a person lists them: "80, 443".
func ports(numbers []int) string {
	words := make([]string, 0, len(numbers))
	for _, n := range numbers {
		words = append(words, strconv.Itoa(n))
	}
	return strings.Join(words, ", ")
}
