//go:build linux

package server

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"netlab/netlab/probe"
)

func TestReasonsOfAnswers(t *testing.T) {
	for rcode, want := range map[dnsmessage.RCode]probe.Reason{
		dnsmessage.RCodeSuccess:       probe.NameNotFound, // without a record
		dnsmessage.RCodeNameError:     probe.NameNotFound,
		dnsmessage.RCodeServerFailure: probe.DNSError,
		dnsmessage.RCodeRefused:       probe.DNSError,
		dnsmessage.RCodeFormatError:   probe.DNSError,
		11:                            probe.DNSError,
	} {
		if got := rcodeReason(rcode); got != want {
			t.Errorf("%s: got %s, want %s", rcodeWords(rcode), got, want)
		}
	}
}

// An answer counts by its header and its own records, whatever a server adds to it. What is not an answer to the
// question, in order and whole, is none.
func TestReadAnswer(t *testing.T) {
	question := dnsmessage.Question{
		Name: dnsmessage.MustNewName("bob."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET,
	}
	query := dnsmessage.Message{Header: dnsmessage.Header{ID: 7}, Questions: []dnsmessage.Question{question}}
	record := dnsmessage.Resource{
		Header: dnsmessage.ResourceHeader{Name: question.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET},
		Body:   &dnsmessage.AResource{A: [4]byte{10, 0, 0, 2}},
	}
	message := func(change func(m *dnsmessage.Message)) []byte {
		m := dnsmessage.Message{
			Header: dnsmessage.Header{ID: 7, Response: true}, Questions: query.Questions, Answers: []dnsmessage.Resource{record},
		}
		change(&m)
		packet, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		return packet
	}
	unchanged := func(*dnsmessage.Message) {}
	additional := message(func(m *dnsmessage.Message) { m.Additionals = []dnsmessage.Resource{record} })
	cut := message(unchanged)
	srv := message(func(m *dnsmessage.Message) { // a name in it is compressed, which RFC 2782 forbids and servers do
		m.Answers[0].Header.Type = dnsmessage.TypeSRV
		m.Answers[0].Body = &dnsmessage.UnknownResource{Type: dnsmessage.TypeSRV, Data: []byte{0, 0, 0, 0, 0, 80, 0xc0, 12}}
		m.Answers = append(m.Answers, record)
	})
	for _, test := range []struct {
		name   string
		packet []byte
		reason probe.Reason // "" for no answer
		value  string
	}{
		{"an address", message(unchanged), probe.OK, "10.0.0.2"},
		{"an additional record that is cut off", additional[:len(additional)-2], probe.OK, "10.0.0.2"},
		{"a record of another type that cannot be read", srv, probe.OK, "10.0.0.2"},
		{"a record that is cut off", cut[:len(cut)-2], probe.DNSError, ""},
		{"FORMERR and no more", message(func(m *dnsmessage.Message) {
			m.RCode, m.Questions, m.Answers = dnsmessage.RCodeFormatError, nil, nil
		}), probe.DNSError, ""},
		{"a record without a question", message(func(m *dnsmessage.Message) { m.Questions = nil }), "", ""},
		{"FORMERR with a record, without a question", message(func(m *dnsmessage.Message) {
			m.RCode, m.Questions = dnsmessage.RCodeFormatError, nil
		}), probe.DNSError, ""},
		{"another number", message(func(m *dnsmessage.Message) { m.ID = 8 }), "", ""},
		{"a question", message(func(m *dnsmessage.Message) { m.Response = false }), "", ""},
		{"another name", message(func(m *dnsmessage.Message) {
			m.Questions = []dnsmessage.Question{{
				Name: dnsmessage.MustNewName("eve."), Type: question.Type, Class: question.Class,
			}}
		}), "", ""},
		{"nothing", nil, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, ok := readAnswer(test.packet, query)
			if ok != (test.reason != "") {
				t.Fatalf("it is an answer: %t", ok)
			}
			if !ok {
				return
			}
			got := judgeAnswer(a, netip.MustParseAddr("192.0.2.53"), 0)
			if got.Reason != test.reason || got.Value != test.value {
				t.Errorf("got %+v, want %s %q", got, test.reason, test.value)
			}
		})
	}
}

// A server that cuts its answer off and takes no TCP connections answers, but with nothing to use.
func TestCutOffAnswerWithoutTCP(t *testing.T) {
	t.Parallel()
	alice, bob := newBox(t), newBox(t)
	wire(t, alice, "eth0", "10.77.0.1/24", bob, "eth0", "10.77.0.2/24")
	bob.inside(t, func() error {
		socket, err := net.ListenPacket("udp", "10.77.0.2:53")
		if err != nil {
			return err
		}
		t.Cleanup(func() { socket.Close() })
		go func() {
			buf := make([]byte, 512)
			for {
				n, from, err := socket.ReadFrom(buf)
				if err != nil {
					return
				}
				buf[2] |= 0x82 // an answer, cut off
				_, _ = socket.WriteTo(buf[:n], from)
			}
		}()
		return nil
	})
	const cut = "cut off, and over TCP: RST from 10.77.0.2"
	alice.expect(t, expectation{"a name", resolveAt("10.77.0.2"), probe.DNSError, cut})
}

func TestNamesFromOutsideAreHarmless(t *testing.T) {
	name := dnsmessage.MustNewName("a\x1b[2J b\\\xff.")
	if got, want := presentName(name), `a\027[2J\032b\092\255.`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzDNS sends anything to the lab's DNS server: it must not panic, and its answers must be valid.
func FuzzDNS(f *testing.F) {
	z, err := newZone([]probe.Record{{Name: "bob", Address: "10.0.0.2"}})
	if err != nil {
		f.Fatal(err)
	}
	query := dnsmessage.Message{Questions: []dnsmessage.Question{{
		Name: dnsmessage.MustNewName("bob."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET,
	}}}
	packet, err := query.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packet)
	f.Add(packet[:5])
	f.Add(bytes.Repeat([]byte{0xc0}, 40))
	f.Fuzz(func(t *testing.T, packet []byte) {
		_, reply := z.answer(packet)
		if reply = truncate(reply); reply == nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(reply); err != nil || !m.Response {
			t.Errorf("the answer to %x is %x: %v", packet, reply, err)
		}
	})
}

// FuzzReadAnswer sends any answer to a question: it must not panic, and values must be addresses.
func FuzzReadAnswer(f *testing.F) {
	query := dnsmessage.Message{Questions: []dnsmessage.Question{{
		Name: dnsmessage.MustNewName("bob."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET,
	}}}
	z, err := newZone([]probe.Record{{Name: "bob", Address: "10.0.0.2"}})
	if err != nil {
		f.Fatal(err)
	}
	packet, err := query.Pack()
	if err != nil {
		f.Fatal(err)
	}
	_, reply := z.answer(packet)
	f.Add(reply)
	f.Add(bytes.Repeat([]byte{0xc0}, 40))
	f.Fuzz(func(t *testing.T, packet []byte) {
		a, ok := readAnswer(packet, query)
		if !ok {
			return
		}
		for _, value := range strings.Fields(judgeAnswer(a, netip.MustParseAddr("192.0.2.53"), 0).Value) {
			if _, err := netip.ParseAddr(value); err != nil {
				t.Error(err)
			}
		}
	})
}
