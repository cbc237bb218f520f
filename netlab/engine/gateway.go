package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
)

// ErrRestartNeeded says that the engine refuses to remove docker_gwbridge although nothing is connected to it.
var ErrRestartNeeded = errors.New("the engine counts an endpoint on it, but nothing is connected to it. " +
	"Restart the engine, then run netlab clean")

const (
	gatewayBridge = "docker_gwbridge" // libnetwork fixes these three names
	ingressBox    = "ingress-sbox"
	gatewayPrefix = "gateway_"

	// The engine sets a swarm's ingress network up in the background, usually within a second.
	ingressLimit = 5 * time.Second
	ingressLook  = 50 * time.Millisecond
)

// createGatewayBridge creates docker_gwbridge, unless there is one, with the options that the engine would give it.
// (moby, libnetwork/default_gateway_linux.go: createGWNetwork.)
func (s *Session) createGatewayBridge(ctx context.Context, subnet netip.Prefix) error {
	e := s.engine
	if _, err := e.Network(ctx, gatewayBridge); !errors.Is(err, ErrNotFound) {
		return err
	}
	o := network.CreateOptions{
		Driver: "bridge", Labels: s.labels(),
		Options: map[string]string{optionBridge: gatewayBridge, optionICC: "false", optionMasquerade: "true"},
	}
	if subnet.IsValid() {
		o.IPAM = &network.IPAM{Config: []network.IPAMConfig{{Subnet: subnet.String()}}}
	}
	if _, err := e.api.NetworkCreate(ctx, gatewayBridge, o); err != nil {
		return e.failed(err, "creating network %q", gatewayBridge)
	}
	return nil
}

// settleSwarm waits until the engine has finished beginning, joining or leaving a swarm, which it does one at a time.
// A netlab that is killed while the engine begins a swarm leaves only docker_gwbridge to be seen: the swarm appears
// seconds later, and the engine then makes a docker_gwbridge of its own if netlab's is gone.
//
// Unlocking waits for its turn too, and with no key it changes nothing, whatever swarm there is. The answer is always
// an error. (moby, daemon/cluster/swarm.go: controlMutex.)
func (e *Engine) settleSwarm(ctx context.Context) {
	_ = e.api.SwarmUnlock(ctx, swarm.UnlockRequest{})
	e.swarm.Store(true)
	e.manager.Store(true)
}

// awaitIngress waits until the engine has set the ingress network up. An engine that leaves its swarm before that
// leaves ingress behind, or an endpoint on docker_gwbridge. (moby, daemon/network.go: setupIngress.)
func (e *Engine) awaitIngress(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, ingressLimit)
	defer stop()
	look := time.NewTicker(ingressLook)
	defer look.Stop()
	for {
		n, err := e.api.NetworkInspect(ctx, gatewayBridge, network.InspectOptions{})
		if _, up := n.Containers[ingressBox]; up || err != nil && !errdefs.IsNotFound(err) {
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// removeGatewayBridge removes netlab's docker_gwbridge once there is no swarm. Endpoints that the engine forgot there
// when it left one are disconnected first. The error is ErrRestartNeeded where it refuses although none is left.
func (e *Engine) removeGatewayBridge(ctx context.Context, id string) error {
	refused := e.api.NetworkRemove(ctx, id)
	if !errdefs.IsPermissionDenied(refused) { // the answer to "has active endpoints"
		return refused
	}
	info, err := e.api.Info(ctx)
	if err != nil || info.Swarm.LocalNodeState != swarm.LocalNodeStateInactive {
		return refused
	}
	n, err := e.api.NetworkInspect(ctx, id, network.InspectOptions{})
	if err != nil {
		return refused
	}
	for key, endpoint := range n.Containers {
		if !isForgotten(key, endpoint.Name) {
			return refused // a container uses it
		}
		// By the endpoint's name, since there is no container to name.
		_ = e.api.NetworkDisconnect(ctx, id, endpoint.Name, true)
	}
	refused = e.api.NetworkRemove(ctx, id)
	if !errdefs.IsPermissionDenied(refused) {
		return refused
	}
	n, err = e.api.NetworkInspect(ctx, id, network.InspectOptions{})
	if err == nil && len(n.Containers) == 0 {
		return fmt.Errorf("%w (%w)", ErrRestartNeeded, refused)
	}
	return refused
}

// isForgotten reports whether an endpoint of docker_gwbridge, listed under that key, is of no container: of the ingress
// network, or of a sandbox that is gone. (moby, daemon/network.go: buildContainerAttachments.)
func isForgotten(key, name string) bool {
	return strings.HasPrefix(name, gatewayPrefix) && (key == ingressBox || strings.HasPrefix(key, "ep-"))
}
