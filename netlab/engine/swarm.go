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
	"github.com/docker/docker/client"

	"netlab/netlab/fact"
	"netlab/netlab/poll"
)

// ErrSwarmRefused means that the engine cannot create a swarm. The error text has the reason.
var ErrSwarmRefused = errors.New("netlab cannot make this engine a swarm")

// errSwarmInUse means that a swarm that netlab created stays because something outside its lab uses it.
var errSwarmInUse = errors.New("the swarm stays, because it is in use")

const (
	scopeSwarm = "swarm"

	// The engine assigns the subnets of overlay networks from this pool. Its default is all of 10.0.0.0/8, in
	// networks of 256 addresses.
	swarmPool       = "10.214.0.0/16"
	swarmPoolSubnet = 27

	overlayLimit = 10 * time.Second
	overlayLook  = 20 * time.Millisecond
)

// InitSwarm makes the engine a swarm of one node while the lab exists, so that there can be overlay networks. The
// swarm has the session's labels. From them Remove, or a sweep if netlab is killed, knows that it may leave the
// swarm. All of its addresses are loopback addresses. Only the VXLAN port, 4789/udp, is open to other machines: the
// kernel opens it on all addresses once a container is on an overlay network, and drops packets with an unknown VXLAN
// ID.
//
// Containers on overlay networks reach the outside world over the network docker_gwbridge. InitSwarm creates it
// first, with the session's labels, because an engine that creates it also leaves it behind. gateway is its subnet,
// with an address for each container and two more; if it is zero, the engine chooses. An existing docker_gwbridge is
// left unchanged.
//
// The error is ErrSwarmRefused if live-restore is on, if the engine is in a swarm, or if running containers of the
// user's would lose their names when it leaves the swarm again. It is ErrOverlap if gateway is taken.
func (s *Session) InitSwarm(ctx context.Context, gateway netip.Prefix) error {
	return s.creating(ctx, func(ctx context.Context) error { return s.initSwarm(ctx, gateway) })
}

func (s *Session) initSwarm(ctx context.Context, gateway netip.Prefix) error {
	e := s.engine
	info, err := e.api.Info(ctx)
	if err != nil {
		return e.failed(err, "checking whether the engine is in a swarm")
	}
	switch {
	case info.LiveRestoreEnabled:
		return fmt.Errorf("%w: it keeps containers running while it restarts (live-restore), and Docker "+
			"does not allow a swarm then", ErrSwarmRefused)
	case info.Swarm.LocalNodeState != swarm.LocalNodeStateInactive:
		return fmt.Errorf("%w: it is already in a swarm (state %s)", ErrSwarmRefused, info.Swarm.LocalNodeState)
	}
	// Other labs of this process are removed before the swarm is left.
	mine := func(c container.Summary) bool { return c.Labels[labelOwner] == e.self.String() }
	switch user, err := nameUser(ctx, e.api, mine); {
	case err != nil:
		return e.failed(err, "checking which containers would lose their names with the swarm")
	case user != "":
		return fmt.Errorf("%w: %s", ErrSwarmRefused, user)
	}
	if err := s.createGatewayBridge(ctx, gateway); err != nil {
		return err
	}
	e.swarm.Store(true) // even if the call fails: it may have created one
	e.manager.Store(true)
	_, err = e.api.SwarmInit(ctx, swarm.InitRequest{
		ListenAddr: "127.0.0.1:2377", AdvertiseAddr: "127.0.0.1:2377", DataPathAddr: "127.0.0.1",
		DefaultAddrPool: []string{swarmPool}, SubnetSize: swarmPoolSubnet,
		Spec: swarm.Spec{Annotations: swarm.Annotations{Labels: s.labels()}},
	})
	if err != nil { // docker_gwbridge stays: there may be a swarm anyway, whose owner it names
		return e.failed(err, "creating a swarm")
	}
	return nil
}

// CanSpan returns nil if labs can use both this engine, which creates their networks, and second, which has some of
// their containers. The error is a [Mistake] if they are the same engine, and an *Unusable if they are not in a
// common swarm.
func (e *Engine) CanSpan(ctx context.Context, second *Engine) error {
	if e.fact.ID == second.fact.ID && e.fact.Node == second.fact.Node {
		return mistakef("the second engine, at %s, is the same as the first", second.fact.Host)
	}
	no := func(what, hint string) error { return &Unusable{What: what, Hint: hint} }
	switch {
	case e.fact.Node == "":
		return no("the engine at "+e.fact.Host+" is not in a swarm",
			"run `docker swarm init` there, then join the second engine")
	case second.fact.Node == "":
		return no("the second engine, at "+second.fact.Host+", is not in a swarm",
			"run what `docker swarm join-token worker` prints on the first engine")
	}
	_, _, err := e.api.NodeInspectWithRaw(ctx, second.fact.Node)
	switch {
	case err == nil:
		return nil
	case errdefs.IsUnavailable(err):
		return no("the engine at "+e.fact.Host+
			" is not a manager of its swarm, and only a manager can create an overlay network",
			"name a manager as the first engine, and this one with --second")
	case errdefs.IsNotFound(err):
		return no("the second engine, at "+second.fact.Host+", is not in the same swarm as the one at "+e.fact.Host,
			"let both join one swarm, or name a different engine")
	}
	return e.failed(err, "looking for the second engine in the swarm")
}

// overlapsOverlay returns ErrOverlap if another overlay network has the same subnet. The swarm accepts such a
// network, but never gives it an address.
func (e *Engine) overlapsOverlay(ctx context.Context, spec NetworkSpec) error {
	if spec.Driver != fact.DriverOverlay || !spec.Subnet.IsValid() {
		return nil
	}
	networks, err := swarmNetworks(ctx, e.api)
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

func swarmNetworks(ctx context.Context, api *client.Client) ([]network.Summary, error) {
	return api.NetworkList(ctx, network.ListOptions{Filters: filters.NewArgs(filters.Arg("scope", scopeSwarm))})
}

// awaitOverlay reads a new overlay network once the swarm has given it its subnet and VXLAN ID, a moment after it was
// created.
func (e *Engine) awaitOverlay(ctx context.Context, id string) (fact.Network, error) {
	var n network.Inspect
	ready, err := poll.Until(ctx, overlayLimit, overlayLook, func(ctx context.Context) (_ bool, err error) {
		n, err = e.api.NetworkInspect(ctx, id, network.InspectOptions{})
		if errdefs.IsNotFound(err) {
			return false, nil
		}
		return n.Options[optionVXLAN] != "", err
	})
	switch {
	case err != nil:
		return fact.Network{}, e.failed(err, "reading network %q", id)
	case !ready:
		return fact.Network{}, fmt.Errorf("the swarm gave it no subnet within %s", overlayLimit)
	}
	return networkFact(n), nil
}

// ownSwarm returns the engine's swarm if it has the label ("name" or "name=value") and a session, or if it is
// unfinished. Otherwise it returns nil.
func (e *Engine) ownSwarm(ctx context.Context, label string) (*swarm.Swarm, error) {
	if !e.swarm.Load() {
		return nil, nil // no swarm is no error
	}
	sw, err := e.api.SwarmInspect(ctx)
	switch {
	case errdefs.IsUnavailable(err): // the engine is not in a swarm
		return nil, nil // as above
	case err != nil:
		return nil, err
	}
	if isUnfinished(sw.ClusterInfo) {
		return &sw, nil
	}
	name, value, exact := strings.Cut(label, "=")
	got, has := sw.Spec.Labels[name]
	if _, ours := sw.Spec.Labels[labelSession]; !ours || !has || exact && got != value {
		return nil, nil // another's
	}
	return &sw, nil
}

// isUnfinished reports whether c looks like a swarm that netlab started to create and the engine did not finish. It
// has netlab's address pool, which the engine sets first, and no labels, which it sets last. Such a swarm belongs to
// the session that created docker_gwbridge for it, and without a docker_gwbridge to none.
func isUnfinished(c swarm.ClusterInfo) bool {
	return len(c.Spec.Labels) == 0 && c.SubnetSize == swarmPoolSubnet &&
		slices.Equal(c.DefaultAddrPool, []string{swarmPool})
}

// leaveSwarm leaves the swarm that a netlab session created, unless it contains anything of others: services, secrets
// and networks are lost with the last node.
func (e *Engine) leaveSwarm(ctx context.Context, session string) error {
	user, err := swarmUser(ctx, e.api, session)
	if err == nil && user != "" {
		return fmt.Errorf("leaving the swarm: %w: %s", errSwarmInUse, user)
	}
	if err == nil {
		awaitIngress(ctx, e.api)
		err = e.api.SwarmLeave(ctx, true)
	}
	if err == nil || errdefs.IsUnavailable(err) { // someone else left it already
		return nil
	}
	return e.failed(err, "leaving the swarm")
}

// swarmUser names something in the swarm that does not belong to the session, or returns "".
func swarmUser(ctx context.Context, api *client.Client, session string) (string, error) {
	nodes, err := api.NodeList(ctx, swarm.NodeListOptions{})
	if err != nil {
		return "", err
	}
	if len(nodes) > 1 {
		return fmt.Sprintf("it has %d nodes", len(nodes)), nil
	}
	services, err := api.ServiceList(ctx, swarm.ServiceListOptions{})
	if err != nil {
		return "", err
	}
	for _, v := range services {
		if v.Spec.Labels[labelSession] != session {
			return fmt.Sprintf("service %q runs in it", v.Spec.Name), nil
		}
	}
	secrets, err := api.SecretList(ctx, swarm.SecretListOptions{})
	if err != nil {
		return "", err
	}
	if len(secrets) > 0 {
		return fmt.Sprintf("it holds the secret %q", secrets[0].Spec.Name), nil
	}
	configs, err := api.ConfigList(ctx, swarm.ConfigListOptions{})
	if err != nil {
		return "", err
	}
	if len(configs) > 0 {
		return fmt.Sprintf("it holds the config %q", configs[0].Spec.Name), nil
	}
	networks, err := swarmNetworks(ctx, api)
	if err != nil {
		return "", err
	}
	for _, n := range networks {
		if !n.Ingress && n.Labels[labelSession] != session {
			return fmt.Sprintf("network %q is in it", n.Name), nil
		}
	}
	return nameUser(ctx, api, func(c container.Summary) bool { return c.Labels[labelSession] == session })
}

// nameUser names a running container that other containers may find by name, ignoring ours, or returns "". When an
// engine leaves a swarm, it forgets the names of all running containers on all networks, including local ones, until
// they are started again (libnetwork: agentClose, cleanupServiceDiscovery; seen on 20.10, 26.1 and 28.5).
func nameUser(ctx context.Context, api *client.Client, ours func(c container.Summary) bool) (string, error) {
	running, err := api.ContainerList(ctx, container.ListOptions{})
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
