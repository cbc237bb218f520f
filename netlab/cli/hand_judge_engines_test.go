//go:build linux && engines

package cli

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// handFacts are the commands that read a fact in a container or on the host.
var handFacts = map[string]string{
	"netns": "readlink /proc/self/ns/net", "utsns": "readlink /proc/self/ns/uts", "pidns": "readlink /proc/self/ns/pid",
	"mntns": "readlink /proc/self/ns/mnt", "ipcns": "readlink /proc/self/ns/ipc", "timens": "readlink /proc/self/ns/time",
	"boot-id": "cat /proc/sys/kernel/random/boot_id", "vm.swappiness": "cat /proc/sys/vm/swappiness",
	"hostname": "hostname", "kernel": "uname -r", "link.mtu": "cat /sys/class/net/eth0/mtu",
	"link.mac": "cat /sys/class/net/eth0/address", "pid": "echo 1",
	"dns.servers": "sed -n s/^nameserver.//p /etc/resolv.conf",
}

// handValue is a shell command that prints the possible values of a variable in a lab built by hand. Any of them
// is right. It prints nothing if the lab does not show the value.
func handValue(sc *scenario.Scenario, v ask.Value) string {
	r := v.Ref
	switch {
	case r.IsZero():
		return "echo " + v.Literal
	case r.Head == ask.Host && r.Field == "dns.servers":
		return "echo 192.0.2.1" // in the engine's resolv.conf, which hides the machine's
	case r.Head == ask.Host || r.Head == ask.EngineHead:
		return handFacts[r.Field]
	case sc.Service(r.Head) != nil && r.Field == "vip":
		return "docker service inspect -f '{{range .Endpoint.VirtualIPs}}{{.Addr}} {{end}}' " + r.Head +
			" | sed 's|/[0-9]*||g'"
	case sc.Service(r.Head) != nil:
		return "for t in $(docker ps -q --filter name=" + r.Head + ".); do docker inspect -f " +
			"'{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' $t; done"
	}
	for i, w := range sc.Wires {
		if r.Head == w.Name {
			return map[string]string{
				"host": fmt.Sprintf("echo 10.212.%d.1", i), "router": fmt.Sprintf("echo 10.212.%d.3", i),
				"subnet": fmt.Sprintf("echo 10.212.%d.0/28", i), "ipv6.host": fmt.Sprintf("echo fd00:212:%d::1", i+1),
			}[r.Field]
		}
		if r.Head == w.Machine {
			switch r.Field {
			case "":
				return fmt.Sprintf("echo 10.212.%d.2", i)
			case "link.ipv6":
				return fmt.Sprintf("echo fd00:212:%d::2", i+1)
			}
			return "docker exec " + w.Machine + " " + handFacts[r.Field]
		}
	}
	if c := slices.IndexFunc(sc.Containers, func(c scenario.Container) bool { return c.Name == r.Head }); c >= 0 {
		return ofContainer(r, &sc.Containers[c])
	}
	return ofNetwork(sc, r)
}

// ofNetwork is handValue for a network.
func ofNetwork(sc *scenario.Scenario, r ask.Reference) string {
	config := func(field string) string {
		return "docker network inspect -f '{{range .IPAM.Config}}{{." + field + "}} {{end}}' " + r.Head
	}
	i := slices.IndexFunc(sc.Networks, func(n scenario.Network) bool { return n.Name == r.Head })
	switch {
	case r.Field == "gateway":
		return config("Gateway")
	case r.Field == "subnet" || r.Field == "ipv6.subnet":
		return config("Subnet")
	case r.Field == "ipv6.gateway" && i == 0:
		return "echo fd00:213::1"
	case r.Field == "ipv6.gateway":
		return fmt.Sprintf("echo fd00:213:%d::1", i)
	case r.Field == "interface" && r.Head == scenario.DefaultBridge:
		return "echo docker0"
	case r.Field == "interface":
		return "docker network inspect -f 'br-{{slice .Id 0 12}}' " + r.Head
	case r.Field == "vxlan":
		return `docker network inspect -f '{{index .Options "com.docker.network.driver.overlay.vxlanid_list"}}' ` + r.Head
	}
	return ""
}

// ofContainer is handValue for a container.
func ofContainer(r ask.Reference, c *scenario.Container) string {
	name := c.Name
	if c.Share != "" {
		name = c.Share
	}
	if len(name) == 1 {
		name = "lab-" + name
	}
	of := func(field string) string {
		format := "{{range .NetworkSettings.Networks}}{{." + field + "}} {{end}}"
		if r.Network != "" {
			format = `{{with index .NetworkSettings.Networks "` + r.Network + `"}}{{.` + field + `}}{{end}}`
		}
		return "docker inspect -f '" + format + "' " + name
	}
	switch r.Field {
	case "", "ipv4", "link.ipv4", "chosen":
		if r.Network == ask.GatewayBridge {
			return "outer " + name
		}
		return of("IPAddress")
	case "ipv6", "link.ipv6":
		return of("GlobalIPv6Address")
	case "mac":
		return of("MacAddress")
	case "gateway", "route.gateway":
		return of("Gateway")
	case "fqdn":
		return "echo " + r.Head + "." + r.Network
	case "image":
		return "docker inspect -f '{{.Image}}' " + name
	case "host-pid":
		return "docker inspect -f '{{.State.Pid}}' " + name
	}
	if fact := handFacts[r.Field]; fact != "" {
		return "docker exec " + c.Name + " " + fact
	}
	return ""
}

// handReasons are the messages with which the programs give a reason.
var handReasons = map[string]map[probe.Reason]string{
	"connect": {
		probe.OK: "succeeded", probe.Closed: "succeeded", probe.Refused: "Connection refused", probe.Timeout: "timed out",
		probe.NetUnreachable: "Network is unreachable", probe.HostUnreachable: "No route to host",
	},
	"ping": {
		probe.OK: " 1 received", probe.Timeout: " 0 received, 100% packet loss", probe.TooBig: "essage too long|Frag needed",
		probe.NetUnreachable: "Network is unreachable", probe.HostUnreachable: "Host Unreachable|No route to host",
		probe.NameNotFound: "not known|failure in name resolution",
	},
	"resolve": {
		probe.OK: `Address: |name = |^[0-9.]+\s`, probe.NameNotFound: "NXDOMAIN|can't find|No answer|^unknown\n",
		probe.Refused: "Connection refused", probe.DNSError: "SERVFAIL|REFUSED",
		probe.NetUnreachable: "etwork( is)? unreachable", probe.DNSNoAnswer: "timed out",
	},
	"listen": {
		probe.OK: "Listening on|free", probe.InUse: ":[0-9]+ |in use", probe.AddressNotAvailable: "Cannot assign",
	},
	"start": {probe.OK: "(?m)^[a-z-]+$", probe.InUse: "already allocated|in use"},
	"file":  {probe.OK: ".", probe.NotFound: "No such file"},
	"write": {probe.OK: "^\n*$", probe.Denied: "Read-only|Permission denied"},
	"await": {probe.OK: "^(healthy|unhealthy|starting)\n"},
	"arp":   {probe.OK: "Unicast reply|bytes from", probe.Timeout: "Received 0 "},
	"hops":  {probe.OK: "\n *1 "},
}

// handDiffers says how the output of a question's commands differs from the expected answer, or returns "" if it does
// not. right lists the acceptable words.
func handDiffers(c *scenario.Check, right []string, out string) string {
	e, kind := c.Expect[len(c.Expect)-1], c.Asks.Kind().Name
	if _, reverse := c.Asks.(ask.Reverse); reverse {
		kind = ask.Resolve{}.Kind().Name
	}
	if pattern := handReasons[kind][e.Reason]; pattern != "" {
		if !regexp.MustCompile(pattern).MatchString(out) {
			return "it does not say " + pattern
		}
	} else if len(handReasons[kind]) > 0 {
		return "no pattern for this reason"
	}
	if e.Test == "" || !e.Reason.Positive() {
		return ""
	}
	switch q := c.Asks.(type) {
	case ask.Build:
		return same(e.Value.Literal, handBuilt(out))
	case ask.Chains:
		_, chain, _ := strings.Cut(e.Value.Literal, "/")
		chain = regexp.QuoteMeta(chain)
		counted := regexp.MustCompile(`(?m)^> (:` + chain + ` |.*-A ` + chain + ` |.*-j ` + chain + `$)`).MatchString(out)
		return same(e.Test == ask.Contains, counted)
	case ask.Inspect:
		if q.Thing == ask.ImageHolds {
			return same(e.Value.Literal == "no", strings.Contains(out, "No such file"))
		}
	}
	if e.Test == ask.Sees {
		_, seen, found := strings.Cut(out, "received on ")
		if !found {
			return "it does not say who called"
		}
		out = strings.ReplaceAll(seen, "::ffff:", "")
	}
	shows := func(word string) bool {
		return regexp.MustCompile(`(^|[^0-9A-Za-z:])` + regexp.QuoteMeta(word) + `($|[^0-9A-Za-z])`).MatchString(out)
	}
	lines := strings.Split(strings.Trim(out, "\n"), "\n")
	switch thing := ask.ThingOf(c.Asks); {
	case strings.HasPrefix(thing, "own-"):
		return same(e.Value.Literal == "yes", len(lines) == 2 && lines[0] != lines[1])
	case thing == "port.bridge":
		return same(strings.Join(right, " "), masterOf(lines))
	case thing == "host-processes" && strings.Contains(out, `exec: "ps": executable file not found`):
		return "" // the host of this engine has no ps, which docker top starts
	case thing == "processes":
		return same(3, len(lines)) // a header line, and ps
	case thing == "size" && e.Test == ask.Equals:
		right = []string{e.Value.Literal + "B"}
	}
	switch {
	case len(right) == 0:
		return ""
	case right[0] == "none":
		return isThere(ask.ThingOf(c.Asks), out)
	case e.Test == ask.Within:
		if !slices.ContainsFunc(right, func(subnet string) bool { return within(subnet, out) }) {
			return "it shows no address within " + strings.Join(right, " or ")
		}
	case e.Test == ask.Equals && e.Value.Ref.IsZero():
		for _, word := range right {
			if !shows(word) {
				return "it does not show " + word
			}
		}
	case e.Test == ask.Equals || e.Test == ask.Sees || e.Test == ask.Contains:
		if !slices.ContainsFunc(right, shows) {
			return "it does not show " + strings.Join(right, " or ")
		}
	case e.Test == ask.Lacks || e.Test == ask.Differs:
		if slices.ContainsFunc(right, shows) {
			return "it shows " + strings.Join(right, " or ")
		}
	}
	return ""
}

// within reports whether a text has an address in a subnet.
func within(subnet, text string) bool {
	prefix, err := netip.ParsePrefix(subnet)
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" /\n", r) })
	return err == nil && slices.ContainsFunc(words, func(word string) bool {
		a, err := netip.ParseAddr(word)
		return err == nil && prefix.Contains(a)
	})
}

// masterOf returns the bridge of the interface whose index is on the first line, or "none".
func masterOf(lines []string) string {
	for _, line := range lines[1:] {
		if _, rest, found := strings.Cut(line, " master "); found && strings.HasPrefix(line, lines[0]+": ") {
			return strings.Fields(rest)[0]
		}
	}
	return "none"
}

// isThere says so if something is there that should not be.
func isThere(thing, out string) string {
	word := map[string]string{
		"route.gateway": "default", "route.ipv6.gateway": "default", "sockets": "LISTEN",
		"link.ipv4": "eth0", "link.ipv6": "eth0",
	}[thing]
	if word == "" && strings.Trim(out, "\n") != "" || word != "" && strings.Contains(out, word) {
		return "it shows something"
	}
	return ""
}

// handBuilt says whether each instruction except FROM and ARG was built or cached, according to the classic builder.
func handBuilt(out string) string {
	var done []string
	for _, step := range strings.Split(out, "\nStep ")[1:] {
		_, instruction, _ := strings.Cut(step, " : ")
		switch word, _, _ := strings.Cut(instruction, " "); {
		case word == "FROM" || word == "ARG":
		case strings.Contains(step, "Using cache"):
			done = append(done, "cached")
		default:
			done = append(done, "built")
		}
	}
	return strings.Join(done, " ")
}

func same[T comparable](want, got T) string {
	if want == got {
		return ""
	}
	return fmt.Sprintf("it gives %v, not %v", got, want)
}
