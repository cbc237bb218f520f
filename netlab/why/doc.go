// Package why finds out whether a container that already exists can reach another, and if not, why.
//
// It works in three parts. A Reader reads facts: what the engine inspects, what the network namespaces of both ends
// contain, what the resolver answers, and what becomes of a SYN. Rules then look at the [Facts]: a rule is a function
// from facts to one cause with its evidence, and knows neither Docker nor a network. The walk turns the same facts into
// a chain of hops, as the packet travels: name, route, neighbor, filter, listener, reply. [Diagnose] puts both
// together.
//
// A cause is only named with its evidence. Where the evidence is missing, the verdict is unknown, and the result says
// what would tell. Unknown never counts as yes.
//
// The Reader changes nothing. It reads with agents of netlab that join the network namespaces of the two containers,
// with no capability but NET_RAW, so it works for images without any tools. A third one, in the host's network
// namespace and with NET_ADMIN only, reads the counters of the host's firewall. No byte is sent to a user's port: TCP
// is asked with a SYN that the asker's kernel resets, UDP with an empty datagram and only if the user asked for UDP.
// Names are asked of the resolvers that the container itself uses.
//
//	facts.go     what was read, and questions about it; where.go says where an address is
//	target.go    what the user wrote: a container, a service, an address, a URL
//	walk.go      the chain of hops
//	rule.go      the closed list of rules, and the verdict
//	names.go, ports.go, networks.go, drops.go   the rules, by group; fix.go has what they suggest
//	read.go, read_name.go, read_port.go         the Reader; only these files know the engine and agents
package why
