// Package engine is netlab's only connection to a Docker Engine. It connects like the docker command, uploads the
// agent's image, creates labeled containers and networks, removes them again, and reads what the engine reports about
// itself.
//
// It knows Docker, the facts and the agent's client. It must not know scenarios, labs, runs or how anything is
// displayed, and it exports no Docker type.
//
// connect.go finds the engine. image.go and load.go upload the agent and recognize it again. session.go, spec.go,
// container.go, network.go, build.go, volume.go, swarm.go and service.go create a lab's objects. built.go reads the
// images that the lab built, within.go what a container consists of and uses, health.go the status of its HEALTHCHECK;
// shell.go opens a prompt in it. owner.go, own.go and remains.go decide who owns an object; remove.go, leave.go and
// sweep.go remove it. refusal.go and unusable.go classify an engine's errors. waits.go carries every call, and knows
// what a command is waiting for.
package engine

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/client"

	"netlab/netlab/fact"
)

// An Engine is a connection to one Docker Engine. All methods are safe for concurrent use. Errors wrap an *Unusable
// if the engine itself no longer answers.
type Engine struct {
	api   *client.Client
	calls *calls // all calls of api
	fact  fact.Engine
	pools []fact.Pool   // that the engine was given; none if it uses its own
	clock time.Duration // the engine's clock minus ours
	self  owner         // this process, as it is named in our objects' labels
	warn  func(string)  // called with a sentence that the user should read

	agent, witness *supply // the images of netlab's programs

	swarm   atomic.Bool // netlab may have created a swarm
	manager atomic.Bool // the engine may be a swarm manager, which has services

	leaving leaving
}

// Fact returns what the engine reported about itself when we connected.
func (e *Engine) Fact() fact.Engine { return e.fact }

// Pools returns the address pools that the engine was given (default-address-pools), or none if it uses its own.
func (e *Engine) Pools() []fact.Pool { return e.pools }

// Close closes the idle connections. It does not touch what sessions created.
func (e *Engine) Close() error {
	return e.api.Close()
}

// now returns the time on the engine's clock. The age of objects and the expiry of a kept lab are compared with it.
func (e *Engine) now() time.Time { return time.Now().Add(e.clock) }

// Ping checks that the engine answers. The error is an *Unusable.
func (e *Engine) Ping(ctx context.Context) error {
	if _, err := e.api.Ping(ctx); err != nil {
		return unusable(e.fact.Host, e.fact.Context, err)
	}
	return nil
}

// Network reads a network. The error is ErrNotFound if the engine has no network of that name.
func (e *Engine) Network(ctx context.Context, name string) (fact.Network, error) {
	n, err := e.api.NetworkInspect(ctx, name, network.InspectOptions{})
	if err != nil {
		return fact.Network{}, e.failed(err, "reading network %q", name)
	}
	return networkFact(n), nil
}

// Subnets returns the subnets of all networks on the engine, sorted.
func (e *Engine) Subnets(ctx context.Context) ([]netip.Prefix, error) {
	networks, err := e.api.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return nil, e.failed(err, "listing the networks")
	}
	var subnets []netip.Prefix
	for _, n := range networks {
		for _, c := range n.IPAM.Config {
			if p, err := netip.ParsePrefix(c.Subnet); err == nil {
				subnets = append(subnets, p.Masked())
			}
		}
	}
	slices.SortFunc(subnets, netip.Prefix.Compare)
	return subnets, nil
}

// Driver options of a bridge network that affect what netlab measures.
// https://docs.docker.com/engine/network/drivers/bridge/#options
const (
	optionBridge     = "com.docker.network.bridge.name"
	optionICC        = "com.docker.network.bridge.enable_icc"
	optionMasquerade = "com.docker.network.bridge.enable_ip_masquerade"
	optionGateway    = "com.docker.network.bridge.gateway_mode_ipv4"
	optionBinding    = "com.docker.network.bridge.host_binding_ipv4"
	optionParent     = "parent" // for macvlan and ipvlan
	optionVXLAN      = "com.docker.network.driver.overlay.vxlanid_list"
)

// auxDefaultGateway is the key under which an engine stores its --default-gateway in the default bridge's addresses.
const auxDefaultGateway = "DefaultGatewayIPv4"

func networkFact(n network.Inspect) fact.Network {
	f := fact.Network{
		ID: n.ID, Name: n.Name, Driver: n.Driver, Internal: n.Internal,
		Interface: n.Options[optionBridge], Options: sortedLabels(n.Options),
		ICC: isOn(n.Options[optionICC]), Masquerade: isOn(n.Options[optionMasquerade]),
	}
	if f.Interface == "" {
		f.Interface = n.Options[optionParent]
	}
	if f.Interface == "" && n.Driver == fact.DriverBridge && len(n.ID) >= 12 {
		f.Interface = "br-" + n.ID[:12] // libnetwork's rule, which other tools rely on too
	}
	if n.Driver == fact.DriverBridge {
		f.GatewayMode = n.Options[optionGateway]
		if a, err := netip.ParseAddr(n.Options[optionBinding]); err == nil && !a.IsUnspecified() {
			f.HostBinding = a.String()
		}
	}
	// The engine rejects an option that is not a number. A missing one is 0.
	f.MTU, _ = strconv.Atoi(n.Options[fact.OptionMTU])
	for _, c := range n.IPAM.Config {
		switch p, err := netip.ParsePrefix(c.Subnet); {
		case err != nil:
		case p.Addr().Is4() && f.Subnet == "":
			f.Subnet, f.Gateway, f.Range = c.Subnet, c.Gateway, c.IPRange
			f.DefaultGateway = c.AuxAddress[auxDefaultGateway]
		case p.Addr().Is6() && f.IPv6Subnet == "":
			f.IPv6Subnet, f.IPv6Gateway = c.Subnet, c.Gateway
		default:
			f.OtherSubnets = append(f.OtherSubnets, c.Subnet)
		}
	}
	return f
}

func poolFacts(info system.Info) []fact.Pool {
	var pools []fact.Pool
	for _, p := range info.DefaultAddressPools {
		if base, err := netip.ParsePrefix(p.Base); err == nil {
			pools = append(pools, fact.Pool{Base: base.Masked(), Size: p.Size})
		}
	}
	return pools
}

// isOn parses a boolean driver option whose default is true.
func isOn(value string) bool {
	on, err := strconv.ParseBool(value)
	return on || err != nil
}

func sortedLabels(options map[string]string) []fact.Label {
	var labels []fact.Label
	for name, value := range options {
		labels = append(labels, fact.Label{Name: name, Value: value})
	}
	slices.SortFunc(labels, func(a, b fact.Label) int { return strings.Compare(a.Name, b.Name) })
	return labels
}

func engineFact(v types.Version, info system.Info) fact.Engine {
	f := fact.Engine{
		ID: info.ID, Node: info.Swarm.NodeID, Name: info.Name, Version: v.Version, OS: info.OperatingSystem, Arch: v.Arch,
		Kernel: v.KernelVersion, Kind: fact.KindEngine, Swarm: string(info.Swarm.LocalNodeState),
		Manager:     info.Swarm.ControlAvailable,
		LiveRestore: info.LiveRestoreEnabled, CPUs: info.NCPU,
	}
	switch {
	case len(v.Components) > 0 && v.Components[0].Name == "Podman Engine":
		f.Kind = fact.KindPodman
	case strings.Contains(info.OperatingSystem, "Docker Desktop"):
		f.Kind = fact.KindDesktop
	}
	// Only that store reports a driver-type (moby, daemon/containerd: LayerStoreStatus).
	f.ContainerdStore = slices.Contains(info.DriverStatus, [2]string{"driver-type", "io.containerd.snapshotter.v1"})
	runs := func(option string) bool {
		return slices.ContainsFunc(info.SecurityOptions, func(o string) bool { return strings.Contains(o, "name="+option) })
	}
	f.Rootless, f.UsernsRemap = runs("rootless"), runs("userns")
	if info.FirewallBackend != nil {
		f.FirewallBackend = info.FirewallBackend.Driver
	}
	return f
}
