package scenario

import (
	"slices"
	"strings"
)

// The keys of the language, each with the sentence that documents it. The loader refuses every other key, and the
// schema publishes these.

func fileKeys() []Field {
	return []Field{
		{"version", "version of the language: 1"},
		{"name", "name of the scenario"},
		{"title", "what the lab is, in one line"},
		{"command", "how a student would get this mode"},
		{"use", "use case, from the textbook"},
		{"note", "where the usual textbook is imprecise"},
		{"upstream", "network on which the lab's own upstream DNS server stands; none without it"},
		{"images", "images that the steps build, from netlab's own"},
		{"wires", "links between the engine's host and a machine, which plays computers outside Docker"},
		{"networks", "networks that the lab creates; bridge, host and none are there already"},
		{"volumes", "volumes that the lab creates, each a name with nothing behind it"},
		{"services", "swarm services, each with its tasks on an overlay network"},
		{"containers", "containers of the lab"},
		{"steps", "checks, measures and actions, in order"},
	}
}

func imageKeys() []Field {
	return []Field{
		{"dockerfile", "its Dockerfile, an instruction a line; FROM netlab is netlab's own image"},
		{"files", "files beside the Dockerfile, for COPY: each name with its content"},
		{"of", "instead of a Dockerfile: the image of which this one is a stage"},
		{"stage", "the stage of that image's Dockerfile"},
	}
}

func wireKeys() []Field {
	return []Field{
		{"machine", "name of the machine at the other end, a peer like the containers"},
		{"ipv6", "true for an IPv6 subnet as well"},
		{"listen", "ports that answer at the machine from the start to the end, tcp/80"},
	}
}

func networkKeys() []Field {
	return []Field{
		{"driver", "driver of the network: bridge, which is also the default, macvlan, ipvlan or overlay"},
		{"parent", "of macvlan and ipvlan: the wire whose end at the host is the parent interface"},
		{"ipv6", "true for an IPv6 subnet as well; of bridge networks only"},
		{"internal", "true for a network without a way out"},
		{"options", "driver options, as for docker network create --opt"},
	}
}

func serviceKeys() []Field {
	return []Field{
		{"network", "overlay network on which its tasks are"},
		{"replicas", "number of its tasks, containers that are all alike; 1, which is the default, to 3"},
		{"endpoint", "vip, the default: its name leads to one virtual IP; dnsrr: to the addresses of its tasks"},
		{"listen", "ports that answer at each task, tcp/8080"},
	}
}

func containerKeys() []Field {
	return []Field{
		{"networks", "names of its networks, or each with the container's address and aliases there"},
		{"share", "instead of networks: the container whose network namespace it uses"},
		{"listen", "ports that answer from the start to the end, tcp/8080, or each with its address"},
		{"publish", "ports that become ports of the host, on free numbers: tcp/8080, or each with where"},
		{"health", "port that its HEALTHCHECK asks on localhost, inside it"},
		{"host-gateway", "true: the name host.docker.internal leads to the host's gateway, as by --add-host"},
		{"expose", "ports that are exposed as by EXPOSE in an image, which opens nothing"},
		{"dns", "engine: resolv.conf as the engine writes it, instead of the lab's upstream DNS server"},
		{"image", "image that a step builds, instead of netlab's own; the container is created when a step starts it"},
		{"created", "true: only created, a step starts it"},
		{"writable", "true: its root filesystem can be written; a lab's containers have a read-only one otherwise"},
		{"volumes", "volumes of the lab that it uses, each with its place: {notes: /notes}"},
	}
}

func attachmentKeys() []Field {
	return []Field{
		{"address", "take the n-th address of the network's subnet, 3 to 7; of macvlan and ipvlan 4 to 7"},
		{"aliases", "further names of the container on this network"},
	}
}

func checkKeys() []Field {
	return append([]Field{
		{"check", "id of the check, by which controls and comparisons name it"},
		{"group", groupWords() + "; by default what the probe suggests"},
		{"lesson", "true: shown without --all"},
		{"ask", "the question in full, 44 characters at most"},
		{"from", "container or machine that asks, or host; a start, a build and an inspect need none"},
		{"server", "of resolve and reverse: the DNS server to ask"},
		{"type", "of resolve: A, which is the default, or AAAA"},
		{"at", "of listen, and of connect to a free port: the address to listen on"},
		{"by", "of connect to a free port: the name by which the asker addresses the target"},
		{"through", "of connect and chains: the address of the host at which the target's published port is asked"},
		{"bytes", "of ping: size of the whole IP packet, which may not be fragmented: 1500, web.mtu or web.mtu + 1;" +
			" of write: size of the file"},
		{"text", "of write: the line that the file is to say"},
		{"beside", "of listen: the container that holds the same port already"},
		{"expect", "the reason that is right, or a mapping, or a list of which the first whose when holds counts"},
		{"control", "ids of checks that must be ok for an expected no to count"},
		{"because", "the textbook's reason"},
		{"wants", "what answers it: yes-no, or value for what was found; by default what suits the probe and its expect"},
		{"needs", "skipped, with that reason, where the kernel has no ipvs, or the engine no userland-proxy"},
	}, probeKeys()...)
}

func probeKeys() []Field {
	return []Field{
		{Ping, "ICMP echo to this target"},
		{Connect, "TCP or UDP to this target and port, bob tcp/8080; with tcp/free the target listens for this question"},
		{Resolve, "ask for the addresses of this name"},
		{Reverse, "ask for the names of this address"},
		{Read, "a fact of the asker"},
		{Listen, "bind a port, tcp/8080 or tcp/free"},
		{Hops, "the routers on the way to this target"},
		{ARP, "the MAC address that answers for this IPv4 address on the asker's own link"},
		{Start, "start this container, which was only created"},
		{Build, "build this image with the engine's classic builder; the answer is cached or built for each instruction"},
		{Inspect, "a fact of an image: shop size, shop holds /bin/tool"},
		{Await, "wait until Docker says this of the asker's HEALTHCHECK: starting, healthy or unhealthy"},
		{Chains, "connect, and tell which chains of the host's firewall the packets passed, bob tcp/8080"},
		{Write, "write a file in the container that asks: /note"},
		{File, "what a file in the container that asks says: /note"},
		{Balance, "call a service's virtual IP once for each task, shop tcp/8080; the answer is the tasks that answered"},
	}
}

func measureKeys() []Field {
	return []Field{
		{"measure", "id of the measurement, which is never right or wrong"},
		{"group", groupWords() + ", the default"},
		{"lesson", "true: shown without --all"},
		{"ask", "what is measured, 44 characters at most"},
		{"from", "container that is measured"},
		{"time", "start: how long the engine takes from create to the agent's first word"},
		{"ping", "round trips to this target"},
		{"because", "the textbook's word on it"},
	}
}

func actionKeys() []Field {
	return []Field{{
		"do", "change the lab: connect alice back, disconnect alice back, edit shop main.txt, or a verb and a container",
	}}
}

func expectKeys() []Field {
	return append([]Field{
		{"when", "facts of the engine or of a network under which this expectation counts"},
		{"reason", "the reason that is right; ok where a comparison stands alone"},
		{"because", "why it is right under its when"},
		{"dropped-by", "docker: the reason says that Docker dropped the packets, and a counter of its rules must show it"},
	}, testKeys()...)
}

func testKeys() []Field {
	return []Field{
		{Equals, "the answer is this"},
		{Differs, "the answer is another"},
		{Contains, "this is among the words of the answer"},
		{Lacks, "this is not among the words of the answer"},
		{AtLeast, "the answer is a number, this or more"},
		{AtMost, "the answer is a number, this or less"},
		{Within, "the answer is an address within this subnet"},
		{Sees, "the listener saw this source address"},
	}
}

func portKeys() []Field { return []Field{{"port", "port of an address or a name, tcp/80"}} }

func listenerKeys() []Field {
	return []Field{{"port", "port that answers, tcp/8080"}, {"at", "address of its loopback, 127.0.0.1"}}
}

func publishKeys() []Field {
	return []Field{
		{"port", "port of the container, tcp/8080"},
		{"on", "where at the host: 127.0.0.1, which is also the default, a wire for the host's end of it, or all"},
		{"ipv6", "true: at the host's IPv6 address on that wire"},
		{"as", "container whose first published port has the number on the host that this one asks for too"},
	}
}

func targetKeys() []Field {
	return []Field{
		{"address", "an address that no container of the lab has"},
		{"name", "a name as it stands"},
	}
}

func textKeys() []Field { return []Field{{"text", "words that stand for themselves"}} }

// groups are the headings of the questions, in order.
func groups() []string {
	return []string{
		"identity", "names", "reach", "outside", "isolation", "build", "image", "health", "files", "cost", "control",
	}
}

// groupWords is "identity, names, …, health or cost".
func groupWords() string {
	names := groups()
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

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
