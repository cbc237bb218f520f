package probe

// A Phrase describes a [Reason] in words. The id is for JSON and YAML, the phrase for people. Everything that shows a
// reason takes its words from here.
type Phrase struct {
	Table  string // in a table, 9 columns at most: "no host"
	Lesson string // next to a question: "host unreachable"
	Legend string // a sentence that explains both
}

// Phrase returns the words for r. A reason that this version does not know is returned as it is.
func (r Reason) Phrase() Phrase {
	switch r {
	case OK:
		return Phrase{"yes", "yes", "It works."}
	case Accepted:
		return Phrase{"accepted", "accepted, then silent", "The connection opened, but no reply came."}
	case NameNotFound:
		return Phrase{"unknown", "unknown name", "The DNS server has no record for the name."}
	case DNSError:
		return Phrase{"DNS error", "DNS error", "The DNS server replied with an error."}
	case DNSNoAnswer:
		return Phrase{"no DNS", "DNS silent", "No DNS server replied."}
	case NetUnreachable:
		return Phrase{"no route", "no route", "There is no route, and the error came at once."}
	case HostUnreachable:
		return Phrase{
			"no host", "host unreachable", "ARP got no answer, or a router reported the host as unreachable.",
		}
	case AddressNotAvailable:
		return Phrase{"no addr", "no such address", "The asker does not have that address, or there is none to ask."}
	case Refused:
		return Phrase{"refused", "refused", "An error came at once: nothing listens, or a firewall rejected it."}
	case Reset:
		return Phrase{"reset", "reset", "The connection was open and was cut off."}
	case Closed:
		return Phrase{
			"closed", "accepted, then closed", "The connection was accepted, then closed without a reply.",
		}
	case Timeout:
		return Phrase{"no answer", "no answer", "Nothing came back in time."}
	case TooBig:
		return Phrase{"too big", "too big", "The packet is larger than the path allows."}
	case Denied:
		return Phrase{"denied", "not permitted", "The system does not permit it."}
	case InUse:
		return Phrase{"in use", "port in use", "The port is already taken."}
	case NotFound:
		return Phrase{"no file", "no such file", "The file does not exist."}
	case Broken:
		return Phrase{"no result", "no result", "netlab could not ask or read the answer."}
	}
	return Phrase{string(r), string(r), ""}
}

// The words of a table for values that it does not show as they are: for values what a [Phrase] is for reasons.
const (
	WordHost     = "host"     // an address of the engine's host, including its end of a link
	WordMe       = "me"       // the asker's own address: nothing was translated on the way
	WordGateway  = "gateway"  // the gateway of one of the lab's networks
	WordHosts    = "host's"   // what the container shares with the host
	WordLAN      = "LAN"      // an address of a network that is on the host's LAN
	WordVXLAN    = "VXLAN"    // an address of an overlay network
	WordOwnNet   = "own net"  // an address of a bridge network of the lab's own
	WordRouter   = "router"   // the LAN's router
	WordDockers  = "Docker's" // Docker's DNS server
	WordLoopback = "lo only"  // the container has no interface except its loopback
	WordUnheeded = "ignored"  // a setting without an effect: -p opened no port
)

// FindReason returns the reason that a text names, by its id or by one of its phrases.
func FindReason(text string) (r Reason, ok bool) {
	for _, r := range Reasons() {
		if p := r.Phrase(); text == string(r) || text == p.Table || text == p.Lesson {
			return r, true
		}
	}
	return "", false
}
