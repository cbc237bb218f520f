package report

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

var records = flag.String("records", "../../scenarios/recorded/*.json", "of which records, with -shots")

var shots = flag.String("shots", "", "a folder for pictures of every recording's report, to be looked at")

// recorded reads a recording that ships with netlab.
func recorded(t *testing.T, name string) *result.Record {
	t.Helper()
	return read(t, filepath.Join("../../scenarios/recorded", name+".json"))
}

func read(t *testing.T, file string) *result.Record {
	t.Helper()
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := result.ReadJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// drawn is a record's report.
func drawn(t *testing.T, r *result.Record, o render.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestScreens(t *testing.T) {
	if *shots == "" {
		t.Skip("-shots names no folder")
	}
	files, err := filepath.Glob(*records)
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	for _, file := range files {
		name := filepath.Base(file[:len(file)-len(".json")])
		page := drawn(t, read(t, file), render.Options{Recorded: true})
		for _, view := range []struct {
			name, scheme  string
			width, height int
		}{
			{"phone", "light", 390, 844},
			{"projector", "light", 1280, 720},
			{"full-hd", "dark", 1920, 1080},
		} {
			b.media("", view.scheme)
			b.open(page, view.width, view.height)
			if r := read(t, file); r.Kind == result.KindRun {
				for range len(r.Scenarios[0].Steps) { // up to the last question and its answer
					b.press("ArrowRight")
				}
				b.press("ArrowLeft")
				b.press(" ")
			}
			time.Sleep(time.Second) // until nothing moves
			b.screenshot(filepath.Join(*shots, name+"-"+view.name+".png"), false)
		}
		b.media("", "light")
		b.print(filepath.Join(*shots, name+".pdf"))
	}
}
