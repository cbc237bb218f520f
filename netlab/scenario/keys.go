package scenario

import (
	"slices"
	"strings"

	"netlab/netlab/ask"
)

// The keys of the language, each with the sentence that documents it. The loader refuses every other key, and the
// schema publishes these.

// A Field is a key, with the sentence that documents it.
type Field struct{ Name, Doc string }

func fileKeys() []Field {
	return []Field{
		{"version", "version of the language: 1"},
		{"name", "name of the scenario"},
		{"title", "what the lab is, in one line"},
		{"command", "how a student would get this mode"},
		{"use", "what the mode is good for"},
		{"note", "what textbooks often get wrong"},
		{"upstream", "network of the lab's own upstream DNS server (no server without this key)"},
		{"images", "images that steps build, based on netlab's own image"},
		{"wires", "simulated links from the engine's host to a machine that plays outside computers"},
		{"networks", "networks that the lab creates (bridge, host and none always exist)"},
		{"volumes", "volumes that the lab creates, each a name without a value"},
		{"services", "swarm services, each with its tasks on an overlay network"},
		{"containers", "containers of the lab"},
		{"steps", "checks, measures and actions, in order"},
	}
}

func imageKeys() []Field {
	return []Field{
		{"dockerfile", "its Dockerfile, one instruction per line; FROM netlab is netlab's own image"},
		{"files", "files next to the Dockerfile, for COPY: each name with its content"},
		{"of", "instead of a Dockerfile: the image that this one is a stage of"},
		{"stage", "the stage of that image's Dockerfile"},
	}
}

func wireKeys() []Field {
	return []Field{
		{"machine", "name of the machine at the other end, used like a container's"},
		{"ipv6", "true to add an IPv6 subnet"},
		{"listen", "ports that the machine always answers on, such as tcp/80"},
	}
}

func networkKeys() []Field {
	return []Field{
		{"driver", "driver of the network: bridge (the default), macvlan, ipvlan or overlay"},
		{"parent", "macvlan and ipvlan: the link (a key of wires) whose host end is the parent interface"},
		{"ipv6", "true to add an IPv6 subnet (bridge networks only)"},
		{"internal", "true for a network that cannot reach outside"},
		{"options", "driver options, as for docker network create --opt"},
	}
}

func serviceKeys() []Field {
	return []Field{
		{"network", "overlay network of its tasks"},
		{"replicas", "number of its tasks (identical containers): 1 (the default) to 3"},
		{"endpoint", "vip (the default): its name resolves to one virtual IP; dnsrr: to the addresses of its tasks"},
		{"listen", "ports that each task answers on, such as tcp/8080"},
	}
}

func containerKeys() []Field {
	return []Field{
		{"networks", "names of its networks, or each network with the container's address and aliases on it"},
		{"share", "instead of networks: the container whose network namespace it shares"},
		{"listen", "ports that it always answers on, such as tcp/8080, or each with its address"},
		{"publish", "ports to publish on free host ports: tcp/8080, or each with the host address"},
		{"health", "port that its HEALTHCHECK asks on localhost inside it"},
		{"host-gateway", "true: host.docker.internal resolves to the host's gateway, as with --add-host"},
		{"expose", "ports to expose, like EXPOSE in an image, which opens nothing"},
		{"dns", "engine: keep the resolv.conf that the engine writes instead of using the lab's upstream DNS server"},
		{"image", "image that a step builds, not netlab's own; the container is created when a step starts it"},
		{"created", "true: the container is only created, and a step starts it"},
		{"writable", "true: its root file system is writable (read-only by default)"},
		{"volumes", "volumes of the lab that it mounts, each with its path: {notes: /notes}"},
	}
}

func attachmentKeys() []Field {
	return []Field{
		{"address", "use the n-th address of the network's subnet: 3 to 7 (macvlan and ipvlan: 4 to 7)"},
		{"aliases", "extra names of the container on this network"},
	}
}

func checkKeys() []Field {
	return append([]Field{
		{"check", "id of the check, used by controls and comparisons"},
		{"group", ask.GroupWords() + "; the default depends on the probe"},
		{"lesson", "true: shown without --all"},
		{"ask", "the question, at most 44 characters"},
		{"from", "container or machine that asks, or host (not needed for start, build and inspect)"},
		{"server", "resolve and reverse: the DNS server to ask"},
		{"type", "resolve: A (the default) or AAAA"},
		{"at", "listen, and connect to a free port: the address to listen on"},
		{"by", "connect to a free port: the name that the asker connects to"},
		{"through", "connect and chains: the host address where the target's port is published"},
		{"bytes", "ping: size of the whole IP packet, which must not be fragmented: 1500, web.mtu or web.mtu + 1;" +
			" write: size of the file"},
		{"text", "write: the line to put in the file"},
		{"beside", "listen: the container that already uses the same port"},
		{"expect", "the expected reason, a mapping, or a list: the first entry whose when holds counts"},
		{"path", "how the packets pass the host's firewall: " + strings.Join(paths(), ", ") +
			"; netlab then knows what to expect where the host itself stops them"},
		{"control", "ids of checks that must be ok, so that an expected no proves something"},
		{"because", "why this answer is expected"},
		{"wants", "what answers it: yes-no, or value for what was found; by default what suits the probe and its expect"},
		{"needs", "ipvs or userland-proxy: the check is skipped if the kernel or the engine does not have it"},
	}, probeKeys()...)
}

func probeKeys() []Field { return keysOf(ask.KindFields()) }

// keysOf makes keys of words that are documented elsewhere.
func keysOf(fields []ask.Field) []Field {
	var keys []Field
	for _, f := range fields {
		keys = append(keys, Field{f.Name, f.Doc})
	}
	return keys
}

func measureKeys() []Field {
	return []Field{
		{"measure", "id of the measurement, which has no expectation"},
		{"group", ask.GroupWords() + ", the default"},
		{"lesson", "true: asked without --all (if no step has it, all are)"},
		{"ask", "what is measured, at most 44 characters"},
		{"from", "container that is measured"},
		{"time", "start: how long the engine takes from create to the agent's first word"},
		{"ping", "measure round trips to this target"},
		{"because", "a comment on the measurement"},
	}
}

func actionKeys() []Field {
	return []Field{{
		"do", "change the lab: connect alice back, disconnect alice back, edit shop main.txt, or a verb and a container",
	}}
}

func expectKeys() []Field {
	return append([]Field{
		{"when", "facts of the engine or of a network that make this expectation count"},
		{"reason", "the expected reason (ok if there is only a comparison)"},
		{"because", "why it is expected under its when"},
		{"dropped-by", "docker: the reason says that Docker dropped the packets, and a counter of its rules must show it"},
	}, testKeys()...)
}

func testKeys() []Field { return keysOf(ask.Tests()) }

func portKeys() []Field { return []Field{{"port", "port of an address or a name: tcp/80"}} }

func listenerKeys() []Field {
	return []Field{{"port", "port that answers: tcp/8080"}, {"at", "address of its loopback: 127.0.0.1"}}
}

func publishKeys() []Field {
	return []Field{
		{"port", "port of the container: tcp/8080"},
		{"on", "host address: 127.0.0.1 (the default), a link for the host's end of it, or all"},
		{"ipv6", "true: the host's IPv6 address on that link"},
		{"as", "container whose first published host port this one asks for too"},
	}
}

func targetKeys() []Field {
	return []Field{
		{"address", "a literal address"},
		{"name", "a literal name"},
	}
}

func textKeys() []Field { return []Field{{"text", "literal text"}} }

func fieldNames(fs []Field) []string {
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = f.Name
	}
	return names
}

func hasField(fs []Field, name string) bool {
	return slices.ContainsFunc(fs, func(f Field) bool { return f.Name == name })
}
