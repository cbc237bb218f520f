package scan_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scan"
	"netlab/netlab/survey"
)

// The ports of the host that the lab publishes.
const (
	hostPort1 = 47841
	hostPort2 = 47842
	hostPort3 = 47843
	hostPort4 = 47844
	hostPort5 = 47845 // and four more
)

// A world is the lab on the engine.
type world struct {
	t       *testing.T
	engine  *engine.Engine
	api     *client.Client
	session *engine.Session
	peers   map[string]*engine.Container
	agents  map[string]*agent.Client
	others  []string // containers that the test started with docker's API
}

func open(t *testing.T) *world {
	t.Helper()
	eng, err := engine.Connect(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = eng.Close() })
	api, err := client.NewClientWithOpts(client.WithHost(eng.Fact().Host), client.WithAPIVersionNegotiation())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Close() })
	session, err := eng.NewSession(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t, eng, api, session, map[string]*engine.Container{}, map[string]*agent.Client{}, nil}
	t.Cleanup(func() {
		if _, err := session.Remove(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *world) network(name string) fact.Network {
	w.t.Helper()
	n, err := w.session.CreateNetwork(w.t.Context(), engine.NetworkSpec{Name: name, Driver: "bridge"})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// up starts a container that listens: "127.0.0.1 5432".
func (w *world) up(spec engine.ContainerSpec, listen ...string) {
	w.t.Helper()
	c, err := w.session.Create(w.t.Context(), spec)
	if err != nil {
		w.t.Fatal(err)
	}
	w.peers[spec.Peer] = c
	w.start(spec.Peer)
	for _, at := range listen {
		address := netip.MustParseAddrPort(at)
		replies, err := w.agents[spec.Peer].Stream(w.t.Context(), probe.Question{Listen: &probe.Listen{
			Network: "tcp", Address: address.Addr().String(), Port: int(address.Port()), Token: "word",
		}})
		if err != nil {
			w.t.Fatal(err)
		}
		if first := <-replies; first.Outcome == nil || first.Outcome.Reason != probe.OK {
			w.t.Fatalf("listening on %s: %+v", at, first.Outcome)
		}
	}
}

func (w *world) start(name string) {
	w.t.Helper()
	client, err := w.peers[name].Start(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	w.agents[name] = client
}

func (w *world) stop(name string) {
	w.t.Helper()
	if err := w.peers[name].Stop(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// address is that of a container on its only network.
func (w *world) address(name string) string {
	w.t.Helper()
	r, err := w.peers[name].Inspect(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Endpoints[0].IPv4
}

// scan scans the lab's containers as the command does.
func (w *world) scan() *result.Scan {
	w.t.Helper()
	reader, err := survey.Open(w.t.Context(), w.engine)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(context.Background()); err != nil {
			w.t.Error(err)
		}
	}()
	names := slices.Clone(w.others)
	for _, c := range w.peers {
		names = append(names, c.Name())
	}
	facts, err := scan.Read(w.t.Context(), reader, "", names)
	if err != nil {
		w.t.Fatal(err)
	}
	return scan.Diagnose(facts)
}

// shape is what the test can compare: what the engine says about the lab's containers.
func (w *world) shape() map[string]string {
	w.t.Helper()
	shape := map[string]string{}
	for name, c := range w.peers {
		r, err := w.api.ContainerInspect(w.t.Context(), c.ID())
		if err != nil {
			w.t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			w.t.Fatal(err)
		}
		shape[name] = string(text)
	}
	return shape
}

// unused returns the last address of a network, which Docker gives to a container only after all others.
func unused(n fact.Network) string {
	p := netip.MustParsePrefix(n.Subnet)
	a := p.Addr().As4()
	for i := p.Bits(); i < 31; i++ {
		a[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(a).String()
}

// TestIntegrationScan builds a lab with two shapes of most causes among healthy containers, and scans it. Nothing but
// the causes is found, nothing of the user's changes, and the printed commands repair what they are for.
func TestIntegrationScan(t *testing.T) {
	w := open(t)
	back, lost, again := w.network("back"), w.network("lost"), w.network("again")
	on := func(network string, aliases ...string) []engine.Attachment {
		return []engine.Attachment{{Network: network, Aliases: aliases}}
	}
	publish := func(port string, hostPort int) []engine.Publish {
		return []engine.Publish{{Port: port, HostIP: "127.0.0.1", HostPort: hostPort}}
	}
	for _, p := range healthyPeers() {
		if p.spec.Attachments == nil {
			p.spec.Attachments = on(back.Name)
		}
		w.up(p.spec, p.listen...)
	}
	w.stop("exited")
	w.up(engine.ContainerSpec{Peer: "moved", Attachments: on(back.Name), Publish: publish("80/tcp", hostPort2)},
		"0.0.0.0:8000")
	w.up(engine.ContainerSpec{Peer: "syslog", Attachments: on(back.Name), Publish: publish("514/udp", hostPort4)},
		"0.0.0.0:514")
	w.up(engine.ContainerSpec{Peer: "inner", Attachments: on(back.Name)}, "127.0.0.1:5432")
	w.up(engine.ContainerSpec{Peer: "inner2", Attachments: on("bridge"), Publish: publish("5432/tcp", hostPort3)},
		"127.0.0.1:5432")
	w.up(engine.ContainerSpec{Peer: "one", Attachments: on(back.Name, "api")}, "0.0.0.0:80")
	w.up(engine.ContainerSpec{Peer: "two", Attachments: on(back.Name, "api", "one")}, "0.0.0.0:80")
	w.up(engine.ContainerSpec{Peer: "client", Attachments: on(back.Name), ExtraHosts: []string{
		"two:" + unused(back), "host.docker.internal:" + back.Gateway, "database:" + w.address("two"),
	}})
	w.up(engine.ContainerSpec{Peer: "client2", Attachments: on(back.Name), ExtraHosts: []string{
		w.peers["one"].Name() + ":" + w.address("two"), "old:" + unused(back),
	}})
	for _, parent := range []string{"vpn", "gone"} {
		w.up(engine.ContainerSpec{Peer: parent, Attachments: on(back.Name), StopsInLab: true})
		w.up(engine.ContainerSpec{Peer: parent + "-side", Share: w.peers[parent], StopsInLab: true}, "127.0.0.1:8080")
	}
	w.stop("vpn")
	w.start("vpn")
	w.stop("gone")
	if err := w.peers["gone"].Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	delete(w.peers, "gone")
	for _, n := range []fact.Network{lost, again} {
		peer := strings.SplitN(n.Name, "-", 2)[0]
		w.up(engine.ContainerSpec{Peer: peer, Attachments: on(n.Name, "nick"), StopsInLab: true})
		w.stop(peer)
		if err := w.api.NetworkRemove(t.Context(), n.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.network("again")
	w.up(engine.ContainerSpec{Peer: "frozen", Attachments: on(back.Name)})
	if err := w.peers["frozen"].Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.hang(back.Name)
	w.inherit(w.network("swap").Name)
	w.restarting(back.Name)
	go func() { // at any moment, it either waits for an answer or has just given up
		for t.Context().Err() == nil {
			_, _ = w.agents["client"].Ask(t.Context(), probe.Question{Connect: &probe.Connect{
				Network: "tcp", Host: unused(back), Port: 8000, Token: "word",
			}})
		}
	}()
	before, started := w.shape(), time.Now()
	got := w.scan()
	t.Logf("scanned %d containers in %s", got.Containers, time.Since(started))
	if diff := cmp.Diff(before, w.shape()); diff != "" {
		t.Errorf("the scan changed something (-before +after):\n%s", diff)
	}
	w.found(got, inLab())
	if len(got.Unseen) > 0 {
		t.Errorf("not seen: %q", got.Unseen)
	}
	w.repair(got, "stale-namespace", "network-id-stale", "not-running")
	for _, name := range []string{"lost", "again"} {
		if err := w.api.ContainerStart(t.Context(), w.peers[name].ID(), container.StartOptions{}); err != nil {
			t.Errorf("%s, after the printed commands: %v", name, err)
		}
	}
	w.found(w.scan(), unrepaired(inLab()))
}

// found compares the findings with what is wrong.
func (w *world) found(s *result.Scan, wrong []setup) {
	w.t.Helper()
	var got []string
	for _, f := range s.Findings {
		if len(f.Evidence) == 0 || len(f.Fix) == 0 || f.Title == "" {
			w.t.Errorf("%s has no evidence, fix or title: %+v", f.ID, f)
		}
		object := strings.TrimPrefix(f.Object, "netlab-"+w.session.Lab()+"-")
		if f.ID == "stale-address" && object == "client" {
			f.Severity = result.Problem // a warning, if it has just given up
		}
		// What is wrong with this machine, or with the subnets and MTU that its engine gives to the lab's networks, is not
		// the test's. TestEnginesHost is about that.
		if f.Object != "the host" && f.ID != "dns-upstream" && !strings.Contains(f.Object, "--netlab-") {
			got = append(got, f.Severity+" "+f.ID+" "+object)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(wants(wrong...), got); diff != "" {
		w.t.Errorf("(-want +got):\n%s", diff)
	}
}

// repair runs the commands that the findings print.
func (w *world) repair(s *result.Scan, ids ...string) {
	w.t.Helper()
	w.t.Cleanup(w.removeLost)
	for _, f := range s.Findings {
		for _, fix := range f.Fix {
			if fix.Run == "" || !slices.Contains(ids, f.ID) {
				continue
			}
			cmd := exec.CommandContext(w.t.Context(), "sh", "-c", fix.Run)
			cmd.Env = append(os.Environ(), "DOCKER_HOST="+w.engine.Fact().Host)
			if out, err := cmd.CombinedOutput(); err != nil {
				w.t.Errorf("%s: %v: %s", fix.Run, err, out)
			}
		}
	}
}

// removeLost removes the network that a printed command made again, which is not netlab's.
func (w *world) removeLost() {
	name := "lost--netlab-" + w.session.Lab()
	ctx := context.Background()
	if c := w.peers["lost"]; c != nil {
		_ = w.api.NetworkDisconnect(ctx, name, c.ID(), true)
	}
	if err := w.api.NetworkRemove(ctx, name); err != nil {
		w.t.Error(err)
	}
}
