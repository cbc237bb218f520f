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
		})
	}
}
