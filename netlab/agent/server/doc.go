// Package server is the side of the agent that answers. It runs inside a lab container, as PID 1, and reads requests
// of package agent from its standard input.
//
// server.go reads the stream, run.go passes a question to its probe, and each probe has its own file. All of them use
// socket.go (a kernel socket with a time limit), patience.go (how long to wait) and reason.go (what an errno, an ICMP
// message or a DNS rcode means). failures.go listens to what the programs of a namespace fail to reach: its filter and
// its packets have files of their own, failures_flows.go judges connections, failures_names.go DNS lookups. The package
// only runs on Linux. It knows nothing about Docker, scenarios or expected answers.
package server
