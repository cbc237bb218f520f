package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"

	"netlab/netlab/fact"
)

// ErrSwarmRefused says that the engine cannot begin a swarm, with the reason.
var ErrSwarmRefused = errors.New("netlab cannot begin a swarm on this engine")

// ErrSwarmInUse says that a swarm which netlab began is used by something that is not of its lab, and therefore stays.
var ErrSwarmInUse = errors.New("the swarm stays, since it is in use")

const (
	driverOverlay = "overlay"
	scopeSwarm    = "swarm"

	// The engine hands the subnets of overlay networks out of this pool; its own default is all of 10.0.0.0/8, in
	// networks of 256 addresses.
	swarmPool       = "10.214.0.0/16"
	swarmPoolSubnet = 27

	overlayLimit = 10 * time.Second
	overlayLook  = 20 * time.Millisecond
)

// InitSwarm makes the engine a swarm of one node for the time of the lab, so that there can be overlay networks. The
// swarm has the session's labels, by which Remove, or a sweep when netlab is killed, knows that it may leave it again.
// All its addresses are loopback ones; open to other machines is the VXLAN port, 4789/udp, which the kernel opens on
// all addresses once a container is on an overlay network (and drops what has an unknown VXLAN id).
//
// The network docker_gwbridge, over which containers on overlay networks reach the outside world, is made beforehand
// with the session's labels, since an engine that makes it itself also leaves it behind. gateway is its subnet, with an
// address for each container and two more; the zero value leaves it to the engine. One that is there already is left as
// it is.
//
// The error is ErrSwarmRefused where live-restore is on, the engine is in a swarm, or running containers of others
// would lose their names when it leaves the swarm again, and ErrOverlap where gateway is taken.
func (s *Session) InitSwarm(ctx context.Context, gateway netip.Prefix) error {
	return s.creating(ctx, func(ctx context.Context) error { return s.initSwarm(ctx, gateway) })
}

func (s *Session) initSwarm(ctx context.Context, gateway netip.Prefix) error {
	e := s.engine
	info, err := e.api.Info(ctx)
	if err != nil {
		return e.failed(err, "looking whether the engine is in a swarm")
	}
	switch {
	case info.LiveRestoreEnabled:
		return fmt.Errorf("%w: it is set to keep containers running while it restarts (live-restore), and Docker "+
			"allows no swarm then", ErrSwarmRefused)
	case info.Swarm.LocalNodeState != swarm.LocalNodeStateInactive:
		return fmt.Errorf("%w: it is in a swarm already (state %s)", ErrSwarmRefused, info.Swarm.LocalNodeState)
	}
	// The other labs of this process are taken down before the swarm is left.
	mine := func(c container.Summary) bool { return c.Labels[labelOwner] == e.self.String() }
	switch user, err := e.nameUser(ctx, mine); {
	case err != nil:
		return e.failed(err, "looking whose names the end of a swarm would cost")
	case user != "":
		return fmt.Errorf("%w: %s", ErrSwarmRefused, user)
	}
	if err := s.createGatewayBridge(ctx, gateway); err != nil {
		return err
	}
	e.swarm.Store(true) // also where the call fails: it may have begun one
	e.manager.Store(true)
	_, err = e.api.SwarmInit(ctx, swarm.InitRequest{
		ListenAddr: "127.0.0.1:2377", AdvertiseAddr: "127.0.0.1:2377", DataPathAddr: "127.0.0.1",
		DefaultAddrPool: []string{swarmPool}, SubnetSize: swarmPoolSubnet,
		Spec: swarm.Spec{Annotations: swarm.Annotations{Labels: s.labels()}},
	})
	if err != nil { // docker_gwbridge stays until Remove: there may be a swarm all the same, and it names its owner
		return e.failed(err, "beginning a swarm")
	}
	return nil
}

// CanSpan returns nil where labs can span this engine, which makes their networks, and the second one, which has part
// of their containers. The error is a [Mistake] where both are one, and an *Unusable where they are in no common swarm.
func (e *Engine) CanSpan(ctx context.Context, second *Engine) error {
	if e.fact.ID == second.fact.ID && e.fact.Node == second.fact.Node {
		return mistakef("the second engine, at %s, is the first one", second.fact.Host)
	}
	no := func(what, hint string) error { return &Unusable{What: what, Hint: hint} }
	switch {
	case e.fact.Node == "":
		return no("the engine at "+e.fact.Host+" is in no swarm", "run `docker swarm init` there, and join the second engine")
	case second.fact.Node == "":
		return no("the second engine, at "+second.fact.Host+", is in no swarm",
			"run what `docker swarm join-token worker` prints on the first engine")
	}
	_, _, err := e.api.NodeInspectWithRaw(ctx, second.fact.Node)
	switch {
	case err == nil:
		return nil
	case errdefs.IsUnavailable(err):
		return no("the engine at "+e.fact.Host+" is no manager of its swarm, and only a manager can make an overlay network",
			"name a manager as the first engine, and this one with --second")
	case errdefs.IsNotFound(err):
		return no("the second engine, at "+second.fact.Host+", is in another swarm than the one at "+e.fact.Host,
			"let both join one swarm, or name another engine")
	}
	return e.failed(err, "looking for the second engine in the swarm")
}

// overlapsOverlay is ErrOverlap where an overlay network's subnet is that of another: the swarm accepts such a network,
// and never gives it an address.
func (e *Engine) overlapsOverlay(ctx context.Context, spec NetworkSpec) error {
	if spec.Driver != driverOverlay || !spec.Subnet.IsValid() {
		return nil
	}
	networks, err := e.swarmNetworks(ctx)
	if err != nil {
		return e.failed(err, "listing the overlay networks")
	}
	for _, n := range networks {
		for _, c := range n.IPAM.Config {
			if p, err := netip.ParsePrefix(c.Subnet); err == nil && p.Overlaps(spec.Subnet) {
				return fmt.Errorf("%w: %s", ErrOverlap, n.Name)
			}
		}
	}
	return nil
}

func (e *Engine) swarmNetworks(ctx context.Context) ([]network.Summary, error) {
	return e.api.NetworkList(ctx, network.ListOptions{Filters: filters.NewArgs(filters.Arg("scope", scopeSwarm))})
}

// awaitOverlay reads a new overlay network when the swarm has given it its subnet and VXLAN id, which it does a moment
// after the call that creates it.
func (e *Engine) awaitOverlay(ctx context.Context, id string) (fact.Network, error) {
	ctx, stop := context.WithTimeout(ctx, overlayLimit)
	defer stop()
	look := time.NewTicker(overlayLook)
	defer look.Stop()
	for {
		n, err := e.api.NetworkInspect(ctx, id, network.InspectOptions{})
		if err == nil && n.Options[optionVXLAN] != "" {
			return networkFact(n), nil
		}
		if err != nil && !errdefs.IsNotFound(err) && ctx.Err() == nil {
			return fact.Network{}, e.failed(err, "reading network %q", id)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fact.Network{}, fmt.Errorf("the swarm gave it no subnet within %s", overlayLimit)
		}
	}
}

// ownSwarm returns the engine's swarm if it carries the label ("name" or "name=value") and a session, or if it is
// unfinished; nil otherwise.
func (e *Engine) ownSwarm(ctx context.Context, label string) (*swarm.Swarm, error) {
	if !e.swarm.Load() {
		return nil, nil //nolint:nilnil // no swarm is no error
	}
	sw, err := e.api.SwarmInspect(ctx)
	switch {
	case errdefs.IsUnavailable(err): // the engine is not in a swarm
		return nil, nil //nolint:nilnil // as above
	case err != nil:
		return nil, err
	}
	if isUnfinished(sw.ClusterInfo) {
		return &sw, nil
	}
	name, value, exact := strings.Cut(label, "=")
	got, has := sw.Spec.Labels[name]
	if _, ours := sw.Spec.Labels[labelSession]; !ours || !has || exact && got != value {
		return nil, nil //nolint:nilnil // another's
	}
	return &sw, nil
}

// isUnfinished reports whether c looks like a swarm that netlab began and the engine did not finish: it has netlab's
// address pool, which the engine sets first, and no labels, which it sets last. Such a swarm belongs to the session
// that made docker_gwbridge for it, and to none without one.
func isUnfinished(c swarm.ClusterInfo) bool {
	return len(c.Spec.Labels) == 0 && c.SubnetSize == swarmPoolSubnet &&
		slices.Equal(c.DefaultAddrPool, []string{swarmPool})
}

// leaveSwarm leaves the swarm that a session of netlab's began, unless there is anything in it that is not the
// session's: with the last node, its services, secrets and networks are gone.
func (e *Engine) leaveSwarm(ctx context.Context, session string) error {
	user, err := e.swarmUser(ctx, session)
	if err == nil && user != "" {
		return fmt.Errorf("leaving the swarm: %w: %s", ErrSwarmInUse, user)
	}
	if err == nil {
		e.awaitIngress(ctx)
		err = e.api.SwarmLeave(ctx, true)
	}
	if err == nil || errdefs.IsUnavailable(err) { // somebody left it already
		return nil
	}
	return e.failed(err, "leaving the swarm")
}

// swarmUser names something in the swarm that is not of the session; "" where there is nothing.
func (e *Engine) swarmUser(ctx context.Context, session string) (string, error) {
	nodes, err := e.api.NodeList(ctx, swarm.NodeListOptions{})
	if err != nil {
		return "", err
	}
	if len(nodes) > 1 {
		return fmt.Sprintf("it has %d nodes", len(nodes)), nil
	}
	services, err := e.api.ServiceList(ctx, swarm.ServiceListOptions{})
	if err != nil {
		return "", err
	}
	for _, v := range services {
		if v.Spec.Labels[labelSession] != session {
			return fmt.Sprintf("service %q runs in it", v.Spec.Name), nil
		}
	}
	secrets, err := e.api.SecretList(ctx, swarm.SecretListOptions{})
	if err != nil {
		return "", err
	}
	if len(secrets) > 0 {
		return fmt.Sprintf("it holds the secret %q", secrets[0].Spec.Name), nil
	}
	configs, err := e.api.ConfigList(ctx, swarm.ConfigListOptions{})
	if err != nil {
		return "", err
	}
	if len(configs) > 0 {
		return fmt.Sprintf("it holds the config %q", configs[0].Spec.Name), nil
	}
	networks, err := e.swarmNetworks(ctx)
	if err != nil {
		return "", err
	}
	for _, n := range networks {
		if !n.Ingress && n.Labels[labelSession] != session {
			return fmt.Sprintf("network %q is in it", n.Name), nil
		}
	}
	return e.nameUser(ctx, func(c container.Summary) bool { return c.Labels[labelSession] == session })
}

// nameUser names a running container, other than ours, that other containers may find by name; "" where there is none.
// An engine that leaves a swarm forgets the names of all running containers on all networks, its local ones included,
// until they are started again (libnetwork: agentClose, cleanupServiceDiscovery; seen on 20.10, 26.1 and 28.5).
func (e *Engine) nameUser(ctx context.Context, ours func(c container.Summary) bool) (string, error) {
	running, err := e.api.ContainerList(ctx, container.ListOptions{})
	if err != nil {
		return "", err
	}
	for _, c := range running {
		if ownsContainer(c) && ours(c) || c.NetworkSettings == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(c.NetworkSettings.Networks)) {
			if isUserDefined(name) {
				return fmt.Sprintf("container %q runs on network %q, and an engine that leaves a swarm forgets the names "+
					"of running containers", containerName(c), name), nil
			}
		}
	}
	return "", nil
}

func containerName(c container.Summary) string {
	if len(c.Names) == 0 {
		return c.ID
	}
	return strings.TrimPrefix(c.Names[0], "/")
}
