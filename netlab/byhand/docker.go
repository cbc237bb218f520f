package byhand

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/scenario"
)

// Docker returns the commands that build the lab, ask its questions and remove it, for a POSIX shell.
func Docker(s *scenario.Scenario) string {
	w := &writer{lab: lab{s}, created: map[string]bool{}}
	w.head()
	w.build()
	for _, step := range s.Steps {
		w.step(step)
	}
	w.remove()
	return w.String()
}

// A writer collects the lines.
type writer struct {
	strings.Builder
	lab
	free int // how many ports stand for a free one so far

	created map[string]bool // the containers of built images
}

func (w *writer) line(words ...string) { w.WriteString(strings.Join(words, " ") + "\n") }

func (w *writer) head() {
	w.line("# " + strings.TrimSuffix(w.s.Name+": "+w.s.Title, ": "))
	w.line("# Set IMAGE first, to an image that you have, with sh, ip, netstat, nslookup, ping and")
	w.line("# OpenBSD's nc (Debian: iproute2, net-tools, dnsutils, iputils-ping, netcat-openbsd).")
	for _, needed := range []string{routers, iputils} {
		if w.asks(func(q ask.Question) bool { return w.tools(q) == needed }) {
			w.line("# It needs " + needed + ".")
		}
	}
	if w.s.Upstream != "" {
		w.line("# netlab uses its own upstream DNS server. By hand, your host's servers answer.")
	}
	w.line()
	w.line("# address CONTAINER NETWORK and gateway CONTAINER NETWORK, from the engine")
	fields := [][2]string{{"address", "IPAddress"}, {"first", "Gateway"}}
	if slices.ContainsFunc(w.s.Networks, func(n scenario.Network) bool { return n.IPv6 }) {
		fields = append(fields, [2]string{"address6", "GlobalIPv6Address"})
	}
	for _, f := range fields {
		w.line(fmt.Sprintf(`%s() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").%s}}" "$1"; }`, f[0], f[1]))
	}
	w.line("# From version 26 on, a container on an internal network has no gateway, and only the network tells it.")
	w.line(`gateway() { g=$(first "$1" "$2"); [ -n "$g" ] ||` +
		` g=$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' "$2"); echo "$g"; }`)
	w.line("# seen CONTAINER: who called a server there since forget CONTAINER")
	w.line(`forget() { docker exec "$1" sh -c ': >` + seenFile + `'; }`)
	w.line(`seen() { for i in 1 2 3; do sleep 0.3; docker exec "$1" grep received ` + seenFile + ` && return; done; }`)
	if w.asks(opensPort) {
		w.line("# listening PORT COMMAND: waits until COMMAND lists that port, in at most 20 tries")
		w.line(`listening() { p=$1; shift; for i in $(seq 20); do "$@" 2>/dev/null | grep ":$p " >/dev/null && break;` +
			` sleep 0.1; done; }`)
	}
	if w.s.HasOverlay() {
		w.line("# outer CONTAINER: its address on docker_gwbridge, which the engine does not report")
		w.line(`outer() { docker exec "$1" ip -4 -o address show eth1 | sed 's/.*inet \([0-9.]*\).*/\1/'; }`)
	}
	if slices.ContainsFunc(w.s.Containers, func(c scenario.Container) bool { return len(c.Publish) > 0 }) {
		w.line("# hostport CONTAINER PORT [ADDRESS]: the number of a published port on the host, at that address")
		w.line(`hostport() { docker port "$1" "$2" | sed -n "s/^\[*${3:-.*}\]*://p" | head -n 1; }`)
	}
	w.line()
}

// asks reports whether any check asks a question that satisfies is.
func (w *writer) asks(is func(ask.Question) bool) bool {
	return slices.ContainsFunc(w.s.Steps, func(s scenario.Step) bool { return s.Check != nil && is(s.Check.Asks) })
}

func (w *writer) build() {
	w.images()
	for _, wire := range w.s.Wires {
		w.wire(wire)
	}
	if w.s.HasOverlay() {
		w.line("# An overlay network needs a swarm: docker swarm init --advertise-addr 127.0.0.1")
	}
	for _, n := range w.s.Networks {
		w.network(n)
	}
	for _, name := range w.s.Volumes {
		w.line("docker volume create", named(name))
	}
	for _, v := range w.s.Services {
		w.service(v)
	}
	built := map[string]bool{}
	for _, c := range w.s.Containers {
		w.inOrder(c, built)
	}
}

func (w *writer) network(n scenario.Network) {
	words := []string{"docker network create"}
	if n.Driver != fact.DriverBridge {
		words = append(words, "--driver", quote(n.Driver))
	}
	if n.Internal {
		words = append(words, "--internal")
	}
	for _, o := range n.Options {
		words = append(words, "--opt", quote(o.Name+"="+o.Value))
	}
	if n.Driver == fact.DriverOverlay {
		words = append(words, "--attachable")
	}
	if n.Parent != "" {
		words = append(words, "--opt", "parent="+hostEnd(w.s, n.Parent))
	}
	if prefix := subnet(w.s, n.Name); prefix != "" {
		words = append(words, "--subnet", prefix)
	}
	if n.Parent != "" {
		words = append(words, "--gateway", onWire(w.s, n.Parent, routerNumber),
			"--ip-range", onWire(w.s, n.Parent, rangeNumber)+"/29")
	}
	if prefix := subnet6(w.s, n.Name); prefix != "" {
		words = append(words, "--ipv6 --subnet", prefix)
	}
	w.line(append(words, quote(n.Name))...)
}

// inOrder builds a container after the ones it needs.
func (w *writer) inOrder(c scenario.Container, built map[string]bool) {
	if built[c.Name] || c.Image != "" { // a container of a built image is created when it is started
		return
	}
	built[c.Name] = true
	needs := []string{c.Share}
	for _, p := range c.Publish {
		needs = append(needs, p.As)
	}
	for _, name := range needs {
		if other := w.lookUp(name); other != nil {
			w.inOrder(*other, built)
		}
	}
	w.container(c)
}

// wire makes a veth pair between the host and the network namespace of an outside computer.
func (w *writer) wire(wire scenario.Wire) {
	machine, end := named(wire.Machine), hostEnd(w.s, wire.Name)
	at := func(n int) string { return onWire(w.s, wire.Name, n) }
	inside, ipv6 := "docker exec "+machine, ""
	if wire.IPv6 {
		// On network none, older engines turn IPv6 off.
		ipv6 = " --sysctl net.ipv6.conf.all.disable_ipv6=0 --sysctl net.ipv6.conf.default.disable_ipv6=0"
	}
	w.line("# The simulated link " + wire.Name + ". The ip commands without docker need root on the Docker host.")
	w.line("docker run -d --init --name", machine, "--hostname", machine,
		"--network none --cap-add NET_ADMIN --sysctl net.ipv4.ip_forward=1"+ipv6, `"$IMAGE" sleep infinity`)
	w.line("ip link add", end, "type veth peer name", end+"m")
	w.line("ip link set", end+"m", `netns "$(docker inspect -f '{{.State.Pid}}'`, machine+`)" name eth0`)
	w.line("ip address add", at(hostNumber)+"/28", "dev", end)
	w.line("ip link set", end, "up")
	w.line(inside, "ip address add", at(machineNumber)+"/28", "dev eth0")
	w.line(inside, "ip address add", at(routerNumber)+"/28", "dev eth0")
	w.line(inside, "ip link set eth0 up")
	if wire.IPv6 {
		at6 := func(n int) string { return onWire6(w.s, wire.Name, n) }
		w.line("ip address add", at6(hostNumber)+"/64", "dev", end, "nodad")
		w.line(inside, "ip address add", at6(machineNumber)+"/64", "dev eth0 nodad")
		w.line(inside, "ip route add fd00::/8 via", at6(hostNumber))
	}
	w.line("# Behind the machine: one address that never answers, and no route to any other.")
	w.line("ip route add", at(behindNumber)+"/28", "via", at(routerNumber))
	w.line(inside, "ip route add blackhole", at(silentNumber))
	w.line("# The route back to Docker's networks, which an outside computer has only if it is configured.")
	w.line("for to in 172.16.0.0/12 192.168.0.0/16 10.213.0.0/16; do", inside, `ip route add "$to" via`,
		at(hostNumber)+"; done")
	if len(wire.Listen) > 0 {
		w.serve(wire.Machine, wire.Listen)
	}
	w.line()
}

func (w *writer) container(c scenario.Container) {
	words := []string{"docker run -d"}
	if c.Created {
		words = []string{"docker create"}
	}
	// With --init, PID 1 is not sleep, so docker stop does not have to wait ten seconds.
	begin := "--init --name"
	if w.asks(func(q ask.Question) bool { return ask.ThingOf(q) == ask.Changes || ask.ThingOf(q) == ask.Processes }) {
		begin = "--stop-timeout 1 --name" // docker diff and ps would list the init that Docker adds
	}
	words = append(words, begin, named(c.Name))
	// In another container's network namespace a container has no hostname of its own, and in the host's it has the
	// host's.
	if c.Share == "" && (len(c.Networks) == 0 || c.Networks[0].Network != scenario.HostNetwork) {
		words = append(words, "--hostname", quote(c.Name))
	}
	if c.Share != "" {
		words = append(words, "--network", "container:"+named(c.Share))
	}
	for i, a := range c.Networks {
		if i == 0 {
			words = append(words, w.attachment(aliased(c, a), "--network", "--network-alias", quote(a.Network))...)
		}
	}
	for _, p := range c.Publish {
		words = append(words, "-p", w.publish(p))
	}
	for _, p := range c.Expose {
		words = append(words, "--expose", p.Docker())
	}
	for _, m := range c.Volumes {
		words = append(words, "-v", named(m.Volume)+":"+quote(m.Path))
	}
	if readOnly(w.s, c) {
		words = append(words, "--read-only")
	}
	if c.Gateway {
		words = append(words, "--add-host", hostGateway)
	}
	if c.Health.Number != 0 {
		words = append(words, "--health-interval 1s --health-cmd", quote(healthy(c.Health)))
	}
	image := `"$IMAGE"`
	if c.Image != "" {
		image = quote(c.Image)
	}
	w.line(append(words, image, "sleep infinity")...)
	for i, a := range c.Networks {
		if i > 0 {
			w.line(append(w.attachment(aliased(c, a), "docker network connect", "--alias"), quote(a.Network), named(c.Name))...)
		}
	}
	if len(c.Listen) > 0 && !c.Created {
		w.serve(c.Name, c.Listen)
	}
}

// publish is the argument of -p: an address of the host, a port there or none for a free one, and the container's
// port.
func (w *writer) publish(p scenario.Publish) string {
	at, number := onHost(w.s, p), ""
	if other := w.lookUp(p.As); other != nil && len(other.Publish) > 0 {
		number = w.hostPort(other.Name, other.Publish[0])
	}
	if strings.Contains(at, ":") {
		at = quote("[" + at + "]")
	}
	switch {
	case at != "":
		return at + ":" + number + ":" + p.Port.Docker()
	case number != "":
		return number + ":" + p.Port.Docker()
	}
	return p.Port.Docker()
}

// hostPort is the host port that a container's port is published on.
func (l *lab) hostPort(container string, p scenario.Publish) string {
	words := []string{"hostport", named(container), p.Port.Docker()}
	if at := onHost(l.s, p); at != "" {
		words = append(words, at)
	}
	return `"$(` + strings.Join(words, " ") + `)"`
}

// aliased adds the container's name to its aliases if its name in Docker is different. The default bridge has no
// aliases.
func aliased(c scenario.Container, a scenario.Attachment) scenario.Attachment {
	if named(c.Name) != c.Name && a.Network != scenario.DefaultBridge {
		a.Aliases = append([]string{c.Name}, a.Aliases...)
	}
	return a
}

// attachment is a command or an option that names a network, with the options for it.
func (w *writer) attachment(a scenario.Attachment, first, alias string, more ...string) []string {
	words := append([]string{first}, more...)
	if ip := address(w.s, a); ip != "" {
		words = append(words, "--ip", ip)
	}
	for _, name := range a.Aliases {
		words = append(words, alias, quote(name))
	}
	return words
}

// serve starts the listeners that a container has all the time.
func (w *writer) serve(container string, listen []scenario.Listener) {
	w.line("docker exec -d", named(container), "sh -c", quote(serve(listen)))
}

func (w *writer) remove() {
	var containers, networks []string
	for _, c := range w.s.Containers {
		containers = append(containers, named(c.Name))
	}
	for _, wire := range w.s.Wires {
		containers = append(containers, named(wire.Machine)) // the link is removed with its network namespace
	}
	for _, n := range w.s.Networks {
		networks = append(networks, quote(n.Name))
	}
	w.line()
	w.line("# Remove it")
	defer w.removeImages()
	for _, v := range w.s.Services {
		w.line("docker service rm", quote(v.Name))
	}
	if len(containers) > 0 {
		w.line(append([]string{"docker rm -f"}, containers...)...)
	}
	switch {
	case len(w.s.Services) > 0:
		w.line("# The tasks of a service keep its network for a moment.")
		w.line("for n in", strings.Join(networks, " ")+`; do until docker network rm "$n"; do sleep 1; done; done`)
	case len(networks) > 0:
		w.line(append([]string{"docker network rm"}, networks...)...)
	}
	for _, name := range w.s.Volumes {
		w.line("docker volume rm", named(name))
	}
}

// lookUp returns the container of that name, or nil for the host.
func (l *lab) lookUp(name string) *scenario.Container {
	for i := range l.s.Containers {
		if l.s.Containers[i].Name == name {
			return &l.s.Containers[i]
		}
	}
	return nil
}
