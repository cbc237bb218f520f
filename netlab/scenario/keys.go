package scenario

import "slices"

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
		{"networks", "networks that the lab creates; bridge, host and none are there already"},
		{"containers", "containers of the lab"},
		{"steps", "checks, measures and actions, in order"},
	}
}

func networkKeys() []Field {
	return []Field{
		{"driver", "driver of the network: bridge, which is also the default"},
		{"internal", "true for a network without a way out"},
		{"options", "driver options, as for docker network create --opt"},
	}
}

func containerKeys() []Field {
	return []Field{
		{"networks", "names of its networks, or each with the container's address and aliases there"},
		{"listen", "ports that answer from the start to the end, tcp/8080"},
		{"expose", "ports that are exposed as by EXPOSE in an image, which opens nothing"},
		{"dns", "engine: resolv.conf as the engine writes it, instead of the lab's upstream DNS server"},
		{"created", "true: only created, a step starts it"},
	}
}

func attachmentKeys() []Field {
	return []Field{
		{"address", "take the n-th address of the network's subnet, 3 to 7"},
		{"aliases", "further names of the container on this network"},
	}
}

func checkKeys() []Field {
	return append([]Field{
		{"check", "id of the check, by which controls and comparisons name it"},
		{"group", "identity, names, reach, isolation or cost; by default what the probe suggests"},
		{"lesson", "true: shown without --all"},
		{"ask", "the question in full, 44 characters at most"},
		{"from", "container that asks, or host"},
		{"server", "of resolve and reverse: the DNS server to ask"},
		{"type", "of resolve: A, which is the default, or AAAA"},
		{"at", "of listen, and of connect to a free port: the address to listen on"},
		{"beside", "of listen: the container that holds the same port already"},
		{"expect", "the reason that is right, or a mapping, or a list of which the first whose when holds counts"},
		{"control", "ids of checks that must be ok for an expected no to count"},
		{"because", "the textbook's reason"},
	}, probeKeys()...)
}

func probeKeys() []Field {
	return []Field{
		{Ping, "ICMP echo to this target"},
		{Connect, "TCP or UDP to this target and port, bob tcp/8080; with tcp/free the target listens for this question"},
		{Resolve, "ask for the addresses of this name"},
		{Reverse, "ask for the names of this address"},
		{Read, "a fact of the asker's network namespace"},
		{Listen, "bind a port, tcp/8080 or tcp/free"},
	}
}

func measureKeys() []Field {
	return []Field{
		{"measure", "id of the measurement, which is never right or wrong"},
		{"group", "identity, names, reach, isolation or cost, the default"},
		{"lesson", "true: shown without --all"},
		{"ask", "what is measured, 44 characters at most"},
		{"from", "container that is measured"},
		{"time", "start: from create to the agent's first word"},
		{"ping", "round trips to this target"},
	}
}

func actionKeys() []Field {
	return []Field{{"do", "change the lab: connect alice back, disconnect alice back, or a verb and a container"}}
}

func expectKeys() []Field {
	return append([]Field{
		{"when", "facts of the engine or of a network under which this expectation counts"},
		{"reason", "the reason that is right; ok where a comparison stands alone"},
		{"because", "why it is right under its when"},
	}, testKeys()...)
}

func testKeys() []Field {
	return []Field{
		{Equals, "the answer is this"},
		{Differs, "the answer is another"},
		{Contains, "this is among the words of the answer"},
		{Lacks, "this is not among the words of the answer"},
		{Within, "the answer is an address within this subnet"},
		{Sees, "the listener saw this source address"},
	}
}

func portKeys() []Field { return []Field{{"port", "port of an address or a name, tcp/80"}} }

func targetKeys() []Field {
	return []Field{
		{"address", "an address that no container of the lab has"},
		{"name", "a name as it stands"},
	}
}

func textKeys() []Field { return []Field{{"text", "words that stand for themselves"}} }

// groups are the headings under which questions are shown, in their order.
func groups() []string { return []string{"identity", "names", "reach", "isolation", "cost"} }

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
