package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// fiveContainers is a matrix of a Compose project and two other containers.
func fiveContainers() *result.Matrix {
	m := &result.Matrix{
		Schema: result.Schema, Kind: result.KindMatrix, TookUS: 1_240_000,
		Containers: []result.Member{
			{Name: "old", Networks: []string{"bridge"}, TCP: []int{80}},
			{
				Name: "shop-api-1", Project: "shop", Service: "api", Networks: []string{"back", "front"}, TCP: []int{8080, 9000},
				Loopback: []int{6060},
			},
			{Name: "shop-db-1", Project: "shop", Service: "db", Networks: []string{"back"}, TCP: []int{5432}, UDP: []int{53}},
			{Name: "shop-web-1", Project: "shop", Service: "web", Networks: []string{"front"}, TCP: []int{80}},
			{Name: "worker", Networks: []string{"front"}},
		},
	}
	example := func(id, from, to, title string) {
		m.Causes = append(m.Causes, result.Example{
			Cause: result.Cause{
				ID: id, Title: title, Object: to, Evidence: proven("the host's firewall", "it counted"),
				Fix: []result.Fix{{Class: result.FixDocker, Say: "Connect them."}},
			},
			From: from, To: to, Pairs: 1,
		})
	}
	for _, from := range m.Containers {
		for _, to := range m.Containers {
			if from.Name == to.Name {
				continue
			}
			c := result.Cell{From: from.Name, To: to.Name}
			ok := result.Answer{State: result.HopOK, Reason: probe.OK, Address: "172.18.0.3", Text: "RST from 172.18.0.3:9"}
			no := ok
			no.State, no.Reason, no.Text = result.HopNo, probe.Timeout, "172.18.0.3:80: no answer for 0.3 s"
			shared := false
			for _, n := range from.Networks {
				shared = shared || strings.Contains(strings.Join(to.Networks, " "), n)
			}
			c.ByAddress, c.ByName = ok, ok
			if !shared {
				no.Cause = "different-networks"
				c.ByAddress, c.ByName = no, no
				c.ByName.Cause = "name-not-on-shared-network"
			}
			for _, port := range to.TCP {
				c.Ports = append(c.Ports, result.Port{Port: port, Network: "tcp", Answer: c.ByAddress})
			}
			for _, port := range to.Loopback {
				a := no
				a.Cause, a.Reason = "listens-on-loopback", probe.Refused
				c.Ports = append(c.Ports, result.Port{Port: port, Network: "tcp", Answer: a})
			}
			for _, port := range to.UDP {
				a := result.Answer{State: result.NotAsked}
				c.Ports = append(c.Ports, result.Port{Port: port, Network: "udp", Answer: a})
			}
			switch from.Name + " " + to.Name {
			case "shop-web-1 shop-api-1":
				c.Ports[1].Answer = no
			case "shop-db-1 shop-api-1":
				c.ByName.State, c.ByName.Reason, c.ByName.Text = result.HopNo, probe.NameNotFound, "127.0.0.11: NXDOMAIN"
			case "worker shop-web-1":
				c.Ports[0].State, c.Ports[0].Reason, c.Ports[0].Text = result.HopUnknown, probe.Broken, "the agent is gone"
			}
			m.Cells = append(m.Cells, c)
		}
	}
	example("different-networks", "old", "shop-api-1",
		"old and shop-api-1 are on different networks, and Docker drops packets between its networks.")
	example("listens-on-loopback", "shop-web-1", "shop-api-1", "shop-api-1 listens on 127.0.0.1:6060 only.")
	return m
}

// manyContainers is a matrix of n containers. Every third is on a network of its own.
func manyContainers(n int) *result.Matrix {
	m := &result.Matrix{Schema: result.Schema, Kind: result.KindMatrix, TookUS: 9_000_000}
	for i := range n {
		m.Containers = append(m.Containers, result.Member{Name: fmt.Sprintf("service-number-%02d", i+1), TCP: []int{80}})
	}
	for i, from := range m.Containers {
		for j, to := range m.Containers {
			a := result.Answer{State: result.HopOK, Reason: probe.OK}
			if i%3 == 0 || j%3 == 0 {
				a.State, a.Reason, a.Cause = result.HopNo, probe.Timeout, "different-networks"
			}
			if i != j {
				m.Cells = append(m.Cells, result.Cell{
					From: from.Name, To: to.Name, ByAddress: a, ByName: a,
					Ports: []result.Port{{Port: 80, Network: "tcp", Answer: a}},
				})
			}
		}
	}
	m.Causes = []result.Example{{
		Cause: result.Cause{ID: "different-networks", Title: "They are on different networks."},
		From:  m.Containers[0].Name, To: m.Containers[1].Name, Pairs: 1,
	}}
	return m
}

// A table with names, with numbers, and lists if even numbers are too wide.
func TestMatrix(t *testing.T) {
	for name, m := range map[string]*result.Matrix{
		"matrix": fiveContainers(), "matrix-numbers": manyContainers(8), "matrix-lists": manyContainers(20),
	} {
		for _, width := range []int{60, 80, 120} {
			file := fmt.Sprintf("%s-%d.txt", name, width)
			t.Run(file, func(t *testing.T) {
				golden(t, file, func(w io.Writer) error { return Matrix(w, m, Options{Width: width}) })
			})
		}
	}
	for file, draw := range map[string]func(io.Writer, *result.Matrix) error{
		"matrix.md": MatrixMarkdown, "matrix.csv": MatrixCSV, "matrix.mmd": MatrixMermaid,
	} {
		t.Run(file, func(t *testing.T) {
			golden(t, file, func(w io.Writer) error { return draw(w, fiveContainers()) })
		})
	}
}

// Names of others never reach the terminal as they are, and no line is wider than the page.
func TestMatrixHostile(t *testing.T) {
	const evil = "a\x1b[2Jb\u202ec\r\n|<b>"
	m := fiveContainers()
	for i := range m.Containers {
		c := &m.Containers[i]
		c.Name, c.Service, c.Unread = evil+c.Name, "", evil
	}
	for i := range m.Cells {
		c := &m.Cells[i]
		c.From, c.To, c.ByName.Text, c.ByName.Cause = evil+c.From, evil+c.To, evil, evil
	}
	for i := range m.Causes {
		m.Causes[i].Title = evil
	}
	for name, draw := range map[string]func(io.Writer) error{
		"40 columns":  func(w io.Writer) error { return Matrix(w, m, Options{Width: 40}) },
		"120 columns": func(w io.Writer) error { return Matrix(w, m, Options{Width: 120}) },
		"JSON":        func(w io.Writer) error { return JSON(w, m) },
		"CSV":         func(w io.Writer) error { return MatrixCSV(w, m) },
		"Markdown":    func(w io.Writer) error { return MatrixMarkdown(w, m) },
		"Mermaid":     func(w io.Writer) error { return MatrixMermaid(w, m) },
	} {
		var b bytes.Buffer
		if err := draw(&b); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); strings.ContainsAny(text, "\x1b\r\u202e") {
			t.Errorf("%s: a control character is written: %q", name, text)
		}
		if text := b.String(); (name == "Markdown" || name == "Mermaid") && strings.Contains(text, "<b>") {
			t.Errorf("%s: a name becomes markup: %q", name, text)
		}
		for line := range strings.Lines(b.String()) {
			if name == "40 columns" && columns(strings.TrimSuffix(line, "\n")) > 40 {
				t.Errorf("%q is wider than the page", line)
			}
		}
	}
}
