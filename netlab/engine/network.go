package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/network"

	"netlab/netlab/fact"
)

// A NetworkSpec is a network to create. The engine chooses values for zero fields.
type NetworkSpec struct {
	Name     string // in the lab
	Driver   string
	Subnet   netip.Prefix // IPv4
	Gateway  netip.Addr
	Range    netip.Prefix // the engine assigns addresses from it
	IPv6     netip.Prefix // the IPv6 subnet; zero for none
	Parent   string       // the host's interface, for macvlan and ipvlan
	Internal bool
	Options  []fact.Label
}

// networkName returns a network's name on the engine: NAME--netlab-LAB. A container on several networks gets its
// default route from the one whose name sorts first (libnetwork, Endpoint.Less), so netlab's addition must not change
// the order. It is therefore a suffix, and starts with two of the lowest character that every driver accepts.
func (s *Session) networkName(name string) string { return name + networkSuffix(s.lab) }

func networkSuffix(lab string) string { return "--" + prefix + lab }

// UniqueLocal returns a random IPv6 subnet for local use (RFC 4193).
func UniqueLocal() netip.Prefix {
	a := [16]byte{0: 0xfd}
	for i := 1; i < 8; i++ {
		a[i] = byte(rand.IntN(256)) // unlikely to be another's is enough
	}
	return netip.PrefixFrom(netip.AddrFrom16(a), 64)
}

// CreateNetwork creates a network and reads it back. The error is ErrOverlap if the subnet is taken, ErrParentTaken
// if the parent interface is, and ErrNoKernelSupport if the kernel does not have the driver's device.
func (s *Session) CreateNetwork(ctx context.Context, spec NetworkSpec) (fact.Network, error) {
	name := s.networkName(spec.Name)
	o := spec.options()
	o.Labels = s.labels()
	var made fact.Network
	err := s.creating(ctx, func(ctx context.Context) error {
		if err := s.engine.overlapsOverlay(ctx, spec); err != nil {
			return fmt.Errorf("creating network %q: %w", name, err)
		}
		created, err := s.engine.api.NetworkCreate(ctx, name, o)
		if errdefs.IsConflict(err) && s.lab != s.id {
			return s.taken()
		}
		if err != nil {
			return s.engine.failed(err, "creating network %q", name)
		}
		s.engine.calls.know(created.ID, "network", name)
		if spec.Driver == fact.DriverOverlay {
			made, err = s.engine.awaitOverlay(ctx, created.ID)
			if err != nil {
				_ = s.engine.api.NetworkRemove(ctx, created.ID) // frees its name for another try; otherwise Remove removes it
			}
		} else {
			made, err = s.engine.Network(ctx, created.ID)
		}
		if err != nil {
			return fmt.Errorf("creating network %q: %w", name, err)
		}
		return nil
	})
	return made, err
}

func (spec *NetworkSpec) options() network.CreateOptions {
	o := network.CreateOptions{
		Driver: spec.Driver, Internal: spec.Internal, Options: map[string]string{},
		Attachable: spec.Driver == fact.DriverOverlay, // otherwise only services can use it
	}
	for _, l := range spec.Options {
		o.Options[l.Name] = l.Value
	}
	if spec.Parent != "" {
		o.Options[optionParent] = spec.Parent
	}
	var subnets []network.IPAMConfig
	if spec.Subnet.IsValid() {
		c := network.IPAMConfig{Subnet: spec.Subnet.String()}
		if spec.Gateway.IsValid() {
			c.Gateway = spec.Gateway.String()
		}
		if spec.Range.IsValid() {
			c.IPRange = spec.Range.String()
		}
		subnets = append(subnets, c)
	}
	if spec.IPv6.IsValid() {
		yes := true
		o.EnableIPv6 = &yes
		subnets = append(subnets, network.IPAMConfig{Subnet: spec.IPv6.String()})
	}
	if len(subnets) > 0 {
		o.IPAM = &network.IPAM{Config: subnets}
	}
	return o
}
