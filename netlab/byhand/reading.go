package byhand

import (
	"slices"
	"strings"

	"netlab/netlab/scenario"
)

// reading returns the commands that look up a fact about a peer by hand.
func (w *writer) reading(thing, peer string) []string {
	host := func(command string) string { return command + "   # on the host" }
	here := func(command string) string { return strings.TrimSpace(w.in(peer) + " " + command) }
	switch thing {
	case "links", "link.mac", "link.mtu":
		return []string{here("ip link")}
	case "link.ipv4":
		return []string{here("ip -4 address")}
	case "link.ipv6":
		return []string{here("ip -6 address")}
	case "health":
		return []string{"docker inspect -f '{{with .State.Health}}{{.Status}}{{end}}' " + named(peer)}
	case "link.kind":
		return []string{here("ip -d link")}
	case "port.bridge":
		// iflink is the index of the other end, in the host's namespace.
		return []string{here("cat /sys/class/net/eth0/iflink"), host("ip link show type veth")}
	case "route.gateway", "routes":
		return []string{here("ip route")}
	case "dns.servers":
		return []string{here("cat /etc/resolv.conf")}
	case "hostname":
		return []string{here("hostname")}
	case "hosts":
		return []string{here("cat /etc/hosts")}
	case "route.ipv6.gateway":
		return []string{here("ip -6 route")}
	case "uid":
		return []string{here("id -u")}
	case "netns":
		return []string{here("readlink /proc/self/ns/net")}
	case "utsns":
		return []string{here("readlink /proc/self/ns/uts")}
	case "vxlan":
		return []string{w.vxlan(peer)}
	case "own-netns":
		return []string{here("readlink /proc/self/ns/net"), host("readlink /proc/self/ns/net")}
	case "own-utsns":
		return []string{here("readlink /proc/self/ns/uts"), host("readlink /proc/self/ns/uts")}
	case "sockets":
		return []string{here("netstat -lntu")}
	case "published", "published.on":
		return []string{"docker port " + named(peer)}
	case "exposed":
		return []string{"docker inspect -f '{{.Config.ExposedPorts}}' " + named(peer)}
	}
	return within(thing, named(peer), here)
}

// within returns the commands for facts that are not about the network. here runs a command in the container.
func within(thing, container string, here func(string) string) []string {
	switch thing {
	case "kernel":
		return []string{here("uname -r")}
	case "boot-id":
		return []string{here("cat /proc/sys/kernel/random/boot_id")}
	case "hypervisor":
		return []string{here("grep -c -w hypervisor /proc/cpuinfo")}
	case "vm.swappiness":
		return []string{here("cat /proc/sys/vm/swappiness")}
	case "pidns", "mntns", "ipcns", "timens":
		return []string{here("readlink /proc/self/ns/" + strings.TrimSuffix(thing, "ns"))}
	case "pid":
		return []string{here("ps")}
	case "processes":
		return []string{"# ps lists itself too:", here("ps")}
	case "host-pid":
		return []string{"docker inspect -f '{{.State.Pid}}' " + container}
	case "host-processes":
		return []string{"docker top " + container}
	case "memory", "memory.limit":
		return []string{"docker stats --no-stream " + container}
	case "image":
		return []string{"docker inspect -f '{{.Image}}' " + container}
	case "image.now":
		return []string{`docker image inspect -f '{{.Id}}' "$IMAGE"`}
	case "changes":
		return []string{"docker diff " + container}
	case "size":
		return []string{"docker ps --size --filter name=" + container}
	}
	return nil
}

// vxlan asks the engine for the VXLAN identifier of a container's first overlay network.
func (w *writer) vxlan(peer string) string {
	const format = `'{{index .Options "com.docker.network.driver.overlay.vxlanid_list"}}'`
	c := w.owner(peer)
	if c == nil {
		return ""
	}
	for _, a := range c.Networks {
		if w.driver(a.Network) == scenario.DriverOverlay {
			return "docker network inspect -f " + format + " " + quote(a.Network)
		}
	}
	return ""
}

// driver is a network's driver. The engine's own networks are assumed to be bridges.
func (w *writer) driver(network string) string {
	i := slices.IndexFunc(w.s.Networks, func(n scenario.Network) bool { return n.Name == network })
	if i < 0 {
		return scenario.DriverBridge
	}
	return w.s.Networks[i].Driver
}
