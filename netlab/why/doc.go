// Package why finds out whether a container that already exists can reach another, and if not, why.
//
// It works in three parts. A Reader reads facts: what exists on the engine and in the network namespaces of both ends
// (package survey), what the resolver answers, and what becomes of a SYN. Rules then look at the [Facts]: a rule is a
// function from facts to one cause with its evidence, and knows neither Docker nor a network. The walk turns the same
// facts into a chain of hops, as the packet travels: name, route, neighbor, filter, listener, reply. [Diagnose] puts
// both together.
//
// A cause is only named with its evidence. Where the evidence is missing, the verdict is unknown, and the result says
// what would tell. Unknown never counts as yes.
//
// No byte is sent to a user's port: TCP is asked with a SYN that the asker's kernel resets, UDP with an empty datagram
// and only if the user asked for UDP. Names are asked of the resolvers that the container itself uses.
//
//	facts.go     what was read; where.go says where an address is
//	target.go    what the user wrote: a container, a service, an address, a URL
//	walk.go      the chain of hops
//	rule.go      the closed list of rules, and the verdict
//	names.go, dns.go, family.go, ports.go, networks.go, routes.go, policy.go, lan.go, drops.go   the rules, by group;
//	             fix.go has what they suggest
//	size.go      what became of larger packets
//	overlay.go   what passes between the nodes of a swarm
//	flows.go     flows of UDP that are older than the rules
//	watch.go     what a question that is asked again and again got over time
//	live.go      what fails while netlab waits for it, held against what was then measured
//	said.go      an application's error line, held against what was measured
//	engine.go    the engine's own error lines; engine_*.go have the rules, by group
//	kernel.go    what the kernel's own word about a lost packet means
//	read.go, read_*.go   the Reader; only these files ask
//
// A method of Facts is a question that several files ask. What one rule alone needs is a function beside it.
package why
