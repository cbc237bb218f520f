//go:build linux

package server

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"netlab/netlab/probe"
)

// resolverGivesUp is how long a resolver waits for a server if resolv.conf says nothing else (resolv.conf(5), timeout).
const resolverGivesUp = 5 * time.Second

// maxQueries is how many unanswered questions of one lookup are remembered.
const maxQueries = 32

// A lookup is all that a program asks to find the addresses of one name: A and AAAA, at one server or several, in the
// domains of the search list. It has failed when the last answer was a "no", and nothing else follows.
type lookup struct {
	name    string // as it was asked for at first
	several bool   // in several domains
	queries []*query
	found   bool           // a server knows it
	failure *probe.Failure // the last "no"; nil for none
	since   time.Time      // of the first question
	until   time.Time      // when the "no" is final; zero while another question is open
}

// A query is a question to one server.
type query struct {
	client      netip.AddrPort
	server      netip.Addr
	id          uint16
	kind        recordType
	name        string
	first, last time.Time
	sent        int
	over        bool // answered, or given up
}

// A strangeQuestion is one that others sent, which the namespace forwards.
type strangeQuestion struct {
	id   uint16
	name string
}

// base is a name without the search list's domain.
func (f *failures) base(name string) string {
	for _, domain := range f.search {
		domain = strings.ToLower(strings.Trim(domain, "."))
		if rest, ok := strings.CutSuffix(name, "."+domain); ok && domain != "" && rest != "" {
			return rest
		}
	}
	return name
}

func (f *failures) seeDNS(g *glimpse) {
	switch m := g.dns; {
	case m.response && !g.leaves && !g.passes:
		f.seeAnswer(g)
	case m.response, !g.leaves && g.loopback:
	case !g.leaves:
		f.strange.add(strangeQuestion{m.id, m.name}, maxForeign)
	case !f.strange.has(strangeQuestion{m.id, m.name}):
		f.seeQuestion(g)
	}
}

func (f *failures) seeQuestion(g *glimpse) {
	m, server := g.dns, g.to.Addr()
	base := f.base(m.name)
	l := f.lookups[base]
	if l != nil && !server.IsLoopback() && slices.ContainsFunc(l.queries, func(q *query) bool {
		return !q.over && q.server.IsLoopback() && q.name == m.name && q.kind == m.kind
	}) {
		return // a DNS server in the namespace, such as Docker's, forwards it
	}
	if l != nil && l.failure != nil && l.failure.Address == server.String() && slices.ContainsFunc(l.queries,
		func(q *query) bool {
			return q.over && q.server == server && q.name == m.name && q.kind == m.kind && q.id != m.id
		}) {
		f.conclude(base, l) // a "no" does not keep the program from asking the same again
		l = nil
	}
	switch {
	case l == nil && len(f.lookups) >= maxLookups:
		f.traffic.Missed++
		return
	case l == nil:
		f.traffic.Lookups++
		l = &lookup{name: m.name, since: g.at}
		f.lookups[base] = l
	case l.found && l.failure == nil && l.answered(m.kind):
		f.traffic.Lookups++
		l.found, l.since = false, g.at
		l.queries = slices.DeleteFunc(l.queries, func(q *query) bool { return q.over })
	}
	l.several = l.several || l.name != m.name
	for _, q := range l.queries {
		if q.over || q.id != m.id || q.kind != m.kind || q.name != m.name {
			continue
		}
		if g.at.Sub(q.first) >= repeatAfter {
			q.sent++
			f.ignored(l, q, g.at)
		}
		if q.client == g.from && q.server == server {
			return
		}
	}
	if len(l.queries) >= maxQueries {
		f.traffic.Missed++
		return
	}
	l.until = time.Time{}
	l.queries = append(l.queries, &query{
		client: g.from, server: server, id: m.id, kind: m.kind, name: m.name, first: g.at, last: g.at, sent: 1,
	})
}

// answered reports whether a question of a type was answered.
func (l *lookup) answered(kind recordType) bool {
	return slices.ContainsFunc(l.queries, func(q *query) bool { return q.over && q.kind == kind })
}

func (f *failures) seeAnswer(g *glimpse) {
	m := g.dns
	base := f.base(m.name)
	l := f.lookups[base]
	if l == nil {
		return
	}
	i := slices.IndexFunc(l.queries, func(q *query) bool {
		return q.client == g.to && q.server == g.from.Addr() && q.id == m.id && q.name == m.name && q.kind == m.kind
	})
	if i < 0 {
		return
	}
	q := l.queries[i]
	q.over = true
	if m.rcode != dnsmessage.RCodeSuccess || len(m.addresses) == 0 && !m.truncated {
		detail := rcodeWords(m.rcode)
		if m.rcode == dnsmessage.RCodeSuccess {
			detail += " without a record"
		}
		f.no(l, q, rcodeReason(m.rcode), detail+" from "+q.server.String(), g.at)
		return
	}
	l.found, l.failure = true, nil
	for _, other := range l.queries { // no longer needed, as some programs ask all servers at once
		other.over = other.over || other.kind == q.kind
	}
	for _, a := range m.addresses {
		if len(f.names) >= maxNames {
			clear(f.names)
		}
		f.names[a.Unmap()] = f.nameOf(l)
	}
	if !l.waits() {
		delete(f.lookups, base)
	}
}

// nameOf is the name that the program asked for, as far as the questions tell.
func (f *failures) nameOf(l *lookup) string {
	if l.several {
		return f.base(l.name)
	}
	return l.name
}

// no notes that a server knows no address.
func (f *failures) no(l *lookup, q *query, reason probe.Reason, detail string, now time.Time) {
	if l.found {
		return
	}
	l.failure = &probe.Failure{
		Network: "dns", Address: q.server.String(), Name: f.nameOf(l), Reason: reason, Detail: detail,
		TookUS: now.Sub(l.since).Microseconds(),
	}
	l.until = now.Add(fallbackWithin)
}

// refuseLookup takes an ICMP error about a DNS question. It reports whether it is about one.
func (f *failures) refuseLookup(e *icmpError, detail string, now time.Time) bool {
	for _, l := range f.lookups {
		for _, q := range l.queries {
			if q.client == e.from && q.server == e.to.Addr() {
				if !q.over {
					q.over = true
					f.no(l, q, probe.DNSNoAnswer, detail, now)
				}
				return true
			}
		}
	}
	return e.to.Port() == dnsPort || e.to.Addr() == dockerDNS
}

// ignored tells that a server did not answer a question.
func (f *failures) ignored(l *lookup, q *query, now time.Time) {
	q.over = true
	f.report(probe.Failure{
		Network: "dns", Address: q.server.String(), Name: f.nameOf(l), Reason: probe.DNSNoAnswer,
		Detail: fmt.Sprintf("%s to %s in %s, no answer", times(q.sent, string(q.kind)+" question"), q.server,
			seconds(now.Sub(q.first))),
		TookUS: now.Sub(q.first).Microseconds(),
	})
}

// waits reports whether the lookup has no final answer yet.
func (l *lookup) waits() bool {
	return l.failure != nil || slices.ContainsFunc(l.queries, func(q *query) bool { return !q.over })
}

// conclude tells the last "no" of a lookup, and forgets it.
func (f *failures) conclude(base string, l *lookup) {
	l.failure.Name = f.nameOf(l)
	f.report(*l.failure)
	delete(f.lookups, base)
}

// judgeLookups looks for questions that nothing answers, and for lookups that end with a "no".
func (f *failures) judgeLookups(now time.Time) {
	var bases []string
	for base := range f.lookups {
		bases = append(bases, base)
	}
	slices.SortFunc(bases, func(a, b string) int {
		return cmp.Or(f.lookups[a].since.Compare(f.lookups[b].since), strings.Compare(a, b))
	})
	for _, base := range bases {
		l := f.lookups[base]
		for _, q := range l.queries {
			if !q.over && now.Sub(q.first) >= resolverGivesUp {
				f.ignored(l, q, now)
			}
		}
		open := slices.ContainsFunc(l.queries, func(q *query) bool { return !q.over })
		final := l.failure != nil && !l.until.IsZero() && !now.Before(l.until)
		switch {
		case final && (!open || l.failure.Reason == probe.NameNotFound):
			f.conclude(base, l)
		case !open && l.failure == nil:
			delete(f.lookups, base)
		}
	}
}
