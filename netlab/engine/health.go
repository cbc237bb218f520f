package engine

import (
	"context"
	"strings"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"netlab/netlab/safely"
)

// healthEvent is what the engine calls a change of health, with what it is now behind a colon.
const healthEvent = "health_status"

// Health tells each change of what the engine says of the container's HEALTHCHECK, healthy or unhealthy, from now on
// until ctx ends, and an empty word whenever the container is started: it is starting then. Where words ends before
// ctx, failed has the reason already.
func (c *Container) Health(ctx context.Context) (words <-chan string, failed <-chan error, err error) {
	e := c.session.engine
	messages, broken := e.api.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)), filters.Arg("container", c.id),
		filters.Arg("event", string(events.ActionStart)), filters.Arg("event", healthEvent),
	)})
	failure := func(err error) error { return e.failed(err, "listening to the health of %q", c.name) }
	select {
	case err := <-broken:
		return nil, nil, failure(err)
	default: // a refusal may also come a moment later: the client returns before it hands it over
	}
	said, why := make(chan string), make(chan error, 1)
	safely.Go(ctx, func() {
		defer close(said)
		for {
			select {
			case m := <-messages:
				word, isHealth := strings.CutPrefix(string(m.Action), healthEvent+": ")
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
