package engine

import (
	"context"
	"strings"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
)

// healthEvent is what the engine calls a change of health, with what it is now behind a colon.
const healthEvent = "health_status"

// Health tells each change of what the engine says of the container's HEALTHCHECK, healthy or unhealthy, from now on
// until ctx ends, and an empty word whenever the container is started: it is starting then.
func (c *Container) Health(ctx context.Context) (<-chan string, error) {
	e := c.session.engine
	messages, failed := e.api.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)), filters.Arg("container", c.id),
		filters.Arg("event", string(events.ActionStart)), filters.Arg("event", healthEvent),
	)})
	select {
	case err := <-failed:
		return nil, e.failed(err, "listening to the health of %q", c.name)
	default:
	}
	words := make(chan string)
	go func() {
		defer close(words)
		for {
			select {
			case m := <-messages:
				word, isHealth := strings.CutPrefix(string(m.Action), healthEvent+": ")
				if !isHealth {
					word = "" // it was started
				}
				select {
				case words <- word:
				case <-ctx.Done():
					return
				}
			case err := <-failed:
				_ = err // ctx has ended, or the engine has, and whoever asks it next is told
				return
			}
		}
	}()
	return words, nil
}
