package render

import (
	"strings"

	"netlab/netlab/probe"
)

// shortWidth is the most columns that Short takes.
const shortWidth = 8

// notAsked is the short word for a check that was skipped.
const notAsked = "skipped"

// Short is the word for a reason in a table, eight columns at most. A reason that is not of the closed set is shown
// as it is, cut.
func Short(r probe.Reason) string {
	switch r {
	case probe.OK:
		return "yes"
	case probe.Accepted:
		return "accepted"
	case probe.NameNotFound:
		return "no-name"
	case probe.DNSError:
		return "dns-err"
	case probe.DNSNoAnswer:
		return "no-dns"
	case probe.NetUnreachable:
		return "no-route"
	case probe.HostUnreachable:
		return "no-host"
	case probe.AddressNotAvailable:
		return "no-addr"
	case probe.Refused:
		return "refused"
	case probe.Reset:
		return "reset"
	case probe.Closed:
		return "closed"
	case probe.Timeout:
		return "timeout"
	case probe.TooBig:
		return "too-big"
	case probe.Denied:
		return "denied"
	case probe.InUse:
		return "in-use"
	case probe.Broken:
		return "broken"
	default:
		return cut(Plain(string(r)), shortWidth)
	}
}

// meaning says what a short word means, for the legend; "" for one that needs no explanation.
func meaning(short string) string {
	switch short {
	case "accepted":
		return "connected, but no answer"
	case "no-name":
		return "nobody knows that name"
	case "dns-err":
		return "the DNS server answered with an error"
	case "no-dns":
		return "no DNS server answered"
	case "no-route":
		return "no route, said at once"
	case "no-host":
		return "nobody has that address"
	case "no-addr":
		return "not an address of this machine"
	case "refused":
		return "answered: nobody listens"
	case "reset":
		return "cut off while open"
	case "closed":
		return "accepted, then hung up"
	case "timeout":
		return "silence"
	case "too-big":
		return "packet larger than the way allows"
	case "denied":
		return "not permitted"
	case "in-use":
		return "the port is taken"
	case "broken":
		return "could not be asked or judged"
	case notAsked:
		return "not asked, see below"
	default:
		return ""
	}
}

// groups lists the groups of checks in the order in which they are shown.
func groups() []string { return []string{"identity", "names", "reach", "isolation", "cost"} }

// heading is what stands above a group.
func heading(group string) string {
	switch group {
	case "identity":
		return "WHO AM I"
	case "names":
		return "NAMES"
	case "reach":
		return "FROM INSIDE, CAN I REACH"
	case "isolation":
		return "ISOLATION"
	case "cost":
		return "COST"
	case "":
		return "OTHER QUESTIONS"
	default:
		return strings.ToUpper(Plain(group))
	}
}

// action puts a `do` step into words: "connect alice back" is "alice joins network back".
func action(do string) string {
	f := strings.Fields(do)
	if len(f) == 3 {
		switch f[0] {
		case "connect":
			return Plain(f[1] + " joins network " + f[2])
		case "disconnect":
			return Plain(f[1] + " leaves network " + f[2])
		}
	}
	if len(f) == 2 {
		switch f[0] {
		case "pause":
			return Plain(f[1] + " is paused")
		case "unpause":
			return Plain(f[1] + " goes on")
		case "restart":
			return Plain(f[1] + " is restarted")
		case "stop":
			return Plain(f[1] + " is stopped")
		case "start":
			return Plain(f[1] + " is started")
		}
	}
	return flat(do)
}
