package why_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
	"netlab/netlab/why"
)

// A world is a set-up on the engine.
type world struct {
	t       *testing.T
	engine  *engine.Engine
	api     *client.Client
	session *engine.Session
	peers   map[string]*engine.Container
	agents  map[string]*agent.Client
	free    []string // ^NAME and its replacement, for each network

	networks map[string]string // their names on the engine
}

func build(t *testing.T, eng *engine.Engine, api *client.Client, s setup) *world {
	t.Helper()
	session, err := eng.NewSession(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := session.Remove(context.Background()); err != nil {
			t.Error(err)
		}
	})
	w := &world{t, eng, api, session, map[string]*engine.Container{}, map[string]*agent.Client{}, nil, nil}
	names := map[string]string{"bridge": "bridge", "none": "none", "host": "host"}
	for _, spec := range s.networks {
		n, err := session.CreateNetwork(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		names[spec.Name] = n.Name
		w.free = append(w.free, "^"+spec.Name, lastOf(n.Subnet))
	}
	w.networks = names
	for _, p := range s.peers {
		spec := engine.ContainerSpec{Peer: p.name, Publish: p.publish, Expose: p.expose}
		spec.StopsInLab = p.state == "exited" || p.state == "restarted"
		for _, h := range p.hosts {
			spec.ExtraHosts = append(spec.ExtraHosts, w.fill(h))
		}
		for _, server := range p.dns {
			spec.DNS = append(spec.DNS, w.fill(server))
		}
		if len(p.networks) == 0 {
			p.networks = []string{"bridge"}
		}
		spec.Share = w.peers[p.share]
		if p.byHand() {
			w.run(p)
			continue
		}
		for _, n := range p.networks {
			n, alias, has := strings.Cut(n, ":")
			a := engine.Attachment{Network: names[n]}
			if has {
				a.Aliases = []string{alias}
			}
			spec.Attachments = append(spec.Attachments, a)
		}
		w.start(spec, p)
	}
	return w
}

func (w *world) start(spec engine.ContainerSpec, p peer) {
	w.t.Helper()
	c, err := w.session.Create(w.t.Context(), spec)
	if err != nil {
		w.t.Fatal(err)
	}
	w.peers[p.name] = c
	agent, err := c.Start(w.t.Context())
	if err == nil && p.state == "restarted" {
		if err = c.Stop(w.t.Context()); err == nil {
			agent, err = c.Start(w.t.Context())
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.agents[p.name] = agent
	open := func(q probe.Question) {
		replies, err := agent.Stream(w.t.Context(), q)
		if err != nil {
			w.t.Fatal(err)
		}
		if first := <-replies; first.Outcome == nil || first.Outcome.Reason != probe.OK {
			w.t.Fatalf("%+v: %+v", q, first.Outcome)
		}
	}
	for _, at := range p.listen {
		network, address, _ := strings.Cut(at, " ")
		i := strings.LastIndex(address, ":")
		port, _ := strconv.Atoi(address[i+1:])
		open(probe.Question{Listen: &probe.Listen{
			Network: network, Address: strings.Trim(address[:i], "[]"), Port: port, Token: "word",
		}})
	}
	if p.knows != nil {
		serve := &probe.ServeDNS{}
		for _, name := range p.knows {
			name, address, _ := strings.Cut(w.fill(name), " ")
			serve.Names = append(serve.Names, probe.Record{Name: name, Address: address})
		}
		open(probe.Question{ServeDNS: serve})
	}
	switch p.state {
	case "paused":
		err = c.Pause(w.t.Context())
	case "unpaused":
		if err = c.Pause(w.t.Context()); err == nil {
			err = c.Unpause(w.t.Context())
		}
	case "exited":
		err = c.Stop(w.t.Context())
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// lastOf is the last address of a subnet, which Docker gives to a container only after all others.
func lastOf(subnet string) string {
	p := netip.MustParsePrefix(subnet)
	a := p.Addr().As4()
	for i := p.Bits(); i < 31; i++ {
		a[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(a).String()
}

// fill replaces %NAME by the name of that container, @NAME by its address, and ^NAME by an address on that network
// that no container has: no test packet may leave this machine.
func (w *world) fill(text string) string {
	w.t.Helper()
	text = strings.NewReplacer(w.free...).Replace(w.named(text))
	before, rest, has := strings.Cut(text, "@")
	if !has {
		return text
	}
	name, after, _ := strings.Cut(rest, ":")
	r, err := w.peers[name].Inspect(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if after != "" {
		after = ":" + after
	}
	return before + r.Endpoints[0].IPv4 + after
}

// ask asks the question as the command does.
func (w *world) ask(from, to string) *result.Why {
	w.t.Helper()
	return w.askSize(from, to, 0)
}

// askSize asks it with packets of a size too.
func (w *world) askSize(from, to string, size int) *result.Why {
	w.t.Helper()
	reader, err := why.Open(w.t.Context(), w.engine)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(context.Background()); err != nil {
			w.t.Error(err)
		}
	}()
	reader.Size = size
	facts, err := reader.Read(w.t.Context(), from, to)
	if err != nil {
		w.t.Fatal(err)
	}
	return why.Diagnose(facts)
}

// shape is what the test can compare: everything of the user's that netlab could have changed, and how many TCP
// connections the kernel of each container has accepted.
func (w *world) shape() map[string]string {
	w.t.Helper()
	shape := map[string]string{}
	put := func(key string, v any) {
		text, err := json.Marshal(v)
		if err != nil {
			w.t.Fatal(err)
		}
		shape[key] = string(text)
	}
	list, err := w.api.NetworkList(w.t.Context(), network.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range list {
		if strings.HasSuffix(n.Name, w.session.Lab()) {
			r, err := w.api.NetworkInspect(w.t.Context(), n.ID, network.InspectOptions{})
			if err != nil {
				w.t.Fatal(err)
			}
			put("network "+n.Name, r)
		}
	}
	for name, c := range w.peers {
		r, err := w.api.ContainerInspect(w.t.Context(), c.ID())
		if err != nil {
			w.t.Fatal(err)
		}
		put("container "+name, r)
		// The host accepts connections of others too.
		if r.State.Status == container.StateRunning && !r.HostConfig.NetworkMode.IsHost() {
			put("connections "+name, w.passiveOpens(name))
		}
	}
	return shape
}

// passiveOpens is the kernel's count of connections that a network namespace accepted (RFC 4022, tcpPassiveOpens).
func (w *world) passiveOpens(name string) string {
	w.t.Helper()
	o, err := w.agents[name].Ask(w.t.Context(), probe.Question{Read: &probe.Read{Path: "/proc/net/snmp"}})
	if err != nil {
		w.t.Fatal(err)
	}
	words := strings.Fields(o.Value)
	i, j := slices.Index(words, "PassiveOpens"), slices.Index(words, "Tcp:")
	if i < 0 || j < 0 {
		w.t.Fatalf("/proc/net/snmp has no PassiveOpens: %q", o.Value)
	}
	return words[i+slices.Index(words[j+1:], "Tcp:")+1]
}

// halfOpen is how many connections of a network namespace wait for the last part of the handshake (SYN_RECV, 03).
func (w *world) halfOpen(name string) int {
	w.t.Helper()
	if w.agents[name] == nil {
		return 0
	}
	o, err := w.agents[name].Ask(w.t.Context(), probe.Question{Read: &probe.Read{Path: "/proc/net/tcp"}})
	if err != nil {
		w.t.Fatal(err)
	}
	half := 0
	for _, word := range strings.Fields(o.Value) {
		if word == "03" {
			half++
		}
	}
	return half
}

func connect(t *testing.T) (*engine.Engine, *client.Client) {
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
	return eng, api
}

// TestIntegrationSetups builds set-ups of every cause, and healthy ones, and asks why. The printed docker commands,
// where there are any, make it work. Nothing of the user's changes, and no server accepts a connection.
func TestIntegrationSetups(t *testing.T) {
	eng, api := connect(t)
	for _, s := range allSetups() {
		t.Run(s.name, func(t *testing.T) {
			if s.alone() {
				t.Parallel()
			}
			w := build(t, eng, api, s)
			from, to := w.asker(s.from), w.fill(s.to)
			before := w.shape()
			got := w.ask(from, to)
			if diff := cmp.Diff(before, w.shape()); diff != "" {
				t.Errorf("asking changed something (-before +after):\n%s", diff)
			}
			w.check(got, s)
			if s.repaired {
				w.repair(got, from, to)
			}
		})
	}
}

func (w *world) check(got *result.Why, s setup) {
	w.t.Helper()
	var ids []string
	for _, c := range got.Causes {
		ids = append(ids, c.ID)
		if len(c.Evidence) == 0 || len(c.Fix) == 0 || c.Title == "" || c.Object == "" {
			w.t.Errorf("%s has no evidence, fix, title or object: %+v", c.ID, c)
		}
	}
	fails := ""
	for _, h := range got.Chain {
		if h.State == result.HopNo && fails == "" {
			fails = h.Hop
		}
	}
	if got.Verdict != s.verdict || !slices.Equal(ids, s.causes) {
		text, _ := json.MarshalIndent(got, "", " ")
		w.t.Errorf("got %s with %q, want %s with %q\n%s", got.Verdict, ids, s.verdict, s.causes, text)
	}
	if s.fails != "filter" && fails != s.fails {
		w.t.Errorf("hop %q fails, want %q: %+v", fails, s.fails, got.Chain)
	}
	if err := asktest.Follows(result.KindWhy, got); err != nil {
		w.t.Errorf("the document does not follow its schema: %v", err)
	}
	if s.verdict == result.Unknown && len(got.Unseen) == 0 {
		w.t.Error("an unknown verdict does not say what would tell")
	}
}

// repair runs the printed commands, and asks again.
func (w *world) repair(got *result.Why, from, to string) {
	w.t.Helper()
	ran := false
	before, err := w.api.NetworkList(w.t.Context(), network.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.removeSince(before) })
	for _, c := range got.Causes {
		for _, f := range c.Fix {
			if f.Run == "" {
				continue
			}
			ran = true
			if out, err := w.shell(f.Run); err != nil {
				w.t.Fatalf("%s: %v: %s", f.Run, err, out)
			}
		}
	}
	if !ran {
		w.t.Fatalf("no command is printed: %+v", got.Causes)
	}
	if again := w.ask(from, to); again.Verdict != result.Reachable {
		text, _ := json.MarshalIndent(again, "", " ")
		w.t.Errorf("after the printed commands the verdict is %s:\n%s", again.Verdict, text)
	}
}

// removeSince removes the networks that the printed commands made.
func (w *world) removeSince(before []network.Summary) {
	ctx := context.Background()
	after, err := w.api.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		w.t.Error(err)
	}
	for _, n := range after {
		known := slices.ContainsFunc(before, func(o network.Summary) bool { return o.ID == n.ID })
		if known || !strings.HasPrefix(n.Name, "app") {
			continue
		}
		for _, c := range w.peers {
			_ = w.api.NetworkDisconnect(ctx, n.ID, c.ID(), true) // not all of them are on it
		}
		if err := w.api.NetworkRemove(ctx, n.ID); err != nil {
			w.t.Error(err)
		}
	}
}
