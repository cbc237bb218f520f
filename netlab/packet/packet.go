// Package packet reads captured frames: what each of them says, which of them are one packet at several places, and
// how they become files for Wireshark.
//
//	packet.go  sightings become a result's packets
//	decode.go  what a frame says, dns.go what a DNS message in it does
//	file.go    files of frames, one a place; pcapng.go their format
//
// The few layers that a lab has are read by hand: gopacket's decoders would make netlab 2 MiB larger. The tests hold it
// against gopacket. It knows frames and the record, and nothing of labs, of questions or of how a frame was captured.
package packet

import (
	"slices"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// A Sighting is a frame at one place.
type Sighting struct {
	Place string
	Frame probe.Frame
}

// limit bounds the packets of a step in the record: a flood of them teaches nothing more.
const limit = 300

// Packets returns what the sightings, which are in the order of time, say: the times from the first of them on, and the
// same number for what is one packet. Of more than some hundred the first are returned, and unlisted counts the others.
//
// Left out is what no question causes: the housekeeping of IPv6 and multicast, and that a kernel asks a neighbour, whom
// it knows, again (RFC 4861, 7.3.3; for ARP net.ipv4.neigh.default.delay_first_probe_time).
func Packets(sightings []Sighting) (all []result.Packet, unlisted int) {
	var n numbers
	asked := map[string]bool{} // by ARP or NDP, of everybody
	var start int64
	for _, s := range sightings {
		m := read(s.Frame)
		switch m.Kind {
		case result.ARPRequest, result.NDPRequest:
			if !m.toMany {
				continue
			}
			asked[m.To] = true
		case result.ARPReply, result.NDPReply:
			if !asked[m.From] {
				continue
			}
		}
		if m.housekeeping {
			continue
		}
		number := n.of(s.Place, m)
		if len(all) == 0 {
			start = s.Frame.TimeNS
		}
		if len(all) == limit {
			unlisted++
			continue
		}
		m.Packet.Number, m.Packet.Place, m.Packet.Bytes = number, s.Place, s.Frame.Length
		m.Packet.US = (s.Frame.TimeNS - start) / 1000
		all = append(all, m.Packet)
	}
	return all, unlisted
}

// numbers knows which packets were seen where. One that comes to a place again is another, since it was repeated; but
// not if a router has had it meanwhile, which takes one from the hops that it has left.
type numbers struct {
	last  int
	known map[string]*seen
}

type seen struct {
	number int
	at     []sight
}

type sight struct {
	place string
	ttl   uint8
}

func (n *numbers) of(place string, m message) int {
	key, at := m.key, sight{place, m.ttl}
	if m.local {
		key = place + " " + key // what is on one namespace's loopback is nowhere else
	}
	s := n.known[key]
	if s == nil || slices.Contains(s.at, at) {
		n.last++
		s = &seen{number: n.last}
		if n.known == nil {
			n.known = map[string]*seen{}
		}
		n.known[key] = s
	}
	s.at = append(s.at, at)
	return s.number
}
