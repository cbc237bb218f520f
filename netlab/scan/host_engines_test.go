//go:build linux && engines

package scan_test

import (
	"context"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/engine"
	"netlab/netlab/enginetest"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scan"
	"netlab/netlab/survey"
)

// A site is an engine of the test's own, whose host the test may break, with a few containers on it.
type site struct {
	*testing.T
	on      *enginetest.Engine
	engine  *engine.Engine
	session *engine.Session
}

// The host's DNS server is the lab's, at the address that resolv.conf has. The host's parent for macvlan is of no use
// to anything else.
const prepared = "ip addr add 192.0.2.1/32 dev lo; sysctl -qw net.ipv4.ip_unprivileged_port_start=0; " +
	"sysctl -qw net.bridge.bridge-nf-call-iptables=1; " +
	"ip link add par0 type veth peer name par1; ip link set par0 up; ip link set par1 up"

func openSite(t *testing.T, version string, flags ...string) *site {
	t.Helper()
	e := enginetest.Start(t, enginetest.Options{Version: version, Flags: flags, Prepare: prepared})
	eng, err := engine.Connect(t.Context(), engine.Options{Host: e.Host})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = eng.Close() })
	session, err := eng.NewSession(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := session.Remove(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &site{t, e, eng, session}
}

// run runs a command on the engine's host.
func (s *site) run(command string) {
	s.Helper()
	out, err := exec.CommandContext(s.Context(), "nsenter", "--net=/run/netns/"+s.on.Namespace, "sh", "-ec", command).
		CombinedOutput()
	if err != nil {
		s.Errorf("%s: %v: %s", command, err, out)
	}
}

func (s *site) network(spec engine.NetworkSpec) fact.Network {
	s.Helper()
	n, err := s.session.CreateNetwork(s.Context(), spec)
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// up starts a container that answers a question, such as one that has it listen.
func (s *site) up(spec engine.ContainerSpec, q probe.Question) *engine.Container {
	s.Helper()
	c, err := s.session.Create(s.Context(), spec)
	if err != nil {
		s.Fatal(err)
	}
	client, err := c.Start(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	replies, err := client.Stream(s.Context(), q)
	if err != nil {
		s.Fatal(err)
	}
	if first := <-replies; first.Outcome == nil || first.Outcome.Reason != probe.OK {
		s.Fatalf("%s: %+v", spec.Peer, first.Outcome)
	}
	return c
}

// scan looks at the engine as the command does, and at its host alone as doctor does, which must not differ.
func (s *site) scan() *result.Scan {
	s.Helper()
	reader, err := survey.Open(s.Context(), s.engine)
	if err != nil {
		s.Fatal(err)
	}
	defer func() {
		if err := reader.Close(context.Background()); err != nil {
			s.Error(err)
		}
	}()
	facts, err := scan.Read(s.Context(), reader, "", nil)
	if err != nil {
		s.Fatal(err)
	}
	host, err := scan.ReadHost(s.Context(), reader)
	if err != nil {
		s.Fatal(err)
	}
	got := scan.Diagnose(facts)
	ofHost := slices.DeleteFunc(s.named(got), func(f string) bool { // without what only a scan looks for
		return strings.Contains(f, " firewall-does-not-cover ") || strings.Contains(f, " conntrack-stale ")
	})
	if diff := cmp.Diff(ofHost, s.named(scan.Diagnose(host))); diff != "" {
		s.Errorf("the host alone (-scan +host):\n%s", diff)
	}
	if len(got.Unseen) > 0 {
		s.Errorf("not seen: %q", got.Unseen)
	}
	return got
}

// named writes each finding as its severity, id and object, sorted.
func (s *site) named(r *result.Scan) []string {
	words := []string{}
	for _, f := range r.Findings {
		object := strings.TrimPrefix(f.Object, "netlab-"+s.session.Lab()+"-")
		words = append(words, f.Severity+" "+f.ID+" "+strings.Split(object, "--")[0])
	}
	slices.Sort(words)
	return words
}

func (s *site) finds(when string, got *result.Scan, want ...string) {
	s.Helper()
	slices.Sort(want)
	if diff := cmp.Diff(append([]string{}, want...), s.named(got)); diff != "" {
		s.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// lab builds what the tests scan: networks, a server that publishes a port, and the host's DNS server.
func (s *site) lab() (app, back fact.Network, dns *engine.Container) {
	s.Helper()
	app = s.network(engine.NetworkSpec{Name: "app", Driver: "bridge"})
	back = s.network(engine.NetworkSpec{Name: "back", Driver: "bridge"})
	s.network(engine.NetworkSpec{
		Name: "lan", Driver: "macvlan", Parent: "par0", Subnet: netip.MustParsePrefix("198.18.9.0/24"),
	})
	s.up(engine.ContainerSpec{
		Peer: "web", Attachments: []engine.Attachment{{Network: app.Name}},
		Publish: []engine.Publish{{Port: "80/tcp", HostPort: 18080}},
	}, probe.Question{Listen: &probe.Listen{Network: "tcp", Address: "0.0.0.0", Port: 80, Token: "word"}})
	dns = s.up(engine.ContainerSpec{Peer: "dns", Attachments: []engine.Attachment{{Network: "host"}}},
		probe.Question{ServeDNS: &probe.ServeDNS{Address: "192.0.2.1"}})
	return app, back, dns
}

// TestEnginesHost breaks several things of a host at once. Exactly those are found, whether containers are looked at or
// not, and nothing before; the printed commands repair what they are for. Settings that are meant are not wrong.
func TestEnginesHost(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version+" without rules", func(t *testing.T) {
			t.Parallel()
			s := openSite(t, version, "--iptables=false", "--ip6tables=false")
			s.lab()
			s.finds("healthy", s.scan(), "note docker-rules-missing the host")
		})
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, version, "--icc=false", "--userland-proxy=false",
				"--default-address-pool", "base=10.99.0.0/22,size=24")
			app, back, dns := s.lab()
			s.network(engine.NetworkSpec{
				Name: "jumbo", Driver: "bridge", Subnet: netip.MustParsePrefix("10.98.0.0/24"),
				Options: []fact.Label{{Name: "com.docker.network.driver.mtu", Value: "9000"}},
			})
			jumbo := "warning mtu-too-large jumbo"
			s.finds("healthy, with one subnet left of four, and an MTU for another LAN", s.scan(),
				"warning pool-exhausted the host", jumbo)

			s.network(engine.NetworkSpec{Name: "last", Driver: "bridge", Internal: true})
			if err := dns.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			subnet := netip.MustParsePrefix(app.Subnet)
			upper := netip.PrefixFrom(subnet.Addr().Next(), 25).Masked() // the half with the container
			for _, command := range []string{
				"iptables -t nat -D POSTROUTING -s " + app.Subnet + " ! -o " + app.Interface + " -j MASQUERADE",
				"sysctl -qw net.ipv4.conf." + app.Interface + ".forwarding=0",
				"ip route add " + netip.PrefixFrom(upper.Addr(), 26).String() + " dev up0",
				"ip route add default dev up0 table 100; ip rule add priority 100 to " + back.Subnet + " lookup 100",
				"sysctl -qw net.bridge.bridge-nf-call-iptables=0",
				"ip link set up0 mtu 1400; ip link set par0 down",
				"nft 'add table inet guard; add chain inet guard on { type filter hook forward priority 0; policy drop; }'",
				"iptables-legacy -t nat -N DOCKER",
			} {
				s.run(command)
			}
			rest := []string{
				"problem pool-exhausted the host", "problem dns-upstream 192.0.2.1", "problem subnet-overlap app",
				"problem firewall the host", "warning firewall-backend-mixed the host", "warning mtu-too-large app",
				"warning mtu-too-large back", "warning mtu-too-large bridge", jumbo,
			}
			got := s.scan()
			s.finds("broken", got, append(rest,
				"problem masquerade-missing app", "problem forwarding-off app", "warning policy-route back",
				"warning icc-disabled bridge", "warning macvlan-parent-down lan")...)
			for _, f := range got.Findings {
				if run := f.Fix[0].Run; run != "" && f.ID != "pool-exhausted" {
					s.run(run)
				}
			}
			s.run("iptables -F DOCKER")
			s.finds("repaired, and without the rules for published ports", s.scan(),
				append(rest, "problem docker-rules-missing the host")...)
		})
	}
}

// TestEnginesBackends leaves chains of Docker's or a policy behind in legacy iptables, which Docker does not use here.
func TestEnginesBackends(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, version)
			s.lab()
			s.finds("healthy", s.scan())
			s.run("iptables-legacy -N DOCKER; iptables-legacy -A FORWARD -j DOCKER")
			s.finds("DOCKER in both", s.scan(), "warning firewall-backend-mixed the host")
			s.run("iptables-legacy -F; iptables-legacy -X; iptables-legacy -P FORWARD DROP")
			got := s.scan()
			s.finds("a policy", got, "problem firewall-backend-mixed the host")
			s.run("iptables-legacy -A FORWARD -p tcp -j ACCEPT")
			s.finds("a policy, and a rule that accepts", s.scan(), "warning firewall-backend-mixed the host")
			s.run(got.Findings[0].Fix[0].Run)
			s.finds("repaired", s.scan())
		})
	}
}
