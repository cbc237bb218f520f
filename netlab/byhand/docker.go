package byhand

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/scenario"
)

// Docker returns the commands that build the lab, ask its questions and take it down again, for a POSIX shell.
func Docker(s *scenario.Scenario) string {
	w := &writer{s: s}
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
	s    *scenario.Scenario
	free int // ports that stand for a free one so far
}

func (w *writer) line(words ...string) { w.WriteString(strings.Join(words, " ") + "\n") }

func (w *writer) head() {
	w.line("# " + strings.TrimSuffix(w.s.Name+": "+w.s.Title, ": "))
	w.line("# Set IMAGE first, to an image that you have, with sh, ip, nc, netstat, nslookup and ping.")
	if w.s.Upstream != "" {
		w.line("# netlab brings an upstream DNS server of its own; by hand, your host's servers answer.")
	}
	w.line()
	w.line("# address CONTAINER NETWORK and gateway CONTAINER NETWORK, from the engine")
	for _, f := range [][2]string{{"address", "IPAddress"}, {"gateway", "Gateway"}} {
		w.line(fmt.Sprintf(`%s() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").%s}}" "$1"; }`, f[0], f[1]))
	}
	w.line()
}

func (w *writer) build() {
	for _, n := range w.s.Networks {
		words := []string{"docker network create"}
		if n.Driver != "bridge" {
			words = append(words, "--driver", quote(n.Driver))
		}
		if n.Internal {
			words = append(words, "--internal")
		}
		for _, o := range n.Options {
			words = append(words, "--opt", quote(o.Name+"="+o.Value))
		}
		if prefix := subnet(w.s, n.Name); prefix != "" {
			words = append(words, "--subnet", prefix)
		}
		w.line(append(words, quote(n.Name))...)
	}
	for _, c := range w.s.Containers {
		w.container(c)
	}
}

func (w *writer) container(c scenario.Container) {
	words := []string{"docker run -d"}
	if c.Created {
		words = []string{"docker create"}
	}
	// With --init something else than sleep is PID 1, so that docker stop need not wait for ten seconds.
	words = append(words, "--init --name", quote(c.Name), "--hostname", quote(c.Name))
	if len(c.Networks) > 0 && c.Networks[0].Network == scenario.HostNetwork {
		words = words[:len(words)-2] // there Docker gives it the host's name
	}
	for i, a := range c.Networks {
		if i == 0 {
			words = append(words, w.attachment(a, "--network", "--network-alias", quote(a.Network))...)
		}
	}
	for _, p := range c.Expose {
		words = append(words, "--expose", fmt.Sprintf("%d/%s", p.Number, p.Network))
	}
	w.line(append(words, `"$IMAGE" sleep infinity`)...)
	for i, a := range c.Networks {
		if i > 0 {
			w.line(append(w.attachment(a, "docker network connect", "--alias"), quote(a.Network), quote(c.Name))...)
		}
	}
	if len(c.Listen) > 0 && !c.Created {
		w.serve(c)
	}
}

// attachment is a command or an option that names a network, with what is special on it.
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

// serve starts what listens in a container all the time.
func (w *writer) serve(c scenario.Container) {
	w.line("docker exec -d", quote(c.Name), "sh -c", quote(serve(c.Listen)))
}

func (w *writer) step(step scenario.Step) {
	w.line()
	switch {
	case step.Do != nil:
		w.action(*step.Do)
	case step.Measure != nil:
		w.measure(*step.Measure)
	default:
		c := step.Check
		w.line("# " + c.Ask)
		if n := len(c.Expect); n > 0 {
			w.line("# Expected: " + c.Expect[n-1].String())
		}
		w.check(c)
	}
}

func (w *writer) action(a scenario.Action) {
	if a.Network != "" {
		w.line("docker network", a.Verb, quote(a.Network), quote(a.Peer))
		return
	}
	w.line("docker", a.Verb, quote(a.Peer))
	if a.Verb != "start" && a.Verb != "restart" {
		return
	}
	if c := w.lookUp(a.Peer); c != nil && len(c.Listen) > 0 {
		w.serve(*c) // what exec started ended with the container
	}
}

func (w *writer) measure(m scenario.Measure) {
	w.line("# " + m.Ask)
	if m.What == scenario.MeasurePing {
		w.line(w.in(m.From), "ping -c 20 -i 0.2", w.target(m.From, m.Target))
		return
	}
	network := scenario.DefaultBridge
	if c := w.lookUp(m.From); c != nil && len(c.Networks) > 0 {
		network = c.Networks[0].Network
	}
	w.line("time docker run --rm --network", quote(network), `"$IMAGE" true`)
}

func (w *writer) check(c *scenario.Check) {
	p := c.Probe
	in := w.in(c.From)
	if p.Port.Number == 0 && (p.Kind == scenario.Connect || p.Kind == scenario.Listen) {
		p.Port.Number = firstFree + w.free // another for each check: the listener of the one before may be there yet
		w.free++
	}
	switch p.Kind {
	case scenario.Ping:
		w.command(in, "ping -c 1 -W 2", w.target(c.From, p.Target))
	case scenario.Connect:
		w.connect(c.From, p, c.Probe.Port.Number == 0)
	case scenario.Resolve, scenario.Reverse:
		words := []string{in, "nslookup"}
		if p.Type == "AAAA" {
			words = append(words, "-type=AAAA")
		}
		words = append(words, w.target(c.From, p.Target))
		if !p.Server.IsZero() {
			words = append(words, w.target(c.From, p.Server))
		}
		w.command(words...)
	case scenario.Listen:
		at := w.target(c.From, p.At)
		if p.Beside != "" {
			w.background(p.Beside, listenOn(p.Port, at))
		}
		w.command(append([]string{in, "timeout 1"}, listenOn(p.Port, at)...)...)
	case scenario.Read:
		for _, line := range reading(p.Thing, c.From, in) {
			w.command(line)
		}
	}
}

func (w *writer) connect(from string, p scenario.Probe, free bool) {
	to := w.target(from, p.Target)
	if free {
		at := ""
		if !p.At.IsZero() {
			at = w.target(from, p.At)
			to = at
		}
		w.background(p.Target.Ref.Head, listenOn(p.Port, at))
	}
	words := []string{w.in(from), "nc -v -w 2"}
	if p.Port.Network == "udp" {
		words = append(words, "-u")
	}
	w.command(append(words, to, fmt.Sprint(p.Port.Number))...)
}

// command is a line without the empty words that asking from the host leaves.
func (w *writer) command(words ...string) {
	w.line(slices.DeleteFunc(words, func(s string) bool { return s == "" })...)
}

// background starts a listener that ends with its first connection, or by itself.
func (w *writer) background(peer string, words []string) {
	words = append([]string{"timeout 10"}, words...)
	if peer == scenario.Host {
		w.command(append(words, "&")...)
		return
	}
	w.command(append([]string{"docker exec -d", quote(peer)}, words...)...)
}

// in is what a command begins with that runs in a peer; the host is where one types.
func (w *writer) in(peer string) string {
	if peer == scenario.Host {
		return ""
	}
	return "docker exec " + quote(peer)
}

func (w *writer) remove() {
	var containers, networks []string
	for _, c := range w.s.Containers {
		containers = append(containers, quote(c.Name))
	}
	for _, n := range w.s.Networks {
		networks = append(networks, quote(n.Name))
	}
	w.line()
	w.line("# Take it down")
	if len(containers) > 0 {
		w.line(append([]string{"docker rm -f"}, containers...)...)
	}
	if len(networks) > 0 {
		w.line(append([]string{"docker network rm"}, networks...)...)
	}
}

// lookUp returns the container of that name, nil for the host.
func (w *writer) lookUp(name string) *scenario.Container {
	for i := range w.s.Containers {
		if w.s.Containers[i].Name == name {
			return &w.s.Containers[i]
		}
	}
	return nil
}

// reading is how a fact is looked up by hand: in is what runs a command in the peer.
func reading(thing, peer, in string) []string {
	host := func(command string) string { return command + "   # on the host" }
	here := func(command string) string { return strings.TrimSpace(in + " " + command) }
	switch thing {
	case "links", "link.mac", "link.mtu":
		return []string{here("ip link")}
	case "link.ipv4":
		return []string{here("ip -4 address")}
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
	case "own-netns":
		return []string{here("readlink /proc/self/ns/net"), host("readlink /proc/self/ns/net")}
	case "own-utsns":
		return []string{here("readlink /proc/self/ns/uts"), host("readlink /proc/self/ns/uts")}
	case "sockets":
		return []string{here("netstat -lntu")}
	case "published":
		return []string{"docker port " + quote(peer)}
	case "exposed":
		return []string{"docker inspect -f '{{.Config.ExposedPorts}}' " + quote(peer)}
	}
	return nil
}
