package packet

import (
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"netlab/netlab/result"
)

// readDNS describes what a DNS message asks, "A bob?", or answers, "bob is 172.17.0.3". The kind is "" if it is not a
// DNS message.
func readDNS(payload []byte) (kind, text string) {
	var p dnsmessage.Parser
	header, err := p.Start(payload)
	if err != nil {
		return "", ""
	}
	asked, err := p.Question()
	if err != nil {
		return "", ""
	}
	name := strings.TrimSuffix(asked.Name.String(), ".")
	about := strings.TrimPrefix(asked.Type.String(), "Type") + " " + name
	switch {
	case !header.Response:
		return result.DNSQuestion, about + "?"
	case header.RCode == dnsmessage.RCodeNameError:
		return result.DNSAnswer, "NXDOMAIN, no " + name
	case header.RCode == dnsmessage.RCodeServerFailure:
		return result.DNSAnswer, "SERVFAIL"
	case header.RCode == dnsmessage.RCodeRefused:
		return result.DNSAnswer, "REFUSED"
	case header.RCode != dnsmessage.RCodeSuccess:
		return result.DNSAnswer, fmt.Sprintf("rcode %d", header.RCode)
	}
	found := answers(&p)
	if len(found) == 0 {
		return result.DNSAnswer, "no " + about
	}
	return result.DNSAnswer, name + " is " + strings.Join(found, ", ")
}

// answers returns the addresses and names in the answer section, up to the first entry that it cannot read.
func answers(p *dnsmessage.Parser) []string {
	if p.SkipAllQuestions() != nil {
		return nil
	}
	var found []string
	for {
		r, err := p.Answer()
		if err != nil {
			return found
		}
		switch body := r.Body.(type) {
		case *dnsmessage.AResource:
			found = append(found, netip.AddrFrom4(body.A).String())
		case *dnsmessage.AAAAResource:
			found = append(found, netip.AddrFrom16(body.AAAA).String())
		case *dnsmessage.PTRResource:
			found = append(found, strings.TrimSuffix(body.PTR.String(), "."))
		}
	}
}
