package render

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/result"
)

var update = flag.Bool("update", false, "write the golden files again; read their diff before committing it")

func golden(t *testing.T, name string, draw func(io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := draw(&got); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestGolden(t *testing.T) {
	records := []struct {
		name string
		r    *result.Record
		draw func(io.Writer, *result.Record, Options) error
	}{
		{"lesson", lesson(), Demo},
		{"eventful", eventful(), Demo},
		{"modes", modes(), Compare},
		{"six-modes", sixModes(), Compare},
		{"outside", outsideLesson(), Demo},
		{"labs", run(result.KindRun, macvlanLab(), overlayLab(), publishLab()), Demo},
		{"world", world(), Compare},
		{"class", class(), Class},
		{"predicted", predictedLesson(), Demo},
		{"bench", benched(), Bench},
	}
	for _, rec := range records {
		for _, width := range []int{60, 80, 120} {
			name := fmt.Sprintf("%s-%d.txt", rec.name, width)
			t.Run(name, func(t *testing.T) {
				golden(t, name, func(w io.Writer) error { return rec.draw(w, rec.r, Options{Width: width}) })
			})
		}
		t.Run(rec.name+".md", func(t *testing.T) {
			golden(t, rec.name+".md", func(w io.Writer) error { return Markdown(w, rec.r, Options{}) })
		})
	}
	for _, width := range []int{60, 80, 120} {
		name := fmt.Sprintf("doctor-%d.txt", width)
		t.Run(name, func(t *testing.T) {
			golden(t, name, func(w io.Writer) error { return Doctor(w, checkup(), Options{Width: width}) })
		})
		name = fmt.Sprintf("list-%d.txt", width)
		t.Run(name, func(t *testing.T) {
			golden(t, name, func(w io.Writer) error { return List(w, builtInModes(), Options{Width: width}) })
		})
	}
	t.Run("groups", func(t *testing.T) {
		golden(t, "list-groups-80.txt", func(w io.Writer) error { return List(w, groupedModes(), Options{}) })
	})
	t.Run("recorded", func(t *testing.T) {
		golden(t, "lesson-recorded-80.txt", func(w io.Writer) error {
			return Demo(w, lesson(), Options{Recorded: true})
		})
	})
	t.Run("typed", func(t *testing.T) {
		golden(t, "lesson-commands-80.txt", func(w io.Writer) error {
			return Demo(w, lesson(), Options{Commands: true})
		})
	})
	t.Run("all", func(t *testing.T) {
		golden(t, "eventful-all-80.txt", func(w io.Writer) error {
			return Demo(w, eventful(), Options{All: true, Commands: true})
		})
	})
	t.Run("commands", func(t *testing.T) {
		golden(t, "lesson-commands-120.txt", func(w io.Writer) error {
			return Demo(w, lesson(), Options{Width: 120, Commands: true})
		})
	})
	t.Run("two engines", func(t *testing.T) {
		golden(t, "overlay-two-engines-80.txt", func(w io.Writer) error { return Demo(w, twoEngines(), Options{}) })
	})
	t.Run("reasons", func(t *testing.T) {
		golden(t, "reasons-80.txt", func(w io.Writer) error { return Reasons(w, modes(), "peer-by-name", Options{}) })
	})
}
