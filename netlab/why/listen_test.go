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
		want          string
	}{
		{"full", 6, 6, 3, result.Unreachable},
		{"full before", 6, 2, 3, result.Unknown},
		{"not full", 5, 5, 3, result.Unknown},
		{"the packets were lost elsewhere", 6, 6, 0, result.Unknown},
	} {
		f := resolved("shop-db-1")
		try := &f.Tries[0]
		try.Outcome.Reason, try.Arrived, try.Watched = probe.Timeout, test.arrived, true
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
