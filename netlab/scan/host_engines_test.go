//go:build linux && engines

package scan_test

import (
	"context"
	"net/netip"
	"os/exec"
	"path/filepath"
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
			s.finds("healthy", s.scan(), always()[1].want...)
		})
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := openSite(t, version, "--icc=false", "--userland-proxy=false",
				"--default-address-pool", "base=10.99.0.0/22,size=24")
			app, back, dns := s.lab()
			ask := func(name, subnet, option, value string) {
				s.network(engine.NetworkSpec{
					Name: name, Driver: "bridge", Subnet: netip.MustParsePrefix(subnet),
					Options: []fact.Label{{Name: "com.docker.network." + option, Value: value}},
				})
			}
			ask("jumbo", "10.98.0.0/24", "driver.mtu", "9000")
			ask("closed", "10.98.1.0/24", "bridge.enable_icc", "false")
			half := netip.PrefixFrom(netip.MustParsePrefix(app.Subnet).Addr(), 25)
			words := strings.NewReplacer("{app}", app.Subnet, "{br-app}", app.Interface, "{back}", back.Subnet,
				"{half}", half.String())
			build := func(shapes []setup) {
				for _, shape := range shapes {
					s.run(words.Replace(shape.up))
				}
			}
			first, second := onHost()
			build(harmless())
			jumbo := always()[0]
			s.finds("healthy, with one subnet left of four, and an MTU for another LAN", s.scan(),
				append(wants(jumbo), "warning pool-exhausted the host")...)
			saved := filepath.Join(t.TempDir(), "rules")
			s.run("iptables-save >" + saved)

			if err := dns.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			build(first)
			got := s.scan()
			s.finds("broken", got, wants(append(first, jumbo)...)...)
			for _, f := range got.Findings {
				if run := f.Fix[0].Run; run != "" && f.ID != "pool-exhausted" {
					s.run(run)
				}
			}
			gone := rulesGone()
			s.run(gone.up)
			s.finds("repaired, and without the rules for published ports", s.scan(),
				wants(append(unrepaired(first), jumbo, gone)...)...)

			s.run("iptables-restore <" + saved)
			for _, shape := range first {
				s.run(words.Replace(shape.down))
			}
			s.network(engine.NetworkSpec{Name: "last", Driver: "bridge", Internal: true})
			build(second)
			s.finds("broken otherwise", s.scan(), wants(append(second, jumbo)...)...)
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
			var policy string // the command that repairs it
			for _, shape := range inLegacy() {
				s.run(shape.up)
				got := s.scan()
				s.finds(shape.name, got, shape.want...)
				s.run(shape.down)
				policy = got.Findings[0].Fix[0].Run
			}
			s.run(policy)
			s.finds("repaired", s.scan())
		})
	}
}
