package engine

import (
	"context"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"

	"netlab/netlab/fact"
	"netlab/netlab/safely"
)

// Events sends what becomes of containers and of their places on networks, from now until ctx ends. If seen is closed
// before ctx ends, failed already holds the reason.
func (e *Engine) Events(ctx context.Context) (seen <-chan fact.Event, failed <-chan error) {
	messages, broken := e.api.Events(ctx, events.ListOptions{Filters: filters.NewArgs(
		filters.Arg("type", string(events.ContainerEventType)), filters.Arg("type", string(events.NetworkEventType)),
	)})
	out, why := make(chan fact.Event), make(chan error, 1)
	safely.Go(ctx, func() {
		defer close(out)
		for {
			select {
			case m := <-messages:
				select {
				case out <- eventFact(m):
				case <-ctx.Done():
					return
				}
			case err := <-broken:
				if ctx.Err() == nil {
					why <- e.failed(err, "listening to what becomes of the containers")
				}
				return
			}
		}
	})
	return out, why
}

func eventFact(m events.Message) fact.Event {
	has := m.Actor.Attributes
	e := fact.Event{At: time.Unix(0, m.TimeNano), Action: string(m.Action)}
	if m.Type == events.NetworkEventType {
		e.Container, e.Network = has["container"], has["name"]
		return e
	}
	e.Container, e.Name = m.Actor.ID, has["name"]
	e.Project, e.Service = has[composeProject], has[composeService]
	e.ExitCode = has["exitCode"]
	return e
}
