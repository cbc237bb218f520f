package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// boxes are the boxes of one class in a scene.
func boxes(d *scene, class string) []box {
	return slices.DeleteFunc(slices.Clone(d.Boxes), func(b box) bool { return b.Class != class })
}

// Without networks, no networks are drawn.
func TestSceneWithoutNetworks(t *testing.T) {
	r := recorded(t, "image-and-container")
	for _, s := range []sizes{wide(), narrow()} {
		d := newLab(r, &r.Scenarios[0]).draw(r, s)
		host, alice := boxes(d, "core")[0], boxes(d, "peer apart")[0]
		if host.H > alice.H || alice.X-(host.X+host.W) > 2*boxGap {
			t.Errorf("narrow %t: the host is %+v and alice %+v, want it no higher, and her beside it", s.narrow, host, alice)
		}
		if len(d.Bars)+len(d.Lines) > 0 {
			t.Errorf("narrow %t: there are lines", s.narrow)
		}
	}
}

// A text that is too long for its box continues on the next line, broken where a reader expects it.
func TestFold(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"eth0 10.213.121.200", []string{"eth0 10.213.121.200"}},
		{"lo only, on no network", []string{"lo only, on no", "network"}},
		{"fd13:3504:f585:5571::2", []string{"fd13:3504:f585:5571", "::2"}},
		{"10.213.206.225:32768->8080/tcp", []string{"10.213.206.225:32768", "->8080/tcp"}},
		{"[fdb9:60ca:7e4f:8362::1]:32769->8080/tcp", []string{"[fdb9:60ca:7e4f:", "8362::1]:32769", "->8080/tcp"}},
		{"a-name-that-is-longer-than-its-box", []string{"a-name-that-is-longer-than-its-box"}},
	} {
		if diff := cmp.Diff(tt.want, fold(tt.text, 20)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
}

// A volume is drawn once, on its engine, with every container that mounts it.
func TestSceneHasVolumes(t *testing.T) {
	r := &result.Record{Engines: []result.Engine{{}, {}}, Scenarios: []result.Scenario{{Peers: []fact.Peer{
		{Name: "alice", Engine: "a", Mode: "none", Volumes: []string{"notes:/notes"}},
		{Name: "bob", Engine: "a", Mode: "none", Volumes: []string{"notes:/n"}},
		{Name: "mia", Engine: "b", Mode: "host", Volumes: []string{"far:/x"}},
	}}}}
	r.Engines[0].ID, r.Engines[1].ID = "a", "b"
	d := newLab(r, &r.Scenarios[0]).draw(r, wide())
	var got [][]string
	for _, b := range boxes(d, "volume") {
		var lines []string
		for _, line := range b.Texts {
			lines = append(lines, line.Text)
		}
		got = append(got, lines)
	}
	want := [][]string{{"volume notes", "/notes in alice", "/n in bob"}, {"volume far", "/x in mia"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if hosts := boxes(d, "host"); boxes(d, "volume")[1].Y < hosts[1].Y {
		t.Error("mia's volume is not on her host")
	}
}

// A swarm service is drawn on its network, with its virtual IP and its tasks, and is the end of a path to any of them.
func TestSceneHasServices(t *testing.T) {
	r := recorded(t, "overlay")
	l := newLab(r, &r.Scenarios[0])
	d := l.draw(r, wide())
	got := map[string][]string{}
	for _, b := range boxes(d, "peer") {
		for _, line := range b.Texts[1:] {
			got[b.Texts[0].Text] = append(got[b.Texts[0].Text], line.Text)
		}
	}
	for _, v := range r.Scenarios[0].Services {
		var want []string
		if v.VIP != "" {
			want = append(want, "virtual IP "+v.VIP)
		}
		for _, task := range v.Tasks {
			want = append(want, "task "+task)
			if at := l.owner(task, 0); at < 0 || l.nodes[at].name != v.Name {
				t.Errorf("%s is not drawn as %s's", task, v.Name)
			}
		}
		if diff := cmp.Diff(want, got[v.Name+", a service"]); diff != "" || len(v.Tasks) == 0 {
			t.Errorf("%s (-want +got):\n%s", v.Name, diff)
		}
	}
	if want := "alice, bob, shop, ring, upstream on network mesh"; !strings.Contains(d.Label, want) {
		t.Errorf("in words the drawing is %q, want %q in it", d.Label, want)
	}
}

// Paper has the reason of each no, once if several modes share it.
func TestReasonsOnPaper(t *testing.T) {
	var isolated rowReasons
	for _, row := range sideBySide(recorded(t, "compare"), "part-1").Reasons {
		if row.Label == "other network" {
			isolated = row
		}
	}
	want := rowReasons{Label: "other network", Reasons: []reason{
		{
			Modes: []string{"bridge", "custom"}, Word: "no answer",
			Text: "Docker drops packets between its bridges, so nothing answers.",
		},
		{
			Modes: []string{"none"}, Word: "no route",
			Text: "Her network stack has no route, so it reports an error at once and sends nothing.",
		},
		{
			Modes: []string{"macvlan"}, Word: "no answer",
			Text: "The LAN's router sends her packets to the host, where Docker drops those to unpublished ports.",
		},
		{
			Modes: []string{"overlay"}, Word: "no answer",
			Text: "Her traffic leaves through docker_gwbridge, and Docker drops packets between its bridges.",
		},
	}}
	if diff := cmp.Diff(want, isolated); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
