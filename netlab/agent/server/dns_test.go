//go:build linux

package server

import (
	"bytes"
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
