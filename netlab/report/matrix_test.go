package report

import (
	"bytes"
	"strings"
	"testing"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// twoContainers is a matrix whose texts come from somebody hostile.
func twoContainers() *result.Matrix {
	ok := result.Answer{State: result.HopOK, Reason: probe.OK, Text: "SYN-ACK from 10.0.0.2:80"}
	no := result.Answer{State: result.HopNo, Reason: probe.Timeout, Cause: "firewall", Text: "<script>alert(1)</script>"}
	return &result.Matrix{
		Schema: result.Schema, Kind: result.KindMatrix,
		Containers: []result.Member{{Name: "web", TCP: []int{80}}, {Name: `"><img src=x>`, TCP: []int{80}}},
		Cells: []result.Cell{
			{
				From: "web", To: `"><img src=x>`, ByAddress: ok, ByName: ok,
				Ports: []result.Port{{Port: 80, Network: "tcp", Answer: no}},
			},
			{
				From: `"><img src=x>`, To: "web", ByAddress: ok, ByName: ok,
				Ports: []result.Port{{Port: 80, Network: "tcp", Answer: ok}},
			},
		},
		Causes: []result.Example{{Cause: result.Cause{ID: "firewall", Title: "The host's firewall drops the packets."}}},
	}
}

// The page has every answer and the note for each no, runs no script, and loads nothing.
func TestMatrixPage(t *testing.T) {
	var b bytes.Buffer
	if err := Matrix(&b, twoContainers()); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{
		"1 of 2 pairs can connect", `href="#note-a"`, `id="note-a"`, "drops the packets", "netlab explain firewall",
		"SYN-ACK from 10.0.0.2:80", "default-src &#39;none&#39;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, never := range []string{"<script", "<img", "script-src", "http://", "https://"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %q", never)
		}
	}
}

// With many containers, the page does not scroll sideways: the table does.
func TestMatrixPageIsAsWideAsItsWindow(t *testing.T) {
	m := twoContainers()
	m.Containers, m.Cells = nil, nil
	for i := range 20 {
		m.Containers = append(m.Containers, result.Member{Name: "container-number-" + string(rune('a'+i)), TCP: []int{80}})
	}
	for _, from := range m.Containers {
		for _, to := range m.Containers {
			if from.Name != to.Name {
				m.Cells = append(m.Cells, result.Cell{From: from.Name, To: to.Name, Ports: []result.Port{
					{Port: 80, Network: "tcp", Answer: result.Answer{State: result.HopNo, Cause: "firewall"}},
				}})
			}
		}
	}
	var b bytes.Buffer
	if err := Matrix(&b, m); err != nil {
		t.Fatal(err)
	}
	browser := newBrowser(t)
	for _, width := range []int{390, 1280} {
		browser.open(b.Bytes(), width, 800)
		if over := browser.text(`String(document.documentElement.scrollWidth - window.innerWidth)`); over != "0" {
			t.Errorf("in a window of %d pixels, the page is %s pixels too wide", width, over)
		}
	}
}
