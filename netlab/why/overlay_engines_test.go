//go:build linux && engines

package why_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// node starts an engine for a swarm. What its containers ask about other names, a server in its host's namespace knows.
func node(t *testing.T, version string) *site {
	t.Helper()
	return &site{Engine: enginetest.Start(t, enginetest.Options{
		Version: version,
		Prepare: "ip addr add 192.0.2.1/32 dev lo; sysctl -qw net.ipv4.ip_unprivileged_port_start=0",
	})}
}

func (s *site) connect(t *testing.T) *engine.Session {
	t.Helper()
	var err error
	if s.engine, err = engine.Connect(t.Context(), engine.Options{Host: s.Host}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.engine.Close() })
	session, err := s.engine.NewSession(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := session.Remove(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return session
}

// up starts a container that answers a question at first.
func up(t *testing.T, session *engine.Session, spec engine.ContainerSpec, q *probe.Question) (string, *agent.Client) {
	t.Helper()
	c, err := session.Create(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	client, err := c.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if q != nil {
		replies, err := client.Stream(t.Context(), *q)
		if err != nil {
			t.Fatal(err)
		}
		if first := <-replies; first.Outcome == nil || first.Outcome.Reason != probe.OK {
			t.Fatalf("%s: %+v", spec.Peer, first.Outcome)
		}
	}
	return c.Name(), client
}

// TestEnginesOverlay asks for a container on another node of a swarm, while firewalls drop what the nodes send each
// other.
func TestEnginesOverlay(t *testing.T) {
	for _, version := range []string{enginetest.V20, enginetest.V28} {
		t.Run(version, func(t *testing.T) { testOverlay(t, version) })
	}
}

func testOverlay(t *testing.T, version string) {
	here, there := node(t, version), node(t, version)
	at := enginetest.Join(t, here.Engine, there.Engine)
	var token string
	for i, s := range []*site{here, there} {
		api, err := client.NewClientWithOpts(client.WithHost(s.Host), client.WithAPIVersionNegotiation())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = api.Close() })
		if i == 0 {
			_, err = api.SwarmInit(t.Context(), swarm.InitRequest{ListenAddr: at[0], AdvertiseAddr: at[0]})
			if err == nil {
				var found swarm.Swarm
				found, err = api.SwarmInspect(t.Context())
				token = found.JoinTokens.Worker
			}
		} else {
			err = api.SwarmJoin(t.Context(), swarm.JoinRequest{
				ListenAddr: at[1], AdvertiseAddr: at[1], RemoteAddrs: []string{at[0]}, JoinToken: token,
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	first, second := here.connect(t), there.connect(t)
	n, err := first.CreateNetwork(t.Context(), engine.NetworkSpec{Name: "far", Driver: "overlay"})
	if err != nil {
		t.Fatal(err)
	}
	on := []engine.Attachment{{Network: n.Name, Aliases: []string{"far-db"}}}
	up(t, first, engine.ContainerSpec{Peer: "dns", Attachments: []engine.Attachment{{Network: "host"}}},
		&probe.Question{ServeDNS: &probe.ServeDNS{Address: "192.0.2.1"}})
	web, asker := up(t, first, engine.ContainerSpec{Peer: "web", Attachments: []engine.Attachment{{Network: n.Name}}}, nil)
	up(t, second, engine.ContainerSpec{Peer: "db", Attachments: on},
		&probe.Question{Listen: &probe.Listen{Network: "tcp", Port: 80, Token: "word"}})
	knows := func(want bool) {
		t.Helper()
		is, err := poll.Until(t.Context(), 2*time.Minute, 200*time.Millisecond, func(ctx context.Context) (bool, error) {
			o, err := asker.Ask(ctx, probe.Question{Resolve: &probe.Resolve{Name: "far-db"}})
			return (o.Reason == probe.OK) == want, err
		})
		if err != nil || !is {
			t.Fatalf("web knows the name, want %t: %v", want, err)
		}
	}
	b := &world{t: t, engine: here.engine, session: first}
	expect := func(what, verdict string, causes ...string) *result.Why {
		t.Helper()
		got := b.ask(web, "far-db:80")
		var ids []string
		for _, c := range got.Causes {
			ids = append(ids, c.ID)
		}
		if got.Verdict != verdict || !slices.Equal(ids, causes) {
			t.Errorf("%s: got %s with %+v, want %s with %q; chain %+v, unseen %q", what, got.Verdict, got.Causes, verdict,
				causes, got.Chain, got.Unseen)
		}
		return got
	}
	knows(true)
	expect("no wall", result.Reachable)
	const id = "overlay-ports-blocked"
	there.must(t, "iptables -I INPUT -p udp --dport 4789 -j DROP")
	expect("the other node drops VXLAN", result.Unreachable, id)
	there.must(t, "iptables -D INPUT 1")
	here.must(t, "iptables -I OUTPUT -p udp --dport 4789 -j DROP")
	got := expect("this host drops VXLAN", result.Unreachable, id)
	if len(got.Causes) > 0 {
		here.must(t, got.Causes[0].Fix[0].Run)
	}
	expect("repaired", result.Reachable)
	there.must(t, "iptables -I INPUT -p udp --dport 7946 -j DROP; iptables -I INPUT -p tcp --dport 7946 -j DROP")
	knows(false)
	expect("the other node drops what nodes tell each other", result.Unreachable, id)
	there.must(t, "iptables -D INPUT 1; iptables -D INPUT 1")
	knows(true)
	expect("repaired again", result.Reachable)
}
