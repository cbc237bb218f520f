package say

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// Sockets is evidence from the list of sockets in a network namespace.
func Sockets(whose, format string, args ...any) probe.Evidence {
	return Seen("sockets of "+whose, format, args...)
}

// Log is the fix for a program that does not do what it should, and may say why.
func Log(c *fact.Container, format string, args ...any) result.Fix {
	return Run(Fix(result.FixApplication, format, args...), "docker logs --tail 20 "+c.Name)
}

// LoopbackOnly is the cause listens-on-loopback. The container is nil if it is not known.
func LoopbackOnly(name string, sockets []string, c *fact.Container) *result.Cause {
	cause := &result.Cause{
		Title: fmt.Sprintf("%s listens on %s only, so only %s itself can connect.", Upper(name),
			strings.Join(sockets, " and "), name),
		Object: name, Direction: result.Request,
		Evidence: []probe.Evidence{Sockets(name, "%s", strings.Join(sockets, ", "))},
		Fix:      []result.Fix{Fix(result.FixApplication, "Listen on 0.0.0.0%s.", ofImage(c))},
	}
	if c != nil && len(c.Endpoints) > 0 && !slices.ContainsFunc(c.Endpoints, hasIPv4) {
		cause.Fix = []result.Fix{Fix(result.FixApplication, "Listen on ::.")}
	}
	if c != nil && c.Health == "healthy" {
		cause.Evidence = append(cause.Evidence, Inspected(c, "it is healthy, but its health check runs inside it"))
	}
	return cause
}

func hasIPv4(e fact.ContainerEndpoint) bool { return e.IPv4 != "" || e.IPv6 == "" }

// Unserved is the cause of a published port that leads to a port of the container that has no
// listener. open are the ports of the same protocol that it does listen on.
func Unserved(c *fact.Container, published *fact.Binding, open []int) *result.Cause {
	number, network, _ := strings.Cut(published.Port, "/")
	cause := &result.Cause{
		Title: fmt.Sprintf("Host port %d forwards to port %s of %s, where nothing listens.", published.HostPort, number,
			c.Name),
		Object: c.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			Inspected(c, "host port %d forwards to %s", published.HostPort, published.Port),
			Sockets(c.Name, "none on %s", published.Port),
		},
	}
	if network == "tcp" && len(open) > 0 {
		cause.Evidence[1] = Sockets(c.Name, "it listens on %s", Ports(open))
		cause.Fix = []result.Fix{Fix(result.FixDocker, "Recreate %s with -p %d:%d.", c.Name, published.HostPort, open[0])}
		return cause
	}
	cause.Fix = []result.Fix{Log(c, "Its log may say why it does not listen.")}
	return cause
}

// Ports writes ports as a person lists them: "80, 443".
func Ports(numbers []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}

// Upper returns a sentence's first word: "the host" becomes "The host". Names of containers stay.
func Upper(name string) string {
	if rest, ok := strings.CutPrefix(name, "the "); ok {
		return "The " + rest
	}
	return name
}

// ofImage is the setting of a known image that opens its port to the network.
func ofImage(c *fact.Container) string {
	if c == nil {
		return ""
	}
	known := []struct{ image, setting string }{
		{"postgres", "listen_addresses = '*'"},
		{"redis", "bind 0.0.0.0"},
		{"mysql", "bind-address = 0.0.0.0"},
		{"mariadb", "bind-address = 0.0.0.0"},
		{"mongo", "net.bindIp: 0.0.0.0"},
		{"rabbitmq", "listeners.tcp.default = 5672"},
	}
	i := slices.IndexFunc(known, func(k struct{ image, setting string }) bool {
		return strings.Contains(c.Image, k.image)
	})
	if i < 0 {
		return ""
	}
	return fmt.Sprintf(" (%s: %s)", known[i].image, known[i].setting)
}
