package why

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/pasted"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// proxyVariables: the target can be reached, but the asker's environment tells programs to ask a proxy instead. Values
// are never shown, as they may have passwords.
func proxyVariables(f *Facts) *result.Cause {
	from := f.From.Container
	if from == nil || !slices.ContainsFunc(f.Tries, func(t Try) bool { return f.works(&t) }) {
		return nil
	}
	name := called(f)
	var set []string
	for _, variable := range from.Proxies {
		if f.Target.proxied(variable) {
			set = append(set, variable)
		}
	}
	if len(set) == 0 || loopback(f.Target.Key) || strings.EqualFold(f.Target.Key, "localhost") ||
		except(from.NoProxy, name, f.Target.Port) {
		return nil
	}
	verb := "names"
	if len(set) > 1 {
		verb = "name"
	}
	return &result.Cause{
		Title: fmt.Sprintf("In %s, %s %s a proxy, so programs that obey it ask the proxy for %s, and not %s itself.",
			from.Name, strings.Join(set, " and "), verb, name, name),
		Object: from.Name, Direction: result.Request, Note: true,
		Evidence: []probe.Evidence{
			say.Inspected(from, "Config.Env sets %s", strings.Join(set, ", ")),
			say.Inspected(from, "%s", noProxyWords(from.NoProxy, name)),
		},
		Fix: []result.Fix{
			say.Fix(result.FixDocker, "Recreate %s with %s in NO_PROXY and no_proxy. Docker takes proxies from "+
				"~/.docker/config.json of the user who creates a container.", from.Name, name),
			say.Fix(result.FixCompose, "Add %s to NO_PROXY and no_proxy under environment of the service.", name),
		},
	}
}

// called is the name or address that the application uses.
func called(f *Facts) string {
	if f.Lookup != nil {
		return f.Lookup.Name
	}
	if len(f.Tries) > 0 && f.Target.address() != (netip.Addr{}) {
		return f.Target.address().String()
	}
	if len(f.Tries) > 0 {
		return f.Tries[0].Address
	}
	return f.Target.Key
}

func noProxyWords(list, name string) string {
	if strings.TrimSpace(list) == "" {
		return "NO_PROXY is not set"
	}
	return "NO_PROXY does not cover " + name
}

// noHTTP are schemes of protocols that know no HTTP proxy.
var noHTTP = []string{
	"postgres", "mysql", "redis", "amqp", "amqps", "mongodb", "nats", "ldap", "ldaps", "mqtt", "mqtts", "memcached",
	"smtp",
	"ssh", "ftp",
}

// proxied reports whether programs that obey a variable ask a proxy for the target: for HTTP, or where the port is not
// known to be of another protocol.
func (t Target) proxied(variable string) bool {
	scheme := t.Scheme
	if scheme == "" {
		for _, name := range noHTTP {
			if pasted.SchemePort(name) == t.Port {
				scheme = name
			}
		}
	}
	switch scheme {
	case "http", "ws":
		return !strings.EqualFold(variable, "HTTPS_PROXY")
	case "https", "wss":
		return !strings.EqualFold(variable, "HTTP_PROXY")
	}
	return scheme == "" && t.Network == "tcp"
}

// except reports whether a list of NO_PROXY covers a name or an address: an entry stands for itself and the names below
// it, with or without a dot or *. in front, and may be a subnet, have a port, or be *.
func except(list, name string, port int) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	address, _ := netip.ParseAddr(name)
	for _, entry := range strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' }) {
		if subnet, err := netip.ParsePrefix(entry); err == nil && subnet.Contains(address) {
			return true
		}
		if host, number, ok := strings.Cut(entry, ":"); ok && number == strconv.Itoa(port) {
			entry = host
		}
		entry = strings.TrimPrefix(strings.TrimPrefix(entry, "*"), ".")
		if entry == "" || entry == name || strings.HasSuffix(name, "."+entry) {
			return true
		}
	}
	return false
}
