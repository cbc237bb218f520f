//go:build linux

package server

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// lookedSysctls returns the kernel settings that change how a mode behaves.
func lookedSysctls() []string {
	return []string{
		"net.ipv4.ip_forward",
		"net.ipv4.ping_group_range",
		fact.BridgeNetfilter, // only exists on the host, and only with br_netfilter
		"net.ipv4.conf.docker0.route_localnet",
		"net.ipv6.conf.all.disable_ipv6",
		"net.ipv6.conf.all.forwarding",
		"net.ipv4.vs.expire_nodest_conn", // only exists with IPVS
	}
}

// look answers probe.Look.
func (m machine) look(q probe.Look) (*fact.Stack, error) {
	links, names, err := readLinks()
	if err != nil {
		return nil, err
	}
	routes, others, err := readRoutes(names)
	if err != nil {
		return nil, err
	}
	rules, err := readRules()
	if err != nil {
		return nil, err
	}
	neighbors, err := readNeighbors(names)
	if err != nil {
		return nil, err
	}
	s := &fact.Stack{
		Links: links, Routes: routes, Rules: rules, OtherRoutes: others, Neighbors: neighbors, Hosts: m.hosts(),
		ClockMS: time.Now().UnixMilli(),
	}
	if q.Sockets {
		s.Sockets, s.Connections = readSockets()
	}
	if s.Hostname, err = os.Hostname(); err != nil {
		return nil, fmt.Errorf("reading the hostname: %w", err)
	}
	if s.NetNS, err = os.Readlink("/proc/self/ns/net"); err != nil {
		return nil, fmt.Errorf("reading the network namespace: %w", err)
	}
	s.UID = os.Getuid()
	if s.UTSNS, err = os.Readlink("/proc/self/ns/uts"); err != nil {
		return nil, fmt.Errorf("reading the UTS namespace: %w", err)
	}
	s.BootID = readLine("/proc/sys/kernel/random/boot_id")
	s.Kernel = readLine("/proc/sys/kernel/osrelease")
	s.Nameservers, s.Search, s.Options = m.resolvConf()
	s.Forwards = m.forwards()
	s.HostFiles = hostFiles()
	for _, name := range lookedSysctls() {
		file := filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/"))
		if value := readLine(file); value != "" {
			s.Sysctls = append(s.Sysctls, fact.Sysctl{Name: name, Value: value})
		}
	}
	s.Sysctls = append(s.Sysctls, forwarding(s)...)
	return s, nil
}

// forwarding returns whether the host forwards what comes in by its bridges and by the links of its default routes. An
// interface can differ from net.ipv4.ip_forward.
func forwarding(s *fact.Stack) []fact.Sysctl {
	var found []fact.Sysctl
	for _, l := range s.Links {
		leads := slices.ContainsFunc(s.Routes, func(r fact.Route) bool {
			return r.Destination == "0.0.0.0/0" && r.Link == l.Name
		})
		if l.Kind != "bridge" && !leads {
			continue
		}
		if value := readLine(filepath.Join("/proc/sys/net/ipv4/conf", l.Name, "forwarding")); value != "" {
			found = append(found, fact.Sysctl{Name: fact.Forwarding(l.Name), Value: value})
		}
	}
	return found
}

// readLine returns the words of a one-line file, or "" if it cannot be read.
func readLine(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// settled drops the error that the kernel's list changed during the read. On a busy host this always happens, and the
// result is still right for the links that stay.
func settled(err error) error {
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		return nil
	}
	return err
}

// readLinks returns the links, ordered by index, and their names by index.
func readLinks() ([]fact.Link, map[int]string, error) {
	list, err := netlink.LinkList()
	if settled(err) != nil {
		return nil, nil, fmt.Errorf("reading the links: %w", err)
	}
	addrs, err := netlink.AddrList(nil, netlink.FAMILY_ALL)
	if settled(err) != nil {
		return nil, nil, fmt.Errorf("reading the addresses: %w", err)
	}
	links, names := make([]fact.Link, 0, len(list)), map[int]string{}
	for _, l := range list {
		a := l.Attrs()
		link := fact.Link{
			Index: a.Index, Name: a.Name, Kind: l.Type(), MAC: a.HardwareAddr.String(), MTU: a.MTU,
			Up: a.Flags&net.FlagUp != 0, Running: a.RawFlags&unix.IFF_RUNNING != 0, Peer: a.ParentIndex, Master: a.MasterIndex,
		}
		if a.MasterIndex != 0 {
			link.Hairpin = readLine(filepath.Join("/sys/class/net", a.Name, "brport", "hairpin_mode")) == "1"
		}
		if a.Flags&net.FlagLoopback != 0 {
			link.Kind, link.MAC = "loopback", ""
		}
		var six []string
		for _, addr := range addrs {
			switch {
			case addr.LinkIndex != a.Index:
			case addr.Flags&unix.IFA_F_TENTATIVE != 0: // duplicate address detection is still running (RFC 4862)
			case addr.IP.To4() != nil:
				link.Addresses = append(link.Addresses, addr.IPNet.String())
			default:
				six = append(six, addr.IPNet.String())
			}
		}
		link.Addresses = append(link.Addresses, six...)
		links, names[a.Index] = append(links, link), a.Name
	}
	slices.SortFunc(links, func(a, b fact.Link) int { return a.Index - b.Index })
	return links, names, nil
}

// ticks are in a second, for user space (USER_HZ, on all architectures that the agent is built for).
const ticks = 100

// readNeighbors returns the ARP and NDP tables. It leaves out loopback and multicast, which need no entries.
func readNeighbors(names map[int]string) ([]fact.Neighbor, error) {
	var neighbors []fact.Neighbor
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		list, err := netlink.NeighList(0, family)
		if settled(err) != nil {
			return nil, fmt.Errorf("reading the neighbors: %w", err)
		}
		for _, n := range list {
			if n.IP == nil || n.IP.IsMulticast() || names[n.LinkIndex] == "lo" {
				continue
			}
			neighbor := fact.Neighbor{
				Address: text(n.IP), MAC: n.HardwareAddr.String(), Link: names[n.LinkIndex], State: stateWord(n.State),
			}
			if n.State == unix.NUD_FAILED {
				neighbor.UsedS = int(n.Used / ticks)
			}
			neighbors = append(neighbors, neighbor)
		}
	}
	return neighbors, nil
}

func text(ip net.IP) string {
	if ip == nil {
		return ""
	}
	return ip.String()
}

// stateWord returns a state of the neighbor table as ip(8) names it.
func stateWord(state int) string {
	switch state {
	case unix.NUD_INCOMPLETE:
		return "incomplete"
	case unix.NUD_REACHABLE:
		return "reachable"
	case unix.NUD_STALE:
		return "stale"
	case unix.NUD_DELAY:
		return "delay"
	case unix.NUD_PROBE:
		return "probe"
	case unix.NUD_FAILED:
		return "failed"
	case unix.NUD_NOARP:
		return "noarp"
	case unix.NUD_PERMANENT:
		return "permanent"
	default:
		return "none"
	}
}
