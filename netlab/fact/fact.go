// Package fact defines, as plain types, what can be read about an engine, a network, a container, a network
// namespace, a link, a route or a socket without asking a question, and the parts of a lab as the record has them. It
// imports nothing from netlab.
package fact

import (
	"net/netip"
	"strconv"
	"strings"
)

// A Stack is a network namespace as the agent inside sees it.
type Stack struct {
	Hostname    string        `json:"hostname"`
	NetNS       string        `json:"netns"`              // "net:[4026531840]", readlink of /proc/self/ns/net
	UTSNS       string        `json:"utsns"`              // "uts:[4026531838]"
	UID         int           `json:"uid"`                // the agent's user
	ClockMS     int64         `json:"clock_ms,omitempty"` // the machine's clock when it was read, Unix time
	BootID      string        `json:"boot_id,omitempty"`
	Kernel      string        `json:"kernel,omitempty"` // uname -r
	Links       []Link        `json:"links"`
	Routes      []Route       `json:"routes"`                 // of the main table
	Rules       []RoutingRule `json:"rules,omitempty"`        // of IPv4, then of IPv6, as they are tried
	OtherRoutes []Route       `json:"other_routes,omitempty"` // of the tables other than main, default and local
	Neighbors   []Neighbor    `json:"neighbours,omitempty"`
	Sockets     []Socket      `json:"sockets,omitempty"`
	Connections []Connection  `json:"connections,omitempty"`
	Nameservers []string      `json:"nameservers,omitempty"` // from /etc/resolv.conf, in its order
	Search      []string      `json:"search,omitempty"`
	Options     []string      `json:"options,omitempty"`
	Hosts       []HostEntry   `json:"hosts,omitempty"` // /etc/hosts
	Sysctls     []Sysctl      `json:"sysctls,omitempty"`

	// Forwards is where Docker's DNS server asks for names that it does not know, or nil if the resolv.conf does not say
	// so: engines before 26 do not write it.
	Forwards *Forwards `json:"forwards,omitempty"`

	// HostFiles holds the host's own resolver files, or nil if the engine does not let the helper see them.
	HostFiles *HostFiles `json:"host_files,omitempty"`
}

// Forwards is what engines from 26 on write into a container's resolv.conf: "# ExtServers: [host(10.0.0.1) 10.0.0.2]".
type Forwards struct {
	Servers []Upstream `json:"servers"`
}

// An Upstream is a DNS server that Docker's own asks.
type Upstream struct {
	Address string `json:"address"`
	OnHost  bool   `json:"on_host,omitempty"` // from the host's network namespace, not from the container's
}

// HostFiles holds the contents of the files that an engine takes its containers' nameservers from.
type HostFiles struct {
	Nameservers []string `json:"nameservers"` // from the host's /etc/resolv.conf
	Systemd     []string `json:"systemd"`     // from /run/systemd/resolve/resolv.conf; empty if it does not exist
}

// Servers returns the servers from which an engine takes those of its containers. If the only server is that of
// systemd-resolved on loopback, the engine takes the servers that systemd-resolved itself asks.
func (h *HostFiles) Servers() []string {
	if len(h.Nameservers) == 1 && h.Nameservers[0] == "127.0.0.53" {
		return h.Systemd
	}
	return h.Nameservers
}

// CopiedNameservers returns the servers that an engine copies into the resolv.conf of its containers, and those that
// it omits. From [HostFiles.Servers] it omits loopback servers and, for a network without IPv6, IPv6 servers. (moby,
// daemon/libnetwork/internal/resolvconf: Path, TransformForLegacyNw.)
func (h *HostFiles) CopiedNameservers(ipv6 bool) (copied, omitted []string) {
	for _, s := range h.Servers() {
		if a, err := netip.ParseAddr(s); err != nil || a.IsLoopback() || a.Is6() && !ipv6 {
			omitted = append(omitted, s)
		} else {
			copied = append(copied, s)
		}
	}
	return copied, omitted
}

// A Link is a network interface (ip link, ip address).
type Link struct {
	Index     int      `json:"index"`
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`           // loopback, veth, bridge, macvlan, vxlan, …; device for hardware
	MAC       string   `json:"mac,omitempty"`  // aa:bb:cc:dd:ee:ff
	MTU       int      `json:"mtu"`            // bytes
	Up        bool     `json:"up"`             // IFF_UP
	Running   bool     `json:"running"`        // IFF_RUNNING: until then, the kernel drops what it should send, silently
	Peer      int      `json:"peer,omitempty"` // a veth's other end (or a macvlan's parent), an index in its own namespace
	Master    int      `json:"master,omitempty"`
	Hairpin   bool     `json:"hairpin,omitempty"`   // for a bridge port: it sends frames back to where they came from
	Addresses []string `json:"addresses,omitempty"` // CIDR, IPv4 before IPv6, in the kernel's order
}

// A Route is an entry of a routing table.
type Route struct {
	Destination string `json:"destination"` // CIDR; 0.0.0.0/0 and ::/0 for the default
	Gateway     string `json:"gateway,omitempty"`
	Link        string `json:"link"`
	Source      string `json:"source,omitempty"`
	Kind        string `json:"kind,omitempty"`  // blackhole, unreachable, prohibit or throw; "" for one that sends
	Table       int    `json:"table,omitempty"` // 0 for main
}

// A Neighbor is an entry of the ARP or NDP table.
type Neighbor struct {
	Address string `json:"address"`
	MAC     string `json:"mac,omitempty"`
	Link    string `json:"link"`
	State   string `json:"state"`            // reachable, stale, delay, probe, failed, incomplete, permanent, noarp
	UsedS   int    `json:"used_s,omitempty"` // of a failed one: seconds since something was last sent there
}

// A Socket is a listening TCP socket or a bound UDP socket, from /proc/net.
type Socket struct {
	Network string `json:"network"`         // tcp or udp
	Address string `json:"address"`         // "127.0.0.11:43441"
	Queue   int    `json:"queue,omitempty"` // connections that wait for the program to accept them
	Limit   int    `json:"limit,omitempty"` // the backlog, which the queue may exceed by one; 0 if it is not known
}

// The states of a Connection.
const (
	Established = "established" // a UDP socket is if its program connected it
	SYNSent     = "syn-sent"    // no answer came yet
)

// A Connection is one or more sockets with which programs in a namespace called one port of another machine. Those
// that others opened, and those over loopback, are not among them.
type Connection struct {
	Network string `json:"network"` // tcp or udp
	Remote  string `json:"remote"`  // "172.18.0.4:8000"
	State   string `json:"state"`
	Count   int    `json:"count"`
	IdleMS  int64  `json:"idle_ms,omitempty"` // since the other end last acknowledged anything; the longest
}

// A HostEntry is a line of /etc/hosts.
type HostEntry struct {
	Address string   `json:"address"`
	Names   []string `json:"names"`
}

// A Sysctl is a kernel setting that changes how a mode behaves.
type Sysctl struct {
	Name  string `json:"name"` // net.ipv4.ip_forward
	Value string `json:"value"`
}

// BridgeNetfilter is whether packets between the ports of a bridge pass iptables.
const BridgeNetfilter = "net.bridge.bridge-nf-call-iptables"

// Forwarding is the setting whether the host forwards IPv4 packets that come in through a link.
func Forwarding(link string) string { return "net.ipv4.conf." + link + ".forwarding" }

// Sysctl returns the value of the named setting, or "" if it could not be read.
func (s *Stack) Sysctl(name string) string {
	for _, c := range s.Sysctls {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// HasIPv6 reports whether the kernel uses IPv6 there.
func (s *Stack) HasIPv6() bool { return s.Sysctl("net.ipv6.conf.all.disable_ipv6") == "0" }

// Link returns the link with this name, or nil.
func (s *Stack) Link(name string) *Link {
	for i := range s.Links {
		if s.Links[i].Name == name {
			return &s.Links[i]
		}
	}
	return nil
}

// LinkByIndex returns the link with this index, or nil.
func (s *Stack) LinkByIndex(index int) *Link {
	for i := range s.Links {
		if s.Links[i].Index == index {
			return &s.Links[i]
		}
	}
	return nil
}

// DefaultGateway returns the gateway of the IPv4 default route, or "" if there is none.
func (s *Stack) DefaultGateway() string { return s.gatewayOf("0.0.0.0/0") }

// IPv6DefaultGateway returns the gateway of the IPv6 default route, or "" if there is none.
func (s *Stack) IPv6DefaultGateway() string { return s.gatewayOf("::/0") }

func (s *Stack) gatewayOf(destination string) string {
	for _, r := range s.Routes {
		if r.Destination == destination {
			return r.Gateway
		}
	}
	return ""
}

// The kinds of engine that behave differently enough to tell them apart.
const (
	KindEngine  = "engine"  // dockerd on Linux
	KindDesktop = "desktop" // Docker Desktop: the "host" is its virtual machine
	KindPodman  = "podman"  // Podman's Docker-compatible socket
)

// The firewall backends that an engine reports, from 28 on.
const (
	BackendIPTables  = "iptables"
	BackendNFTables  = "nftables"
	BackendFirewalld = "iptables+firewalld"
)

// The states of a swarm that work: pending, locked and error do not.
const (
	SwarmInactive = "inactive"
	SwarmActive   = "active"
)

// An Engine is a Docker Engine as it describes itself.
type Engine struct {
	ID              string `json:"id"`             // cloned machines may have the same one
	Node            string `json:"node,omitempty"` // its id in the swarm; "" if it is in none
	Name            string `json:"name"`           // the host's name
	Version         string `json:"version"`
	API             string `json:"api"` // negotiated
	OS              string `json:"os"`  // "Debian GNU/Linux 12 (bookworm)"
	Arch            string `json:"arch"`
	Kernel          string `json:"kernel"`
	Kind            string `json:"kind"`
	Rootless        bool   `json:"rootless"`
	UsernsRemap     bool   `json:"userns_remap,omitempty"`     // containers run in their own user namespace
	ContainerdStore bool   `json:"containerd_store,omitempty"` // containerd, not Docker, stores images and layers
	Context         string `json:"context,omitempty"`          // the docker context; "" if none is set
	Host            string `json:"host,omitempty"`             // the endpoint
	Swarm           string `json:"swarm,omitempty"`            // SwarmInactive, SwarmActive, …
	Manager         bool   `json:"manager,omitempty"`          // it is a manager of its swarm
	LiveRestore     bool   `json:"live_restore,omitempty"`
	FirewallBackend string `json:"firewall_backend,omitempty"` // "" if the engine does not say
	CPUs            int    `json:"cpus"`
}

// System is its operating system without the code name: "Debian GNU/Linux 12".
func (e *Engine) System() string {
	name, _, _ := strings.Cut(e.OS, " (")
	return name
}

// A Network is a Docker network as the engine inspects it.
type Network struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Driver      string `json:"driver"`              // bridge, host, null, macvlan, …
	Interface   string `json:"interface,omitempty"` // the host's Linux bridge or parent interface; "" if there is none
	Subnet      string `json:"subnet,omitempty"`    // the first IPv4 subnet, CIDR
	Gateway     string `json:"gateway,omitempty"`   // IPv4; the bridge's own address if inspect shows none
	IPv6Subnet  string `json:"ipv6_subnet,omitempty"`
	IPv6Gateway string `json:"ipv6_gateway,omitempty"`
	MTU         int    `json:"mtu,omitempty"` // com.docker.network.driver.mtu; 0 if the option is not set
	ICC         bool   `json:"icc"`           // com.docker.network.bridge.enable_icc
	Masquerade  bool   `json:"masquerade"`    // com.docker.network.bridge.enable_ip_masquerade
	Internal    bool   `json:"internal,omitempty"`

	Range          string `json:"range,omitempty"`           // the part of Subnet that addresses come from, if not all
	DefaultGateway string `json:"default_gateway,omitempty"` // of containers, if the engine was given one (IPv4)
	// GatewayMode is the IPv4 gateway mode of a bridge: routed, nat-unprotected or isolated; "" for nat.
	GatewayMode string `json:"gateway_mode,omitempty"`
	HostBinding string `json:"host_binding,omitempty"` // of a bridge: the host's IPv4 address for -p; "" for all

	OtherSubnets []string `json:"other_subnets,omitempty"` // beyond the first of each family, CIDR

	Options []Label `json:"options,omitempty"` // driver options, sorted by name
}

// Subnets returns all subnets of the network, the first of each family first.
func (n Network) Subnets() []netip.Prefix {
	var subnets []netip.Prefix
	for _, cidr := range append([]string{n.Subnet, n.IPv6Subnet}, n.OtherSubnets...) {
		if p, err := netip.ParsePrefix(cidr); err == nil {
			subnets = append(subnets, p.Masked())
		}
	}
	return subnets
}

// A Pool is a range of addresses that an engine splits into the subnets of networks that are created without one.
type Pool struct {
	Base netip.Prefix
	Size int // of each subnet: 16 for a /16
}

// BuiltinPools returns the IPv4 pools of an engine that is given none. (moby, libnetwork/ipamutils: the same in 20.10
// to 28.) Overlay networks use 10.0.0.0/8, and are not meant.
func BuiltinPools() []Pool {
	var pools []Pool
	for _, base := range []string{
		"172.17.0.0/16", "172.18.0.0/16", "172.19.0.0/16", "172.20.0.0/14", "172.24.0.0/14", "172.28.0.0/14",
	} {
		pools = append(pools, Pool{netip.MustParsePrefix(base), 16})
	}
	return append(pools, Pool{netip.MustParsePrefix("192.168.0.0/16"), 20})
}

// VXLAN returns the VXLAN ID of an overlay network, which the engine stores in the driver options, or "" for other
// networks.
func (n Network) VXLAN() string {
	for _, o := range n.Options {
		if o.Name == "com.docker.network.driver.overlay.vxlanid_list" {
			return o.Value
		}
	}
	return ""
}

// A Label is a name and a value.
type Label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// An Endpoint is a container's connection to one Docker network.
type Endpoint struct {
	Network string `json:"name"`
	Driver  string `json:"driver,omitempty"`
	Link    string `json:"interface,omitempty"` // the container's interface, as the agent inside sees it
	IPv4    string `json:"ipv4,omitempty"`
	IPv6    string `json:"ipv6,omitempty"`
	MAC     string `json:"mac,omitempty"`
	MTU     int    `json:"mtu,omitempty"`
	Gateway string `json:"gateway,omitempty"`
}

// AtLeast reports whether the engine has this major version or a later one.
func (e Engine) AtLeast(major int) bool {
	text, _, _ := strings.Cut(e.Version, ".")
	n, err := strconv.Atoi(text)
	return err == nil && n >= major
}

// Bare returns an address without its prefix length.
func Bare(cidr string) string {
	a, _, _ := strings.Cut(cidr, "/")
	return a
}
