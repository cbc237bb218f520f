package why

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// where names the namespace that should listen.
func (f *Facts) where(t *Try) string {
	switch {
	case t.Server != nil:
		return t.Server.Name
	case t.Kind == Itself:
		return f.From.Name()
	case t.Kind == OnHost:
		return "the host"
	}
	return t.Address
}

// outside reports whether the address is the host's, and no published port leads from there to a container.
func (f *Facts) outside(t *Try) bool {
	return t.Server == nil && (t.Kind == OnHost || t.Kind == Itself && f.From.OnHost())
}

// absent reports whether the rules about sockets apply: the sockets could be read, and none accepts these packets.
func (f *Facts) absent(t *Try) (survey.Listening, bool) {
	l := t.listening(f.Target.Network)
	return l, t.Stack != nil && len(l.Here) == 0 && !claimed(f, t)
}

// claimed reports whether a rule about the place of a port explains more than its sockets do.
func claimed(f *Facts, t *Try) bool {
	return localhostIsThisContainer(f, t) != nil || localhostIsIPv6(f, t) != nil ||
		containerPortUsedOutside(f, t) != nil || publishedOnLoopbackOnly(f, t) != nil ||
		portNotPublished(f, t) != nil || publishedPortUsedInside(f, t) != nil || f.publishes(t)
}

// publishes reports whether the number is one that the container publishes, and a computer without its network asked.
func (f *Facts) publishes(t *Try) bool {
	return f.From.Container == nil && t.Through == nil && t.Server != nil && t.Address == "" &&
		slices.ContainsFunc(t.Server.Ports, func(b fact.Binding) bool {
			number, network := survey.SplitPort(b.Port)
			return b.HostPort == t.Port && network == f.Target.Network && number != t.Port
		})
}

// containerPortUsedOutside: at the host, the port is known only inside Docker, and published under another number.
func containerPortUsedOutside(f *Facts, t *Try) *result.Cause {
	if !f.outside(t) || t.Outcome.Reason != probe.Refused && f.Meant == nil {
		return nil
	}
	var found *fact.Container
	var at fact.Binding
	for i := range f.Containers {
		c := &f.Containers[i]
		if !c.Running() || f.Meant != nil && c != f.StackOwner(f.Meant) {
			continue
		}
		for _, b := range c.Ports {
			number, network := survey.SplitPort(b.Port)
			if number != t.Port || network != f.Target.Network || b.HostPort == t.Port || b.HostPort == 0 {
				continue
			}
			if found != nil && found != c {
				return nil // which of them is meant is not known
			}
			found, at = c, b
		}
	}
	if found == nil {
		return nil
	}
	return &result.Cause{
		Title: fmt.Sprintf("%d is %s's port inside Docker. On the host it is published as %d.", t.Port, found.Name,
			at.HostPort),
		Object: found.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Inspected(found, "host port %d forwards to %s", at.HostPort, at.Port),
			f.answered(t),
		},
		Fix: []result.Fix{say.Fix(result.FixApplication, "Use port %d.", at.HostPort)},
	}
}

// answered is what came back, as evidence.
func (f *Facts) answered(t *Try) probe.Evidence {
	what := t.Outcome.Detail
	if t.Outcome.Reason == probe.OK {
		what = "another program answers"
	}
	return say.Seen(f.From.Name(), "asked %s: %s", net.JoinHostPort(t.Address, strconv.Itoa(f.Target.Port)), what)
}

// publishedOnLoopbackOnly: the port is published on the host's loopback address, and asked at another address.
func publishedOnLoopbackOnly(f *Facts, t *Try) *result.Cause {
	if t.Kind != OnHost || t.Server != nil || loopback(t.Address) || t.Outcome.Reason == probe.OK {
		return nil
	}
	for i := range f.Containers {
		c := &f.Containers[i]
		for _, b := range c.Ports {
			_, network := survey.SplitPort(b.Port)
			if !c.Running() || b.HostPort != t.Port || network != f.Target.Network || !loopback(b.HostIP) {
				continue
			}
			fix := say.Fix(result.FixDocker,
				"From a container, use the network instead: a shared network, %s as the name, and its own port.", c.Name)
			if number, _ := survey.SplitPort(b.Port); f.From.Outside {
				fix = say.Fix(result.FixDocker, "Recreate %s with -p %d:%d, without an address.", c.Name, b.HostPort, number)
			}
			return &result.Cause{
				Title: fmt.Sprintf("%s publishes port %d on %s only, so only the host itself can use it.", c.Name, t.Port,
					b.HostIP),
				Object: c.Name, Direction: result.Request,
				Evidence: []probe.Evidence{
					say.Inspected(c, "%s:%d forwards to %s", b.HostIP, b.HostPort, b.Port),
					f.answered(t),
				},
				Fix: []result.Fix{fix},
			}
		}
	}
	return nil
}

// portNotPublished: the container that is meant listens, but the host has no port for it.
func portNotPublished(f *Facts, t *Try) *result.Cause {
	if !f.outside(t) || f.Meant == nil || !f.Meant.Running() || f.Meant.Mode == survey.HostWord {
		return nil
	}
	owner := f.StackOwner(f.Meant) // the ports of those that share its namespace are published there
	for _, b := range owner.Ports {
		number, network := survey.SplitPort(b.Port)
		if network == f.Target.Network && (number == t.Port || b.HostPort == t.Port) {
			return nil
		}
	}
	i := slices.IndexFunc(f.Others, func(e survey.End) bool { return e.Container == f.Meant })
	if i < 0 {
		return nil
	}
	l := survey.Listeners(f.Others[i].Stack, f.Target.Network, "", t.Port)
	open := slices.Concat(l.Here, l.Loopback)
	if len(open) == 0 {
		return nil
	}
	cause := &result.Cause{
		Title:  fmt.Sprintf("%s listens on %d, but does not publish it, so the host has no such port.", f.Meant.Name, t.Port),
		Object: f.Meant.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Seen("sockets of "+f.Meant.Name, "%s", strings.Join(open, ", ")),
			say.Inspected(owner, "no host port forwards to %d/%s", t.Port, f.Target.Network),
			f.answered(t),
		},
		Fix: []result.Fix{
			say.Fix(result.FixDocker, "Recreate %s with -p %d:%d.", owner.Name, t.Port, t.Port),
			say.Fix(result.FixCompose, `Add to the service: ports: ["%d:%d"]`, t.Port, t.Port),
		},
	}
	if slices.Contains(f.Meant.Exposed, fmt.Sprintf("%d/%s", t.Port, f.Target.Network)) {
		cause.Evidence = append(cause.Evidence, say.Inspected(f.Meant, "ExposedPorts has it, but EXPOSE publishes nothing"))
	}
	return cause
}

// publishedPortUsedInside: inside Docker, the asker uses the number that the port has on the host.
func publishedPortUsedInside(f *Facts, t *Try) *result.Cause {
	if t.Kind != InContainer || t.Through != nil || t.Server == nil || t.Stack == nil || f.From.Container == nil ||
		len(t.listening(f.Target.Network).Here) > 0 {
		return nil
	}
	for _, b := range t.Server.Ports {
		number, network := survey.SplitPort(b.Port)
		if b.HostPort != t.Port || network != f.Target.Network || number == t.Port {
			continue
		}
		l := survey.Listeners(t.Stack, network, t.Address, number)
		if len(l.Here) == 0 {
			continue
		}
		return &result.Cause{
			Title: fmt.Sprintf("%d is the host's port for %s. Inside Docker, %s listens on %d.", t.Port, t.Server.Name,
				t.Server.Name, number),
			Object: t.Server.Name, Direction: result.Request,
			Evidence: []probe.Evidence{
				say.Inspected(t.Server, "host port %d forwards to %s", b.HostPort, b.Port),
				say.Sockets(f.where(t), "%s", strings.Join(l.Here, ", ")),
			},
			Fix: []result.Fix{say.Fix(result.FixApplication, "Use %s:%d.", f.nameOf(t.Server), number)},
		}
	}
	return nil
}

// listensOnLoopback: the port is open, but only for the server itself.
func listensOnLoopback(f *Facts, t *Try) *result.Cause {
	l, absent := f.absent(t)
	if !absent || len(l.Loopback) == 0 || len(l.Other) > 0 {
		return nil
	}
	return say.LoopbackOnly(f.where(t), l.Loopback, t.Server)
}

// protocolMismatch: the number is open for the other of TCP and UDP.
func protocolMismatch(f *Facts, t *Try) *result.Cause {
	l, absent := f.absent(t)
	if !absent || len(l.Loopback)+len(l.Other) > 0 || len(l.Crossed) == 0 {
		return nil
	}
	asked, open := "TCP", "UDP"
	if f.Target.Network == "udp" {
		asked, open = open, asked
	}
	name := f.where(t)
	return &result.Cause{
		Title:  fmt.Sprintf("%s has port %d open for %s, not for %s.", say.Upper(name), t.Port, open, asked),
		Object: name, Direction: result.Request,
		Evidence: []probe.Evidence{say.Sockets(f.where(t), "%s/%s, and no %s socket on %d", strings.Join(l.Crossed, ", "),
			strings.ToLower(open), asked, t.Port)},
		Fix: []result.Fix{
			say.Fix(result.FixApplication, "Use %s for this port, or let the server listen on %s too.", open, asked),
			say.Fix(result.FixDocker, "To publish it, name the protocol: -p %d:%d/%s", t.Port, t.Port, strings.ToLower(open)),
		},
	}
}

// publishedNobodyBehind: a published port leads to a port of the container that has no listener.
func publishedNobodyBehind(f *Facts, t *Try) *result.Cause {
	l, absent := f.absent(t)
	if !absent || t.Through == nil || len(l.Loopback)+len(l.Other)+len(l.Crossed) > 0 {
		return nil
	}
	return say.Unserved(t.Server, t.Through, l.Ports)
}

// wrongPort: the container listens, but on other ports.
func wrongPort(f *Facts, t *Try) *result.Cause {
	l, absent := f.absent(t)
	if !absent || t.Through != nil || t.Server == nil || f.Target.Network != "tcp" ||
		len(l.Loopback)+len(l.Other)+len(l.Crossed) > 0 || len(l.Ports) == 0 {
		return nil
	}
	cause := &result.Cause{
		Title:  fmt.Sprintf("%s does not listen on %d. It listens on %s.", t.Server.Name, t.Port, say.Ports(l.Ports)),
		Object: t.Server.Name, Direction: result.Request,
		Evidence: []probe.Evidence{say.Sockets(f.where(t), "TCP ports %s", say.Ports(l.Ports))},
		Fix:      []result.Fix{say.Fix(result.FixApplication, "Use %s:%d.", f.nameOf(t.Server), l.Ports[0])},
	}
	if t.Address == "" {
		cause.Fix[0].Say = fmt.Sprintf("Use port %d.", l.Ports[0]) // it has no name that could be asked
	}
	if len(l.Ports) > 1 {
		cause.Fix[0].Say = fmt.Sprintf("Use one of the ports %s.", say.Ports(l.Ports))
	}
	if t.Server.Health == "starting" {
		cause.Evidence = append(cause.Evidence, say.Inspected(t.Server, "it is still starting"))
	}
	return cause
}

// nothingListens: no socket at all could answer.
func nothingListens(f *Facts, t *Try) *result.Cause {
	l, absent := f.absent(t)
	if f.outside(t) && f.Meant != nil && f.Meant.Mode != survey.HostWord {
		return nil // the container is meant, and not the host
	}
	if !absent || t.Through != nil || len(l.Loopback)+len(l.Crossed) > 0 || ipFamilyMismatch(f, t) != nil ||
		t.Server != nil && f.Target.Network == "tcp" && len(l.Ports) > 0 {
		return nil
	}
	name := f.where(t)
	cause := &result.Cause{
		Title:  fmt.Sprintf("Nothing in %s listens on port %d.", name, t.Port),
		Object: name, Direction: result.Request,
		Evidence: []probe.Evidence{say.Sockets(f.where(t), "none on %d/%s", t.Port, f.Target.Network)},
	}
	if len(l.Other) > 0 {
		cause.Title = fmt.Sprintf("%s listens on %s, not on %s.", say.Upper(name), strings.Join(l.Other, ", "), t.Address)
		cause.Evidence = []probe.Evidence{say.Sockets(f.where(t), "%s", strings.Join(l.Other, ", "))}
		cause.Fix = []result.Fix{say.Fix(result.FixApplication, "Use the address that it listens on, or let it listen on "+
			"0.0.0.0: a published port with -p and no address.")}
		return cause
	}
	c := t.Server
	if c == nil && t.Kind == Itself {
		c = f.From.Container
	}
	if c == nil {
		cause.Title = fmt.Sprintf("Nothing on %s listens on port %d.", name, t.Port)
		cause.Fix = []result.Fix{say.Fix(result.FixHost, "Start the server, or use the port that it listens on.")}
		return cause
	}
	age := f.Now.Sub(c.Started)
	if c.Health == "starting" && age > 0 {
		cause.Title = fmt.Sprintf("Nothing in %s listens on port %d yet. It started %s ago, and its health check says "+
			"starting.", name, t.Port, age.Round(time.Second))
	}
	if age > time.Second {
		cause.Evidence = append(cause.Evidence, say.Inspected(c, "it has run for %s", age.Round(time.Second)))
	}
	if c.Health != "" {
		cause.Evidence = append(cause.Evidence, say.Inspected(c, "its health check says %s", c.Health))
	}
	cause.Fix = []result.Fix{
		say.Run(say.Fix(result.FixApplication, "Wait until the server has started. Its log may say why it has not."),
			"docker logs --tail 20 "+c.Name),
		say.Fix(result.FixCompose, "Let the other service wait: depends_on with condition: service_healthy"),
	}
	return cause
}

// unanswered reports whether packets got to the server, or were sent there by the host, and nothing came back.
func (t *Try) unanswered() bool {
	return t.Outcome.Reason == probe.Timeout && t.Arrived > 0 && t.Replied == 0 ||
		t.Behind != nil && t.Behind.Reason == probe.Timeout
}

// listenBacklogFull: the program listens, but does not accept what waits, so the kernel drops more. The queue was full
// before and after the packets arrived.
func listenBacklogFull(f *Facts, t *Try) *result.Cause {
	if !t.unanswered() || t.Server == nil {
		return nil
	}
	l := t.listening(f.Target.Network)
	again := survey.FullQueues(t.Again)
	for _, s := range survey.FullQueues(t.Stack) {
		i := slices.IndexFunc(again, func(o fact.Socket) bool { return o.Address == s.Address })
		if i < 0 || s.Network != f.Target.Network || !slices.Contains(l.Here, s.Address) {
			continue
		}
		return &result.Cause{
			Title:  fmt.Sprintf("%s listens on %s, but does not accept the connections.", t.Server.Name, s.Address),
			Object: t.Server.Name, Direction: result.Request,
			Evidence: []probe.Evidence{say.Sockets(t.Server.Name, "%d and then %d connections wait at %s, whose backlog is %d",
				s.Queue, again[i].Queue, s.Address, s.Limit)},
			Fix: []result.Fix{say.Log(t.Server, "The program is stuck or too slow. Its log may say why.")},
		}
	}
	return nil
}
