package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"netlab/netlab/cli"
	"netlab/netlab/result"
)

// counted is a lab whose questions cause exactly this many frames: three echoes, and two DNS queries that Docker's DNS
// server forwards to the upstream server.
const counted = `
version: 1
name: counted
upstream: web
networks:
  web:
containers:
  alice: {networks: [web]}
  bob: {networks: [web], listen: [tcp/80]}
steps:
  - {check: echo-1, ask: Echo?, from: alice, ping: bob, expect: ok}
  - {check: echo-2, ask: Echo?, from: alice, ping: bob, expect: ok}
  - {check: echo-3, ask: Echo?, from: alice, ping: bob, expect: ok}
  - check: name-1
    ask: Name?
    from: alice
    resolve: {name: first.example}
    expect: name-not-found
    control: echo-1
  - check: name-2
    ask: Name?
    from: alice
    resolve: {name: second.example}
    expect: name-not-found
    control: echo-1
  - {check: refused, ask: Refused?, from: alice, connect: bob tcp/9, expect: refused, control: echo-1}
  - {check: itself, ask: Who?, from: alice, read: hostname, expect: {equals: {text: alice}}}
`

// A capture has each of the lab's frames once and no others, and assigns each to its question.
func TestIntegrationPackets(t *testing.T) {
	newDocker(t)
	dir := t.TempDir()
	file, pcap := filepath.Join(dir, "counted.yaml"), filepath.Join(dir, "pcap")
	if err := os.WriteFile(file, []byte(counted), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, words bytes.Buffer
	streams := cli.Streams{In: strings.NewReader(""), Out: &out, Err: &words, Env: os.Getenv}
	args := []string{"netlab", "run", file, "-o", "json", "--pcap", pcap}
	if code := cli.Main(context.Background(), streams, args, "test"); code != 0 {
		t.Fatalf("exit code %d: %s\n%s", code, words.String(), out.String())
	}
	var r result.Record
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	sc := r.Scenarios[0]
	bridge := "host " + sc.Networks[0].Interface
	for _, p := range sc.Places {
		if p.Dropped != 0 {
			t.Errorf("%s lost %d frames", p.Name, p.Dropped)
		}
	}

	// In the files.
	between := tally{"echo-1": 2, "echo-2": 2, "echo-3": 2, "refused": 2}
	with := func(more tally) tally {
		sum := tally{}
		for _, t := range []tally{between, more} {
			for id, n := range t {
				sum[id] = n
			}
		}
		return sum
	}
	name := func(place string) string { return strings.ReplaceAll(place, " ", "-") + ".pcapng" }
	want := map[string]tally{
		name("alice eth0"):    with(tally{"name-1": 2, "name-2": 2}),
		name("alice lo"):      {"name-1": 2, "name-2": 2},
		name("bob eth0"):      between,
		name("upstream eth0"): {"name-1": 2, "name-2": 2},
		name(bridge):          with(tally{"name-1": 2, "name-2": 2}),
	}
	if diff := cmp.Diff(want, files(t, pcap)); diff != "" {
		t.Errorf("frames of each question in each file (-want +got):\n%s", diff)
	}

	// In the record.
	for id, want := range map[string][]string{
		"echo-2": {
			"echo-request alice eth0", "echo-request " + bridge, "echo-request bob eth0",
			"echo-reply bob eth0", "echo-reply " + bridge, "echo-reply alice eth0",
		},
		"name-2": {
			"dns-question alice lo",
			"dns-question alice eth0", "dns-question " + bridge, "dns-question upstream eth0",
			"dns-answer upstream eth0", "dns-answer " + bridge, "dns-answer alice eth0",
			"dns-answer alice lo",
		},
		"refused": {
			"tcp-syn alice eth0", "tcp-syn " + bridge, "tcp-syn bob eth0",
			"tcp-rst bob eth0", "tcp-rst " + bridge, "tcp-rst alice eth0",
		},
		"itself": nil,
	} {
		i := slices.IndexFunc(sc.Steps, func(st result.Step) bool { return st.Check == id })
		var got []string
		for _, p := range sc.Steps[i].Packets {
			if !strings.HasPrefix(p.Kind, "arp-") { // no request is needed if an earlier one was answered
				got = append(got, p.Kind+" "+p.Place)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: packets and their places, in order (-want +got):\n%s", id, diff)
		}
	}
}

// A tally counts the frames of each question, without those that no question causes: ARP, and IPv6's housekeeping.
type tally map[string]int

// files counts the frames in each file of a folder.
func files(t *testing.T, dir string) map[string]tally {
	t.Helper()
	tallies := map[string]tally{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		file, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		tallies[e.Name()] = count(t, file)
	}
	return tallies
}

func count(t *testing.T, file io.Reader) tally {
	t.Helper()
	r, err := pcapgo.NewNgReader(file, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	n := tally{}
	for {
		data, _, options, err := r.ReadPacketDataWithOptions()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		toAll := data[0]&1 == 1 // a kernel's IGMP report, which can come at any time
		p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
		if toAll || p.Layer(layers.LayerTypeIPv4) == nil {
			continue
		}
		id := "between"
		if len(options.Comments) == 1 {
			id = options.Comments[0]
		}
		n[id]++
	}
}
