package floor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// What a matrix of this many containers, on that many networks, may take, including the removal of netlab's own.
const (
	matrixContainers = 20
	matrixNetworks   = 4
	matrixLimit      = 10 * time.Second
)

// BenchmarkMatrix asks all pairs of many containers. Most are on different networks, so they are silent, which takes
// longest.
func BenchmarkMatrix(b *testing.B) {
	binary := build(b)
	names := listening(b)
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		cmd := exec.Command(binary, append([]string{"matrix", "-o", "json"}, names...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
		var m result.Matrix
		if err := json.Unmarshal(out, &m); err != nil {
			b.Fatal(err)
		}
		connect, caused := 0, 0
		for _, c := range m.Cells {
			switch {
			case c.Ports[0].State == result.HopOK:
				connect++
			case c.Ports[0].Cause == "different-networks":
				caused++
			}
		}
		each := matrixContainers / matrixNetworks
		if want := matrixContainers * (each - 1); connect != want || caused != len(m.Cells)-want {
			b.Errorf("%d pairs connect and %d are on different networks, want %d of %d", connect, caused, want, len(m.Cells))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(took).Seconds()*1000, "command-ms")
	if m := median(took); m > matrixLimit {
		b.Errorf("a matrix of %d containers takes %s, more than %s", matrixContainers, m, matrixLimit)
	}
}

// listening starts containers that listen on a port, and returns their names.
func listening(b *testing.B) []string {
	b.Helper()
	eng, err := engine.Connect(b.Context(), engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = eng.Close() })
	session, err := eng.NewSession(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if _, err := session.Remove(context.Background()); err != nil {
			b.Error(err)
		}
	})
	var networks []string
	for i := range matrixNetworks {
		n, err := session.CreateNetwork(b.Context(), engine.NetworkSpec{Name: fmt.Sprintf("net%d", i), Driver: "bridge"})
		if err != nil {
			b.Fatal(err)
		}
		networks = append(networks, n.Name)
	}
	names := make([]string, matrixContainers)
	var starting errgroup.Group
	for i := range names {
		starting.Go(func() error {
			c, err := session.Create(b.Context(), engine.ContainerSpec{
				Peer:        fmt.Sprintf("peer%d", i),
				Attachments: []engine.Attachment{{Network: networks[i%matrixNetworks]}},
			})
			if err != nil {
				return err
			}
			names[i] = c.Name()
			agent, err := c.Start(b.Context())
			if err != nil {
				return err
			}
			replies, err := agent.Stream(b.Context(), probe.Question{
				Listen: &probe.Listen{Network: "tcp", Address: "0.0.0.0", Port: 80, Token: "word"},
			})
			if err != nil {
				return err
			}
			<-replies
			return nil
		})
	}
	if err := starting.Wait(); err != nil {
		b.Fatal(err)
	}
	return names
}
