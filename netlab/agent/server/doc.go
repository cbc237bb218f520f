// Package server is the side of the agent that answers: it runs inside a lab container, as PID 1, and reads requests of
// package agent from its standard input.
//
// server.go reads the stream, run.go hands a question to its probe, and each probe has a file of its own. All of them
// stand on socket.go (a kernel socket that is waited for with patience), patience.go (how long) and reason.go (what an
// errno, an ICMP message or a DNS rcode means). The package runs on Linux only. It knows nothing of Docker, of
// scenarios or of what the right answer would be.
package server
