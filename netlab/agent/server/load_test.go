//go:build linux

package server

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// loadServer opens the other end of a load until the test ends.
func loadServer(t *testing.T) (port int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	bound, over := make(chan probe.Outcome, 1), make(chan struct{})
	t.Cleanup(func() {
		cancel()
		<-over
	})
	q := probe.ServeLoad{Address: "127.0.0.1", Token: token}
	go func() {
		defer close(over)
		machine{}.run(ctx, probe.Question{ServeLoad: &q}, func(r agent.Reply) { bound <- *r.Outcome })
	}()
	o := <-bound
	where, err := netip.ParseAddrPort(o.Value)
	if o.Reason != probe.OK || err != nil {
		t.Fatalf("serving a load: %+v", o)
	}
	return int(where.Port())
}

func TestLoad(t *testing.T) {
	port := loadServer(t)
	tests := map[string]struct {
		load  probe.Load
		whole func(probe.Measured) bool
	}{
		"echo": {
			probe.Load{What: probe.LoadEcho, Count: 50},
			func(m probe.Measured) bool { return m.Done == 50 && m.MedianNS > 0 && m.P99NS >= m.MedianNS },
		},
		"connect": {
			probe.Load{What: probe.LoadConnect, Count: 20},
			func(m probe.Measured) bool { return m.Done == 20 && m.MedianNS > 0 && m.TookNS >= 20*m.MedianNS/2 },
		},
		"one stream": {
			probe.Load{What: probe.LoadStream},
			func(m probe.Measured) bool { return m.Bytes > 0 && m.Bytes%loadBlock == 0 },
		},
		"streams": {
			probe.Load{What: probe.LoadStream, Streams: 3},
			func(m probe.Measured) bool { return m.Bytes >= 3*loadBlock && m.Bytes%loadBlock == 0 },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			q := tt.load
			q.Host, q.Port, q.Token, q.ForUS = "127.0.0.1", port, token, 20_000
			if q.Count > 0 {
				q.ForUS = time.Minute.Microseconds()
			}
			o := ask(t, machine{}, probe.Question{Load: &q})
			if o.Reason != probe.OK || o.Load == nil || !tt.whole(*o.Load) {
				t.Errorf("got %+v, measured %+v", o, o.Load)
			}
		})
	}
}

// TestLoadIsMeasuredAtLeastOnce: a load whose time is over at once still has a value, and not 0.
func TestLoadIsMeasuredAtLeastOnce(t *testing.T) {
	port := loadServer(t)
	for _, tt := range []struct {
		load probe.Load
		want probe.Measured
	}{
		{probe.Load{What: probe.LoadEcho, Count: 100_000}, probe.Measured{Done: 1}},
		{probe.Load{What: probe.LoadConnect, Count: 100_000}, probe.Measured{Done: 1}},
		{probe.Load{What: probe.LoadStream}, probe.Measured{Bytes: loadBlock}},
		{probe.Load{What: probe.LoadStream, Streams: 3}, probe.Measured{Bytes: 3 * loadBlock}},
	} {
		q := tt.load
		q.Host, q.Port, q.Token, q.ForUS = "127.0.0.1", port, token, 1
		o := ask(t, machine{}, probe.Question{Load: &q})
		if o.Load == nil || o.Load.Done != tt.want.Done || o.Load.Bytes != tt.want.Bytes || o.Load.TookNS == 0 {
			t.Errorf("%+v: got %+v, want %+v", tt.load, o, tt.want)
		}
	}
}

func TestLoadSaysWhyNot(t *testing.T) {
	port := loadServer(t)
	other, _ := listening(t, probe.Listen{Network: "tcp", Address: "127.0.0.1", Token: token})
	crowd := probe.Load{What: probe.LoadStream, Port: port, Token: token, Streams: 99, ForUS: 1}
	tests := map[string]struct {
		load probe.Load
		want probe.Reason
		says string
	}{
		"another token": {probe.Load{What: probe.LoadEcho, Port: port, Token: "sesamo", ForUS: 1000}, probe.Closed, ""},
		"closed port":   {probe.Load{What: probe.LoadStream, Port: 1, Token: token, ForUS: 1000}, probe.Refused, ""},
		"no load's end": {probe.Load{What: probe.LoadEcho, Port: other, Token: token, ForUS: 1000}, probe.Closed, ""},
		"no such load":  {probe.Load{What: "flood", Port: port, Token: token, ForUS: 1000}, probe.Broken, "flood"},
		"no time":       {probe.Load{What: probe.LoadEcho, Port: port, Token: token}, probe.Broken, "at most"},
		"too much":      {crowd, probe.Broken, "16"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.load.Host = "127.0.0.1"
			o := ask(t, machine{}, probe.Question{Load: &tt.load})
			// The kernel may report the end before or after a write.
			if o.Reason == probe.Reset && tt.want == probe.Closed {
				o.Reason = probe.Closed
			}
			if o.Reason != tt.want || o.Load != nil || !strings.Contains(o.Detail, tt.says) {
				t.Errorf("got %+v, want %s and %q", o, tt.want, tt.says)
			}
		})
	}
}

// TestLoadIsCanceled: after the client has gone, neither end continues.
func TestLoadIsCanceled(t *testing.T) {
	port := loadServer(t)
	for _, what := range []string{probe.LoadEcho, probe.LoadStream, probe.LoadConnect} {
		t.Run(what, func(t *testing.T) {
			q := probe.Load{
				What: what, Host: "127.0.0.1", Port: port, Token: token, Count: 100_000, ForUS: time.Minute.Microseconds(),
			}
			ctx, cancel := context.WithCancel(t.Context())
			over := make(chan struct{})
			go func() {
				defer close(over)
				machine{}.run(ctx, probe.Question{Load: &q}, func(r agent.Reply) { t.Errorf("a canceled load said %+v", r) })
			}()
			time.AfterFunc(30*time.Millisecond, cancel)
			<-over // otherwise the test does not end
		})
	}
}
