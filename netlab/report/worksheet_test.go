package report

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"netlab/netlab/render"
	"netlab/netlab/result"
)

func sheet(t *testing.T, r *result.Record, key bool) string {
	t.Helper()
	var b bytes.Buffer
	if err := Worksheet(&b, []*result.Record{r}, key, render.Options{All: true, Recorded: true}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A worksheet has the lab's drawing with blanks for the addresses, and the key has the addresses.
func TestWorksheetHasADrawing(t *testing.T) {
	r := recorded(t, "multi-homed")
	blank, key := sheet(t, r, false), sheet(t, r, true)
	for _, p := range r.Scenarios[0].Peers {
		for _, e := range p.Network {
			if e.IPv4 != "" && (strings.Contains(blank, e.IPv4) || !strings.Contains(key, "eth0 "+e.IPv4)) {
				t.Errorf("%s's address %s is to be in the drawing of the key, and not on the worksheet", p.Name, e.IPv4)
			}
		}
		if !strings.Contains(blank, ">"+p.Name+"<") && p.Role == "" {
			t.Errorf("%s is not in the worksheet's drawing", p.Name)
		}
	}
	if !strings.Contains(blank, ">"+render.Blank+"<") {
		t.Error("there is no place to write an address")
	}
	if !strings.Contains(blank, "Draw what the actions change.") {
		t.Error("nothing asks to draw the actions")
	}
}

// A worksheet never shows the answers, even if the record has them.
func TestWorksheetTellsNothing(t *testing.T) {
	r := recorded(t, "multi-homed")
	known := sheet(t, r, false)
	sc := &r.Scenarios[0]
	for i := range sc.Steps {
		sc.Steps[i].Observed, sc.Steps[i].Verdict, sc.Steps[i].Because = nil, "", ""
		sc.Steps[i].Changed = nil
	}
	for i := range sc.Peers {
		sc.Peers[i].Port, sc.Peers[i].Published = "", nil
		for k := range sc.Peers[i].Network {
			sc.Peers[i].Network[k].IPv4 = ""
		}
	}
	sc.Host = nil
	if sheet(t, r, false) != known {
		t.Error("the worksheet is another when the answers are known")
	}
}

// Text from a record never becomes an HTML tag of a worksheet.
func TestNoRecordBreaksAWorksheet(t *testing.T) {
	for seed := range uint64(100) {
		r := chaos{rand.New(rand.NewPCG(seed, 4))}.record()
		if text := sheet(t, r, seed%2 == 0); strings.Contains(text, "<b>\x1b") || strings.Contains(text, "\x1b") {
			t.Errorf("seed %d: it has a tag or a control character of the record", seed)
		}
	}
}
