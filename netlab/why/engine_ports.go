package why

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// portTaken: the engine could not publish a port of the host, because a container or a program has it.
func portTaken(f *EngineFacts) answer {
	a := answer{doing: "publish port " + f.published(), about: "port " + f.published() + " of the host is taken"}
	if c, b := f.publisher(); c != nil {
		a.cause = f.takenByContainer(c, b)
		return a
	}
	sockets, network := f.hostSockets()
	switch {
	case len(sockets) > 0:
		a.cause = f.takenByProgram(sockets, network)
	case f.Host == nil:
		a.unseen = hostUnread("A list of its sockets (ss -ltnp)")
	case f.Engine.Kind == fact.KindDesktop:
		a.unseen = []string{"Docker Desktop's VM has the port free. A program on your own computer may hold it."}
	default:
		a.now = "Now nothing holds the port. If the engine says so again, it may remember a container that is gone: " +
			"restart the engine."
	}
	return a
}

// publisher returns the running container that publishes the port of the line, and where.
func (f *EngineFacts) publisher() (*fact.Container, *fact.Binding) {
	for i := range f.Containers {
		c := &f.Containers[i]
		for j, b := range c.Ports {
			_, network := survey.SplitPort(b.Port)
			if c.Running() && b.HostPort == f.Line.Port && sameProtocol(f.Line.Protocol, network) &&
				collide(f.Line.HostIP, b.HostIP) {
				return c, &c.Ports[j]
			}
		}
	}
	return nil, nil
}

func sameProtocol(said, network string) bool { return said == "" || said == network }

// collide reports whether two sockets on one port may not have these addresses, "" or an unspecified one for all.
func collide(a, b string) bool {
	one, two := survey.Parsed(a), survey.Parsed(b)
	return !one.IsValid() || !two.IsValid() || one.IsUnspecified() || two.IsUnspecified() || one == two
}

// hostSockets returns the sockets of the host that keep the port of the line from being bound.
func (f *EngineFacts) hostSockets() (sockets []string, network string) {
	for _, network = range []string{"tcp", "udp"} {
		if !sameProtocol(f.Line.Protocol, network) {
			continue
		}
		l := survey.Listeners(f.Host, network, "", f.Line.Port)
		for _, at := range slices.Concat(l.Here, l.Loopback, l.Other) {
			if collide(f.Line.HostIP, at[:strings.LastIndex(at, ":")]) {
				sockets = append(sockets, at)
			}
		}
		if len(sockets) > 0 {
			return sockets, network
		}
	}
	return nil, ""
}

func (f *EngineFacts) takenByContainer(c *fact.Container, b *fact.Binding) *result.Cause {
	at := b.HostIP
	if at == "" {
		at = "all addresses"
	}
	cause := &result.Cause{
		Title:  fmt.Sprintf("%s has port %d of the host: it publishes its port %s there.", c.Name, b.HostPort, b.Port),
		Object: c.Name, Direction: result.Request,
		Evidence: []probe.Evidence{say.Inspected(c, "host port %d on %s forwards to %s", b.HostPort, at, b.Port)},
	}
	if own := f.endpoint(); own != nil && own.Project != "" && own.Project == c.Project {
		cause.Evidence = append(cause.Evidence, say.Inspected(own, "it is a service of the same project, %s", c.Project))
	}
	stop := say.Fix(result.FixDocker, "Or stop %s, if you do not need it.", c.Name)
	if say.Plain(c.Name) {
		stop = say.Run(stop, "docker stop "+c.Name)
	}
	cause.Fix = append(f.anotherPort(), stop)
	return cause
}

func (f *EngineFacts) takenByProgram(sockets []string, network string) *result.Cause {
	cause := &result.Cause{
		Title:  fmt.Sprintf("A program on the host has port %d. No container publishes it.", f.Line.Port),
		Object: "the host", Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Sockets("the host", "%s/%s", strings.Join(sockets, ", "), network),
			say.Seen("docker inspect", "no running container publishes host port %d", f.Line.Port),
		},
	}
	for i := range f.Containers {
		if c := &f.Containers[i]; c.Running() && c.Mode == survey.HostWord && len(cause.Evidence) < 5 {
			cause.Evidence = append(cause.Evidence, say.Inspected(c, "it uses the host's network, so it may be its program"))
		}
	}
	list := map[string]string{"tcp": "ss -ltnp", "udp": "ss -lunp"}[network]
	cause.Fix = append(f.anotherPort(), say.Run(say.Fix(result.FixHost, "Or find out which program it is, and stop it."),
		fmt.Sprintf("%s 'sport = :%d'", list, f.Line.Port)))
	return cause
}

// anotherPort proposes the next port of the host that nothing has.
func (f *EngineFacts) anotherPort() []result.Fix {
	free := f.Line.Port + 1
	for ; free < 65535; free++ {
		next := *f
		next.Line.Port, next.Line.HostIP = free, ""
		if c, _ := next.publisher(); c != nil {
			continue
		}
		if sockets, _ := next.hostSockets(); len(sockets) == 0 {
			break
		}
	}
	port := "PORT" // of the container
	if own := f.endpoint(); own != nil {
		for _, b := range own.Ports {
			if b.HostPort == f.Line.Port {
				port, _, _ = strings.Cut(b.Port, "/")
			}
		}
	}
	if f.Line.Protocol == "udp" {
		port += "/udp"
	}
	return []result.Fix{
		say.Fix(result.FixDocker, "Publish another port of the host: -p %d:%s", free, port),
		say.Fix(result.FixCompose, `ports: ["%d:%s"]`, free, port),
	}
}
