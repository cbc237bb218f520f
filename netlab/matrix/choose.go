package matrix

import (
	"net/netip"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// clientPorts is where the ports begin that the kernel gives to clients (net.ipv4.ip_local_port_range). A UDP socket
// there is hardly a server's.
const clientPorts = 32768

// closedPorts are the ports of old services of the Internet, the first one discard (RFC 863).
func closedPorts() []int { return []int{9, 7, 13, 17, 19, 1} }

// chosen returns the containers that the user means, sorted by name: those that words name, those of a Compose
// project, or without either all that run, except netlab's own.
func chosen(containers []fact.Container, project string, words []string) ([]*fact.Container, error) {
	var found []*fact.Container
	for _, word := range words {
		named, _ := survey.Find(containers, word, nil)
		if len(named) == 0 {
			return nil, survey.Mistakef("this engine has no container or service %q", word)
		}
		for _, c := range named {
			if !c.Running() {
				return nil, survey.Mistakef("%s is not running", c.Name)
			}
		}
		found = append(found, named...)
	}
	of := false
	for i := range containers {
		c := &containers[i]
		of = of || project != "" && c.Project == project
		if len(words) == 0 && c.Running() && c.Lab == "" && (project == "" || c.Project == project) {
			found = append(found, c)
		}
	}
	if project != "" && !of {
		return nil, survey.Mistakef("this engine has no Compose project %q", project)
	}
	found = slices.DeleteFunc(found, func(c *fact.Container) bool { return c.Helper })
	slices.SortFunc(found, func(a, b *fact.Container) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return slices.Compact(found), nil
}

// ports reads from its sockets at which ports a member can be asked.
func (m *Member) ports(v *survey.Inventory) {
	m.TCP, m.Loopback, m.UDP, m.Closed = []int{}, []int{}, []int{}, closedPorts()[0]
	if m.Stack == nil {
		return
	}
	taken := map[int]bool{}
	for _, s := range m.Stack.Sockets {
		at, err := netip.ParseAddrPort(s.Address)
		if err != nil || at.Addr().String() == probe.DockerDNS {
			continue
		}
		port := int(at.Port())
		taken[port] = taken[port] || s.Network == "tcp"
		switch {
		case m.OnHost() && !m.exposes(v, s.Network, port):
		case s.Network == "udp" && port < clientPorts:
			m.UDP = append(m.UDP, port)
		case s.Network == "udp":
		case at.Addr().Unmap().IsLoopback():
			m.Loopback = append(m.Loopback, port)
		default:
			m.TCP = append(m.TCP, port)
		}
	}
	m.Loopback = slices.DeleteFunc(m.Loopback, func(port int) bool { return slices.Contains(m.TCP, port) })
	for _, list := range []*[]int{&m.TCP, &m.Loopback, &m.UDP} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	i := slices.IndexFunc(closedPorts(), func(port int) bool { return !taken[port] })
	m.Closed = closedPorts()[max(i, 0)]
}

// exposes reports whether a socket on the host may be the container's, which uses the host's network namespace: the
// image says so, or it says nothing and the port is not one that another container publishes.
func (m *Member) exposes(v *survey.Inventory, network string, port int) bool {
	for _, e := range m.Container.Exposed {
		if number, of := survey.SplitPort(e); number == port && of == network {
			return true
		}
	}
	return len(m.Container.Exposed) == 0 && !slices.ContainsFunc(v.Containers, func(c fact.Container) bool {
		return slices.ContainsFunc(c.Ports, func(b fact.Binding) bool { return b.HostPort == port })
	})
}
