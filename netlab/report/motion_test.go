package report

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// masqueraded is a question from alice to the outside computer: the host changes the SYN's address.
func masqueraded() (*result.Record, *result.Step) {
	r := twoBridges()
	r.Kind = result.KindRun
	syn := func(place string, us int64, from string) result.Packet {
		return result.Packet{
			Number: 1, Place: place, US: us, Kind: result.TCPSYN, Text: "SYN",
			From: from, FromPort: 40000, To: "10.3.0.2", ToPort: 80,
		}
	}
	r.Scenarios[0].Steps = []result.Step{{
		Check: "outside", Lesson: true, Ask: "Can alice reach outside?", From: "alice",
		Asks:     asktest.Connect("outside", 80),
		Observed: &result.Observed{Reason: probe.OK}, Verdict: result.AsExpected,
		Packets: []result.Packet{
			syn("alice eth0", 0, "10.1.0.2"), syn("host br-web", 20, "10.1.0.2"),
			syn("host nl0", 45, "10.3.0.1"), syn("outside eth0", 50, "10.3.0.1"),
		},
	}}
	return r, &r.Scenarios[0].Steps[0]
}

// moved is what a reader is told of a question's packets, and the tracks that the drawing gets.
func moved(r *result.Record, st *result.Step) (texts []string, moves []move, tracks []track) {
	moves = newLab(r, &r.Scenarios[0]).motion(st, &tracks)
	for _, m := range moves {
		texts = append(texts, m.Text)
	}
	return texts, moves, tracks
}

// A packet moves from capture point to capture point as captured, and its address changes where it was rewritten.
func TestMotionFollowsTheCapture(t *testing.T) {
	r, st := masqueraded()
	texts, moves, tracks := moved(r, st)
	want := []string{
		"0.000 ms: 10.1.0.2 > 10.3.0.2:80 SYN. First seen at alice.",
		"0.020 ms: seen at web.",
		"0.045 ms: seen at uplink. This SYN is now from 10.3.0.1.",
		"0.050 ms: seen at outside.",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	var from, changed []string
	for _, m := range moves {
		from, changed = append(from, m.From), append(changed, m.Changed)
	}
	if diff := cmp.Diff([]string{"10.1.0.2", "10.1.0.2", "10.3.0.1", "10.3.0.1"}, from); diff != "" {
		t.Errorf("its address (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"", "", "from", ""}, changed); diff != "" {
		t.Errorf("what changed (-want +got):\n%s", diff)
	}
	for _, track := range tracks {
		if track.gap {
			t.Errorf("a hop that was captured is drawn as a gap: %+v", track)
		}
	}
}

// Time decides what is shown first: the host asks for a MAC address while the SYN waits.
func TestMotionIsInOrderOfTime(t *testing.T) {
	r, st := masqueraded()
	arp := result.Packet{
		Number: 2, Place: "host nl0", US: 30, Kind: result.ARPRequest, Text: "who has 10.3.0.2?",
		From: "10.3.0.1", To: "10.3.0.2",
	}
	st.Packets = append(st.Packets[:2:2], append([]result.Packet{arp}, st.Packets[2:]...)...)
	texts, _, _ := moved(r, st)
	got := strings.Join(texts, "\n")
	asks := strings.Index(got, "who has")
	if asks < strings.Index(got, "0.020 ms") || asks > strings.Index(got, "0.045 ms") {
		t.Errorf("the order is\n%s", got)
	}
}

// A packet that was dropped has no hop after the drop. The page says so only if its target could have seen it.
func TestMotionStopsAtTheDrop(t *testing.T) {
	for _, tt := range []struct {
		name     string
		captures bool // in carol
		unlisted int
		places   []string
		want     string
		stopped  bool
	}{
		{
			name: "on the bridge", captures: true, places: []string{"alice eth0", "host br-web"},
			want: "It did not reach carol. No capture point saw it after web.", stopped: true,
		},
		{
			name: "before the bridge", captures: true, places: []string{"alice eth0"},
			want: "It did not reach carol. No capture point saw it after alice.", stopped: true,
		},
		{
			name: "the target does not capture", places: []string{"alice eth0", "host br-web"},
			want: "It was last seen at web.",
		},
		{
			name: "packets are missing", captures: true, unlisted: 9, places: []string{"alice eth0", "host br-web"},
			want: "It was last seen at web.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := twoBridges()
			if sc := &r.Scenarios[0]; tt.captures {
				sc.Places = append(sc.Places, fact.Place{
					Name: "carol eth0", Kind: fact.PlaceContainer, Peer: "carol", Link: "eth0",
				})
			}
			st := result.Step{From: "alice", Asks: asktest.Connect("carol", 80), Unlisted: tt.unlisted}
			for i, place := range tt.places {
				st.Packets = append(st.Packets, result.Packet{
					Number: 1, Place: place, US: int64(i), Kind: result.TCPSYN, Text: "SYN", From: "10.1.0.2", To: "10.2.0.2",
				})
			}
			_, moves, _ := moved(r, &st)
			if got := len(moves); got != len(tt.places)+1 {
				t.Fatalf("it has %d moves, want one per capture point and its end", got)
			}
			end := moves[len(moves)-1]
			if end.Text != tt.want || end.Stopped != tt.stopped {
				t.Errorf("it ends with %q, stopped %t", end.Text, end.Stopped)
			}
		})
	}
}

// Where a network on the way was not captured, the drawing has a gap and the words say so.
func TestMotionHasGaps(t *testing.T) {
	r := twoBridges()
	st := result.Step{From: "alice", Asks: asktest.Ping("bob")}
	for _, place := range []string{"alice eth0", "bob eth0"} {
		st.Packets = append(st.Packets, result.Packet{
			Number: 1, Place: place, Kind: result.EchoRequest, Text: "echo request", From: "10.1.0.2", To: "10.1.0.3",
		})
	}
	texts, moves, tracks := moved(r, &st)
	if want := "seen next at bob. Nothing was captured on the way from alice."; !strings.HasSuffix(texts[1], want) {
		t.Errorf("the second hop is %q, want %q", texts[1], want)
	}
	if moves[1].Tracks != "1" || !tracks[1].gap {
		t.Errorf("the second hop is drawn as %+v", tracks[1])
	}
}

// Between two containers that share two networks, the interfaces tell which network a packet took, also if the network
// itself was not captured.
func TestMotionOverOneOfTwoNetworks(t *testing.T) {
	r := twoBridges()
	sc := &r.Scenarios[0]
	for i, name := range []string{"alice", "bob"} {
		p := peerOf(r, name)
		p.Network = append(p.Network, fact.Endpoint{
			Network: "netlab-s-back", Driver: "bridge", Link: "eth1", IPv4: fmt.Sprintf("10.2.0.%d", 7+i),
		})
		sc.Places = append(sc.Places, fact.Place{
			Name: name + " eth1", Kind: fact.PlaceContainer, Peer: name, Link: "eth1",
		})
	}
	st := result.Step{
		Check: "c", From: "alice", Asks: asktest.Ping("bob"), Observed: &result.Observed{Reason: probe.OK},
	}
	for _, place := range []string{"alice eth1", "bob eth1"} {
		st.Packets = append(st.Packets, result.Packet{
			Number: 1, Place: place, Kind: result.EchoRequest, Text: "echo request", From: "10.2.0.7", To: "10.2.0.8",
		})
	}
	l := newLab(r, sc)
	w, ok := l.wayOf(&st)
	if got, want := l.words(w), "alice → br-back → bob"; !ok || got != want {
		t.Errorf("the path is %q, want %q", got, want)
	}
	_, _, tracks := moved(r, &st)
	if back := l.network("back", "", 0); tracks[1].nodes[1] != back {
		t.Errorf("the packet is drawn over %v, want over network %d", tracks[1].nodes, back)
	}
}

// An address that only packets show belongs to who sent from it: the outside computer's IPv6 address, for example.
func TestMotionKnowsSenders(t *testing.T) {
	r, st := masqueraded()
	r.Scenarios[0].Wires[0].Address = ""
	for i, place := range []string{"outside eth0", "host nl0", "host br-web", "alice eth0"} {
		st.Packets = append(st.Packets, result.Packet{
			Number: 2, Place: place, US: int64(100 + i), Kind: result.TCPSYNACK, Text: "SYN-ACK",
			From: "10.3.0.2", To: "10.1.0.2",
		})
	}
	texts, _, _ := moved(r, st)
	if got := strings.Join(texts, "\n"); strings.Contains(got, "No capture point") || strings.Contains(got, "last seen") {
		t.Errorf("an answered packet does not arrive:\n%s", got)
	}
}

// A parent interface is captured after its containers. The packet passes it first all the same.
func TestMotionPassesTheParentFirst(t *testing.T) {
	r := twoBridges()
	st := result.Step{From: "alice", Asks: asktest.Ping("bob")}
	for i, place := range []string{"alice eth0", "bob eth0", "host br-web"} {
		st.Packets = append(st.Packets, result.Packet{
			Number: 1, Place: place, US: int64(i), Kind: result.EchoRequest, Text: "echo request",
			From: "10.1.0.2", To: "10.1.0.3",
		})
	}
	texts, _, tracks := moved(r, &st)
	if !strings.Contains(texts[1], "seen at web.") || !strings.Contains(texts[2], "seen at bob.") {
		t.Errorf("it goes\n%s", strings.Join(texts, "\n"))
	}
	if tracks[1].gap || tracks[2].gap {
		t.Error("it is drawn with a gap")
	}
}

// A capture point that is not in the drawing is told, and not drawn.
func TestMotionOutsideTheDrawing(t *testing.T) {
	r, st := masqueraded()
	r.Scenarios[0].Places = append(r.Scenarios[0].Places, fact.Place{
		Name: "fred eth0", Kind: fact.PlaceContainer, Peer: "fred", Link: "eth0",
	})
	st.Packets = append(st.Packets[:2:2], result.Packet{
		Number: 1, Place: "fred eth0", US: 30, Kind: result.TCPSYN, Text: "SYN",
		From: "10.1.0.2", FromPort: 40000, To: "10.3.0.2", ToPort: 80,
	})
	texts, moves, _ := moved(r, st)
	if got, want := texts[len(texts)-1], "0.030 ms: seen at fred, whose interface is not in the drawing."; got != want {
		t.Errorf("it ends with %q, want %q", got, want)
	}
	if moves[len(moves)-1].Tracks != "" {
		t.Error("it is drawn all the same")
	}
}

// A bridge sends a broadcast to all its containers at once.
func TestMotionOfABroadcast(t *testing.T) {
	r := twoBridges()
	st := result.Step{From: "alice", Asks: asktest.Ping("bob")}
	r.Scenarios[0].Places = append(r.Scenarios[0].Places, fact.Place{
		Name: "upstream eth0", Kind: fact.PlaceContainer, Peer: "upstream", Link: "eth0",
	})
	for i, place := range []string{"alice eth0", "host br-web", "bob eth0", "upstream eth0"} {
		st.Packets = append(st.Packets, result.Packet{
			Number: 1, Place: place, US: int64(i), Kind: result.ARPRequest, Text: "who has 10.1.0.3?",
			From: "10.1.0.2", To: "10.1.0.3",
		})
	}
	texts, _, tracks := moved(r, &st)
	if want := "0.002 ms: seen at bob and upstream."; texts[len(texts)-1] != want {
		t.Errorf("the last hop is %q, want %q", texts[len(texts)-1], want)
	}
	for _, track := range tracks[2:] {
		if track.gap || tracks[2].from != track.from {
			t.Errorf("it does not come from the bridge: %+v", track)
		}
	}
}

// What a person does with the packets of an answer: plays them with the keyboard, pauses, goes hop by hop.
func packetsMove(t *testing.T, b *browser) {
	r, _ := masqueraded()
	page := drawn(t, r, render.Options{})
	reduce := func(value string) {
		b.call("Emulation.setEmulatedMedia", map[string]any{
			"media": "", "features": []map[string]string{{"name": "prefers-reduced-motion", "value": value}},
		}, nil)
	}
	bar := func(part string) string { return b.text(`document.querySelector(".motion ` + part + `").textContent`) }
	card := func() string {
		return b.text(`[...document.querySelectorAll(".scene.wide .card text")]
			.map((e) => e.textContent.replace(/\u00a0/g, " "))`)
	}
	const dot = `document.querySelector(".scene.wide .token circle").getAttribute("transform")`

	reduce("reduce")
	b.open(page, 1280, 800)
	const offered = `document.querySelector(".motion").checkVisibility()`
	if b.text(offered) != "false" {
		t.Error("the packets can be played before the answer was asked for")
	}
	b.press("Enter")
	if b.text(offered) != "true" {
		t.Fatal("the packets cannot be played")
	}
	if got, want := bar(".hop-says"), "One captured packet, slowed down. The times are as captured."; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	b.press(".")
	b.press(".")
	before := b.text(dot)
	if got := card(); got != "SYN,from 10.1.0.2,to   10.3.0.2:80" {
		t.Errorf("at the bridge the packet is %q", got)
	}
	b.press(".")
	if got := card(); got != "SYN,from 10.3.0.1,to   10.3.0.2:80" {
		t.Errorf("after the host the packet is %q", got)
	}
	if got := b.text(`document.querySelector(".scene.wide .changed.address").textContent.trim()`); got != "from 10.3.0.1" {
		t.Errorf("%q is marked as changed", got)
	}
	after := b.text(dot) // without motion it is there at once
	if got := b.text(`(() => { const line = document.querySelectorAll(".scene.wide .track")[2].getAttribute("points");
		return "translate(" + line.split(" ").pop().replace(",", " ") + ")"; })()`); after != got {
		t.Errorf("the packet is at %s, want it at %s at once", after, got)
	}
	b.press(",")
	if got := b.text(dot); got != before || !strings.HasPrefix(bar(".hop-says"), "0.020 ms") {
		t.Errorf("one hop back it is at %s and says %q", got, bar(".hop-says"))
	}

	reduce("no-preference")
	b.press("p")
	if got := bar(".play"); got != "Pause" {
		t.Errorf("while it plays the button says %q", got)
	}
	b.press("p")
	if got := bar(".play"); got != "Play" && got != "Play again" {
		t.Errorf("after a pause the button says %q", got)
	}
	for b.press("p"); bar(".play") != "Play again"; {
		time.Sleep(20 * time.Millisecond)
	}
	if got := bar(".hop-says"); got != "0.050 ms: seen at outside." {
		t.Errorf("in the end it says %q", got)
	}
	b.click(".motion .hop-back")
	if got := bar(".hop-at"); got != "3 of 4" {
		t.Errorf("the button for one hop back leads to %q", got)
	}
	b.click(".question.chosen .ask")
	b.press("Enter")
	if got := b.text(`document.querySelectorAll(".token").length`); got != "0" || b.text(offered) != "false" {
		t.Errorf("%s packets are left after the answer was hidden", got)
	}
}
