package why

import (
	"slices"
	"strings"
	"testing"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// A queue that was full before and after explains a silence. One that was full once does not.
func TestListenBacklogFull(t *testing.T) {
	t.Parallel()
	stack := func(queue int) *fact.Stack {
		return &fact.Stack{Sockets: []fact.Socket{{Network: "tcp", Address: "0.0.0.0:5432", Queue: queue, Limit: 5}}}
	}
	for _, test := range []struct {
		name          string
		before, after int
		arrived       int
		behind        bool // the host accepts in the server's place, and asks it
		want          string
	}{
		{"full", 6, 6, 3, false, result.Unreachable},
		{"full before", 6, 2, 3, false, result.Unknown},
		{"not full", 5, 5, 3, false, result.Unknown},
		{"the packets were lost elsewhere", 6, 6, 0, false, result.Unknown},
		{"full behind a published port", 6, 6, 0, true, result.Unreachable},
		{"not full behind a published port", 5, 5, 0, true, result.Unknown},
	} {
		f := resolved("shop-db-1")
		try := &f.Tries[0]
		try.Outcome.Reason, try.Arrived, try.Watched = probe.Timeout, test.arrived, true
		if test.behind {
			try.Outcome.Reason, try.Through, try.Behind = probe.OK, &fact.Binding{}, &probe.Outcome{Reason: probe.Timeout}
		}
		try.Stack, try.Again = stack(test.before), stack(test.after)
		w := Diagnose(f)
		if named := slices.Equal(ids(w), []string{"listen-backlog-full"}); w.Verdict != test.want ||
			named != (test.want == result.Unreachable) {
			t.Errorf("%s: got %s with %+v, want %s", test.name, w.Verdict, w.Causes, test.want)
		}
	}
}

// A server that has only just started says so in the first line.
func TestStillStarting(t *testing.T) {
	t.Parallel()
	f := resolved("shop-db-1")
	f.Now = time.Now()
	c := f.Tries[0].Server
	c.Health, c.Started = "starting", f.Now.Add(-3*time.Second)
	f.Tries[0].Outcome.Reason, f.Tries[0].Stack = probe.Refused, &fact.Stack{}
	w := Diagnose(f)
	if !slices.Equal(ids(w), []string{"nothing-listens"}) || !strings.Contains(w.Causes[0].Title,
		"yet. It started 3s ago, and its health check says starting.") {
		t.Errorf("got %+v", w.Causes)
	}
}

// A container without a network namespace of its own has no name either.
func TestNameless(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, mode, from, fix string }{
		{"the host's", survey.HostWord, "shop-queue-1", "--add-host host.docker.internal:host-gateway"},
		{"another's", "container:dddd11112222", "shop-web-1", "Use queue:5432."},
		{"the asker's", "container:dddd11112222", "shop-queue-1", "Use localhost:5432."},
	} {
		f := resolved()
		f.From.Container, f.Meant = f.Container(test.from), f.Container("shop-db-1")
		f.Meant.Mode, f.Meant.Endpoints = test.mode, nil
		w := Diagnose(f)
		if !slices.Equal(ids(w), []string{"name-not-on-shared-network"}) ||
			!strings.Contains(w.Causes[0].Fix[0].Say, test.fix) {
			t.Errorf("%s: got %s with %+v, want the fix %q", test.name, w.Verdict, w.Causes, test.fix)
		}
	}
}

// A published port that leads back to the asker's own bridge, without the userland proxy.
func TestHairpinMissing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name              string
		server            string
		hairpin           bool
		filter            string
		proxy             bool
		replied           int
		direction, action string // "" for no cause
	}{
		{"itself", "shop-queue-1", false, "1", false, 0, result.Request, "bridge link set dev veth1 hairpin on"},
		{"itself, with hairpin mode", "shop-queue-1", true, "1", false, 0, "", ""},
		{"itself, with the proxy", "shop-queue-1", false, "1", true, 0, "", ""},
		{"a neighbor", "shop-db-1", true, "0", false, 3, result.Reply, "sysctl -w net.bridge.bridge-nf-call-iptables=1"},
		{"a neighbor, no module", "shop-db-1", true, "", false, 3, result.Reply, "modprobe br_netfilter"},
		{"a neighbor, filtered", "shop-db-1", true, "1", false, 3, "", ""},
		{"a neighbor that did not reply", "shop-db-1", true, "0", false, 0, "", ""},
	} {
		f := resolved()
		f.Lookup = nil
		f.From.Stack.Links = []fact.Link{{Name: "eth0", Kind: "veth", Index: 2, Peer: 7}}
		f.Host = &fact.Stack{Links: []fact.Link{
			{Name: "veth1", Kind: "veth", Index: 7, Peer: 2, Master: 3, Hairpin: test.hairpin}, {Name: "br-1", Index: 3},
		}}
		if test.filter != "" {
			f.Host.Sysctls = []fact.Sysctl{{Name: bridgeFilter, Value: test.filter}}
		}
		f.Tries = []Try{{
			Address: "10.0.0.1", Kind: OnHost, Server: f.Container(test.server), Port: 80,
			Through: &fact.Binding{Port: "80/tcp", HostPort: 8080}, Arrived: test.replied, Replied: test.replied,
			Stack:   &fact.Stack{Sockets: []fact.Socket{{Network: "tcp", Address: "0.0.0.0:80"}}},
			Outcome: probe.Outcome{Reason: probe.Timeout, Path: &probe.Path{Link: "eth0", Sent: 3}},
		}}
		if !test.proxy {
			f.Tries[0].Translated = &fact.Rule{Number: 2, Ports: "8080"}
		}
		w := Diagnose(f)
		if test.direction == "" {
			if len(w.Causes) > 0 {
				t.Errorf("%s: got %+v, want no cause", test.name, w.Causes)
			}
			continue
		}
		if !slices.Equal(ids(w), []string{"hairpin-missing"}) || w.Causes[0].Direction != test.direction ||
			!strings.Contains(w.Causes[0].Fix[1].Run, test.action) {
			t.Errorf("%s: got %s with %+v, want %s with %q", test.name, w.Verdict, w.Causes, test.direction, test.action)
		}
	}
}
