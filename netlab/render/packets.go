package render

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

const (
	packetLines = 14 // per answer, so that a screen holds two or three such answers
	packetTime  = 6  // "12.345", "1009.3"
	leastPlaces = 25 // columns for the capture points, on a page of 80
	mostPlaces  = 4
)

// packetLegend explains the packet lines once.
const packetLegend = "Below each answer are its packets, each with the capture points that saw it, in order."

// A passage is a packet, or a change of its addresses on the way, with the capture points that saw it.
type passage struct {
	first  result.Packet
	text   string
	places []string
}

// packets writes the packets behind an answer, one per line, with the capture points in the order in which they saw it.
// If address translation changed a packet, the first one in each direction gets a line for that.
func (p *page) packets(sc *result.Scenario, st *result.Step, indent int) {
	space := strings.Repeat(" ", indent)
	if len(st.Packets) == 0 {
		if len(sc.Places) > 0 && sends(st) && st.Verdict != result.Skipped {
			p.para(space, indent, unseen(sc, st))
		}
		return
	}
	lines, acks := passages(sc, st.Packets)
	hidden := max(len(lines)-packetLines, 0)
	lines = lines[:len(lines)-hidden]
	column := p.placesColumn(lines, indent)
	for _, a := range lines {
		p.passage(a, indent, column)
	}
	var more []string
	if acks > 0 {
		more = append(more, plural(acks, "further ACK"))
	}
	if hidden > 0 {
		more = append(more, plural(hidden, "more packet"))
	}
	if st.Unlisted > 0 {
		more = append(more, plural(st.Unlisted, "frame")+" after that")
	}
	if len(more) > 0 {
		p.para(space+strings.Repeat(" ", packetTime+5), indent, "not shown: "+strings.Join(more, ", "))
	}
}

// unseen says that no packet was seen, or that none could be: of the host's own traffic only the lab's is captured.
func unseen(sc *result.Scenario, st *result.Step) string {
	asker := st.From
	for _, peer := range sc.Peers {
		if peer.Name == asker && peer.Shares != "" {
			asker = peer.Shares
		}
	}
	if slices.ContainsFunc(sc.Places, func(p fact.Place) bool { return p.Peer == asker }) {
		return "No capture point saw a packet."
	}
	return "No packet for this question passed a capture point."
}

// sends reports whether a question can put packets on the network.
func sends(st *result.Step) bool {
	q := st.Asks.Question
	return q != nil && q.Kind().Sends
}

// placesColumn is the column where the capture points begin: after the longest line that leaves enough room for them.
func (p *page) placesColumn(passages []passage, indent int) int {
	room, column := p.width-leastPlaces, 0
	for _, a := range passages {
		if w := indent + packetTime + len(" ms  ") + columns(a.text) + 2; w <= room {
			column = max(column, w)
		}
	}
	if column == 0 {
		return room
	}
	return column
}

// passage writes one packet, over several lines if its text is long. The capture points go at the end of the last line,
// or below it.
func (p *page) passage(a passage, indent, column int) {
	when := strings.Repeat(" ", indent) + fmt.Sprintf("%*s ms  ", packetTime, sinceFirst(a.first.US))
	places := placesWithin(a.places, p.width-column)
	lines := wrap(a.text, p.width-columns(when), p.width-columns(when)-2)
	for i, l := range lines {
		if i > 0 {
			when = strings.Repeat(" ", columns(when))
			l = "  " + l
		}
		l = when + l
		switch {
		case i < len(lines)-1:
			p.line(l)
		case columns(l)+2 <= column:
			p.line(pad(l, column) + places)
		default:
			p.line(l)
			p.line(strings.Repeat(" ", column) + places)
		}
	}
}

// sinceFirst is a time in milliseconds. Short times have microseconds, because packets on one machine are that close
// together.
func sinceFirst(us int64) string {
	digits := 3
	if us >= 100_000 {
		digits = 1
	}
	return strconv.FormatFloat(float64(us)/1000, 'f', digits, 64)
}

// A flow names the ends of a packet in the same form as the answers.
type flow struct{ from, to string }

func flowOf(k result.Packet) flow {
	return flow{endpoint(k.From, k.FromPort), endpoint(k.To, k.ToPort)}
}

func endpoint(address string, port int) string {
	switch {
	case port == 0:
		return address
	case strings.Contains(address, ":"):
		return "[" + address + "]:" + strconv.Itoa(port)
	}
	return address + ":" + strconv.Itoa(port)
}

// A teller puts a step's packets into words and remembers what it has said already.
type teller struct {
	packets []result.Packet
	askers  map[string]bool // ends that spoke first: the kernel picks their ports, so the numbers say nothing
	changes map[[2]flow]bool
	asked   map[string]bool // questions by asker and target, which are repeated if no answer comes
	ack     int             // number of the first bare ACK, which opens a connection
	lastACK int             // number of the last one
	acks    int             // how many there were after the first one
}

func newTeller(packets []result.Packet) *teller {
	return &teller{packets: packets, askers: map[string]bool{}, changes: map[[2]flow]bool{}, asked: map[string]bool{}}
}

// passages groups the sightings of each packet. It keeps the first bare ACK and counts the others.
func passages(sc *result.Scenario, packets []result.Packet) (out []passage, acks int) {
	t := newTeller(packets)
	latest := map[int]int{} // index in out of a packet's last line, by packet number
	flows := map[int]flow{} // as last seen, by packet number
	for _, k := range packets {
		if t.further(k) {
			continue
		}
		now := flowOf(k)
		if before, seen := flows[k.Number]; !seen {
			out = append(out, passage{first: k, text: t.sentence(k)})
			latest[k.Number] = len(out) - 1
		} else if before != now && !t.changes[[2]flow{before, now}] {
			t.changes[[2]flow{before, now}] = true
			before := out[latest[k.Number]].first
			out = append(out, passage{first: k, text: t.change(before, k)})
			latest[k.Number] = len(out) - 1
		}
		flows[k.Number] = now
		line := &out[latest[k.Number]]
		line.places = append(line.places, t.label(sc, k.Place))
	}
	return out, t.acks
}

// further reports whether a packet is a bare ACK other than the first one, and counts those.
func (t *teller) further(k result.Packet) bool {
	if k.Kind != result.TCPACK {
		return false
	}
	if t.ack == 0 {
		t.ack = k.Number
	}
	if k.Number > max(t.ack, t.lastACK) { // at its first capture point
		t.lastACK = k.Number
		t.acks++
	}
	return k.Number != t.ack
}

// sentence is "172.17.0.3 > 172.17.0.4 echo request".
func (t *teller) sentence(k result.Packet) string {
	switch k.Kind {
	case result.ARPRequest, result.NDPRequest:
		return k.From + ": " + k.Text + t.again(k)
	case result.ARPReply, result.NDPReply:
		return k.Text
	}
	if f := flowOf(k); k.FromPort != 0 && !t.askers[f.to] {
		t.askers[f.from] = true
	}
	what := strings.TrimPrefix(k.Text, "data, ") // "data" already implies sending
	text := t.end(k.From, k.FromPort) + " > " + t.end(k.To, k.ToPort) + " " + what
	if k.Kind == result.TCPSYN {
		text += t.again(k)
	}
	return text
}

// again marks a packet that was sent before and got no answer.
func (t *teller) again(k result.Packet) string {
	f := flowOf(k)
	key := k.Kind + " " + f.from + " " + f.to
	if t.asked[key] {
		return " again"
	}
	t.asked[key] = true
	return ""
}

// end is one end of a packet, with the port if that says something.
func (t *teller) end(address string, port int) string {
	if t.askers[endpoint(address, port)] {
		return address
	}
	return endpoint(address, port)
}

// packetNouns name the packets whose text says more than what they are.
var packetNouns = map[string]string{
	result.DNSQuestion: "DNS question", result.DNSAnswer: "DNS answer", result.TCPData: "data", result.TCPFIN: "FIN",
	result.UDPData: "datagram", result.ICMPError: "ICMP error",
}

// change says how a packet's addresses changed since the last capture point: "the SYN is now from 10.213.7.1".
func (t *teller) change(before, now result.Packet) string {
	var words []string
	if before.From != now.From || before.FromPort != now.FromPort {
		if t.askers[endpoint(before.From, before.FromPort)] {
			t.askers[endpoint(now.From, now.FromPort)] = true
		}
		words = append(words, "from "+t.end(now.From, now.FromPort))
	}
	if before.To != now.To || before.ToPort != now.ToPort {
		words = append(words, "to "+t.end(now.To, now.ToPort))
	}
	return "this " + cmp.Or(packetNouns[now.Kind], now.Text) + " is now " + strings.Join(words, ", ")
}

// label names a capture point: the container, the network, the link. Labels are unique. A container's interface is part
// of the label if the answer's packets passed more than one of them.
func (t *teller) label(sc *result.Scenario, name string) string {
	place, known := placeOf(sc, name)
	switch {
	case !known, place.Kind == fact.PlaceHost, place.Link == "lo":
		return flat(name)
	case place.Peer != "":
		other := func(k result.Packet) bool {
			p, _ := placeOf(sc, k.Place)
			return p.Peer == place.Peer && p.Link != place.Link && p.Link != "lo"
		}
		if slices.ContainsFunc(t.packets, other) {
			return flat(name)
		}
		return flat(place.Peer)
	case place.Link == "docker0", place.Of == "": // people know docker0 by that name
		return flat(place.Link)
	}
	return flat(place.Of)
}

func placeOf(sc *result.Scenario, name string) (fact.Place, bool) {
	i := slices.IndexFunc(sc.Places, func(p fact.Place) bool { return p.Name == name })
	if i < 0 {
		return fact.Place{}, false
	}
	return sc.Places[i], true
}

// placesWithin lists the capture points that fit into room columns, and how many more there are.
func placesWithin(places []string, width int) string {
	for n := min(len(places), mostPlaces); n > 1; n-- {
		text := strings.Join(places[:n], ", ")
		if more := len(places) - n; more > 0 {
			text += fmt.Sprintf(" +%d", more)
		}
		if columns(text) <= width {
			return text
		}
	}
	if len(places) > 1 {
		return cut(places[0], width-4) + fmt.Sprintf(" +%d", len(places)-1)
	}
	return cut(places[0], width)
}

// lost says how many frames the kernel dropped, so that a missing packet is not taken for one that was never sent.
func lost(sc *result.Scenario) string {
	n := 0
	for _, p := range sc.Places {
		n += p.Dropped
	}
	if n == 0 {
		return ""
	}
	return plural(n, "frame") + " came too fast to capture, so some packets may be missing here."
}
