package engine

import (
	"slices"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"
	"github.com/google/go-cmp/cmp"
)

func TestOwnsContainer(t *testing.T) {
	labels := func(change ...string) map[string]string {
		l := map[string]string{
			labelSession: "0123abcd", labelLab: "demo", labelPeer: "alice", labelFrom: "sha256:aa", labelRole: "",
		}
		for i := 0; i < len(change); i += 2 {
			l[change[i]] = change[i+1]
		}
		return l
	}
	shopTask := labels(labelPeer, "shop", labelRole, roleTask)
	for name, tt := range map[string]struct {
		name, image string
		labels      map[string]string
		want        bool
	}{
		"netlab's":                       {"/netlab-demo-alice", "sha256:aa", labels(), true},
		"on Podman":                      {"/netlab-demo-alice", "aa", labels(), true},
		"of an older netlab":             {"/netlab-demo-alice", "sha256:aa", labels(labelFrom, ""), true},
		"a task":                         {"/netlab-demo-shop.1.x", "sha256:aa", shopTask, true},
		"a user's, of a committed image": {"/brave_hopper", "sha256:bb", labels(), false},
		"the same with the lab's name":   {"/netlab-demo-alice", "sha256:bb", labels(), false},
		"with a name like the lab's":     {"/netlab-demo-alice2", "sha256:bb", labels(), false},
		"of an image that a lab built":   {"/mine", "sha256:aa", labels(labelPeer, ""), false},
		"like a task":                    {"/netlab-demo-alice.1.x", "sha256:aa", labels(), false},
		"without a session":              {"/netlab-demo-alice", "sha256:aa", labels(labelSession, ""), false},
	} {
		c := container.Summary{
			Names: []string{tt.name}, Image: "shop", ImageID: tt.image, Labels: tt.labels, Command: "/bin/agent",
		}
		if got := ownsContainer(c); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}

// A step of a build has the labels of the image that it is built on, and a name that the engine made up. A user's
// container of such an image has either another name, an image that was named, or a command of its own.
func TestOwnsBuildStep(t *testing.T) {
	step := container.Summary{
		Names: []string{"/elated_darwin"}, Image: "sha256:8f82", ImageID: "sha256:8f82",
		Command: "/bin/agent /bin/sh -c '#(nop) ' 'LABEL netlab.session=0123abcd'",
		Labels:  map[string]string{labelSession: "0123abcd", labelLab: "demo"},
	}
	for name, tt := range map[string]struct {
		change func(*container.Summary)
		want   bool
	}{
		"a step":                 {func(*container.Summary) {}, true},
		"named by the user":      {func(c *container.Summary) { c.Names = []string{"/mine"} }, false},
		"of an image by name":    {func(c *container.Summary) { c.Image = "netlab-demo-shop" }, false},
		"with another command":   {func(c *container.Summary) { c.Command = "/bin/agent sleep 100" }, false},
		"without netlab's label": {func(c *container.Summary) { c.Labels = nil }, false},
	} {
		c := step
		tt.change(&c)
		if got := ownsContainer(c); got != tt.want {
			t.Errorf("%s: got %t, want %t", name, got, tt.want)
		}
	}
}

// The images in the tables below all have the labels: those from a lab's build, and those that users made from them.
func TestOwnImages(t *testing.T) {
	built := map[string]string{labelSession: "0123abcd", labelLab: "demo"}
	committed := map[string]string{labelSession: "0123abcd", labelLab: "demo", labelPeer: "alice"}
	of := func(id, parent string, labels map[string]string, names ...string) image.Summary {
		if names == nil {
			names = []string{"<none>:<none>"}
		}
		return image.Summary{ID: "sha256:" + id, ParentID: "sha256:" + parent, RepoTags: names, Labels: labels}
	}
	const web = "netlab-demo-web:latest"
	noParent := of("x", "", built)
	noParent.ParentID = ""
	for name, tt := range map[string]struct {
		images []image.Summary
		want   []string          // the ids of netlab's images
		users  map[string]string // other images, by the image they were built on
	}{
		"a build": {
			[]image.Summary{of("1", "agent", built), of("2", "1", built), of("3", "2", built, web)},
			[]string{"1", "2", "3"},
			nil,
		},
		"a build that failed": {[]image.Summary{of("1", "agent", built), of("2", "1", built)}, []string{"1", "2"}, nil},
		"two builds, one of which goes on where the other ends": {
			[]image.Summary{
				of("1", "agent", built), of("2", "1", built, web), of("3", "2", built),
				of("4", "3", built, "netlab-demo-shop:latest"),
			},
			[]string{"1", "2", "3", "4"},
			nil,
		},
		"committed from a container": {
			[]image.Summary{of("1", "agent", committed, "mine:latest")}, nil, map[string]string{"sha256:agent": "mine"},
		},
		"committed without a name": {
			[]image.Summary{of("12345678", "agent", committed)}, nil, map[string]string{"sha256:agent": "12345678"},
		},
		"built on the lab's image": {
			[]image.Summary{of("1", "agent", built, web), of("2", "1", built), of("3", "2", built, "mine:latest")},
			[]string{"1"},
			map[string]string{"sha256:1": "2", "sha256:2": "mine"},
		},
		"built on the lab's image, without a name": {
			[]image.Summary{of("1", "agent", built, web), of("2", "1", built)},
			[]string{"1"},
			map[string]string{"sha256:1": "2"},
		},
		"named by the user, and no longer by the lab": {
			[]image.Summary{of("1", "agent", built), of("2", "1", built, "mine:latest")},
			nil,
			map[string]string{"sha256:agent": "1", "sha256:1": "mine"},
		},
		"built by BuildKit without a name": {[]image.Summary{of("1", "agent", built, web), noParent}, []string{"1"}, nil},
		"with a name like another lab's": {
			[]image.Summary{of("1", "agent", built, "netlab-other-web:latest")},
			nil,
			map[string]string{"sha256:agent": "netlab-other-web"},
		},
	} {
		own, users := ownImages(tt.images)
		var got []string
		for _, i := range own {
			got = append(got, i.ID[len("sha256:"):])
		}
		if tt.users == nil {
			tt.users = map[string]string{}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v as netlab's, want %v", name, got, tt.want)
		}
		if diff := cmp.Diff(tt.users, users); diff != "" {
			t.Errorf("%s: users (-want +got):\n%s", name, diff)
		}
	}
}

func TestOwnAgentNames(t *testing.T) {
	const agentRef = "netlab/agent:0123456789ab"
	agents := map[string]string{labelImage: "1"}
	for name, tt := range map[string]struct {
		image image.Summary
		want  []string
	}{
		"the agent's": {
			image.Summary{RepoTags: []string{agentRef}, Labels: agents}, []string{agentRef},
		},
		"the witness's": {
			image.Summary{RepoTags: []string{"netlab/witness:0123456789ab"}, Labels: agents},
			[]string{"netlab/witness:0123456789ab"},
		},
		"the agent's under a user's name too": {
			image.Summary{RepoTags: []string{"mine:1", agentRef + "-2"}, Labels: agents},
			[]string{agentRef + "-2"},
		},
		"built FROM it":          {image.Summary{RepoTags: []string{"mine:1"}, Created: 1, Labels: agents}, nil},
		"built FROM it, like it": {image.Summary{RepoTags: []string{agentRef}, Created: 1, Labels: agents}, nil},
		"renamed":                {image.Summary{RepoTags: []string{"netlab/agent:mine"}, Labels: agents}, nil},
		"without a name":         {image.Summary{RepoTags: []string{"<none>:<none>"}, Labels: agents}, nil},
		"without the label":      {image.Summary{RepoTags: []string{agentRef}}, nil},
	} {
		if got := ownAgentNames(tt.image); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
