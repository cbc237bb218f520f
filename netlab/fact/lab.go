package fact

// A Peer is a lab container as it was when the lab was built.
type Peer struct {
	Name      string     `json:"name"`
	Container string     `json:"container"`      // its full name on the engine
	Engine    string     `json:"engine"`         // the engine's id
	Node      string     `json:"node,omitempty"` // that engine's id in the swarm
	Mode      string     `json:"mode"`           // bridge, host, none or a driver's name, for the first network
	Role      string     `json:"role,omitempty"`
	Port      string     `json:"port,omitempty"`      // the host's end of its veth pair: "veth3f1c9a2"
	Volumes   []string   `json:"volumes,omitempty"`   // "notes:/notes"
	Shares    string     `json:"shares,omitempty"`    // the peer whose network namespace it uses
	Published []string   `json:"published,omitempty"` // "127.0.0.1:32768->8080/tcp"
	Network   []Endpoint `json:"network"`
}

// Isolated reports whether a container has only its loopback.
func (p *Peer) Isolated() bool { return p.Mode == "none" || p.Mode == DriverNone }

// The roles of peers. An ordinary peer has none.
const (
	RoleUpstream = "upstream" // the lab's own upstream DNS server
	RoleMachine  = "machine"  // plays an outside computer, at the other end of a link
)

// A Wire is a veth pair between the host and an outside computer, as it was when the lab was built.
type Wire struct {
	Name      string `json:"name"`                // in the scenario
	Machine   string `json:"machine"`             // the peer at the other end
	Interface string `json:"interface"`           // the host's end
	Subnet    string `json:"subnet"`              // CIDR
	Host      string `json:"host"`                // IPv4 address of the host's end
	Address   string `json:"address"`             // the outside computer's
	Router    string `json:"router,omitempty"`    // the outside computer's address as the router of this LAN
	IPv6Host  string `json:"ipv6_host,omitempty"` // IPv6 address of the host's end
}

// A Service is a swarm service, with its tasks on a network of the lab.
type Service struct {
	Name     string   `json:"name"`
	Service  string   `json:"service"` // its full name on the engine
	Network  string   `json:"network"` // the Docker network's name
	Endpoint string   `json:"endpoint"`
	VIP      string   `json:"vip,omitempty"` // its virtual IP, or "" if Endpoint is dnsrr
	Tasks    []string `json:"tasks"`         // the addresses of its tasks
}

// A Place is a capture point: a network interface where the lab's frames were captured.
//
// All capture points of one engine share a clock, that of its kernel. Capture points of two engines were aligned by
// the time at which each question was asked, which is accurate to about one round trip between the engines and
// netlab.
type Place struct {
	Name    string `json:"name"`              // unique in the scenario: "alice eth0", "host docker0"
	Kind    string `json:"kind"`              // one of the kinds of capture point
	Peer    string `json:"peer,omitempty"`    // the peer whose network namespace it is in; "" for the host's own
	Link    string `json:"link"`              // the interface
	Of      string `json:"of,omitempty"`      // the network whose bridge it is, or the link whose host end it is: "web"
	Engine  string `json:"engine"`            // the engine's id
	Frames  int    `json:"frames"`            // captured there
	Dropped int    `json:"dropped,omitempty"` // lost by the kernel, at all capture points in this namespace
}

// The kinds of capture point.
const (
	PlaceContainer = "container" // an interface of a lab container
	PlaceMachine   = "machine"   // an interface of an outside computer
	PlaceBridge    = "bridge"    // a network's Linux bridge on the host
	PlaceWire      = "wire"      // the host's end of a link
	PlaceHost      = "host"      // the host's loopback
)

// PlaceKinds lists the kinds of capture point.
func PlaceKinds() []string {
	return []string{PlaceContainer, PlaceMachine, PlaceBridge, PlaceWire, PlaceHost}
}
