package lab

import (
	"context"
	"encoding/binary"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// A link carries what one end sends to what the other end captures.
type link struct {
	leaves, arrives int           // of the packets of the questions
	answers         time.Duration // after which the target's answer comes; 0 for never
	control         time.Duration // after which the target's ping is answered; 0 for never
	lost            int           // frames that a capture missed

	mu   sync.Mutex
	sent int
	ends map[string]*end
}

// An end is an agent at one end of the link. It can only connect, ping, capture and mark.
type end struct {
	agentClient
	link   *link
	frames []probe.Frame
}

func (e *end) Ask(ctx context.Context, q probe.Question) (probe.Outcome, error) {
	wait := e.link.control
	if q.Connect != nil {
		e.link.send()
		wait = e.link.answers
	}
	silent := probe.Timeout
	if wait == 0 {
		wait = probe.SilenceResolved
	} else {
		silent = probe.OK
	}
	select {
	case <-time.After(wait):
		return probe.Outcome{Reason: silent, Detail: "as the agent saw it"}, nil
	case <-ctx.Done():
		return probe.Outcome{}, ctx.Err()
	}
}

// send lets a SYN leave and arrive, each with a sequence number of its own. The source address is translated.
func (l *link) send() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent++
	for name, most := range map[string]int{"alice": l.leaves, "carol": l.arrives} {
		if l.sent > 1 && l.sent-1 <= most { // the first is sent before anyone captures
			e := l.ends[name]
			e.frames = append(e.frames, probe.Frame{Link: "eth0", Data: syn(name, l.sent)})
		}
	}
}

func syn(from string, number int) []byte {
	frame := make([]byte, 14+20+20)
	binary.BigEndian.PutUint16(frame[12:], 0x0800)
	ip := frame[14:]
	ip[0], ip[9], ip[12] = 0x45, 6, from[0]
	copy(ip[16:], netip.MustParseAddr("10.0.0.9").AsSlice())
	binary.BigEndian.PutUint16(ip[22:], 8080)
	binary.BigEndian.PutUint32(ip[24:], uint32(number))
	ip[33] = 0x02
	return frame
}

func (e *end) Stream(ctx context.Context, q probe.Question) (<-chan agent.Reply, error) {
	replies := make(chan agent.Reply)
	go func() {
		defer close(replies)
		if q.Mark != nil {
			e.link.mu.Lock()
			defer e.link.mu.Unlock()
			replies <- agent.Reply{Marked: &probe.Marked{Frames: len(e.frames), Dropped: e.link.lost}}
			return
		}
		replies <- agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK}}
		for sent := 0; ctx.Err() == nil; time.Sleep(time.Millisecond) {
			e.link.mu.Lock()
			more := e.frames[sent:]
			e.link.mu.Unlock()
			for i := range more {
				replies <- agent.Reply{Frame: &more[i]}
			}
			sent += len(more)
		}
	}()
	return replies, nil
}

// TestSilence: no answer comes from carol, or only late. It is only decided early that none will come if enough packets
// were seen leaving, none arriving, and the control in time.
func TestSilence(t *testing.T) {
	const (
		counted = "no answer for 0.3 s; 3 packets left alice and none reached carol, but a control packet did"
		waited  = "as the agent saw it"
	)
	for _, tt := range []struct {
		name   string
		link   *link
		reason probe.Reason
		detail string
		counts string
	}{
		{"dropped", &link{leaves: 3, control: time.Millisecond}, probe.Timeout, counted, ""},
		{
			"answered", &link{leaves: 3, arrives: 3, answers: time.Millisecond, control: time.Millisecond},
			probe.OK, waited, "",
		},
		{
			"a slow answer", &link{leaves: 3, arrives: 3, answers: 900 * time.Millisecond, control: time.Millisecond},
			probe.OK, waited, "",
		},
		{
			"a slow answer on a busy machine, which sends late",
			&link{leaves: 2, answers: 900 * time.Millisecond, control: time.Millisecond}, probe.OK, waited, "",
		},
		{
			"a slow answer on a busy machine, whose control is late",
			&link{leaves: 3, answers: 900 * time.Millisecond, control: 80 * time.Millisecond}, probe.OK, waited, "",
		},
		{
			"the target is silent", &link{leaves: 3, arrives: 1, control: time.Millisecond},
			probe.Timeout, waited, "3 packets left alice and 1 reached carol, so netlab waited",
		},
		{
			"nothing leaves", &link{control: time.Millisecond},
			probe.Timeout, waited, "0 packets left alice and 0 reached carol, so netlab waited",
		},
		{
			"a slow answer, and captures that miss frames",
			&link{leaves: 3, lost: 1, answers: 900 * time.Millisecond, control: time.Millisecond}, probe.OK, waited, "",
		},
		{
			"captures that miss frames", &link{leaves: 3, lost: 1, control: time.Millisecond}, probe.Timeout, waited,
			"3 packets left alice and 0 reached carol, but the captures missed frames, so netlab waited",
		},
		{
			"no control", &link{leaves: 3},
			probe.Timeout, waited,
			"3 packets left alice and 0 reached carol, but the control packet was late, so netlab waited",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.link.ends = map[string]*end{"alice": {link: tt.link}, "carol": {link: tt.link}}
				made := newGate()
				made.open(nil)
				l := &Lab{inventory: inventory{
					site: &Site{engine: &engine.Engine{}}, scenario: &scenario.Scenario{},
					networks: []network{{name: "back", made: made, fact: fact.Network{Name: "back", Gateway: "10.0.0.1"}}},
				}}
				alice := &peer{name: "alice", client: tt.link.ends["alice"]}
				carol := &peer{name: "carol", client: tt.link.ends["carol"]}
				carol.now.Endpoints = []fact.Endpoint{{Network: "back", IPv4: "10.0.0.9"}}
				o := asking{l, alice}.askAcross(t.Context(), carol, probe.Question{
					Connect: &probe.Connect{Network: "tcp", Host: "10.0.0.9", Port: 8080},
				}, 0)
				time.Sleep(time.Second) // until the captures have ended
				var counts string
				for _, e := range o.Evidence {
					counts += e.Text
				}
				if o.Reason != tt.reason || o.Detail != tt.detail || counts != tt.counts {
					t.Errorf("got %s, %q, %q; want %s, %q, %q", o.Reason, o.Detail, counts, tt.reason, tt.detail, tt.counts)
				}
			})
		})
	}
}

// TestSilenceUnseen: if an end cannot be seen, the agent's wait decides, and the answer says so.
func TestSilenceUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		alice := &peer{name: "alice", client: &end{link: &link{ends: map[string]*end{"alice": {}, "carol": {}}}}}
		l := &Lab{inventory: inventory{site: &Site{engine: &engine.Engine{}}, scenario: &scenario.Scenario{}}}
		o := asking{l, alice}.askAcross(t.Context(), nil, probe.Question{
			Connect: &probe.Connect{Network: "tcp", Host: "10.0.0.9", Port: 8080},
		}, 0)
		want := []probe.Evidence{{Text: "netlab cannot see the other end, so it waited"}}
		if !slices.Equal(o.Evidence, want) {
			t.Errorf("got %v, want %v", o.Evidence, want)
		}
	})
}
