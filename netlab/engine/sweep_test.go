package engine

import (
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/api/types/volume"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestJudge(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name    string
		owner   life
		running int
		keep    time.Duration // from now; 0 for no label
		age     time.Duration // of the youngest object
		want    act
	}{
		{"at work", living, 3, 0, time.Hour, leave},
		{"being built, nothing runs yet", living, 0, 0, time.Hour, leave},
		{"at work after its expiry", living, 3, -time.Hour, time.Hour, leave},
		{"kept", dead, 3, time.Hour, time.Hour, leave},
		{"kept, owner elsewhere", elsewhere, 3, time.Hour, time.Hour, leave},
		{"kept and expired", dead, 3, -time.Second, time.Hour, take},
		{"kept and expired, owner elsewhere", elsewhere, 3, -time.Second, time.Hour, take},
		{"kept, but nothing runs any more", dead, 0, time.Hour, time.Hour, take},
		{"kept, nothing runs, owner elsewhere", elsewhere, 0, time.Hour, time.Hour, take},
		{"killed just now", dead, 3, 0, time.Second, wait},
		{"killed", dead, 0, 0, time.Second, take},
		{"at work elsewhere", elsewhere, 1, 0, time.Hour, leave},
		{"being built elsewhere", elsewhere, 0, 0, 2 * time.Minute, leave},
		{"killed elsewhere", elsewhere, 0, 0, 2*time.Minute + time.Second, take},
		{"to be kept, being built elsewhere", elsewhere, 0, time.Hour, time.Second, leave},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &remains{running: tt.running, youngest: now.Add(-tt.age)}
			if tt.keep != 0 {
				r.keepUntil = now.Add(tt.keep)
			}
			got := r.judge(tt.owner, now)
			if got.act != tt.want {
				t.Errorf("got %d (%s), want %d", got.act, got.why, tt.want)
			}
			if got.why == "" {
				t.Error("got no reason to show")
			}
		})
	}
}

func TestOwner(t *testing.T) {
	self := owner{boot: "b1", pidNS: "pid:[1]", pid: 100, start: "7"}
	other := func(change func(*owner)) string {
		o := owner{boot: "b1", pidNS: "pid:[1]", pid: 200, start: "9"}
		change(&o)
		return o.String()
	}
	same := func(*owner) {}
	tests := []struct {
		name  string
		label string
		found process
		want  life
	}{
		{"this process", self.String(), process{}, living},
		{"lives", other(same), process{exists: true, start: "9"}, living},
		{"is gone", other(same), process{}, dead},
		{"its pid was given away", other(same), process{exists: true, start: "10"}, dead},
		{"a zombie", other(same), process{exists: true, start: "9", zombie: true}, dead},
		{"may not be looked at", other(same), process{exists: true}, living},
		{"another boot", other(func(o *owner) { o.boot = "b2" }), process{}, elsewhere},
		{"another pid namespace", other(func(o *owner) { o.pidNS = "pid:[2]" }), process{}, elsewhere},
		{"no label", "", process{}, elsewhere},
		{"too short", "b1 pid:[1] 200", process{}, elsewhere},
		{"no pid", "b1 pid:[1] x 9", process{}, elsewhere},
		{"pid 0 would be ourselves", "b1 pid:[1] 0 9", process{}, elsewhere},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := self.sees(parseOwner(tt.label), func(int) process { return tt.found })
			if got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestGroup(t *testing.T) {
	at := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	labels := func(session string) map[string]string {
		return map[string]string{labelSession: session, labelLab: "lab-" + session, labelOwner: "b pid:[1] 7 9"}
	}
	peer := func(session, name string) map[string]string {
		l := labels(session)
		l[labelPeer] = name
		return l
	}
	kept := peer("aaaa", "a")
	kept[labelKeep] = "2026-01-02T20:00:00Z"
	task := labels("aaaa")
	task[labelPeer], task[labelRole], task[labelEngine] = "shop", roleTask, "here"
	created := swarm.Meta{CreatedAt: at.Add(4 * time.Second)}
	ofShop := swarm.TaskSpec{ContainerSpec: &swarm.ContainerSpec{Labels: task}}
	got := group(listing{
		containers: []container.Summary{
			{
				ID: "c2", Names: []string{"/netlab-lab-aaaa-b"}, Created: at.Unix() + 5, State: "running",
				Labels: peer("aaaa", "b"),
			},
			{ID: "c1", Names: []string{"/netlab-lab-aaaa-a"}, Created: at.Unix() + 9, State: "created", Labels: kept},
			{ID: "c4", Names: []string{"/netlab-lab-aaaa-shop.1.d"}, Created: at.Unix() + 6, State: "running", Labels: task},
			{ID: "c3", Names: []string{"/netlab-lab-bbbb-c"}, Created: at.Unix(), State: "paused", Labels: peer("bbbb", "c")},
		},
		networks: []network.Summary{
			{ID: "n1", Name: "n--netlab-lab-aaaa", Created: at.Add(time.Second), Labels: labels("aaaa")},
		},
		volumes: []*volume.Volume{{Name: "netlab-lab-aaaa-v", CreatedAt: "2026-01-02T12:00:03Z", Labels: labels("aaaa")}},
		images: []image.Summary{
			{
				ID: "sha256:0123456789abcdef", ParentID: "i0", RepoTags: []string{"<none>:<none>"},
				Created: at.Unix() + 3, Labels: labels("aaaa"),
			},
			{
				ID: "i2", ParentID: "sha256:0123456789abcdef", RepoTags: []string{"netlab-lab-aaaa-shop:latest"},
				Created: at.Unix() + 3, Labels: labels("aaaa"),
			},
		},
		services: []swarm.Service{{ID: "v1", Meta: created, Spec: swarm.ServiceSpec{
			Annotations: swarm.Annotations{Name: "netlab-lab-aaaa-shop", Labels: labels("aaaa")},
		}}},
		tasks: []swarm.Task{
			{ID: "t1", Slot: 1, Meta: created, Status: swarm.TaskStatus{State: swarm.TaskStatePreparing}, Spec: ofShop},
			{ID: "t2", Slot: 2, Meta: created, Status: swarm.TaskStatus{State: swarm.TaskStateRunning}, Spec: ofShop},
			{ID: "t3", Slot: 3, Meta: created, Status: swarm.TaskStatus{State: swarm.TaskStateFailed}, Spec: ofShop},
		},
		own: &swarm.Swarm{ClusterInfo: swarm.ClusterInfo{
			ID: "s1", Meta: swarm.Meta{CreatedAt: at.Add(2 * time.Second)},
			Spec: swarm.Spec{Annotations: swarm.Annotations{Labels: labels("aaaa")}},
		}},
	})
	o := owner{boot: "b", pidNS: "pid:[1]", pid: 7, start: "9"}
	want := []*remains{
		{
			session: "bbbb", lab: "lab-bbbb", owner: o, oldest: at, youngest: at, attended: true, paused: []string{"c3"},
			objects: []Object{{"container", "netlab-lab-bbbb-c", "c3", "lab-bbbb", "", false}},
		},
		{
			session: "aaaa", lab: "lab-aaaa", owner: o, keepUntil: at.Add(8 * time.Hour),
			oldest: at.Add(time.Second), youngest: at.Add(9 * time.Second), running: 1, attended: true,
			tags: map[string][]string{"i2": {"netlab-lab-aaaa-shop:latest"}},
			objects: []Object{
				{"container", "netlab-lab-aaaa-a", "c1", "lab-aaaa", "", false},
				{"container", "netlab-lab-aaaa-b", "c2", "lab-aaaa", "", false},
				{"container", "netlab-lab-aaaa-shop.1.d", "c4", "lab-aaaa", "", false},
				{"image", "0123456789ab", "sha256:0123456789abcdef", "lab-aaaa", "i0", false},
				{"image", "netlab-lab-aaaa-shop", "i2", "lab-aaaa", "sha256:0123456789abcdef", false},
				{"network", "n--netlab-lab-aaaa", "n1", "lab-aaaa", "", false},
				{"service", "netlab-lab-aaaa-shop", "v1", "lab-aaaa", "", false},
				{"swarm", "s1", "s1", "lab-aaaa", "", false},
				{"task", "shop.1", "t1", "lab-aaaa", "", false},
				{"volume", "netlab-lab-aaaa-v", "netlab-lab-aaaa-v", "lab-aaaa", "", false},
			},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmp.AllowUnexported(remains{}, owner{}, Object{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A lab without containers of its own is in use as long as its owner's other containers run, including the helper on
// the host. For an owner that is not visible from here, nothing else shows it.
func TestJudgeImagesAlone(t *testing.T) {
	now := time.Now()
	labels := func(session, owner string) map[string]string {
		return map[string]string{labelSession: session, labelLab: "x", labelPeer: "host", labelOwner: owner}
	}
	const there, gone = "b2 pid:[2] 7 9", "b2 pid:[2] 8 9"
	hour := now.Add(-time.Hour).Unix()
	found := group(listing{
		containers: []container.Summary{{
			ID: "c1", Names: []string{"/netlab-x-host"}, Created: hour, State: "running", Labels: labels("helper", there),
		}},
		images: []image.Summary{
			{ID: "sha256:1", RepoTags: []string{"netlab-x-a"}, Created: hour, Labels: labels("in use", there)},
			{ID: "sha256:2", RepoTags: []string{"netlab-x-b"}, Created: hour, Labels: labels("left", gone)},
		},
	})
	got := map[string]act{}
	for _, r := range found {
		got[r.session] = r.judge(elsewhere, now).act
	}
	if diff := cmp.Diff(map[string]act{"helper": leave, "in use": leave, "left": take}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Objects of another manager of the same swarm are not swept here, whatever they look like from here. Objects that
// only this engine has are its own, even under an id that it had before.
func TestJudgeAnotherEngine(t *testing.T) {
	e := &Engine{self: owner{boot: "b", pidNS: "pid:[1]", pid: 1, start: "1"}}
	e.fact.ID, e.fact.Node = "here", "n1"
	old := time.Now().Add(-time.Hour)
	overlay, service := Object{Type: "network", ID: "n1"}, Object{Type: "service", ID: "v1"}
	bridge, built := Object{Type: "network", ID: "n2"}, Object{Type: "image", ID: "i1"}
	for _, tt := range []struct {
		engine  string
		node    string
		objects []Object
		want    act
	}{
		{"here", "", []Object{overlay, service}, take},
		{"here", "n1", []Object{overlay, service}, take},
		{"here", "n2", []Object{overlay, service}, leave}, // of a clone of this engine
		{"here", "n2", []Object{bridge}, take},
		{"", "", []Object{overlay, service}, take},
		{"there", "", []Object{overlay, service}, leave},
		{"there", "", []Object{bridge}, take},
		{"there", "", []Object{built, overlay}, take},
	} {
		r := &remains{
			engine: tt.engine, node: tt.node, oldest: old, youngest: old, objects: tt.objects, overlays: []string{"n1"},
		}
		if got := e.judge(r); got.act != tt.want {
			t.Errorf("idle objects %+v of engine %q: got %+v, want act %d", tt.objects, tt.engine, got, tt.want)
		}
	}
}
