// Package scan finds what is wrong with the networks of the containers on an engine, or is about to go wrong, without
// being asked about a pair.
//
// It works as package why does. A Reader reads the [Facts]: what exists on the engine, the network namespaces of the
// chosen containers and of the host, and the host's firewall. Rules then look at the facts: a rule is a function from
// facts to findings, and knows neither Docker nor a network. [Diagnose] lists what they find, worst first.
//
// A finding is a cause, and is only made with its evidence. Everything is read; the only packets are ARP requests for
// addresses that containers use and that no container has.
//
//	facts.go   what was read, and questions about it
//	rule.go    the list of rules, and the order of what they find
//	ports.go, addresses.go, containers.go   the rules, by group
//	read.go    the Reader; only this file asks
package scan
