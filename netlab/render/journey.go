package render

import (
	"netlab/netlab/result"
)

// A Journey is one packet, with all capture points that saw it in order of time.
type Journey struct {
	What string // "SYN", "who has 172.17.0.4?"
	Seen []Glimpse
}

// A Glimpse is a packet at one capture point.
type Glimpse struct {
	Place    string // the capture point's name in the record
	At       string // the same in words: "alice", "docker0"
	US       int64  // microseconds since the question's first packet
	Time     string // the same in milliseconds, as in the list of packets
	From, To string // its addresses there, without a port that the asker's kernel picked. To is "" if What has it.
	Source   string // the address it comes from, as captured
	Target   string // the address it goes to, as captured
	Text     string // at its first capture point all that it says; afterward only how it changed
}

// journeyLimit is the maximum number of packets that are followed one by one.
const journeyLimit = 12

// Journeys lists the packets behind an answer in order of time, and how many are left out: bare ACKs except the first,
// and everything beyond twelve packets.
func Journeys(sc *result.Scenario, st *result.Step) (journeys []Journey, more int) {
	t := newTeller(st.Packets)
	at, flows, left := map[int]int{}, map[int]result.Packet{}, map[int]bool{}
	for _, k := range st.Packets {
		if t.further(k) {
			continue
		}
		i, known := at[k.Number]
		if !known && len(journeys) == journeyLimit {
			left[k.Number] = true
			continue
		}
		g := Glimpse{Place: k.Place, At: t.label(sc, k.Place), US: k.US, Time: sinceFirst(k.US)}
		g.Source, g.Target = k.From, k.To
		if !known {
			i = len(journeys)
			at[k.Number] = i
			g.Text = flat(t.sentence(k))
			journeys = append(journeys, Journey{What: flat(k.Text)})
		} else if before := flows[k.Number]; flowOf(before) != flowOf(k) {
			g.Text = flat(t.change(before, k))
		}
		g.From, g.To = flat(t.end(k.From, k.FromPort)), flat(t.end(k.To, k.ToPort))
		if k.Kind == result.ARPRequest || k.Kind == result.NDPRequest {
			g.To = ""
		}
		flows[k.Number] = k
		journeys[i].Seen = append(journeys[i].Seen, g)
	}
	return journeys, t.acks + len(left)
}
