package ask

import (
	"context"

	"netlab/netlab/probe"
)

// An Await waits for a status of the asker's HEALTHCHECK.
type Await struct {
	Status string `json:"status"`
}

// What Docker reports about a container with a HEALTHCHECK.
const (
	Starting  = "starting"
	Healthy   = "healthy"
	Unhealthy = "unhealthy"
)

// Kind returns the properties of waiting for health.
func (Await) Kind() Kind {
	return Kind{
		Name: "await", Doc: "wait until Docker reports this health for the asker: starting, healthy or unhealthy",
		Example: Healthy, Group: Health, Wants: WantsYesNo, Answer: HealthStates, Changes: true,
	}
}

func (q Await) String() string { return words([]string{"await", q.Status}) }

// Ask waits.
func (q Await) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Await(ctx, q) }
