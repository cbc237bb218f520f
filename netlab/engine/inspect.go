package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/docker/api/types/container"

	"netlab/netlab/fact"
)

// An Inspection is a container as the engine inspects it.
type Inspection struct {
	Running   bool            // also true if paused
	Endpoints []fact.Endpoint // sorted by network; IPv4 without prefix
	Published []fact.Binding  // sorted by port, address and host port
	Health    string          // from its HEALTHCHECK: starting, healthy or unhealthy; "" if it has none
	Exposed   []string        // "80/tcp", sorted
}

// Inspect reads the container.
func (c *Container) Inspect(ctx context.Context) (Inspection, error) {
	r, err := c.session.engine.api.ContainerInspect(ctx, c.id)
	if err != nil {
		return Inspection{}, c.session.engine.failed(err, "reading container %q", c.name)
	}
	if r.ContainerJSONBase == nil || r.State == nil || r.Config == nil || r.NetworkSettings == nil {
		return Inspection{}, fmt.Errorf("reading container %q: %w", c.name, errors.New("the engine left out parts of it"))
	}
	now := Inspection{Running: r.State.Running}
	if r.State.Health != nil && r.State.Health.Status != container.NoHealthcheck {
		now.Health = r.State.Health.Status
	}
	for name, n := range r.NetworkSettings.Networks {
		now.Endpoints = append(now.Endpoints, fact.Endpoint{
			Network: name, IPv4: n.IPAddress, IPv6: n.GlobalIPv6Address, MAC: n.MacAddress, Gateway: n.Gateway,
		})
	}
	slices.SortFunc(now.Endpoints, func(a, b fact.Endpoint) int { return strings.Compare(a.Network, b.Network) })
	for port, bindings := range r.NetworkSettings.Ports {
		for _, b := range bindings {
			hostPort, _ := strconv.Atoi(b.HostPort) // the engine only writes numbers
			now.Published = append(now.Published, fact.Binding{Port: string(port), HostIP: b.HostIP, HostPort: hostPort})
		}
	}
	slices.SortFunc(now.Published, func(a, b fact.Binding) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.HostIP, b.HostIP), cmp.Compare(a.HostPort, b.HostPort))
	})
	for port := range r.Config.ExposedPorts {
		now.Exposed = append(now.Exposed, string(port))
	}
	slices.Sort(now.Exposed)
	return now, nil
}
