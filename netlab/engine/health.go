package engine

import (
	"context"
	"strings"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"netlab/netlab/fact"
	"netlab/netlab/safely"
)

// Health sends every change of the container's health status, healthy or unhealthy, from now until ctx ends. It sends
// "" whenever the container is started, because it is starting then. If words is closed before ctx ends, failed
// already holds the reason.
func (c *Container) Health(ctx context.Context) (words <-chan string, failed <-chan error, err error) {
	e := c.session.engine
	messages, broken := e.api.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)), filters.Arg("container", c.id),
		filters.Arg("event", string(events.ActionStart)), filters.Arg("event", fact.EventHealth),
	)})
	failure := func(err error) error { return e.failed(err, "listening to the health of %q", c.name) }
	select {
	case err := <-broken:
		return nil, nil, failure(err)
	default: // a refusal may arrive a moment later: the client returns before it delivers it
	}
	said, why := make(chan string), make(chan error, 1)
	safely.Go(ctx, func() {
		defer close(said)
		for {
			select {
			case m := <-messages:
				word, isHealth := strings.CutPrefix(string(m.Action), fact.EventHealth+": ")
				if !isHealth {
					word = "" // it was started
				}
				select {
				case said <- word:
				case <-ctx.Done():
					return
				}
			case err := <-broken:
				if ctx.Err() == nil {
					why <- failure(err)
				}
				return
			}
		}
	})
	return said, why, nil
}
