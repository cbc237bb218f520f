// Package packet reads captured frames: what each frame says, which frames are the same packet at several capture
// points, and how they are saved as files for Wireshark.
//
//	packet.go  turns sightings into a result's packets
//	decode.go  decodes a frame; dns.go the DNS message in it
//	file.go    files of frames, one per capture point; pcapng.go their format
//
// The few layers that a lab uses are decoded by hand: gopacket's decoders would make netlab 2 MiB larger. The tests
// compare the results with gopacket. This package knows frames and the record, but not labs, questions or how a frame
// was captured.
package packet

import (
	"slices"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// limit is the maximum number of packets per step in the record. A flood teaches nothing more.
const limit = 300

// Packets describes the sightings, which must be in the order of time. Times are relative to the first sighting, and
// all sightings of one packet have the same number. If there are more than limit, it returns the first ones and the
// number of the others in unlisted.
//
// It leaves out what no question causes: IPv6 and multicast housekeeping, and kernels that ask again for a neighbor
// they know (RFC 4861, 7.3.3; for ARP net.ipv4.neigh.default.delay_first_probe_time).
func Packets(sightings []probe.Sighting) (packets []result.Packet, unlisted int) {
	var n numbers
	asked := map[string]bool{} // by ARP or NDP, as broadcast or multicast
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
		if len(packets) == 0 {
			start = s.Frame.TimeNS
		}
		if len(packets) == limit {
			unlisted++
			continue
		}
		m.Packet.Number, m.Packet.Place, m.Packet.Bytes = number, s.Place, s.Frame.Length
		m.Packet.US = (s.Frame.TimeNS - start) / 1000
		packets = append(packets, m.Packet)
	}
	return packets, unlisted
}

// numbers records which packets were seen where. A packet that a capture point sees again is a new one, because it
// was repeated. The exception is a packet that a router has forwarded in the meantime, which has one hop less left.
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
		key = place + " " + key // one namespace's loopback traffic is seen nowhere else
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
