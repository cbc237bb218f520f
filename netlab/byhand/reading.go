package byhand

import (
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// reading returns the commands that look up a fact about a peer by hand.
func (l *lab) reading(thing, peer string) []string {
	host := func(command string) string { return command + "   # on the host" }
	here := func(command string) string { return strings.TrimSpace(inside(peer) + " " + command) }
	switch thing {
	case ask.Links, ask.LinkMAC, ask.LinkMTU:
		return []string{here("ip link")}
	case ask.LinkIPv4:
		return []string{here("ip -4 address")}
	case ask.LinkIPv6:
		return []string{here("ip -6 address")}
	case ask.HealthNow:
		return []string{"docker inspect -f '{{with .State.Health}}{{.Status}}{{end}}' " + named(peer)}
	case ask.LinkKind:
		return []string{here("ip -d link")}
	case ask.PortBridge:
		// iflink is the index of the other end, in the host's namespace.
		return []string{here("cat /sys/class/net/eth0/iflink"), host("ip link show type veth")}
	case ask.RouteGateway, ask.Routes:
		return []string{here("ip route")}
	case ask.DNSServers:
		return []string{here("cat /etc/resolv.conf")}
	case ask.Hostname:
		return []string{here("hostname")}
	case ask.Hosts:
		return []string{here("cat /etc/hosts")}
	case ask.RouteIPv6Gateway:
		return []string{here("ip -6 route")}
	case ask.UID:
		return []string{here("id -u")}
	case ask.NetNS:
		return []string{here("readlink /proc/self/ns/net")}
	case ask.UTSNS:
		return []string{here("readlink /proc/self/ns/uts")}
	case ask.VXLAN:
		return []string{l.vxlan(peer)}
	case ask.OwnNetNS:
		return []string{here("readlink /proc/self/ns/net"), host("readlink /proc/self/ns/net")}
	case ask.OwnUTSNS:
		return []string{here("readlink /proc/self/ns/uts"), host("readlink /proc/self/ns/uts")}
	case ask.Sockets:
		return []string{here("netstat -lntu")}
	case ask.Published, ask.PublishedOn:
		return []string{"docker port " + named(peer)}
	case ask.Exposed:
		return []string{"docker inspect -f '{{.Config.ExposedPorts}}' " + named(peer)}
	}
	return within(thing, named(peer), here)
}

// within returns the commands for facts that are not about the network. here runs a command in the container.
func within(thing, container string, here func(string) string) []string {
	switch thing {
	case ask.Kernel:
		return []string{here("uname -r")}
	case ask.BootID:
		return []string{here("cat /proc/sys/kernel/random/boot_id")}
	case ask.Hypervisor:
		return []string{here("grep -c -w hypervisor /proc/cpuinfo")}
	case ask.Swappiness:
		return []string{here("cat /proc/sys/vm/swappiness")}
	case ask.PIDNS, ask.MntNS, ask.IPCNS, ask.TimeNS:
		return []string{here("readlink /proc/self/ns/" + strings.TrimSuffix(thing, "ns"))}
	case ask.PID:
		return []string{here("ps")}
	case ask.Processes:
		return []string{"# ps lists itself too:", here("ps")}
	case ask.HostPID:
		return []string{"docker inspect -f '{{.State.Pid}}' " + container}
	case ask.HostProcesses:
		return []string{"docker top " + container}
	case ask.Memory, ask.MemoryLimit:
		return []string{"docker stats --no-stream " + container}
	case ask.ImageOf:
		return []string{"docker inspect -f '{{.Image}}' " + container}
	case ask.ImageNow:
		return []string{`docker image inspect -f '{{.Id}}' "$IMAGE"`}
	case ask.Changes:
		return []string{"docker diff " + container}
	case ask.LayerSize:
		return []string{"docker ps --size --filter name=" + container}
	}
	return nil
}

// vxlan asks the engine for the VXLAN identifier of a container's first overlay network.
func (l *lab) vxlan(peer string) string {
	const format = `'{{index .Options "com.docker.network.driver.overlay.vxlanid_list"}}'`
	c := l.owner(peer)
	if c == nil {
		return ""
	}
	for _, a := range c.Networks {
		if l.driver(a.Network) == fact.DriverOverlay {
			return "docker network inspect -f " + format + " " + quote(a.Network)
		}
	}
	return ""
}

// driver is a network's driver. The engine's own networks are assumed to be bridges.
func (l *lab) driver(network string) string {
	i := slices.IndexFunc(l.s.Networks, func(n scenario.Network) bool { return n.Name == network })
	if i < 0 {
		return fact.DriverBridge
	}
	return l.s.Networks[i].Driver
}
