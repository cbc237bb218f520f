package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"netlab/netlab/result"
)

// wrong is a scan with a problem and a warning.
func wrong() *result.Scan {
	causes := unreachable().Causes
	return &result.Scan{
		Schema: result.Schema, Kind: result.KindScan, Containers: 14, Networks: 5, TookUS: 4_130_000,
		Findings: []result.Finding{
			{Severity: result.Problem, Cause: causes[1]}, {Severity: result.Warning, Cause: causes[0]},
		},
		Unseen: []string{"netlab could not look into vpn."},
	}
}

func TestScan(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		file := fmt.Sprintf("scan-%d.txt", width)
		t.Run(file, func(t *testing.T) {
			golden(t, file, func(w io.Writer) error { return Scan(w, wrong(), Options{Width: width}) })
		})
	}
}

// If nothing is wrong, one line says so, and what could not be seen is not counted as right.
func TestScanNothing(t *testing.T) {
	r := &result.Scan{Containers: 1, Networks: 3, TookUS: 400_000}
	const looked = "1 container, 3 networks, 0.4 s\n"
	for want, unseen := range map[string][]string{
		"Nothing wrong found: " + looked: nil,
		"Nothing wrong found in what netlab could see: " + looked + "netlab could not look into vpn.\n": wrong().Unseen,
	} {
		var b bytes.Buffer
		r.Unseen = unseen
		if err := Scan(&b, r, Options{Width: 100}); err != nil || b.String() != want {
			t.Errorf("got %q, %v, want %q", b.String(), err, want)
		}
	}
}

// Names of others never reach the terminal as they are.
func TestScanHostile(t *testing.T) {
	const evil = "a\x1b[2Jb\u202ec\r\n"
	r := wrong()
	r.Unseen = []string{evil}
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Title, f.Object, f.Severity, f.Evidence = evil, evil, evil, proven(evil, evil)
		for j := range f.Fix {
			f.Fix[j].Say, f.Fix[j].Run = evil, evil
		}
	}
	for _, draw := range []func(io.Writer) error{
		func(w io.Writer) error { return Scan(w, r, Options{Width: 40}) },
		func(w io.Writer) error { return Scan(w, r, Options{Width: 100}) },
		func(w io.Writer) error { return JSON(w, r) },
	} {
		var b bytes.Buffer
		if err := draw(&b); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexAny(b.String(), "\x1b\u202e\r"); i >= 0 {
			t.Errorf("got %q", b.String()[i:min(i+20, b.Len())])
		}
	}
}
