package scan

import (
	"fmt"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// A Server is a DNS server of the engine's host, which its containers' questions about outside names go to, and how it
// answered a question of its own.
type Server struct {
	Address string
	Asked   int           // questions, until one was not met with silence
	Answer  probe.Outcome // to the last question
}

// questions is how many a server is asked until it counts as silent: UDP loses packets, on a busy host above all. After
// an ICMP error, or if ARP failed, another question would get the same.
const questions = 3

// askedName is what each server is asked for. Every DNS server answers it itself (RFC 6761).
const askedName = "localhost"

// slow is from when a DNS server delays what applications do.
const slow = 1_000_000 // µs

// answered reports whether any answer of the server arrived.
func (s *Server) answered() bool {
	switch s.Answer.Reason {
	case probe.OK, probe.NameNotFound, probe.DNSError:
		return true
	}
	return false
}

// dnsUpstream: a DNS server that outside names are asked of does not answer, or late.
func dnsUpstream(f *Facts) []result.Finding {
	var good []string
	for i := range f.Servers {
		if s := &f.Servers[i]; s.answered() && s.Answer.TookUS < slow {
			good = append(good, fmt.Sprintf("%s answered in %s", s.Address, milliseconds(s.Answer.TookUS)))
		}
	}
	var all []result.Finding
	for i := range f.Servers {
		s := &f.Servers[i]
		cause := &result.Cause{
			Object: s.Address, Direction: result.Request,
			Evidence: []probe.Evidence{say.Seen("resolv.conf of the host", "nameserver %s", s.Address)},
			Fix: []result.Fix{say.Fix(result.FixHost,
				"Set \"dns\" in /etc/docker/daemon.json to servers that answer, and restart the engine and the containers.")},
		}
		severity := result.Warning
		switch {
		case s.Answer.Reason == probe.Broken:
			continue
		case !s.answered():
			cause.Title = fmt.Sprintf("The DNS server %s does not answer. "+
				"Containers wait for it when they ask for outside names.",
				s.Address)
			what := fmt.Sprintf("%s (%s)", s.Answer.Detail, s.Answer.Reason)
			if s.Asked > 1 {
				what += fmt.Sprintf(", after %d questions", s.Asked)
			}
			cause.Evidence = append(cause.Evidence, say.Seen("asked from the host", "%s", what))
			if len(good) == 0 {
				severity = result.Problem
			}
		case s.Answer.TookUS >= slow:
			cause.Title = fmt.Sprintf("The DNS server %s took %s to answer.", s.Address, milliseconds(s.Answer.TookUS))
			cause.Evidence = append(cause.Evidence,
				say.Seen("asked from the host", "an answer after %s", milliseconds(s.Answer.TookUS)))
		default:
			continue
		}
		if len(good) > 0 {
			cause.Evidence = append(cause.Evidence, say.Seen("asked from the host", "%s", strings.Join(good, ", ")))
		}
		all = append(all, found(severity, cause))
	}
	return all
}
