package floor

import (
	"context"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/engine"
)

// A scan of so many containers takes at most so long.
const (
	scanned   = 50
	scanLimit = 15 * time.Second
)

// BenchmarkScan scans containers that are all on one network.
func BenchmarkScan(b *testing.B) {
	binary := build(b)
	eng, err := engine.Connect(b.Context(), engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer eng.Close()
	session, err := eng.NewSession(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if _, err := session.Remove(context.Background()); err != nil {
			b.Error(err)
		}
	}()
	n, err := session.CreateNetwork(b.Context(), engine.NetworkSpec{Name: "many", Driver: "bridge"})
	if err != nil {
		b.Fatal(err)
	}
	args := []string{"scan"}
	var work errgroup.Group
	work.SetLimit(8)
	for i := range scanned {
		peer := "peer" + strconv.Itoa(i)
		args = append(args, "netlab-"+session.Lab()+"-"+peer)
		work.Go(func() error {
			c, err := session.Create(b.Context(), engine.ContainerSpec{
				Peer: peer, Attachments: []engine.Attachment{{Network: n.Name}},
			})
			if err == nil {
				_, err = c.Start(b.Context())
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		cmd := exec.Command(binary, args...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() > 1 { // 1 is for findings, and this host may have some of its own
			b.Fatalf("scanning: %v: %s", err, out)
		}
		took = append(took, time.Since(start))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(took).Seconds(), "s")
	if m := median(took); m > scanLimit {
		b.Errorf("scanning %d containers takes %s, more than %s", scanned, m, scanLimit)
	}
}
