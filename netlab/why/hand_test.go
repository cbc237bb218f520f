package why_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// asker is what a peer is called on the engine. The host and a computer outside are called the same everywhere.
func (w *world) asker(name string) string {
	if name == survey.HostWord || name == survey.OutsideWord {
		return name
	}
	return w.named("%" + name)
}

// named replaces %NAME by the name of that container.
func (w *world) named(text string) string {
	return strings.ReplaceAll(text, "%", "netlab-"+w.session.Lab()+"-")
}

// run starts a peer with docker itself: as a service of a project, with variables, or with a server that is stuck.
func (w *world) run(p peer) {
	w.t.Helper()
	image := ""
	for _, c := range w.peers { // any of them
		r, err := w.api.ContainerInspect(w.t.Context(), c.ID())
		if err != nil {
			w.t.Fatal(err)
		}
		image = r.Config.Image
	}
	network, alias, _ := strings.Cut(p.networks[0], ":")
	args := []string{
		"run", "-di", "--name", w.named("%" + p.name), "--network", w.networks[network], "--label",
		"netlab-test=" + w.session.Lab(), "-e", "NETLAB_TOKEN=word",
	}
	if alias != "" {
		args = append(args, "--network-alias", alias)
	}
	if p.project != "" {
		args = append(args, "--label", "com.docker.compose.project="+w.named("%"+p.project), "--label",
			"com.docker.compose.service="+p.name)
	}
	for _, v := range p.env {
		args = append(args, "-e", w.named(v))
	}
	for _, b := range p.publish {
		args = append(args, "-p", fmt.Sprintf("%d:%s", b.HostPort, b.Port))
	}
	var serve []string
	for _, at := range p.listen {
		serve = append(serve, fmt.Sprintf("%d/tcp", netip.MustParseAddrPort(strings.TrimPrefix(at, "tcp ")).Port()))
	}
	if p.stuck {
		args, serve = append(args, "--sysctl", "net.core.somaxconn=1"), []string{"80/tcp"}
	}
	args = append(args, image)
	if serve != nil {
		args = append(append(args, "serve-ports"), serve...)
	}
	w.t.Cleanup(func() {
		if out, err := w.docker("rm", "-f", w.named("%"+p.name)); err != nil {
			w.t.Errorf("%v: %s", err, out)
		}
	})
	if out, err := w.docker(args...); err != nil {
		w.t.Fatalf("docker %q: %v: %s", args, err, out)
	}
	if p.stuck {
		w.stick(w.named("%" + p.name))
	}
}

// stick freezes a server once it listens, and fills its queue.
func (w *world) stick(name string) {
	w.t.Helper()
	r, err := w.api.ContainerInspect(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	address := ""
	for _, e := range r.NetworkSettings.Networks {
		address = e.IPAddress
	}
	call := func(ctx context.Context) (probe.Outcome, error) {
		return w.agents["web"].Ask(ctx, probe.Question{Connect: &probe.Connect{
			Network: "tcp", Host: address, Port: 80, Token: "word",
		}})
	}
	listens, err := poll.Until(w.t.Context(), time.Minute, 20*time.Millisecond, func(ctx context.Context) (bool, error) {
		o, err := call(ctx)
		return o.Reason == probe.OK, err
	})
	if err != nil || !listens {
		w.t.Fatalf("%s does not listen: %v", name, err)
	}
	if out, err := w.docker("kill", "-s", "STOP", name); err != nil {
		w.t.Fatalf("%v: %s", err, out)
	}
	var calls sync.WaitGroup
	for range 2 { // a queue may exceed its limit, 1, by one
		calls.Go(func() { _, _ = call(w.t.Context()) }) // the kernel takes it, and nothing answers
	}
	calls.Wait()
}
