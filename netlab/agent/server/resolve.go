//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"netlab/netlab/probe"
)

// maxServers is how many nameservers of resolv.conf are used (MAXNS in resolv.conf(5)).
const maxServers = 3

// maxResolveWait is how long a question may ask to wait.
const maxResolveWait = 10 * time.Second

// A recordType is the type of DNS record to ask for.
type recordType string

const (
	typeA    recordType = "A"
	typeAAAA recordType = "AAAA"
	typePTR  recordType = "PTR"
)

// resolve answers probe.Resolve.
func (m machine) resolve(ctx context.Context, q probe.Resolve) probe.Outcome {
	want := recordType(q.Type)
	if want == "" {
		want = typeA
	}
	question, err := newQuestion(q.Name, want)
	if err != nil {
		return broken("%v", err)
	}
	if q.Server == "" {
		return m.resolveAsHere(ctx, q.Name, want, question)
	}
	server, err := netip.ParseAddr(q.Server)
	if err != nil {
		return broken("the DNS server %q is not an address", q.Server)
	}
	wait := waitForHost(server)
	if q.WaitMS > 0 {
		wait = waitFor(min(time.Duration(q.WaitMS)*time.Millisecond, maxResolveWait))
	}
	return askServer(ctx, server, question, wait)
}

// resolveAsHere resolves like a program in this container: /etc/hosts first, then the nameservers of resolv.conf one
// after another. It asks for the name unchanged: a search domain could send the query out of the machine.
func (m machine) resolveAsHere(
	ctx context.Context, name string, want recordType, question dnsmessage.Question,
) probe.Outcome {
	const localhost = "localhost"
	found := m.inHosts(name, want)
	source := "/etc/hosts"
	if len(found) == 0 && want == typeA && strings.EqualFold(strings.TrimSuffix(name, "."), localhost) {
		found, source = []string{"127.0.0.1"}, "RFC 6761"
	}
	if len(found) > 0 {
		value := strings.Join(found, " ")
		return probe.Outcome{
			Reason: probe.OK, Value: value,
			Evidence: []probe.Evidence{{Source: source, Text: fmt.Sprintf("%s is %s", name, value)}},
		}
	}

	nameservers, _, _ := m.resolvConf()
	if len(nameservers) == 0 {
		nameservers = []string{"127.0.0.1"} // as resolv.conf(5) says
	}
	var evidence []probe.Evidence
	var last probe.Outcome
	for _, text := range nameservers[:min(len(nameservers), maxServers)] {
		server, err := netip.ParseAddr(text)
		if err != nil {
			last = broken("resolv.conf names the server %q, which is not an address", text)
			continue
		}
		answer := askServer(ctx, server, question, waitForHost(server))
		evidence = append(evidence, answer.Evidence...)
		// A server that answered counts more than a later one that could not be asked.
		if last.Reason != probe.DNSError || answer.Reason == probe.OK || answer.Reason == probe.NameNotFound {
			last = answer
		}
		if answer.Reason == probe.OK || answer.Reason == probe.NameNotFound || ctx.Err() != nil {
			break
		}
	}
	last.Evidence = evidence
	return last
}

// askServer asks one DNS server, over UDP, and over TCP if the answer does not fit.
func askServer(
	ctx context.Context, server netip.Addr, question dnsmessage.Question, wait patience,
) probe.Outcome {
	start := time.Now()
	to := netip.AddrPortFrom(server, 53)
	id := uint16(rand.Uint32())
	query := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: id, RecursionDesired: true},
		Questions: []dnsmessage.Question{question},
	}
	packet, err := query.Pack()
	if err != nil {
		return broken("writing a DNS question: %v", err)
	}
	var got answer
	accept := func(packet []byte) (ok bool) {
		got, ok = readAnswer(packet, query)
		return ok
	}
	failed, ok := askUDP(ctx, to, packet, wait, accept)
	if ok && got.Truncated {
		if failed, ok = askTCP(ctx, to, packet, accept); !ok {
			failed.Reason = probe.DNSError // it did answer
			failed.Detail = fmt.Sprintf("the answer of %s over UDP was cut off, and over TCP: %s", server, failed.Detail)
		}
	}
	if !ok {
		if failed.Reason == probe.Timeout {
			failed.Reason = probe.DNSNoAnswer
		}
		failed.Evidence = []probe.Evidence{{Source: server.String(), Text: failed.Detail}}
		return failed
	}
	return judgeAnswer(got, server, time.Since(start))
}

// An answer is what a DNS server said to a question.
type answer struct {
	dnsmessage.Header
	values   []string // of the records that have the requested type, sorted
	unusable bool     // the records could not be read
}

// readAnswer reads an answer to a query. ok reports whether it is one, and not a stray packet. It reads only the
// answer's own records: what a server adds can have forms that are not known here.
func readAnswer(packet []byte, query dnsmessage.Message) (a answer, ok bool) {
	var p dnsmessage.Parser
	var err error
	if a.Header, err = p.Start(packet); err != nil || !a.Response || a.ID != query.ID {
		return a, false
	}
	questions, err := p.AllQuestions()
	if err != nil {
		return a, false
	}
	if len(questions) == 0 && a.RCode != dnsmessage.RCodeSuccess {
		return a, true // a server that cannot read a question need not repeat it
	}
	if !slices.EqualFunc(questions, query.Questions, func(a, b dnsmessage.Question) bool {
		return a.Type == b.Type && a.Class == b.Class && strings.EqualFold(a.Name.String(), b.Name.String())
	}) {
		return a, false
	}
	a.values, err = values(&p, query.Questions[0].Type)
	a.unusable = err != nil
	return a, true
}

// judgeAnswer turns a server's answer into an outcome.
func judgeAnswer(a answer, server netip.Addr, took time.Duration) probe.Outcome {
	o := probe.Outcome{Reason: probe.OK, Value: strings.Join(a.values, " ")}
	said := o.Value
	if len(a.values) == 0 || a.RCode != dnsmessage.RCodeSuccess || a.unusable {
		said = rcodeWords(a.RCode)
		o = probe.Outcome{Reason: rcodeReason(a.RCode), From: server.String()}
		switch {
		case a.unusable:
			o.Reason = probe.DNSError
			said += " with a record that cannot be read"
		case a.RCode == dnsmessage.RCodeSuccess:
			said += " without a record"
		}
		o.Detail = fmt.Sprintf("%s from %s", said, server)
	}
	o.Evidence = []probe.Evidence{{
		Source: server.String(), Text: fmt.Sprintf("%s in %.1f ms", said, float64(took.Microseconds())/1000),
	}}
	return o
}

// values returns the values of the answer's records that have the requested type, sorted.
func values(p *dnsmessage.Parser, want dnsmessage.Type) ([]string, error) {
	var found []string
	for {
		header, err := p.AnswerHeader()
		switch {
		case errors.Is(err, dnsmessage.ErrSectionDone):
			slices.Sort(found)
			return slices.Compact(found), nil
		case err != nil:
			return nil, err
		case header.Type != want: // a CNAME along the way
			if err := p.SkipAnswer(); err != nil {
				return nil, err
			}
			continue
		}
		record, err := p.Answer()
		if err != nil {
			return nil, err
		}
		switch body := record.Body.(type) {
		case *dnsmessage.AResource:
			found = append(found, netip.AddrFrom4(body.A).String())
		case *dnsmessage.AAAAResource:
			found = append(found, netip.AddrFrom16(body.AAAA).String())
		case *dnsmessage.PTRResource:
			found = append(found, presentName(body.PTR))
		}
	}
}

// presentName writes a DNS name as in RFC 4343: bytes that are not printable, and spaces, as \DDD. So a server's
// answer can neither look like two names nor move a terminal's cursor.
func presentName(name dnsmessage.Name) string {
	var text strings.Builder
	for _, b := range name.Data[:name.Length] {
		if b <= ' ' || b >= 0x7f || b == '\\' {
			fmt.Fprintf(&text, `\%03d`, b)
		} else {
			text.WriteByte(b)
		}
	}
	return text.String()
}

// newQuestion builds the question for a name or, for PTR, an address.
func newQuestion(name string, want recordType) (dnsmessage.Question, error) {
	question := dnsmessage.Question{Class: dnsmessage.ClassINET}
	full := strings.TrimSuffix(name, ".") + "."
	switch want {
	case typeA:
		question.Type = dnsmessage.TypeA
	case typeAAAA:
		question.Type = dnsmessage.TypeAAAA
	case typePTR:
		question.Type = dnsmessage.TypePTR
		addr, err := netip.ParseAddr(name)
		if err != nil {
			return question, fmt.Errorf("a reverse lookup is of an address, not of %q", name)
		}
		full = reverseName(addr.Unmap())
	default:
		return question, fmt.Errorf("the type of a lookup is A, AAAA or PTR, not %q", want)
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(full, "."), ".") {
		if label == "" || len(label) > 63 {
			return question, fmt.Errorf("%q is not a host name", name)
		}
	}
	var err error
	question.Name, err = dnsmessage.NewName(full)
	if err != nil || question.Name.Length > 254 {
		return question, fmt.Errorf("the name of %d bytes is too long", len(full))
	}
	return question, nil
}

// reverseName returns the name under in-addr.arpa or ip6.arpa for an address.
func reverseName(addr netip.Addr) string {
	var name strings.Builder
	for _, b := range slices.Backward(addr.AsSlice()) {
		if addr.Is4() {
			fmt.Fprintf(&name, "%d.", b)
		} else {
			fmt.Fprintf(&name, "%x.%x.", b&0x0f, b>>4)
		}
	}
	if addr.Is4() {
		return name.String() + "in-addr.arpa."
	}
	return name.String() + "ip6.arpa."
}

// askTCP does what askUDP does, over a stream with length prefixes (RFC 1035, 4.2.2).
func askTCP(
	ctx context.Context, to netip.AddrPort, question []byte, accept func(answer []byte) bool,
) (failed probe.Outcome, ok bool) {
	s, failed := dialTCP(ctx, to)
	if s == nil {
		return failed, false
	}
	defer s.close()
	err := s.send(append(binary.BigEndian.AppendUint16(nil, uint16(len(question))), question...))
	start := time.Now()
	read := readerFunc(func(buf []byte) (int, error) {
		wait := waitFor(answerWithin)
		n, err := s.receive(buf, func(time.Duration) (time.Duration, error) { return wait(time.Since(start)) })
		if n == 0 && err == nil {
			err = io.EOF
		}
		return n, err
	})
	length := make([]byte, 2)
	if err == nil {
		_, err = io.ReadFull(read, length)
	}
	answer := make([]byte, binary.BigEndian.Uint16(length))
	if err == nil {
		_, err = io.ReadFull(read, answer)
	}
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return closed(to), false
	case err != nil:
		return s.failure(err, nil), false
	case !accept(answer):
		return probe.Outcome{Reason: probe.DNSError, Detail: fmt.Sprintf("%s answered something else", to.Addr())}, false
	}
	return probe.Outcome{}, true
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(buf []byte) (int, error) { return f(buf) }

// A finding is how the host of a question was found. Its Reason is OK if it was.
type finding struct{ probe.Outcome }

// address returns the address of a host. If the host is a name, it asks the container's own resolver.
func (m machine) address(ctx context.Context, host string) (netip.Addr, finding) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap(), finding{probe.Outcome{Reason: probe.OK}}
	}
	o := m.resolve(ctx, probe.Resolve{Name: host})
	if o.Reason != probe.OK {
		return netip.Addr{}, finding{o}
	}
	first, _, _ := strings.Cut(o.Value, " ")
	addr, err := netip.ParseAddr(first)
	if err != nil {
		return netip.Addr{}, finding{broken("%s has the address %q", host, first)}
	}
	return addr, finding{probe.Outcome{Reason: probe.OK, Address: first, Evidence: o.Evidence}}
}

// with adds how the host was found to the outcome.
func (f finding) with(o probe.Outcome) probe.Outcome {
	o.Address = f.Address
	o.Evidence = append(f.Evidence, o.Evidence...)
	return o
}
