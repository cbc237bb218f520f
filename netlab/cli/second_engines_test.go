//go:build linux && engines

package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/enginetest"
	"netlab/netlab/result"
)

// api asks an engine over its API, without a client that could make the same mistakes as netlab's.
func api(t *testing.T, e *enginetest.Engine, method, path string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(e.Host, "unix://"))
		},
	}}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://engine"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s: %s %v", method, path, resp.Status, answer, err)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatal(err)
	}
}

// startSwarm starts two engines, joined by a veth pair, and makes them a swarm with the first as its manager.
func startSwarm(t *testing.T, version string) (first, second *enginetest.Engine) {
	t.Helper()
	return startSwarmOf(t, enginetest.Options{Version: version})
}

// startSwarmOf starts the two engines with other settings.
func startSwarmOf(t *testing.T, o enginetest.Options) (first, second *enginetest.Engine) {
	t.Helper()
	first, second = enginetest.Start(t, o), enginetest.Start(t, o)
	at := enginetest.Join(t, first, second)
	beginSwarm(t, first, at[0])
	var swarm struct{ JoinTokens struct{ Worker string } }
	api(t, first, "GET", "/swarm", nil, &swarm)
	api(t, second, "POST", "/swarm/join", map[string]any{
		"ListenAddr": at[1], "AdvertiseAddr": at[1], "RemoteAddrs": []string{at[0]}, "JoinToken": swarm.JoinTokens.Worker,
	}, nil)
	return first, second
}

func beginSwarm(t *testing.T, e *enginetest.Engine, at string) {
	t.Helper()
	api(t, e, "POST", "/swarm/init", map[string]any{"ListenAddr": at, "AdvertiseAddr": at}, nil)
}

// withLabel lists what has one of netlab's labels on the engine.
func withLabel(t *testing.T, e *enginetest.Engine) []string {
	t.Helper()
	const filter = `filters={"label":["netlab.session"]}`
	var containers []struct{ Names []string }
	api(t, e, "GET", "/containers/json?all=1&"+filter, nil, &containers)
	var networks []struct{ Name string }
	api(t, e, "GET", "/networks?"+filter, nil, &networks)
	var names []string
	for _, c := range containers {
		names = append(names, c.Names...)
	}
	for _, n := range networks {
		names = append(names, n.Name)
	}
	return names
}

// useContexts makes a docker context for each engine, as `docker context create` does, and lets netlab find them.
func useContexts(t *testing.T, engines map[string]*enginetest.Engine) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("DOCKER_CONFIG", folder)
	for name, e := range engines {
		at := filepath.Join(folder, "contexts", "meta", fmt.Sprintf("%x", sha256.Sum256([]byte(name))))
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		meta := fmt.Sprintf(`{"Name":%q,"Metadata":{},"Endpoints":{"docker":{"Host":%q}}}`, name, e.Host)
		if err := os.WriteFile(filepath.Join(at, "meta.json"), []byte(meta), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// netlab runs the command line and returns its streams and exit code.
func netlab(args ...string) (out, words string, code int) {
	var stdout, stderr bytes.Buffer
	streams := Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Env: func(string) string { return "" }}
	code = Main(context.Background(), streams, append([]string{"netlab"}, args...), "test")
	return stdout.String(), stderr.String(), code
}

// TestEnginesSecond puts bob on a second engine of the swarm. Questions to him over the overlay give the same answers
// as on one engine, questions about him and the first engine's host are skipped, and nothing is left on either.
func TestEnginesSecond(t *testing.T) {
	for _, version := range enginetest.Versions() {
		t.Run(version, func(t *testing.T) { testSecond(t, version) })
	}
}

func testSecond(t *testing.T, version string) {
	first, second := startSwarm(t, version)
	useContexts(t, map[string]*enginetest.Engine{"one": first, "two": second})
	out, words, code := netlab("--context", "one", "demo", "overlay", "--second", "two", "--all", "-o", "json")
	if code != exitOK {
		t.Errorf("exit code %d: %s", code, words)
	}
	var r result.Record
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	var ids [2]struct{ ID string }
	api(t, first, "GET", "/info", nil, &ids[0])
	api(t, second, "GET", "/info", nil, &ids[1])
	if len(r.Engines) != 2 || r.Engines[0].ID != ids[0].ID || r.Engines[1].ID != ids[1].ID {
		t.Errorf("got the engines %+v, want %v", r.Engines, ids)
	}
	for _, p := range r.Scenarios[0].Peers {
		want := ids[0].ID
		if p.Name == "bob" {
			want = ids[1].ID
		}
		if p.Engine != want {
			t.Errorf("%s is on engine %s, want %s", p.Name, p.Engine, want)
		}
	}
	skipped, asked := []string{}, map[string]bool{}
	for _, st := range r.Scenarios[0].Steps {
		switch st.Verdict {
		case result.Surprise, result.Broken:
			t.Errorf("%s is %s: %s", st.Check+st.Measure, st.Verdict, st.Why+st.Difference())
		case result.Skipped:
			if strings.Contains(st.Why, "no IPVS") {
				continue // about the kernel, not the two hosts
			}
			skipped = append(skipped, st.Check)
			if !strings.Contains(st.Why, "bob is on another host") {
				t.Errorf("%s is skipped: %s", st.Check, st.Why)
			}
		default:
			asked[st.Check+st.Measure] = true
		}
	}
	// Without bob's published port the host certainly refuses, but the control of "unpublished" needs bob's host.
	hostly := []string{"host-to-peer", "unpublished", "published", "other-way"}
	if diff := cmp.Diff(hostly, skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	across := []string{"peer-by-name", "alias", "reverse", "peer-by-address", "peer-sees", "largest", "round-trip"}
	for _, id := range across {
		if !asked[id] {
			t.Errorf("%s was not asked", id)
		}
	}
	if len(r.Leftovers) > 0 || !r.Audited {
		t.Errorf("left: %v, audited: %v", r.Leftovers, r.Audited)
	}
	clean(t, first, second)

	// The second engine given by its address, and the drawing.
	out, words, code = netlab("--context", "one", "demo", "overlay", "--second", second.Host)
	if code != exitOK || !strings.Contains(out, "VXLAN") || !strings.Contains(out, "on host") ||
		!strings.Contains(out, "Can alice reach bob by address?") {
		t.Errorf("exit code %d, %s; want a drawing with the VXLAN and bob's host, and a ping to him:\n%s", code, words, out)
	}
	clean(t, first, second)
}

// TestEnginesSecondCloned has two engines with the same id, as cloned virtual machines have. They are still two hosts,
// and a kept lab has a part on each.
func TestEnginesSecondCloned(t *testing.T) {
	t.Parallel()
	for _, version := range []string{enginetest.V20, enginetest.V28} {
		t.Run(version, func(t *testing.T) { testSecondCloned(t, version) })
	}
}

func testSecondCloned(t *testing.T, version string) {
	// Engine 20.10 derives its id from a key, whose path only its configuration file can set. Later engines read it from
	// a file.
	prepare := `mkdir /tmp/netlab-engine-$PPID/data; echo -n cloned >/tmp/netlab-engine-$PPID/data/engine-id`
	if version == enginetest.V20 {
		prepare = fmt.Sprintf(`echo '{"deprecated-key-path": %q}' >/tmp/netlab-engine-$PPID/daemon.json`,
			filepath.Join(t.TempDir(), "key.json"))
	}
	o := enginetest.Options{Version: version, Prepare: prepare}
	first, second := startSwarmOf(t, o)
	var ids [2]struct{ ID string }
	api(t, first, "GET", "/info", nil, &ids[0])
	api(t, second, "GET", "/info", nil, &ids[1])
	if ids[0] != ids[1] {
		t.Fatalf("the engines have the ids %v, so this tests nothing", ids)
	}
	saved := filepath.Join(t.TempDir(), "result.json")
	out, words, code := netlab("-H", first.Host, "demo", "overlay", "--second", second.Host, "--save", saved)
	if code != exitOK || !strings.Contains(out, "on host") {
		t.Errorf("exit code %d, %s; want a drawing with bob's host:\n%s", code, words, out)
	}
	text, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	var r result.Record
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Scenarios[0].Peers {
		if onSecond := p.Node == r.Engines[1].Node; onSecond != (p.Name == "bob") {
			t.Errorf("%s is on node %s; the second engine is %s", p.Name, p.Node, r.Engines[1].Node)
		}
	}
	clean(t, first, second)
	keepPair(t, first, second)
}

// keepPair keeps a lab on both engines and removes it, in both orders.
func keepPair(t *testing.T, first, second *enginetest.Engine) {
	t.Helper()
	// This takes a separate process, because the owner of a kept lab is gone.
	cmd := exec.CommandContext(t.Context(), Program(t), "-H", first.Host, "demo", "overlay", "--second", second.Host,
		"--keep", "--name", "pair", "--only", "peer-by-name")
	said, err := cmd.CombinedOutput()
	if want := "netlab -H " + second.Host + " down pair"; err != nil || !strings.Contains(string(said), want) {
		t.Errorf("%v, %s; want how bob's part ends, %q", err, said, want)
	}
	if got := withLabel(t, second); !slices.Contains(got, "/netlab-pair-bob") {
		t.Errorf("of the kept lab the second engine has %q, want bob", got)
	}
	whole := withLabel(t, first)
	_, words, code := netlab("-H", first.Host, "down", "pair")
	if code != exitUsage || !strings.Contains(words, "remove it there first, then here") {
		t.Errorf("down of the first engine's part before bob's: exit code %d: %s", code, words)
	}
	if diff := cmp.Diff(whole, withLabel(t, first)); diff != "" {
		t.Errorf("it took a part of the lab (-want +got):\n%s", diff)
	}
	for _, e := range []*enginetest.Engine{second, first} {
		if _, words, code := netlab("-H", e.Host, "down", "pair"); code != exitOK {
			t.Errorf("down: exit code %d: %s", code, words)
		}
	}
	cleanSoon(t, first, second)
}

// TestEnginesSecondKilled kills netlab while a lab is up on two engines. The next command removes what is left.
func TestEnginesSecondKilled(t *testing.T) {
	t.Parallel()
	first, second := startSwarm(t, enginetest.V28)
	demo := []string{"-H", first.Host, "demo", "overlay", "--second", second.Host, "--only", "peer-by-name"}
	cmd := exec.CommandContext(t.Context(), Program(t), append(demo, "--stay")...)
	if _, err := cmd.StdinPipe(); err != nil { // stays open, so that Enter is never pressed
		t.Fatal(err)
	}
	words, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(words)
	for up := false; !up; up = strings.Contains(lines.Text(), "The lab is up") {
		if !lines.Scan() {
			t.Fatalf("netlab ended before the lab was up: %v", cmd.Wait())
		}
	}
	if got := withLabel(t, second); len(got) == 0 {
		t.Error("the second engine has nothing of the lab")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()       // it was killed
	cleanSoon(t, second) // bob ends with netlab, and the network then disappears from his engine
	if out, words, code := netlab(demo...); code != exitOK {
		t.Errorf("the next command: exit code %d, %s %s", code, out, words)
	}
	cleanSoon(t, first, second)
}

// TestEnginesSecondStopped stops the second engine during a lesson. netlab ends and says that bob's part is still
// there, and clean removes it when the engine continues.
func TestEnginesSecondStopped(t *testing.T) {
	t.Parallel()
	first, second := startSwarm(t, enginetest.V28)
	program := Program(t)
	cmd := exec.CommandContext(t.Context(), program, "-H", first.Host, "demo", "overlay", "--second", second.Host,
		"--only", "peer-by-name", "--stay")
	enter, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	words, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, said := bufio.NewScanner(words), ""
	for up := false; !up; up = strings.Contains(lines.Text(), "The lab is up") {
		if !lines.Scan() {
			t.Fatalf("netlab ended before the lab was up: %v", cmd.Wait())
		}
	}
	signalEngine(t, second, "-STOP")
	t.Cleanup(func() { signalEngine(t, second, "-CONT") })
	if _, err := fmt.Fprintln(enter); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		said += lines.Text() + "\n"
	}
	if err := cmd.Wait(); err == nil {
		t.Error("exit code 0, though bob's part stays")
	}
	if !strings.Contains(said, "the second engine, at "+second.Host+", does not answer") {
		t.Errorf("got %q, want what stays on the second engine", said)
	}
	signalEngine(t, second, "-CONT")
	for _, e := range []*enginetest.Engine{second, first} {
		if out, words, code := netlab("-H", e.Host, "clean"); code != exitOK {
			t.Errorf("clean: exit code %d: %s%s", code, out, words)
		}
	}
	cleanSoon(t, second, first)
}
