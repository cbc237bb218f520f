package scan_test

import (
	"context"
	"sync"
	"time"

	"github.com/docker/docker/api/types/container"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
)

// run starts a container of the agent's image with docker's API, because the engine's package has no words for what
// differs, and returns its id.
func (w *world) run(name, network string, differ func(*container.Config, *container.HostConfig)) string {
	w.t.Helper()
	r, err := w.api.ContainerInspect(w.t.Context(), w.peers["client"].ID())
	if err != nil {
		w.t.Fatal(err)
	}
	config := &container.Config{Image: r.Config.Image, Env: []string{"NETLAB_TOKEN=word"}}
	host := &container.HostConfig{NetworkMode: container.NetworkMode(network)}
	differ(config, host)
	name = "netlab-" + w.session.Lab() + "-" + name
	c, err := w.api.ContainerCreate(w.t.Context(), config, host, nil, nil, name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := w.api.ContainerRemove(context.Background(), c.ID, container.RemoveOptions{Force: true}); err != nil {
			w.t.Error(err)
		}
	})
	if err := w.api.ContainerStart(w.t.Context(), c.ID, container.StartOptions{}); err != nil {
		w.t.Fatal(err)
	}
	w.others = append(w.others, name)
	return c.ID
}

// freeze stops a container's program, and not its network namespace.
func (w *world) freeze(id string) {
	w.t.Helper()
	if err := w.api.ContainerKill(w.t.Context(), id, "STOP"); err != nil {
		w.t.Fatal(err)
	}
}

// until waits for what the engine or a kernel does not report.
func (w *world) until(what string, is func(context.Context) (bool, error)) {
	w.t.Helper()
	if yes, err := poll.Until(w.t.Context(), time.Minute, 20*time.Millisecond, is); err != nil || !yes {
		w.t.Fatalf("%s: %t, %v", what, yes, err)
	}
}

func (w *world) call(ctx context.Context, from, to string) (probe.Outcome, error) {
	return w.agents[from].Ask(ctx, probe.Question{Connect: &probe.Connect{
		Network: "tcp", Host: to, Port: 80, Token: "word",
	}})
}

// hang starts a server and a sidecar whose programs hang, with as many connections as the kernel takes.
func (w *world) hang(network string) {
	w.t.Helper()
	short := map[string]string{"net.core.somaxconn": "1"}
	serve := []string{"serve-ports", "80/tcp"}
	stuck := w.run("stuck", network, func(c *container.Config, h *container.HostConfig) {
		c.Cmd, h.Sysctls = serve, short
	})
	pod := w.run("pod", network, func(c *container.Config, h *container.HostConfig) {
		c.Cmd, h.Sysctls = []string{"serve-ports", "81/tcp"}, short
	})
	side := w.run("pod-side", "container:"+pod, func(c *container.Config, _ *container.HostConfig) { c.Cmd = serve })
	var calls sync.WaitGroup
	for at, frozen := range map[string]string{stuck: stuck, pod: side} {
		r, err := w.api.ContainerInspect(w.t.Context(), at)
		if err != nil {
			w.t.Fatal(err)
		}
		to := r.NetworkSettings.Networks[network].IPAddress
		w.until("it listens", func(ctx context.Context) (bool, error) {
			o, err := w.call(ctx, "client", to)
			return o.Reason == probe.OK, err
		})
		w.freeze(frozen)
		for range 2 { // a queue may exceed its limit by one
			calls.Go(func() { _, _ = w.call(w.t.Context(), "client", to) })
		}
	}
	calls.Wait()
}

// inherit leaves a connection behind to a container that has lost its network, and whose address another has now.
func (w *world) inherit(network string) {
	w.t.Helper()
	on := []engine.Attachment{{Network: network}}
	w.up(engine.ContainerSpec{Peer: "old", Attachments: on}, "0.0.0.0:80")
	w.up(engine.ContainerSpec{Peer: "caller", Attachments: on})
	address := w.address("old")
	w.freeze(w.peers["old"].ID())
	go func() { _, _ = w.call(w.t.Context(), "caller", address) }()
	w.until("the connection is open", func(ctx context.Context) (bool, error) {
		s, err := w.agents["caller"].LookWithSockets(ctx)
		return err == nil && len(s.Connections) > 0 && s.Connections[0].State == fact.Established, err
	})
	opened := time.Now()
	w.freeze(w.peers["caller"].ID()) // so that it does not close it
	if err := w.peers["old"].Disconnect(w.t.Context(), network); err != nil {
		w.t.Fatal(err)
	}
	if err := w.api.ContainerKill(w.t.Context(), w.peers["old"].ID(), "CONT"); err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(time.Until(opened.Add(3 * time.Second))) // the rule allows for clocks that differ
	w.up(engine.ContainerSpec{Peer: "new", Attachments: on}, "0.0.0.0:80")
	if got := w.address("new"); got != address {
		w.t.Fatalf("the engine gave %s to another, and not %s", got, address)
	}
}

// restarting starts a container whose program ends at once.
func (w *world) restarting(network string) {
	w.t.Helper()
	id := w.run("restarting", network, func(c *container.Config, h *container.HostConfig) {
		c.Cmd, h.RestartPolicy.Name = []string{"serve-ports", "no port"}, container.RestartPolicyAlways
	})
	w.until("it has restarted three times", func(ctx context.Context) (bool, error) {
		r, err := w.api.ContainerInspect(ctx, id)
		return err == nil && r.RestartCount >= 3, err
	})
}
