package lab

import (
	"context"
	"errors"
	"fmt"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
)

// binding returns the host port that forwards to a container's port.
func binding(ctx context.Context, p *peer, port string) (int, error) {
	if p == nil || p.container == nil {
		return 0, errors.New("its publisher does not exist")
	}
	now, err := p.container.Inspect(ctx)
	if err != nil {
		return 0, err
	}
	for _, b := range now.Published {
		if b.Port == port {
			return b.HostPort, nil
		}
	}
	if !now.Running {
		return 0, fmt.Errorf("%s is not running, so the engine publishes none of its ports", p.name)
	}
	return 0, errNotPublished
}

// errNotPublished means that a container runs and the engine did not publish the port anywhere, although it was told
// to. That happens in host mode, without a network, and on an internal network.
var errNotPublished = errors.New("the engine did not publish the port")

// connectUnpublished tries the host for a port that the engine should have published and did not, at the container's
// own port number. If another program on the host uses that port, there is nothing to conclude.
func (a asking) connectUnpublished(ctx context.Context, p ask.Connect, q probe.Connect) probe.Outcome {
	host, err := a.target(ctx, p.Through)
	if err != nil {
		return broken(err)
	}
	q.Host = host
	h := a.listen(nil, probe.Question{Connect: &q}, 0)
	o := query(ctx, a.asker, probe.Question{Connect: &q})
	o.Lost = h.end(ctx, o)
	switch o.Reason {
	case probe.Closed, probe.Accepted, probe.Reset:
		return broken(fmt.Errorf("%w, and another program has port %d of the host", errNotPublished, q.Port))
	}
	o.Evidence = append(o.Evidence, probe.Evidence{
		Source: "docker port", Text: fmt.Sprintf("the engine did not publish %s of %s. netlab asked for port %d",
			p.Port.Docker(), p.To.Ref.Head, q.Port),
	})
	return o
}
