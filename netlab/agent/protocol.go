// Package agent is how netlab talks to the program inside its containers: in JSON lines, over one attached stream.
//
// protocol.go defines the messages, client.go is the side that asks. The side that answers is agent/server, which
// only runs on Linux. This package runs wherever the CLI does. It is given a stream and knows nothing about Docker.
//
//	CLI   -> {"id":7,"ask":{"ping":{"host":"172.17.0.3"}}}
//	agent -> {"id":7,"outcome":{"reason":"ok",…}}      as often as the question says
//	agent -> {"id":7,"end":true}                       once
//	CLI   -> {"id":7,"cancel":true}                    ends a request early; its end still follows
//	CLI   -> {"keep":true}                             from now on the agent survives the end of its input
//
// The agent's first line is its hello, before it is asked anything.
package agent

import (
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Version is the protocol's version. The image tag contains the agent's hash, so both sides normally agree. The
// number detects a container that the user started from another image.
const Version = 1

// MaxLine is the longest line that either side accepts, in bytes. The stack of a host with a thousand links takes
// about 300 kB.
const MaxLine = 4 << 20

// Where the helper that shows the host finds the host's own resolver files: its own resolv.conf is written by the
// engine.
const (
	HostResolvConf        = "/host/resolv.conf"         // the host's /etc/resolv.conf
	HostSystemdResolvConf = "/host/systemd-resolv.conf" // the host's /run/systemd/resolve/resolv.conf, if it has one
)

// A Request is a line from the CLI.
type Request struct {
	ID     uint64          `json:"id,omitempty"`
	Ask    *probe.Question `json:"ask,omitempty"`
	Cancel bool            `json:"cancel,omitempty"`
	Keep   bool            `json:"keep,omitempty"`
}

// A Reply is a line from the agent. The first reply is the Hello, alone; every other reply has the request's id.
type Reply struct {
	ID      uint64         `json:"id,omitempty"`
	Hello   *Hello         `json:"hello,omitempty"`
	Outcome *probe.Outcome `json:"outcome,omitempty"`
	Stack   *fact.Stack    `json:"stack,omitempty"`
	Seen    *probe.Seen    `json:"seen,omitempty"`
	Dropped *probe.Dropped `json:"dropped,omitempty"`
	Failure *probe.Failure `json:"failure,omitempty"`
	Traffic *probe.Traffic `json:"traffic,omitempty"`
	Chains  []fact.Chain   `json:"chains,omitempty"`
	Flows   []fact.Flow    `json:"flows,omitempty"`
	Frame   *probe.Frame   `json:"frame,omitempty"`
	Marked  *probe.Marked  `json:"marked,omitempty"`
	Process *fact.Process  `json:"process,omitempty"`
	End     bool           `json:"end,omitempty"`
}

// Hello is the agent's first message.
type Hello struct {
	Protocol int `json:"protocol"`
}
