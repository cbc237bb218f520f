//go:build linux

package server

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"netlab/netlab/probe"
)

func TestFailuresOfLookups(t *testing.T) {
	const server, other = "10.0.0.53:53", "10.0.0.54:53"
	for _, tt := range []struct {
		name string
		play func(p *tape)
		want []string
		done probe.Traffic
	}{
		{"it is known", func(p *tape) {
			p.ask(1, "db", typeFour)
			p.ask(2, "db", typeSix)
			p.answer(2, "db", typeSix, "NOERROR")
			p.answer(1, "db", typeFour, "10.0.0.3")
		}, nil, probe.Traffic{Lookups: 1}},
		{"it is unknown", func(p *tape) {
			p.ask(1, "dbb", typeFour)
			p.ask(2, "dbb", typeSix)
			p.answer(1, "dbb", typeFour, "NXDOMAIN")
			p.answer(2, "dbb", typeSix, "NXDOMAIN")
		}, []string{"dns dbb 127.0.0.11 name-not-found: NXDOMAIN from 127.0.0.11"}, probe.Traffic{Lookups: 1}},
		{"in the next domain it is known", func(p *tape) {
			p.ask(1, "db.example.com", typeFour)
			p.answer(1, "db.example.com", typeFour, "NXDOMAIN")
			p.ask(2, "db", typeFour)
			p.answer(2, "db", typeFour, "10.0.0.3")
		}, nil, probe.Traffic{Lookups: 1}},
		{"in no domain it is known", func(p *tape) {
			p.ask(1, "db.example.com", typeFour)
			p.answer(1, "db.example.com", typeFour, "NXDOMAIN")
			p.ask(2, "db", typeFour)
			p.answer(2, "db", typeFour, "NXDOMAIN")
		}, []string{"dns db 127.0.0.11 name-not-found: NXDOMAIN from 127.0.0.11"}, probe.Traffic{Lookups: 1}},
		{"a program that does not give up", func(p *tape) {
			for i := range uint16(20) {
				p.ask(i, "dbb", typeFour)
				p.answer(i, "dbb", typeFour, "NXDOMAIN")
				p.wait(100)
			}
		}, []string{"dns dbb 127.0.0.11 name-not-found: NXDOMAIN from 127.0.0.11"}, probe.Traffic{Lookups: 20}},
		{"Docker's DNS server asks on", func(p *tape) {
			p.ask(1, "dbb", typeFour)
			p.out(datagram(client, server, p.message(9, "dbb", typeFour)))
			p.in(datagram(server, client, p.message(9, "dbb", typeFour, "SERVFAIL")))
			p.answer(1, "dbb", typeFour, "SERVFAIL")
		}, []string{"dns dbb 127.0.0.11 dns-error: SERVFAIL from 127.0.0.11"}, probe.Traffic{Lookups: 1}},
		{"the next server knows", func(p *tape) {
			p.out(datagram(client, server, p.message(1, "db", typeFour)))
			p.in(datagram(server, client, p.message(1, "db", typeFour, "SERVFAIL")))
			p.out(datagram(client, other, p.message(1, "db", typeFour)))
			p.in(datagram(other, client, p.message(1, "db", typeFour, "10.0.0.3")))
		}, nil, probe.Traffic{Lookups: 1}},
		{"both servers at once, and one is silent", func(p *tape) {
			p.out(datagram(client, server, p.message(1, "db", typeFour)))
			p.out(datagram(client, other, p.message(1, "db", typeFour)))
			p.in(datagram(other, client, p.message(1, "db", typeFour, "10.0.0.3")))
		}, nil, probe.Traffic{Lookups: 1}},
		{"silence, until it is asked again", func(p *tape) {
			p.out(datagram(client, server, p.message(1, "db", typeFour)))
			p.wait(2500)
			p.out(datagram(client, server, p.message(1, "db", typeFour)))
		}, []string{
			"dns db 10.0.0.53 dns-no-answer: 2 A questions to 10.0.0.53 in 2.5 s, no answer",
		}, probe.Traffic{Lookups: 1}},
		{
			"silence, and the program gives up", func(p *tape) { p.out(datagram(client, server, p.message(1, "db", typeFour))) },
			[]string{"dns db 10.0.0.53 dns-no-answer: 1 A question to 10.0.0.53 in 5.0 s, no answer"},
			probe.Traffic{Lookups: 1},
		},
		{"only the question for IPv6 gets no answer", func(p *tape) {
			p.ask(1, "db", typeFour)
			p.ask(2, "db", typeSix)
			p.answer(1, "db", typeFour, "10.0.0.3")
		}, []string{
			"dns db 127.0.0.11 dns-no-answer: 1 AAAA question to 127.0.0.11 in 5.0 s, no answer",
		}, probe.Traffic{Lookups: 1}},
		{"nothing listens at the server", func(p *tape) {
			p.out(datagram(client, server, p.message(1, "db", typeFour)))
			p.in(icmpError4("10.0.0.53", 3, 3, datagram(client, server, p.message(1, "db", typeFour))))
		}, []string{"dns db 10.0.0.53 dns-no-answer: ICMP port unreachable from 10.0.0.53"}, probe.Traffic{Lookups: 1}},
		{"a reverse lookup", func(p *tape) {
			p.ask(1, "3.0.0.10.in-addr.arpa", dnsmessage.TypePTR)
			p.answer(1, "3.0.0.10.in-addr.arpa", dnsmessage.TypePTR, "NXDOMAIN")
		}, nil, probe.Traffic{}},
		{"a hostile name", func(p *tape) {
			p.ask(1, "\x1b]0;owned\x07 db", typeFour)
			p.answer(1, "\x1b]0;owned\x07 db", typeFour, "NXDOMAIN")
		}, []string{
			`dns \027]0;owned\007\032db 127.0.0.11 name-not-found: NXDOMAIN from 127.0.0.11`,
		}, probe.Traffic{Lookups: 1}},
		{"others ask through this host", func(p *tape) {
			p.on(3, in, datagram(client, server, p.message(1, "dbb", typeFour)))
			p.out(datagram("10.0.0.1:40000", server, p.message(1, "dbb", typeFour)))
			p.in(datagram(server, "10.0.0.1:40000", p.message(1, "dbb", typeFour, "NXDOMAIN")))
		}, nil, probe.Traffic{}},
		{"the name of an address that refuses", func(p *tape) {
			p.ask(1, "db", typeFour)
			p.answer(1, "db", typeFour, "10.0.0.3")
			p.out(syn("10.0.0.3:5432", 1))
			p.in(rst("10.0.0.3:5432", 1))
		}, []string{"tcp db 10.0.0.3:5432 refused: RST from 10.0.0.3"}, probe.Traffic{Lookups: 1, Connections: 1}},
		{"the second address of a name answers", func(p *tape) {
			p.ask(1, "db", typeFour)
			p.answer(1, "db", typeFour, "10.0.0.3", "10.0.0.4")
			p.out(syn("10.0.0.3:5432", 1))
			p.in(rst("10.0.0.3:5432", 1))
			p.out(syn("10.0.0.4:5432", 5))
			p.in(synAck("10.0.0.4:5432", 5))
		}, nil, probe.Traffic{Lookups: 1, Connections: 2, Second: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newTape(t, "example.com")
			tt.play(p)
			p.wait(20000)
			if diff := cmp.Diff(tt.want, p.got); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.done, p.to.counts()); diff != "" {
				t.Errorf("traffic (-want +got):\n%s", diff)
			}
		})
	}
}
