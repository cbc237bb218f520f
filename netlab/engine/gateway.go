package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/poll"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"
)

// errRestartNeeded means that the engine refuses to remove docker_gwbridge although nothing is connected to it.
var errRestartNeeded = errors.New("the engine counts an endpoint on it, but nothing is connected. " +
	"Restart the engine, then run netlab clean")

const (
	ingressBox    = "ingress-sbox" // both names are fixed in libnetwork
	gatewayPrefix = "gateway_"

	// The engine creates a swarm's ingress network in the background, usually within a second.
	ingressLimit = 5 * time.Second
	ingressLook  = 50 * time.Millisecond
)

// createGatewayBridge creates docker_gwbridge if it does not exist, with the options that the engine would use.
// (moby, libnetwork/default_gateway_linux.go: createGWNetwork.)
func (s *Session) createGatewayBridge(ctx context.Context, subnet netip.Prefix) error {
	e := s.engine
	if _, err := e.Network(ctx, fact.GatewayBridge); !errors.Is(err, ErrNotFound) {
		return err
	}
	o := network.CreateOptions{
		Driver: fact.DriverBridge, Labels: s.labels(),
		Options: map[string]string{optionBridge: fact.GatewayBridge, optionICC: "false", optionMasquerade: "true"},
	}
	if subnet.IsValid() {
		o.IPAM = &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet.String()}}}
	}
	_, err := e.api.NetworkCreate(ctx, fact.GatewayBridge, o)
	switch {
	case err != nil && strings.Contains(err.Error(), "same bridge name"): // its driver saves the bridge before the network
		return fmt.Errorf("%w: it was killed while it created docker_gwbridge. It kept the bridge, but not the network",
			ErrSwarmRefused)
	case err != nil:
		return e.failed(err, "creating network %q", fact.GatewayBridge)
	}
	return nil
}

// settleSwarm waits until the engine has finished creating, joining or leaving a swarm, which it does one at a time.
// If netlab is killed while the engine creates a swarm, at first only docker_gwbridge is visible. The swarm appears
// seconds later, and the engine then creates its own docker_gwbridge if netlab's is gone.
//
// An unlock request waits for its turn as well, and without a key it changes nothing in any swarm. It always returns
// an error. (moby, daemon/cluster/swarm.go: controlMutex.)
func (e *Engine) settleSwarm(ctx context.Context) {
	_ = e.api.SwarmUnlock(ctx, swarm.UnlockRequest{})
	e.swarm.Store(true)
	e.manager.Store(true)
}

// awaitIngress waits until the engine has created the ingress network. An engine that leaves its swarm before that
// leaves ingress behind, or an endpoint on docker_gwbridge. (moby, daemon/network.go: setupIngress.)
func awaitIngress(ctx context.Context, api *client.Client) {
	// If it does not come, leaving shows that.
	_, _ = poll.Until(ctx, ingressLimit, ingressLook, func(ctx context.Context) (bool, error) {
		n, err := api.NetworkInspect(ctx, fact.GatewayBridge, network.InspectOptions{})
		_, up := n.Containers[ingressBox]
		return up || err != nil && !errdefs.IsNotFound(err), nil
	})
}

// removeGatewayBridge removes netlab's docker_gwbridge once there is no swarm. It first disconnects endpoints that
// the engine left there when it left a swarm. The error is errRestartNeeded if the engine refuses although no
// endpoint is left.
func removeGatewayBridge(ctx context.Context, api *client.Client, id string) error {
	refused := api.NetworkRemove(ctx, id)
	if !errdefs.IsPermissionDenied(refused) { // the engine's status for "has active endpoints"
		return refused
	}
	info, err := api.Info(ctx)
	if err != nil || info.Swarm.LocalNodeState != swarm.LocalNodeStateInactive {
		return refused
	}
	n, err := api.NetworkInspect(ctx, id, network.InspectOptions{})
	if err != nil {
		return refused
	}
	for key, endpoint := range n.Containers {
		if !isForgotten(key, endpoint.Name) {
			return refused // a container uses it
		}
		// Use the endpoint's name, because there is no container to name.
		_ = api.NetworkDisconnect(ctx, id, endpoint.Name, true)
	}
	refused = api.NetworkRemove(ctx, id)
	if !errdefs.IsPermissionDenied(refused) {
		return refused
	}
	n, err = api.NetworkInspect(ctx, id, network.InspectOptions{})
	if err == nil && len(n.Containers) == 0 {
		return fmt.Errorf("%w (%w)", errRestartNeeded, refused)
	}
	return refused
}

// isForgotten reports whether an endpoint of docker_gwbridge, listed under key, belongs to no container, but to the
// ingress network or to a sandbox that is gone. (moby, daemon/network.go: buildContainerAttachments.)
func isForgotten(key, name string) bool {
	return strings.HasPrefix(name, gatewayPrefix) && (key == ingressBox || strings.HasPrefix(key, "ep-"))
}
