package floor

import (
	"context"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/client"

	"netlab/netlab/engine"
	"netlab/netlab/probe"
)

// BenchmarkProbe asks one question over the attached stream, and then the same question with docker exec. A probe's
// own cost is the time from question to answer, minus the time that the container itself measured on the network.
func BenchmarkProbe(b *testing.B) {
	ctx := context.Background()
	eng, err := engine.Connect(ctx, engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer eng.Close()
	if _, err := eng.EnsureImage(ctx); err != nil {
		b.Fatal(err)
	}
	session, err := eng.NewSession(ctx, "")
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if _, err := session.Remove(ctx); err != nil {
			b.Error(err)
		}
	}()
	alice, err := session.Create(ctx, engine.ContainerSpec{
		Peer: "alice", Attachments: []engine.Attachment{{Network: "none"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	agent, err := alice.Start(ctx)
	if err != nil {
		b.Fatal(err)
	}
	replies, err := agent.Stream(ctx, probe.Question{Listen: &probe.Listen{
		Network: "tcp", Address: "127.0.0.1", Token: session.Token(),
	}})
	if err != nil {
		b.Fatal(err)
	}
	bound := (<-replies).Outcome.Value
	_, port, err := net.SplitHostPort(bound)
	if err != nil {
		b.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for range replies { // what the listener sees is not needed
		}
	}()
	question := probe.Question{Connect: &probe.Connect{
		Network: "tcp", Host: "127.0.0.1", Port: number, Token: session.Token(),
	}}
	var own, exec []time.Duration
	for b.Loop() {
		start := time.Now()
		o, err := agent.Ask(ctx, question)
		if err != nil || o.Reason != probe.OK {
			b.Fatalf("%+v, %v", o, err)
		}
		own = append(own, time.Since(start)-o.Took())
	}
	for range 20 {
		start := time.Now()
		byExec(b, alice.ID(), "get", bound)
		exec = append(exec, time.Since(start))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(median(own).Microseconds()), "own-us")
	b.ReportMetric(float64(median(exec).Microseconds()), "exec-us")
	if median(own) > time.Millisecond {
		b.Errorf("a probe costs %s of its own, more than 1 ms", median(own))
	}
}

func byExec(b *testing.B, id string, command ...string) {
	b.Helper()
	ctx := context.Background()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		b.Fatal(err)
	}
	defer api.Close()
	run, err := api.ContainerExecCreate(ctx, id, container.ExecOptions{Cmd: command, AttachStdout: true})
	if err != nil {
		b.Fatal(err)
	}
	out, err := api.ContainerExecAttach(ctx, run.ID, container.ExecAttachOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(io.Discard, out.Reader); err != nil {
		b.Fatal(err)
	}
}
