//go:build linux && engines

package scan_test

import (
	"testing"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
)

// TestEnginesExposed closes published ports in INPUT, in three shapes. The ports stay open, which is found, unless a
// rule accepts them there; the printed command closes them.
func TestEnginesExposed(t *testing.T) {
	const known = "iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT; "
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
			for _, shape := range []struct {
				name, rules, undo string
				want              []string
			}{
				{
					"a policy that drops, with the port of one accepted",
					known + "iptables -A INPUT -p tcp --dport 18081 -j ACCEPT; iptables -P INPUT DROP",
					"iptables -P INPUT ACCEPT; iptables -F INPUT",
					[]string{"problem firewall-does-not-cover web"},
				},
				{
					"a rule about ports",
					"iptables -A INPUT -p tcp -m multiport --dports 18081,18082 -j DROP", "iptables -F INPUT",
					[]string{"problem firewall-does-not-cover api"},
				},
				{
					"a table that rejects what it does not accept",
					"nft 'add table inet guard; add chain inet guard in { type filter hook input priority 10; }; " +
						"add rule inet guard in iifname lo accept; add rule inet guard in ct state established accept; " +
						"add rule inet guard in tcp dport 22 accept; add rule inet guard in reject with icmpx admin-prohibited'",
					"nft delete table inet guard",
					[]string{"problem firewall-does-not-cover api", "problem firewall-does-not-cover web"},
				},
			} {
				s.run(shape.rules)
				got := s.scan()
				s.finds(shape.name, got, shape.want...)
				for _, f := range got.Findings {
					s.run(f.Fix[2].Run)
				}
				s.finds(shape.name+", repaired", s.scan())
				s.run(shape.undo + "; iptables -F DOCKER-USER; iptables -A DOCKER-USER -j RETURN")
			}
		})
	}
}
