//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"

	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

const dnsPort = 53

// serveDNS answers probe.ServeDNS.
func serveDNS(ctx context.Context, q probe.ServeDNS, bound func(probe.Outcome), seen func(netip.Addr, string)) {
	at, family, err := bindAddress(q.Address, dnsPort)
	if err != nil {
		bound(broken("%v", err))
		return
	}
	zone, err := newZone(q.Names)
	if err != nil {
		bound(broken("%v", err))
		return
	}
	udp, err := bindUDP(at, family)
	if err != nil {
		bound(bindFailure(err))
		return
	}
	tcp, err := bindTCP(at, family)
	if err != nil {
		udp.Close()
		bound(bindFailure(err))
		return
	}
	bound(probe.Outcome{Reason: probe.OK, Value: udp.LocalAddr().String()})

	answer := func(query []byte, from netip.Addr) []byte {
		asked, reply := zone.answer(query)
		if asked != "" {
			seen(from, asked)
		}
		return reply
	}
	var serving sync.WaitGroup
	serving.Go(safely.In(ctx, func() {
		serveUDP(ctx, udp, func(query []byte, from netip.Addr) []byte { return truncate(answer(query, from)) })
	}))
	serving.Go(safely.In(ctx, func() {
		serveTCP(ctx, tcp, func(conn net.Conn, from netip.Addr) {
			for serveStream(conn, from, answer) == nil {
				continue
			}
		})
	}))
	serving.Wait()
}

// maxDatagram is the longest UDP answer for a client that does not offer more (RFC 1035, 4.2.1), in bytes.
const maxDatagram = 512

// truncate replaces an answer that is too long for a datagram with one that asks the client to use TCP.
func truncate(answer []byte) []byte {
	var m dnsmessage.Message
	if len(answer) <= maxDatagram || m.Unpack(answer) != nil {
		return answer
	}
	m.Truncated, m.Answers = true, nil
	short, err := m.Pack()
	if err != nil {
		return nil
	}
	return short
}

// serveStream answers one question on a stream (RFC 1035, 4.2.2).
func serveStream(conn net.Conn, from netip.Addr, answer func([]byte, netip.Addr) []byte) error {
	length := make([]byte, 2)
	if _, err := io.ReadFull(conn, length); err != nil {
		return err
	}
	query := make([]byte, binary.BigEndian.Uint16(length))
	if _, err := io.ReadFull(conn, query); err != nil {
		return err
	}
	reply := answer(query, from)
	if reply == nil {
		return io.ErrUnexpectedEOF
	}
	_, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
	return err
}

// A zone holds the names that the lab's DNS server knows, in lower case with the final dot.
type zone map[string][]netip.Addr

func newZone(names []probe.Record) (zone, error) {
	z := zone{}
	for _, r := range names {
		addr, err := netip.ParseAddr(r.Address)
		if err != nil {
			return nil, fmt.Errorf("the name %q has the address %q, which is none", r.Name, r.Address)
		}
		name := strings.ToLower(strings.TrimSuffix(r.Name, ".") + ".")
		z[name] = append(z[name], addr.Unmap())
	}
	return z, nil
}

// answer returns the question, "A bob.", and the reply, which is nil if the query deserves none.
func (z zone) answer(query []byte) (asked string, reply []byte) {
	var p dnsmessage.Parser
	header, err := p.Start(query)
	if err != nil || header.Response {
		return "", nil
	}
	m := dnsmessage.Message{Header: dnsmessage.Header{
		ID: header.ID, Response: true, OpCode: header.OpCode, RecursionDesired: header.RecursionDesired,
		RecursionAvailable: true, RCode: dnsmessage.RCodeFormatError,
	}}
	question, err := p.Question()
	switch {
	case header.OpCode != 0:
		m.RCode = dnsmessage.RCodeNotImplemented
	case err == nil:
		m.Questions = []dnsmessage.Question{question}
		m.RCode, m.Answers = z.look(question)
		asked = typeWord(question.Type) + " " + presentName(question.Name)
	}
	reply, err = m.Pack()
	if err != nil {
		return asked, nil
	}
	return asked, reply
}

func (z zone) look(question dnsmessage.Question) (dnsmessage.RCode, []dnsmessage.Resource) {
	addrs, known := z[strings.ToLower(question.Name.String())]
	if !known || question.Class != dnsmessage.ClassINET {
		return dnsmessage.RCodeNameError, nil
	}
	var found []dnsmessage.Resource
	for _, addr := range addrs {
		var body dnsmessage.ResourceBody
		switch {
		case addr.Is4() && question.Type == dnsmessage.TypeA:
			body = &dnsmessage.AResource{A: addr.As4()}
		case addr.Is6() && question.Type == dnsmessage.TypeAAAA:
			body = &dnsmessage.AAAAResource{AAAA: addr.As16()}
		default:
			continue
		}
		// TTL 0: a lab's answers must not be cached.
		header := dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class}
		found = append(found, dnsmessage.Resource{Header: header, Body: body})
	}
	return dnsmessage.RCodeSuccess, found
}

// typeWord returns the usual name of a record type.
func typeWord(t dnsmessage.Type) string { return strings.TrimPrefix(t.String(), "Type") }
