package matrix_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/client"
	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/matrix"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// A world is a lab whose containers stand for a user's.
type world struct {
	t       *testing.T
	api     *client.Client
	session *engine.Session
	net     map[string]string // names on the engine
	peers   map[string]*engine.Container
	agents  map[string]*agent.Client
}

func build(t *testing.T, eng *engine.Engine, api *client.Client) *world {
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
	w := &world{
		t, api, session,
		map[string]string{"bridge": "bridge", "none": "none", "host": "host"},
		map[string]*engine.Container{},
		map[string]*agent.Client{},
	}
	quiet := []fact.Label{{Name: "com.docker.network.bridge.enable_icc", Value: "false"}}
	for _, spec := range []engine.NetworkSpec{
		{Name: "front", Driver: "bridge"},
		{Name: "back", Driver: "bridge"},
		{Name: "quiet", Driver: "bridge", Options: quiet},
	} {
		n, err := session.CreateNetwork(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		w.net[spec.Name] = n.Name
	}
	return w
}

// start starts a container that listens: "tcp 0.0.0.0:80".
func (w *world) start(name, networks string, listen ...string) {
	w.t.Helper()
	spec := engine.ContainerSpec{Peer: name}
	for _, n := range strings.Fields(networks) {
		if owner, shares := strings.CutPrefix(n, "container:"); shares {
			spec.Share = w.peers[owner]
			continue
		}
		spec.Attachments = append(spec.Attachments, engine.Attachment{Network: w.net[n]})
	}
	for _, at := range listen {
		_, address, _ := strings.Cut(at, ":")
		if networks == "host" {
			spec.Expose = append(spec.Expose, address+"/tcp")
		}
	}
	c, err := w.session.Create(w.t.Context(), spec)
	if err != nil {
		w.t.Fatal(err)
	}
	w.peers[name] = c
	if w.agents[name], err = c.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	for _, at := range listen {
		network, address, _ := strings.Cut(at, " ")
		host, number, _ := strings.Cut(address, ":")
		port, _ := strconv.Atoi(number)
		replies, err := w.agents[name].Stream(w.t.Context(), probe.Question{Listen: &probe.Listen{
			Network: network, Address: host, Port: port, Token: "word",
		}})
		if err != nil {
			w.t.Fatal(err)
		}
		if first := <-replies; first.Outcome == nil || first.Outcome.Reason != probe.OK {
			w.t.Fatalf("listening on %s: %+v", at, first.Outcome)
		}
	}
}

// shape is everything of the user's that netlab could have changed, and how many TCP connections the kernel of each
// container has accepted or holds half open.
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
	for name, id := range w.net {
		if strings.HasSuffix(id, w.session.Lab()) {
			r, err := w.api.NetworkInspect(w.t.Context(), id, network.InspectOptions{})
			if err != nil {
				w.t.Fatal(err)
			}
			put("network "+name, r)
		}
	}
	for name, c := range w.peers {
		r, err := w.api.ContainerInspect(w.t.Context(), c.ID())
		if err != nil {
			w.t.Fatal(err)
		}
		put("container "+name, r)
		if r.State.Paused || string(r.HostConfig.NetworkMode) == "host" {
			continue // it cannot be asked, or others use its namespace too
		}
		put("connections "+name, w.passiveOpens(name))
	}
	return shape
}

// passiveOpens is the kernel's count of connections that a network namespace accepted (RFC 4022, tcpPassiveOpens), and
// those that wait for the last part of the handshake (SYN_RECV, 03).
func (w *world) passiveOpens(name string) []string {
	w.t.Helper()
	read := func(path string) []string {
		o, err := w.agents[name].Ask(w.t.Context(), probe.Question{Read: &probe.Read{Path: path}})
		if err != nil {
			w.t.Fatal(err)
		}
		return strings.Fields(o.Value)
	}
	words := read("/proc/net/snmp")
	i := slices.Index(words, "Tcp:")
	j := slices.Index(words, "PassiveOpens") - i
	k := slices.Index(words[i+1:], "Tcp:")
	if i < 0 || j < 0 || k < 0 {
		w.t.Fatalf("/proc/net/snmp has no PassiveOpens: %q", words)
	}
	counts := []string{words[i+1+k+j]}
	for _, word := range read("/proc/net/tcp") {
		if word == "03" {
			counts = append(counts, word)
		}
	}
	return counts
}

// TestIntegrationMatrix asks all pairs of a lab with everything that makes a difference. Nothing of the user's changes,
// no server accepts a connection, and the engine is left as it was.
func TestIntegrationMatrix(t *testing.T) {
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
	w := build(t, eng, api)
	w.start("api", "front back", "tcp 0.0.0.0:8080", "tcp 0.0.0.0:9000")
	w.start("db", "back", "tcp 0.0.0.0:5432", "tcp 127.0.0.1:5433", "udp 0.0.0.0:53")
	w.start("frozen", "front", "tcp 0.0.0.0:80")
	w.start("hosty", "host", "tcp 0.0.0.0:47821")
	w.start("none", "none", "tcp 0.0.0.0:80")
	w.start("old1", "bridge", "tcp 0.0.0.0:80")
	w.start("old2", "bridge", "tcp 0.0.0.0:80")
	w.start("q1", "quiet", "tcp 0.0.0.0:80")
	w.start("q2", "quiet", "tcp 0.0.0.0:80")
	w.start("side", "container:api")
	if err := w.peers["frozen"].Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range w.peers {
		names = append(names, c.Name())
	}
	before := w.shape()
	m := w.ask(eng, names)
	if err := asktest.Follows(result.KindMatrix, m); err != nil {
		t.Errorf("the document does not follow its schema: %v", err)
	}
	if diff := cmp.Diff(before, w.shape()); diff != "" {
		t.Errorf("asking changed something (-before +after):\n%s", diff)
	}
	if len(m.Containers) != len(names) || len(m.Cells) != len(names)*(len(names)-1) {
		t.Fatalf("got %d containers and %d cells", len(m.Containers), len(m.Cells))
	}
	for _, test := range []struct{ from, to, want string }{
		{"api", "db", "ok, ok, 5432/tcp ok, 5433/tcp no listens-on-loopback, 53/udp not-asked"},
		{"db", "api", "ok, ok, 8080/tcp ok, 9000/tcp ok"},
		{"frozen", "api", "ok, ok, 8080/tcp no not-running, 9000/tcp no not-running"},
		{"api", "frozen", "ok, ok, 80/tcp no not-running"},
		{"hosty", "db", "ok, no, 5432/tcp ok, 5433/tcp no listens-on-loopback, 53/udp not-asked"},
		{"db", "hosty", "ok, no name-not-on-shared-network, 47821/tcp ok"},
		{"old1", "old2", "ok, no name-on-default-bridge, 80/tcp ok"},
		{"q1", "q2", "no icc-disabled, ok, 80/tcp no icc-disabled"},
		{
			"db", "old1", "no different-networks, no name-not-on-shared-network, 80/tcp no different-networks",
		},
		{"none", "db", "no no-network, no no-network, 5432/tcp no no-network, 5433/tcp no no-network, 53/udp not-asked"},
		{"db", "none", "no no-network, no no-network, 80/tcp no no-network"},
		{"side", "db", "ok, ok, 5432/tcp ok, 5433/tcp no listens-on-loopback, 53/udp not-asked"},
		{"side", "api", "ok, ok, 8080/tcp ok, 9000/tcp ok"},
		{"db", "side", "ok, no name-not-on-shared-network, 8080/tcp ok, 9000/tcp ok"},
	} {
		got := w.said(m, test.from, test.to)
		if test.from == "hosty" { // whether the host's DNS servers answer in time is up to them
			got = strings.Replace(got, "ok, unknown, ", "ok, no, ", 1)
		}
		if got != test.want {
			t.Errorf("%s → %s: got %s, want %s", test.from, test.to, got, test.want)
		}
	}
}

func (w *world) ask(eng *engine.Engine, names []string) *result.Matrix {
	w.t.Helper()
	reader, err := matrix.Open(w.t.Context(), eng)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(context.Background()); err != nil {
			w.t.Error(err)
		}
	}()
	facts, err := reader.Read(w.t.Context(), "", names)
	if err != nil {
		w.t.Fatal(err)
	}
	return matrix.Judge(facts)
}

func (w *world) said(m *result.Matrix, from, to string) string {
	word := func(a result.Answer) string { return strings.TrimSpace(a.State + " " + a.Cause) }
	for _, c := range m.Cells {
		if c.From != w.peers[from].Name() || c.To != w.peers[to].Name() {
			continue
		}
		words := []string{word(c.ByAddress), word(c.ByName)}
		for _, p := range c.Ports {
			words = append(words, strconv.Itoa(p.Port)+"/"+p.Network+" "+word(p.Answer))
		}
		return strings.Join(words, ", ")
	}
	return "no cell"
}
