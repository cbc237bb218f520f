package survey

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/safely"
)

// A Reader reads facts with agents of its own, which it removes when it is closed.
type Reader struct {
	engine  *engine.Engine
	session *engine.Session

	mu    sync.Mutex // guards the fields below
	count int
	seats map[string]*Seat // by their key
}

// A Seat is an agent in a network namespace, and what it read there.
type Seat struct {
	Client *agent.Client
	Stack  *fact.Stack

	once sync.Once
	err  error
}

// The keys of the seats on the host; that of a container is its id. The host has several seats, so that none has more
// capabilities than it needs.
const (
	HostSeat    = "host"    // asks, with NET_RAW
	FilesSeat   = "files"   // reads the host's resolv.conf and asks DNS servers, with no capability
	RulesSeat   = "rules"   // reads the firewall, with NET_ADMIN
	witnessSeat = "witness" // asks the kernel what it drops, with BPF and PERFMON, and sees no network
)

// seatsAtOnce is how many seats are taken at the same time: an engine starts containers no faster than that.
const seatsAtOnce = 8

// closeLimit is how long removing the agents may take.
const closeLimit = 30 * time.Second

// Open starts a Reader. It creates nothing yet.
func Open(ctx context.Context, eng *engine.Engine) (*Reader, error) {
	session, err := eng.NewSession(ctx, "")
	if err != nil {
		return nil, err
	}
	return &Reader{engine: eng, session: session, seats: map[string]*Seat{}}, nil
}

// Close removes the agents, even if ctx has ended.
func (r *Reader) Close(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer stop()
	_, err := r.session.Remove(ctx)
	return err
}

// Answers returns an error if the engine is gone, or was for a while. What was read then lacks parts.
func (r *Reader) Answers(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.seats {
		var gone *engine.Unusable
		if errors.As(s.err, &gone) {
			return gone
		}
	}
	return r.engine.Ping(ctx)
}

// Inventory reads what the engine says about everything on it. Host is left nil.
func (r *Reader) Inventory(ctx context.Context) (Inventory, error) {
	v := Inventory{Engine: r.engine.Fact(), Pools: r.engine.Pools(), Now: time.Now()}
	var work errgroup.Group
	work.Go(safely.Task(func() (err error) {
		v.Containers, err = r.engine.Containers(ctx)
		return err
	}))
	work.Go(safely.Task(func() (err error) {
		v.Networks, err = r.engine.Networks(ctx)
		return err
	}))
	err := work.Wait()
	return v, err
}

// KeyOf is the key of the seat in the network namespace that a container uses.
func (v *Inventory) KeyOf(c *fact.Container) string {
	if v.Strayed(c) {
		return c.ID
	}
	if c = v.StackOwner(c); c.Mode == HostWord {
		return HostSeat
	}
	return c.ID
}

// Seat takes a seat and reads the network namespace, or returns the seat that was taken before.
func (r *Reader) Seat(ctx context.Context, key string) (*Seat, error) {
	r.mu.Lock()
	s := r.seats[key]
	if s == nil {
		s = &Seat{}
		r.seats[key] = s
		r.count++
	}
	number := r.count
	r.mu.Unlock()
	s.once.Do(func() {
		spec := engine.ContainerSpec{Peer: fmt.Sprintf("why%d", number), Role: engine.RoleVisitor, Visit: key}
		switch key {
		case HostSeat:
			spec.Role, spec.Visit = engine.RoleWatcher, ""
		case FilesSeat:
			spec.Role, spec.Visit = engine.RoleHost, ""
			spec.Attachments = []engine.Attachment{{Network: HostWord}}
		case RulesSeat:
			spec.Role, spec.Visit = engine.RoleWirer, ""
		case witnessSeat:
			spec.Role, spec.Visit = engine.RoleWitness, ""
		}
		if key == OutsideSeat {
			if s.Client, s.err = r.outside(ctx, spec.Peer); s.err == nil {
				s.Stack, s.err = s.Client.LookWithSockets(ctx)
			}
			return
		}
		var c *engine.Container
		if c, s.err = r.session.Create(ctx, spec); s.err != nil {
			return
		}
		if s.Client, s.err = c.Start(ctx); s.err != nil {
			return
		}
		if key != witnessSeat {
			s.Stack, s.err = s.Client.LookWithSockets(ctx)
		}
	})
	return s, s.err
}

// Witness starts the helper that answers probe.Drops, or returns it if it runs already.
func (r *Reader) Witness(ctx context.Context) (*agent.Client, error) {
	s, err := r.Seat(ctx, witnessSeat)
	return s.Client, err
}

// Taken returns a seat that has been taken and could be read, or nil.
func (r *Reader) Taken(key string) *Seat {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.seats[key]; s != nil && s.err == nil && s.Stack != nil {
		return s
	}
	return nil
}

// Reread reads again what the seats that were taken have read, after a long time. No one else may use the Reader.
func (r *Reader) Reread(ctx context.Context) error {
	var work errgroup.Group
	for key, s := range r.seats {
		if s.err != nil || key == witnessSeat {
			continue
		}
		work.Go(safely.Task(func() (err error) {
			s.Stack, err = s.Client.LookWithSockets(ctx)
			return err
		}))
	}
	return work.Wait()
}

// Ends reads the network namespaces of containers, several at a time. A container that does not run, or that has gone
// meanwhile, has none. The error is that of ctx.
func (r *Reader) Ends(ctx context.Context, v *Inventory, containers []*fact.Container) ([]End, error) {
	ends := make([]End, len(containers))
	var work errgroup.Group
	work.SetLimit(seatsAtOnce)
	for i, c := range containers {
		ends[i].Container = c
		if !c.Running() {
			continue
		}
		work.Go(safely.Task(func() error {
			s, err := r.Seat(ctx, v.KeyOf(c))
			ends[i].Stack, ends[i].Err = s.Stack, err
			return ctx.Err()
		}))
	}
	return ends, work.Wait()
}

// Events sends what becomes of the engine's containers, until ctx ends, as [engine.Engine.Events] does.
func (r *Reader) Events(ctx context.Context) (seen <-chan fact.Event, failed <-chan error) {
	return r.engine.Events(ctx)
}

// Overlay reads what the swarm has told the engine about an overlay network.
func (r *Reader) Overlay(ctx context.Context, name string) (*fact.Overlay, error) {
	return r.engine.Overlay(ctx, name)
}

// Nodes returns the nodes of the swarm. Only a manager knows them.
func (r *Reader) Nodes(ctx context.Context) ([]fact.Node, error) { return r.engine.Nodes(ctx) }

// Again opens another Reader of the same engine, which reads everything again.
func (r *Reader) Again(ctx context.Context) (*Reader, error) { return Open(ctx, r.engine) }
