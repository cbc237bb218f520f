package byhand

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

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
		w.expected(c.Expect)
		w.check(c)
	}
}

// expected writes the default expectation, which is the last, and the conditional ones: the first that holds applies.
func (w *writer) expected(expectations []ask.Expectation) {
	if len(expectations) == 0 {
		return
	}
	usual := expectations[len(expectations)-1].String()
	w.line("# Expected: " + usual)
	others := len(expectations) - 1
	for others > 0 && expectations[others-1].String() == usual {
		others-- // it is the same as the default
	}
	for _, e := range expectations[:others] {
		var conditions []string
		for _, c := range e.When {
			conditions = append(conditions, c.String())
		}
		w.line("#   where " + strings.Join(conditions, " and ") + ": " + e.String())
	}
}

func (w *writer) action(a ask.Action) {
	switch a.Verb {
	case ask.VerbEdit:
		w.line("echo change >>", quote(path.Join(a.Image, a.File)))
	case ask.VerbClose: // the loops around nc, and nc itself
		w.line("docker exec", named(a.Peer), "killall sh nc")
	case ask.VerbOpen:
		w.started(a.Peer)
	case ask.VerbConnect, ask.VerbDisconnect:
		w.line("docker network", a.Verb, quote(a.Network), named(a.Peer))
	case ask.VerbRecreate:
		w.line("docker rm -f", named(a.Peer))
		w.container(*w.lookUp(a.Peer))
	case ask.VerbStart, ask.VerbRestart:
		w.createBuilt(a.Peer)
		w.line("docker", a.Verb, named(a.Peer))
		w.started(a.Peer)
	case ask.VerbPause, ask.VerbUnpause, ask.VerbStop:
		w.line("docker", a.Verb, named(a.Peer))
	}
}

// createBuilt creates the container of an image that has been built by this point.
func (w *writer) createBuilt(name string) {
	if c := w.lookUp(name); c != nil && c.Image != "" && !w.created[name] {
		w.container(*c)
		w.created[name] = true
	}
}

// started starts the listeners in a container again: what exec started ended with the container.
func (w *writer) started(name string) {
	if c := w.lookUp(name); c != nil && len(c.Listen) > 0 {
		w.serve(c.Name, c.Listen)
	}
}

func (w *writer) measure(m scenario.Measure) {
	w.line("# " + m.Ask)
	if m.What == scenario.MeasurePing {
		w.line(inside(m.From), "ping -c 20 -i 0.2", w.target(m.From, m.Target))
		return
	}
	network := scenario.DefaultBridge
	if c := w.lookUp(m.From); c != nil && c.Share != "" {
		network = "container:" + named(c.Share)
	} else if c != nil && len(c.Networks) > 0 {
		network = c.Networks[0].Network
	}
	w.line("time docker run --rm --network", quote(network), `"$IMAGE" true`)
}

func (w *writer) check(c *scenario.Check) {
	in := inside(c.From)
	switch c.Needs {
	case scenario.NeedsIPVS:
		w.line("# It needs a kernel with IPVS.")
	case scenario.NeedsProxy:
		w.line("# It needs an engine with its userland proxy, which is the default.")
	}
	switch q := c.Asks.(type) {
	case ask.Ping:
		words := []string{in, "ping -c 1 -W 2"}
		if size := w.size(q); size != "" {
			words = append(words, "-M do -s", size)
		}
		w.command(append(words, w.target(c.From, q.To))...)
	case ask.Hops:
		w.command(in, "traceroute -n", w.target(c.From, q.To))
	case ask.ARP:
		words := []string{in, "arping -c 1"}
		if in != "" {
			words = append(words, "-I eth0")
		}
		w.command(append(words, w.target(c.From, q.Address))...)
	case ask.Build:
		w.buildImage(q.Image)
	case ask.Inspect:
		w.inspect(q)
	case ask.Await:
		w.line("# Until it says " + q.Status + ":")
		w.line(`until docker inspect -f '{{.State.Health.Status}}'`, named(c.From), "| grep -w", quote(q.Status)+
			"; do sleep 1; done")
	case ask.Start:
		w.createBuilt(q.Container)
		w.command("docker start", named(q.Container))
		if n := len(c.Expect); n > 0 && c.Expect[n-1].Reason == probe.OK {
			w.started(q.Container)
		}
	case ask.Chains:
		w.line("# The rules that counted, as root on the Docker host. One with -j CHAIN sent packets to that chain.")
		w.line(`before=$(mktemp); iptables-save -c | grep -v '^#' > "$before"`)
		w.connect(c, q.Connection(), false)
		w.line(`iptables-save -c | grep -v '^#' | diff "$before" -; rm "$before"`)
	case ask.Balance:
		w.balance(c, q)
	case ask.Connect:
		server := w.sees(c, q)
		if server != "" {
			w.onServer("forget", server)
		}
		free := q.Port.Number == 0
		w.number(&q.Port)
		w.connect(c, q, free)
		w.answered(c, server)
	case ask.Resolve:
		if t := q.Name.Literal; t != "" && strings.HasPrefix(hostGateway, t+":") {
			w.command(in, "grep -w", quote(t), "/etc/hosts || echo unknown") // nslookup does not read that file
			return
		}
		kind := ""
		if q.Type == "AAAA" {
			kind = "-type=AAAA"
		}
		w.command(in, "nslookup", kind, w.target(c.From, q.Name), w.target(c.From, q.Server))
	case ask.Reverse:
		w.command(in, "nslookup", w.target(c.From, q.Address), w.target(c.From, q.Server))
	case ask.Listen:
		w.number(&q.Port)
		at := w.target(c.From, q.At)
		if q.Beside != "" {
			w.background(q.Beside, q.Port, at)
			// OpenBSD's nc sets SO_REUSEPORT and would share the port with another nc, so it cannot show this.
			w.line("# A line here says that the port is in use:")
			w.command(ports(c.From), "| grep", fmt.Sprintf("':%d '", q.Port.Number), "|| echo free")
			return
		}
		w.command(append([]string{in, "timeout 1"}, listenOn(q.Port, at)...)...)
	case ask.File:
		w.command(in, "cat", q.Path)
	case ask.Write:
		w.command(in, "sh -c", quote(written(q)))
	case ask.Read:
		for _, line := range w.reading(q.Thing, c.From) {
			w.command(line)
		}
	}
}

// What some commands of check need in addition to the usual tools.
const (
	routers = "traceroute and arping too"
	iputils = "the ping from iputils, which can forbid fragments (-M do)"
)

// tools returns what the command for a question needs in addition to the usual tools, or "".
func (w *writer) tools(q ask.Question) string {
	switch q := q.(type) {
	case ask.Hops, ask.ARP:
		return routers
	case ask.Ping:
		if w.size(q) != "" {
			return iputils
		}
	}
	return ""
}

// written is the shell command that writes a file.
func written(p ask.Write) string {
	if p.Bytes > 0 {
		return fmt.Sprintf("head -c %d /dev/zero > %s", p.Bytes, p.Path)
	}
	return "echo " + quote(p.Text) + " > " + p.Path
}

func (w *writer) connect(c *scenario.Check, p ask.Connect, free bool) {
	from := c.From
	to := w.target(from, p.To)
	if free {
		at := ""
		if !p.At.IsZero() {
			at = w.target(from, p.At)
			to = at
		}
		if !p.By.IsZero() {
			to = w.target(from, p.By)
		}
		w.background(p.To.Ref.Head, p.Port, at)
	}
	wait := "2"
	if n := len(c.Expect); n > 0 && c.Expect[n-1].Reason == probe.HostUnreachable {
		wait = "5" // the kernel sends ARP requests for three seconds before it reports an error
	}
	words := []string{inside(from), "nc -v -w", wait}
	if p.Port.Network == "udp" {
		words = append(words, "-u")
	}
	port := fmt.Sprint(p.Port.Number)
	if !p.Through.IsZero() {
		to, port = w.target(from, p.Through), w.throughPort(p)
	}
	words = append(words, to, port)
	if words[0] == "" {
		words = append(words, "</dev/null") // or it would consume the lines pasted after it
	}
	w.command(words...)
}

// sees returns the container or service whose server recorded its client. It returns "" if that is not the question, or
// if the server runs on the host, where it prints the client itself.
func (w *writer) sees(c *scenario.Check, q ask.Connect) string {
	n := len(c.Expect)
	server := q.To.Ref.Head
	if server == ask.Localhost {
		server = c.From
	}
	if n == 0 || c.Expect[n-1].Test != ask.Sees || server == ask.Host {
		return ""
	}
	owner := w.owner(server)
	for i := range w.s.Containers { // another container in the same network namespace may have the listener
		other := &w.s.Containers[i]
		listens := slices.ContainsFunc(other.Listen, func(l scenario.Listener) bool { return l.Port == q.Port })
		if owner != nil && w.owner(other.Name) == owner && listens {
			return other.Name
		}
	}
	return server
}

// onServer writes a command about what a server has seen. For a service, any of its tasks may be the server.
func (w *writer) onServer(command, server string) {
	if w.s.Service(server) == nil {
		w.line(command, named(server))
		return
	}
	w.line("for t in $(docker ps -q --filter name=" + quote(server+".") + "); do " + command + ` "$t"; done`)
}

// answered writes what nc alone does not show: which client the server saw, and that it hung up at once.
func (w *writer) answered(c *scenario.Check, server string) {
	if n := len(c.Expect); n > 0 && c.Expect[n-1].Reason == probe.Closed {
		w.line("# nc says that it succeeded, and ends: the connection was accepted, then closed.")
	}
	if server != "" {
		w.onServer("seen", server)
	}
}

// throughPort is the port where a published port is reached. If it is published more than once, it is the one at the
// address in the question.
func (l *lab) throughPort(p ask.Connect) string {
	c := l.lookUp(p.To.Ref.Head)
	if c == nil {
		return fmt.Sprint(p.Port.Number)
	}
	on := p.Through.Ref.Head // a link
	if p.Through.Literal == scenario.OnLoopback || on == ask.Localhost {
		on = scenario.OnLoopback
	}
	var found []scenario.Publish
	for _, published := range c.Publish {
		switch {
		case published.Port != p.Port:
		case published.On == on && published.IPv6 == (p.Through.Ref.Field == ask.FieldIPv6Host):
			return l.hostPort(c.Name, published)
		default:
			found = append(found, published)
		}
	}
	if len(found) == 0 {
		return fmt.Sprint(p.Port.Number)
	}
	return l.hostPort(c.Name, found[0])
}

// ipHeaders is the size of the IPv4 and ICMP headers, which ping's size does not include.
const ipHeaders = 28

// size is the payload of a ping whose whole packet must have a certain size, or "" for the default.
func (l *lab) size(p ask.Ping) string {
	r := p.Size
	switch {
	case r.IsZero() && p.Bytes == 0:
		return ""
	case r.IsZero():
		return fmt.Sprint(p.Bytes - ipHeaders)
	case r.Field == ask.FactMTU:
		return fmt.Sprint(l.mtu(r.Head) + p.Bytes - ipHeaders)
	}
	mtu := strings.TrimSpace(inside(r.Head) + " cat /sys/class/net/eth0/mtu")
	return fmt.Sprintf("$(($(%s) %+d))", mtu, p.Bytes-ipHeaders)
}

// mtu is the MTU that a network asks for, or Docker's default.
func (l *lab) mtu(network string) int {
	for _, n := range l.s.Networks {
		for _, o := range n.Options {
			if mtu, err := strconv.Atoi(o.Value); n.Name == network && o.Name == fact.OptionMTU && err == nil {
				return mtu
			}
		}
	}
	return 1500
}

// command writes a line, without the empty words that appear when the host asks.
func (w *writer) command(words ...string) {
	w.line(slices.DeleteFunc(words, func(s string) bool { return s == "" })...)
}

// inside is the beginning of a command that runs in a peer. On the host, the user types the command directly.
func inside(peer string) string {
	if peer == ask.Host {
		return ""
	}
	return "docker exec " + named(peer)
}
