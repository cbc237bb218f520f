//go:build linux && engines

package scan_test

import (
	"net/netip"
	"testing"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
)

// TestEnginesExposed closes published ports in INPUT, in three shapes. The ports stay open, which is found, unless a
// rule accepts them there; the printed command closes them. By IPv6 too, but for engines before 27: there Docker's
// proxy answers, and packets to that do pass INPUT.
func TestEnginesExposed(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, version)
			app, _, _ := s.lab()
			s.up(engine.ContainerSpec{
				Peer: "api", Attachments: []engine.Attachment{{Network: app.Name}, {Network: "bridge"}},
				Publish: []engine.Publish{
					{Port: "80/tcp", HostPort: 18081}, {Port: "80/tcp", HostPort: 18082, HostIP: "127.0.0.1"},
				},
			}, probe.Question{Listen: &probe.Listen{Network: "tcp", Address: "0.0.0.0", Port: 80, Token: "word"}})
			s.finds("healthy", s.scan())
			for _, shape := range inFirewall() {
				s.run(shape.up)
				got := s.scan()
				s.finds(shape.name, got, shape.want...)
				for _, f := range got.Findings {
					s.run(f.Fix[2].Run)
				}
				s.finds(shape.name+", repaired", s.scan())
				s.run(shape.down + "; iptables -F DOCKER-USER; iptables -A DOCKER-USER -j RETURN")
			}
			six := s.network(engine.NetworkSpec{
				Name: "six", Driver: "bridge", IPv6: netip.MustParsePrefix("fd00:5:6:7::/64"),
			})
			s.up(engine.ContainerSpec{
				Peer: "six", Attachments: []engine.Attachment{{Network: six.Name}},
				Publish: []engine.Publish{{Port: "80/tcp", HostPort: 18083, HostIP: "::"}},
			}, probe.Question{Listen: &probe.Listen{Network: "tcp", Address: "::", Port: 80, Token: "word"}})
			s.run("ip6tables -A INPUT -i lo -j ACCEPT; ip6tables -A INPUT -p ipv6-icmp -j ACCEPT; ip6tables -P INPUT DROP")
			got := s.scan()
			if version != enginetest.V28 {
				s.finds("a policy that drops IPv6, which Docker's proxy passes", got)
				return
			}
			s.finds("a policy that drops IPv6", got, "problem firewall-does-not-cover six")
			for _, f := range got.Findings {
				s.run(f.Fix[2].Run)
			}
			s.finds("a policy that drops IPv6, repaired", s.scan())
		})
	}
}
