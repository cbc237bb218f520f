// Package scan finds what is wrong with the networks of the containers on an engine, or is about to go wrong, without
// being asked about a pair.
//
// It works as package why does. A Reader reads the [Facts]: what exists on the engine, the network namespaces of the
// chosen containers and of the host, and the host's firewall. Rules then look at the facts: a rule is a function from
// facts to findings, and knows neither Docker nor a network. [Diagnose] lists what they find, worst first.
//
// A finding is a cause, and is only made with its evidence. Everything is read; the only packets are ARP requests for
// addresses that containers use and that no container has, questions to each of the engine's DNS servers, and SYNs to
// published ports that the host's firewall seems to close, from a simulated computer outside.
//
//	facts.go       what was read, and questions about it
//	rule.go        the list of rules, and the order of what they find
//	ports.go, addresses.go, containers.go   the rules about containers, by group
//	host.go        the rules about the host's settings and links
//	subnets.go     the rules about subnets
//	firewall.go    the rules about its firewall
//	exposed.go     the rule about ports that it does not close
//	routes.go      the rules about its routing rules
//	flows.go       the rule about its connection tracking
//	dns.go         the rule about its DNS servers
//	read.go        reads the facts; only this file and read_*.go ask
//	read_host.go   reads those about the host
//	read_exposed.go   asks ports from outside
package scan
