// Package agent is how netlab talks to the program inside its containers: JSON lines over one attached stream.
//
// protocol.go has the messages, client.go the side that asks. The side that answers is agent/server, which runs on
// Linux only; this package runs wherever the CLI does, and knows nothing of Docker: it is given a stream.
//
//	CLI   -> {"id":7,"ask":{"ping":{"host":"172.17.0.3"}}}
//	agent -> {"id":7,"outcome":{"reason":"ok",…}}      as often as the question says
//	agent -> {"id":7,"end":true}                       once
//	CLI   -> {"id":7,"cancel":true}                    ends a request early; its end still comes
//	CLI   -> {"keep":true}                             from now on the end of the input does not end the agent
//
// The agent's first line is its hello, before anything is asked.
package agent

import (
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Version is the protocol's. The image tag carries the agent's hash, so both sides always agree; a container that
// the user started by hand from another image is told apart by this number.
const Version = 1

// MaxLine is the longest line either side accepts, in bytes. A host with a thousand links has a stack of about
// 300 kB.
const MaxLine = 4 << 20

// Where the helper that shows the host finds the host's own resolver files: its own resolv.conf is the engine's work.
const (
	HostResolvConf        = "/host/resolv.conf"         // the host's /etc/resolv.conf
	HostSystemdResolvConf = "/host/systemd-resolv.conf" // the host's /run/systemd/resolve/resolv.conf, where it has one
)

// A Request is a line from the CLI.
type Request struct {
	ID     uint64          `json:"id,omitempty"`
	Ask    *probe.Question `json:"ask,omitempty"`
	Cancel bool            `json:"cancel,omitempty"`
	Keep   bool            `json:"keep,omitempty"`
}

// A Reply is a line from the agent. Hello comes first and alone; every other reply carries the request's id.
type Reply struct {
	ID      uint64         `json:"id,omitempty"`
	Hello   *Hello         `json:"hello,omitempty"`
	Outcome *probe.Outcome `json:"outcome,omitempty"`
	Stack   *fact.Stack    `json:"stack,omitempty"`
	Seen    *probe.Seen    `json:"seen,omitempty"`
	Chains  []fact.Chain   `json:"chains,omitempty"`
	Frame   *probe.Frame   `json:"frame,omitempty"`
	Marked  *probe.Marked  `json:"marked,omitempty"`
	Process *fact.Process  `json:"process,omitempty"`
	End     bool           `json:"end,omitempty"`
}

// Hello is the agent's first word.
type Hello struct {
	Protocol int `json:"protocol"`
}
