package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// A witness is the helper that asks the kernel which packets it drops. It serves all labs of a site.
type witness struct {
	once   sync.Once
	client agentClient
	err    error
}

// witnessed starts the witness, if no lab did yet.
func (s *Site) witnessed(ctx context.Context) (agentClient, error) {
	w := &s.witness
	w.once.Do(func() {
		w.err = s.busy(func() error {
			c, err := s.session.Create(ctx, engine.ContainerSpec{Peer: engine.RoleWitness, Role: engine.RoleWitness})
			if err == nil {
				w.client, err = c.Start(ctx)
			}
			return err
		})
	})
	return w.client, w.err
}

// A kernel hears which packets of a lab's questions the kernel drops, and why. A nil kernel hears nothing.
type kernel struct {
	lab    *Lab
	client agentClient
	name   string // of what the witness watches for this lab
	stop   context.CancelFunc

	mu      changing // guards the fields below
	unheard string   // why it hears nothing, or nothing any more
	got     int      // drops, so far
	ended   bool
	heard   []*hearing // the questions that are being asked
}

// Unheard returns why the lab does not hear from the kernel which packets it drops, if it should, or "".
func (l *Lab) Unheard() string {
	if l.kernel == nil {
		return ""
	}
	l.kernel.mu.Lock()
	defer l.kernel.mu.Unlock()
	return l.kernel.unheard
}

// hear starts hearing, now that the lab's addresses are known. Where that is not possible, the lab does without.
func (b builder) hear(ctx context.Context) error {
	if !b.lab.options.Kernel {
		return nil
	}
	k := &kernel{lab: b.lab, name: b.lab.session.ID()}
	b.lab.kernel = k
	var err error
	if k.client, err = b.lab.site.witnessed(ctx); err == nil {
		err = k.open(ctx)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		k.unheard = err.Error()
	}
	return nil
}

// open lets the witness watch until close.
func (k *kernel) open(ctx context.Context) error {
	q := probe.Question{Drops: &probe.Drops{Subnets: k.subnets(), Name: k.name}}
	s, err := open(ctx, context.WithoutCancel(ctx), k.client, q)
	switch {
	case err != nil:
		return fmt.Errorf("listening to the kernel: %w", err)
	case s.first.Reason != probe.OK:
		s.cancel()
		return errors.New(s.first.Detail)
	}
	k.stop = s.cancel
	safely.Go(ctx, func() {
		defer k.mu.change(func() { k.ended = true })
		for r := range s.replies {
			if r.Dropped != nil {
				k.mu.change(func() { k.got++; k.hears(*r.Dropped) })
			}
		}
	})
	return nil
}

// close ends the hearing.
func (k *kernel) close() {
	if k != nil && k.stop != nil {
		k.stop()
	}
}

// subnets are those of the lab's networks and links, and of loopback. All packets of the lab's questions have an
// address in them, except those with which the host talks to its own addresses.
func (k *kernel) subnets() []string {
	inv := &k.lab.inventory
	subnets := []string{"127.0.0.0/8", "::1/128"}
	for _, n := range slices.Concat(inv.networks, inv.worldNetworks()) {
		subnets = append(subnets, n.fact.Subnet, n.fact.IPv6Subnet)
	}
	for _, w := range inv.wires {
		for _, p := range []netip.Prefix{w.subnet, w.ipv6, w.behind} {
			if p.IsValid() {
				subnets = append(subnets, p.String())
			}
		}
	}
	slices.Sort(subnets)
	return slices.DeleteFunc(slices.Compact(subnets), func(s string) bool { return s == "" })
}

// markLimit is how long the witness may take to say how far it is. It takes a millisecond, but a busy machine is slow.
const markLimit = 2 * time.Second

// upToDate waits until everything has been heard that the kernel dropped so far. If that fails before ctx ends, the
// kernel's word may be missing from then on.
func (k *kernel) upToDate(ctx context.Context) {
	limited, stop := context.WithTimeout(ctx, markLimit)
	defer stop()
	err := k.await(limited)
	if err == nil || ctx.Err() != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unheard = cmp.Or(k.unheard, err.Error())
}

func (k *kernel) await(ctx context.Context) error {
	marked := mark(ctx, k.client, k.name)
	if marked == nil {
		return errors.New("the helper that listens to the kernel did not answer")
	}
	if k.mu.wait(ctx, func() bool { return k.got >= marked.Frames || k.ended }) != nil {
		return errors.New("the helper that listens to the kernel did not answer in time")
	}
	return nil
}

// owner is the peer or host whose network namespace it is, or "".
func (k *kernel) owner(netns string) string {
	if netns == "" {
		return ""
	}
	inv := &k.lab.inventory
	for _, p := range slices.Concat([]*peer{inv.site.host}, inv.peers, inv.worldPeers()) {
		if p.spec.Share == "" && inv.netnsOf(p) == netns {
			return p.name
		}
	}
	return ""
}

// netnsOf is the network namespace of a peer, as its agent saw it, or "".
func (inv *inventory) netnsOf(p *peer) string {
	if p.name == ask.Host && inv.site.stack != nil {
		return inv.site.stack.NetNS
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stack == nil {
		return ""
	}
	return p.stack.NetNS
}
