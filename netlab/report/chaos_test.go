package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// chaos makes records of any shape whose parts refer to each other or to nothing.
type chaos struct{ *rand.Rand }

func (c chaos) pick(words ...string) string { return words[c.IntN(len(words))] }

func (c chaos) name() string {
	return c.pick("alice", "bob", "outside", "host", "web", "uplink", "", "\x1b<b>")
}

func (c chaos) address() string {
	return c.pick("10.1.0.1", "10.1.0.2", "10.1.0.0/28", "fd00::1", "127.0.0.1", "", "x")
}

func (c chaos) record() *result.Record {
	kinds := append(result.Kinds(), "")
	r := &result.Record{Kind: c.pick(kinds...)}
	for range c.IntN(3) {
		r.Engines = append(r.Engines, result.Engine{Engine: fact.Engine{ID: c.pick("1", "2"), Name: c.name()}})
	}
	for range c.IntN(4) {
		r.Scenarios = append(r.Scenarios, c.scenario())
		r.Parts = append(r.Parts, result.Part{Kind: c.pick(kinds...), Scenarios: c.IntN(4) - 1, Title: c.name()})
	}
	return r
}

func (c chaos) scenario() result.Scenario {
	sc := result.Scenario{Name: c.name(), Session: c.pick("", "s"), Skipped: c.pick("", "", "", "why")}
	for range c.IntN(4) {
		sc.Networks = append(sc.Networks, fact.Network{
			Name: c.pick("netlab-s-", "") + c.name(), Driver: c.pick("bridge", "macvlan", "overlay", "null", ""),
			Interface: c.pick("nl0", "br0", ""), Subnet: c.address(), Gateway: c.address(),
		})
	}
	for range c.IntN(3) {
		sc.Wires = append(sc.Wires, fact.Wire{
			Name: c.name(), Machine: c.name(), Interface: c.pick("nl0", "nl1"), Host: c.address(), Subnet: c.address(),
			Address: c.address(), Router: c.address(),
		})
	}
	for range c.IntN(7) {
		p := fact.Peer{
			Name: c.name(), Mode: c.pick("bridge", "host", "none", "overlay", ""), Engine: c.pick("1", "2", "3"),
			Role: c.pick("", "", fact.RoleMachine, fact.RoleUpstream), Shares: c.pick("", "", "", c.name()),
			Published: []string{"1.2.3.4:1->2/tcp"},
		}
		for range c.IntN(3) {
			p.Network = append(p.Network, fact.Endpoint{
				Network: c.pick("netlab-s-", "") + c.name(), Driver: c.pick("bridge", "macvlan", "overlay", ""),
				Link: c.pick("eth0", "eth1", ""), IPv4: c.address(), IPv6: c.address(),
			})
		}
		sc.Peers = append(sc.Peers, p)
		sc.Places = append(sc.Places, fact.Place{
			Name: c.name(), Kind: c.pick(fact.PlaceKinds()...), Peer: c.name(), Link: c.pick("eth0", "eth1", "lo"),
			Of: c.name(),
		})
	}
	for range c.IntN(8) {
		sc.Steps = append(sc.Steps, c.step())
	}
	return sc
}

func (c chaos) step() result.Step {
	if c.IntN(4) == 0 {
		return result.Step{Do: &ask.Action{
			Verb: c.pick(ask.VerbConnect, ask.VerbDisconnect, ""), Peer: c.name(), Network: c.name(),
		}}
	}
	st := result.Step{
		Check: "c", Ask: c.name(), From: c.name(), Group: c.name(), Lesson: true,
		Asks:    c.question(),
		Verdict: c.pick(result.AsExpected, result.Surprise, result.Broken, result.Skipped, ""),
	}
	if c.IntN(5) > 0 {
		st.Observed = &result.Observed{
			Reason: probe.Reasons()[c.IntN(len(probe.Reasons()))], Value: c.address(),
			Detail: c.name(), From: c.address(),
			Evidence: []probe.Evidence{{Source: c.name(), Text: c.name(), Did: c.IntN(2) == 0}},
		}
	}
	for range c.IntN(4) {
		st.Packets = append(st.Packets, result.Packet{
			Number: c.IntN(3), Place: c.name(), Kind: c.pick(result.PacketKinds()...), From: c.address(), To: c.address(),
		})
	}
	return st
}

func (c chaos) question() result.Question {
	to := c.name() + c.pick("", ".gateway", ".web.ipv4")
	switch c.IntN(8) {
	case 0:
		return asktest.Connect(to, 1)
	case 1:
		return asktest.Connect(to, 1, "uplink.host")
	case 2:
		return asktest.Read(to)
	case 3:
		return asktest.Resolve(to)
	case 4:
		return asktest.Hops(to)
	case 5:
		return asktest.ARP(to)
	case 6:
		return result.Question{}
	}
	return asktest.Ping(to)
}

// Any record gives a page whose elements are all closed.
func TestNoRecordBreaksThePage(t *testing.T) {
	for seed := range uint64(150) {
		var b bytes.Buffer
		r := chaos{rand.New(rand.NewPCG(seed, 3))}.record()
		if err := HTML(&b, r, render.Options{All: seed%2 == 0, Recorded: seed%3 == 0}); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, svg := range strings.SplitAfter(b.String(), "</svg>") {
			i := strings.Index(svg, "<svg")
			if i < 0 {
				continue
			}
			d := xml.NewDecoder(strings.NewReader(svg[i:]))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("seed %d: a drawing is no XML: %v", seed, err)
				}
			}
			if strings.Contains(svg[i:], `="-`) {
				t.Errorf("seed %d: something is drawn outside", seed)
			}
		}
	}
}
