//go:build linux && engines

package why_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/docker/docker/client"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// A wall is a firewall or a setting of the host that stops packets.
type wall struct {
	name    string
	up      []string // commands on the engine's host
	from    []peer
	to      string
	cause   string
	repairs bool // the printed command, run on the host, makes it work
}

// TestEnginesWalls names the rule, policy or setting of the host that stops the packets, and removes it as printed.
func TestEnginesWalls(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: version})
			on := func(command string) (string, error) {
				cmd := exec.CommandContext(t.Context(), "ip", "netns", "exec", e.Namespace, "sh", "-c", command)
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			eng, err := engine.Connect(t.Context(), engine.Options{Host: e.Host})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = eng.Close() })
			api, err := client.NewClientWithOpts(client.WithHost(e.Host), client.WithAPIVersionNegotiation())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = api.Close() })
			web := peer{name: "web", networks: []string{"front"}}
			db := peer{name: "db", networks: []string{"front"}}.listens("tcp 0.0.0.0:80")
			outside := peer{name: "db", networks: []string{"host"}}.listens("tcp 0.0.0.0:47815")
			t.Run("an unknown machine", func(t *testing.T) { // behind this engine's host there is none
				s := build(t, eng, api, setup{networks: front(), peers: []peer{web}})
				got := s.ask(s.peers["web"].Name(), "203.0.113.9:80")
				if got.Verdict != result.Unknown || len(got.Causes) > 0 || len(got.Unseen) == 0 {
					t.Errorf("got %s with %+v, want unknown and what would tell", got.Verdict, got.Causes)
				}
			})
			for _, w := range []wall{
				{
					"a rule in FORWARD",
					[]string{"sysctl -qw net.bridge.bridge-nf-call-iptables=1", "iptables -I FORWARD -p tcp --dport 80 -j DROP"},
					[]peer{web, db},
					"%db:80", "firewall", true,
				},
				{
					"a rule in DOCKER-USER",
					[]string{"iptables -I DOCKER-USER -p tcp --dport 80 -j DROP"},
					[]peer{web, db},
					"%db:80", "firewall", true,
				},
				{
					"the replies",
					[]string{"iptables -I DOCKER-USER -p tcp --sport 80 -j DROP"},
					[]peer{web, db},
					"%db:80", "firewall", true,
				},
				{
					"a rule in INPUT",
					[]string{"iptables -I INPUT -p tcp --dport 47815 -j DROP"},
					[]peer{web, outside},
					"host:47815", "firewall", true,
				},
				{
					"a rule that refuses",
					[]string{"iptables -I INPUT -p tcp --dport 47815 -j REJECT"},
					[]peer{web, outside},
					"host:47815", "firewall", true,
				},
				{
					"a reset",
					[]string{"iptables -I INPUT -p tcp --dport 47815 -j REJECT --reject-with tcp-reset"},
					[]peer{web, outside},
					"host:47815", "firewall", true,
				},
				{
					"no forwarding",
					[]string{"sysctl -qw net.ipv4.ip_forward=0"},
					[]peer{web},
					"203.0.113.9:80", "forwarding-off", false,
				},
			} {
				t.Run(w.name, func(t *testing.T) {
					s := build(t, eng, api, setup{networks: front(), peers: w.from})
					for _, command := range w.up {
						if out, err := on(command); err != nil {
							t.Fatalf("%s: %v: %s", command, err, out)
						}
					}
					t.Cleanup(func() { _, _ = on("iptables -F INPUT; iptables -F DOCKER-USER; sysctl -qw net.ipv4.ip_forward=1") })
					got := s.ask(s.peers["web"].Name(), s.fill(w.to))
					if len(got.Causes) != 1 || got.Causes[0].ID != w.cause || got.Verdict != result.Unreachable {
						t.Fatalf("got %s with %+v, want %s; chain %+v", got.Verdict, got.Causes, w.cause, got.Chain)
					}
					want := result.Request
					if w.name == "the replies" {
						want = result.Reply
					}
					if got.Causes[0].Direction != want {
						t.Errorf("the direction is %s, want %s", got.Causes[0].Direction, want)
					}
					if half := s.halfOpen("db"); half != 0 {
						t.Errorf("db's kernel still knows %d connections that netlab began", half)
					}
					run := got.Causes[0].Fix[0].Run
					if out, err := on(run); err != nil || run == "" {
						t.Fatalf("%q: %v: %s", run, err, out)
					}
					again := s.ask(s.peers["web"].Name(), s.fill(w.to))
					if w.repairs && again.Verdict != result.Reachable || strings.Contains(again.Verdict, result.Unreachable) {
						t.Errorf("after %s the verdict is %s: %+v", run, again.Verdict, again.Causes)
					}
				})
			}
		})
	}
}
