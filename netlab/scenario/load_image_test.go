package scenario_test

import (
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"

	"github.com/google/go-cmp/cmp"
)

// The images of a file, and what its steps do with them.
func TestLoadImages(t *testing.T) {
	got := load(t, "testdata/valid-images.yaml")
	want := []scenario.Image{
		{
			Name: "shop", Files: []scenario.ImageFile{{Name: "a.txt", Content: "one"}, {Name: "src/b.txt", Content: "2"}},
			Dockerfile: "# the program\nFROM netlab AS compile\nCOPY a.txt src /src/\nRUN fill /out 1M\n\nFROM compile\n" +
				"COPY --from=compile /out /bin/shop\nUSER 1000\nHEALTHCHECK --interval=1s CMD get localhost:80\n",
		},
		{Name: "early", Of: "shop", Stage: "compile"},
	}
	if diff := cmp.Diff(want, got.Images); diff != "" {
		t.Errorf("images (-want +got):\n%s", diff)
	}
	if bob := got.Containers[1]; bob.Image != "shop" || !bob.Created {
		t.Errorf("got %+v, want a container of shop that a step starts", bob)
	}
	said := map[string]string{}
	for _, step := range got.Steps {
		switch {
		case step.Do != nil:
			said[step.Do.String()] = ""
		case step.Check.From == ask.Host:
			said[step.Check.Asks.String()] = step.Check.Group + ", " + step.Check.Expect[0].String()
		default:
			said[step.Check.From+" "+step.Check.Asks.String()] = step.Check.Group + ", " + step.Check.Expect[0].String()
		}
	}
	wantSaid := map[string]string{
		"build shop": "build, equals built", "edit shop src/b.txt": "", "build early": "build, ok",
		"inspect early size": "image, at least shop.size", "inspect shop holds /bin/shop": "image, equals yes",
		"inspect shop shares early": "image, at most 5000", "start bob": "isolation, ok",
		"bob await healthy": "health, ok", "close bob": "", "open bob": "", "alice await healthy": "health, ok",
	}
	if diff := cmp.Diff(wantSaid, said); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// A question about an image, or to one of its containers, keeps the builds and edits before it.
func TestSelectBuilds(t *testing.T) {
	whole := load(t, "testdata/valid-images.yaml")
	ids := func(wanted string) []string {
		var kept []string
		for _, step := range whole.Select(func(s scenario.Step) bool { return s.ID() == wanted }).Steps {
			if step.Do != nil {
				kept = append(kept, step.Do.String())
				continue
			}
			kept = append(kept, step.ID())
		}
		return kept
	}
	for wanted, want := range map[string][]string{
		"first": {"first"},
		"size":  {"first", "edit shop src/b.txt", "stage", "size"},
		"well":  {"first", "edit shop src/b.txt", "stage", "start", "well"},
	} {
		if diff := cmp.Diff(want, ids(wanted)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", wanted, diff)
		}
	}
}
