package why

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/agent"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// A Reader reads facts with helpers of its own, which it removes when it is closed.
type Reader struct {
	engine  *engine.Engine
	session *engine.Session

	mu    sync.Mutex // guards the fields below
	count int
	seats map[string]*seat // by what they see: the id of a container, or one of the words below
}

// A seat is a helper in a network namespace.
type seat struct {
	once   sync.Once
	client *agent.Client
	stack  *fact.Stack
	err    error
}

// The host is seen from two seats, so that neither has more capabilities than it needs.
const (
	hostSeat  = "host"  // asks, with NET_RAW
	rulesSeat = "rules" // reads the firewall, with NET_ADMIN
)

// maxOthers is how many containers are looked into to find what is meant instead of localhost.
const maxOthers = 4

// closeLimit is how long removing the helpers may take.
const closeLimit = 30 * time.Second

// Open starts a Reader. It creates nothing yet.
func Open(ctx context.Context, eng *engine.Engine) (*Reader, error) {
	session, err := eng.NewSession(ctx, "")
	if err != nil {
		return nil, err
	}
	return &Reader{engine: eng, session: session, seats: map[string]*seat{}}, nil
}

// Close removes the helpers, even if ctx has ended.
func (r *Reader) Close(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer stop()
	_, err := r.session.Remove(ctx)
	return err
}

// Read reads what there is to know about whether from can reach to. The error is a [Mistake] if the words name nothing,
// or one of the engine.
func (r *Reader) Read(ctx context.Context, from, to string) (*Facts, error) {
	target, err := ParseTarget(to)
	if err != nil {
		return nil, err
	}
	f := &Facts{Engine: r.engine.Fact(), Target: target, Now: time.Now()}
	var work errgroup.Group
	work.Go(safely.Task(func() (err error) {
		f.Containers, err = r.engine.Containers(ctx)
		return err
	}))
	work.Go(safely.Task(func() (err error) {
		f.Networks, err = r.engine.Networks(ctx)
		return err
	}))
	if err := work.Wait(); err != nil {
		return nil, err
	}
	if from != hostWord {
		if f.From.Container, err = oneOf(f.Containers, from); err != nil {
			return nil, err
		}
	}
	name, err := r.meant(f)
	if err != nil {
		return nil, err
	}
	if c := f.From.Container; c != nil && !c.Running() {
		return f, nil // notRunning has what there is to say
	}
	if err := r.sit(ctx, f); err != nil {
		return nil, err
	}
	if err := r.choosePort(f); err != nil {
		return nil, err
	}
	if err := r.follow(ctx, f, name); err != nil {
		return nil, err
	}
	return f, ctx.Err()
}

// meant finds the container that the target names, and returns the name that the asker would use; "" for none.
func (r *Reader) meant(f *Facts) (name string, err error) {
	if f.Target.Key == hostWord || f.Target.address().IsValid() {
		return "", nil
	}
	found, byName := find(f.Containers, f.Target.Key, f.From.Container)
	if !byName && len(found) > 1 {
		return "", mistakef("the ids of %d containers begin with %q", len(found), f.Target.Key)
	}
	if len(found) > 0 {
		f.Meant = found[0]
		for _, c := range found {
			if c.State == "running" {
				f.Meant = c
				break
			}
		}
	}
	_, service, both := strings.Cut(f.Target.Key, "/")
	switch {
	case both && f.Meant == nil:
		return "", mistakef("this engine has no service %q", f.Target.Key)
	case both:
		return service, nil
	case !byName:
		return "", nil
	}
	return f.Target.Key, nil
}

// sit takes the seats that most questions need, at the same time.
func (r *Reader) sit(ctx context.Context, f *Facts) error {
	var work errgroup.Group
	take := func(key string, into *End) {
		work.Go(safely.Task(func() error {
			s := r.seat(ctx, key)
			if s.err != nil {
				return s.err
			}
			into.Stack = s.stack
			return nil
		}))
	}
	take(f.fromKey(), &f.From)
	var rules End
	work.Go(safely.Task(func() error { // what it reads is not needed for every answer
		if s := r.seat(ctx, rulesSeat); s.err == nil {
			rules.Stack = s.stack
		}
		return ctx.Err()
	}))
	if f.Meant != nil && f.Meant.Running() {
		work.Go(safely.Task(func() error {
			r.seat(ctx, f.keyOf(f.Meant))
			return ctx.Err()
		}))
	}
	err := work.Wait()
	f.Host = rules.Stack
	return err
}

// fromKey is the seat from which the asker's questions are asked.
func (f *Facts) fromKey() string {
	if f.From.Container == nil {
		return hostSeat
	}
	return f.keyOf(f.From.Container)
}

// keyOf is the seat in the network namespace that a container uses.
func (f *Facts) keyOf(c *fact.Container) string {
	if c = f.stackOwner(c); c.Mode == hostWord {
		return hostSeat
	}
	return c.ID
}

// seat starts a helper in a network namespace and reads it, or returns the helper that is there.
func (r *Reader) seat(ctx context.Context, key string) *seat {
	r.mu.Lock()
	s := r.seats[key]
	if s == nil {
		s = &seat{}
		r.seats[key] = s
		r.count++
	}
	number := r.count
	r.mu.Unlock()
	s.once.Do(func() {
		spec := engine.ContainerSpec{Peer: fmt.Sprintf("why%d", number), Role: engine.RoleVisitor, Visit: key}
		switch key {
		case hostSeat:
			spec.Role, spec.Visit = engine.RoleWatcher, ""
		case rulesSeat:
			spec.Role, spec.Visit = engine.RoleWirer, ""
		}
		var c *engine.Container
		if c, s.err = r.session.Create(ctx, spec); s.err != nil {
			return
		}
		if s.client, s.err = c.Start(ctx); s.err != nil {
			return
		}
		s.stack, s.err = s.client.Look(ctx)
	})
	return s
}

// choosePort completes a target without a port: the only one that the container listens on or exposes.
func (r *Reader) choosePort(f *Facts) error {
	if f.Target.Port != 0 {
		return nil
	}
	if f.Meant == nil {
		return mistakef("which port of %s? Write %s:PORT", f.Target.Key, f.Target.Key)
	}
	var open []int
	if s := r.taken(f.keyOf(f.Meant)); s != nil {
		l := listeners(s.stack, f.Target.Network, "", 0)
		open = l.ports
	}
	if len(open) == 0 {
		for _, e := range f.Meant.Exposed {
			if number, network := split(e); network == f.Target.Network {
				open = append(open, number)
			}
		}
	}
	switch {
	case len(open) == 1:
		f.Target.Port = open[0]
		return nil
	case len(open) > 1:
		return mistakef("which port of %s? It listens on %s. Write %s:PORT", f.Target.Key, ports(open), f.Target.Key)
	case !f.Meant.Running():
		return nil
	}
	return mistakef("which port of %s? It listens on none. Write %s:PORT", f.Target.Key, f.Target.Key)
}

// taken returns a seat that has been taken and could be read, or nil.
func (r *Reader) taken(key string) *seat {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.seats[key]; s != nil && s.err == nil && s.stack != nil {
		return s
	}
	return nil
}

// follow resolves the name and sends packets to each address.
func (r *Reader) follow(ctx context.Context, f *Facts, name string) error {
	asker := r.taken(f.fromKey())
	if asker == nil {
		return errors.New("the asker's namespace could not be read")
	}
	var addresses []string
	switch {
	case f.From.onHost() && f.Meant != nil:
		addresses = []string{"127.0.0.1"} // the host does not know the names of containers, but their published ports
	case name != "" && f.From.Container != nil && f.stackOwner(f.From.Container).OwnHosts:
		f.Lookup = &Lookup{Name: name, Hidden: true}
	case name != "":
		f.Lookup = lookUp(ctx, asker, name)
		addresses = f.Lookup.Addresses
	case f.Target.address().IsValid():
		addresses = []string{f.Target.address().String()}
	case f.Target.Key == hostWord:
		addresses = []string{cmp.Or(asker.stack.DefaultGateway(), f.gateway(), "127.0.0.1")}
		if f.From.onHost() {
			addresses = []string{"127.0.0.1"}
		}
	default:
		addresses = f.addressOf(f.Meant)
	}
	if len(addresses) == 0 && f.Meant != nil && f.Meant.Running() {
		r.unasked(ctx, f)
	}
	for _, address := range addresses {
		t := f.locate(address)
		if err := r.try(ctx, f, asker, &t); err != nil {
			return err
		}
		f.Tries = append(f.Tries, t)
		if f.outside(&t) && f.Meant != nil && f.Meant.Running() && f.Meant.Mode != hostWord {
			r.unasked(ctx, f)
		}
	}
	return r.others(ctx, f)
}

// unasked adds the container that is meant, so that the rules about ports can look at its sockets although the packets
// have no address to go to.
func (r *Reader) unasked(ctx context.Context, f *Facts) {
	t := Try{Kind: InContainer, Server: f.Meant, Port: f.Target.Port}
	if s := r.seat(ctx, f.keyOf(f.Meant)); s.err == nil {
		t.Stack = s.stack
	}
	f.Tries = append(f.Tries, t)
}

// others looks into the containers that may be meant instead of the asker's own localhost, or whose port may not be
// published.
func (r *Reader) others(ctx context.Context, f *Facts) error {
	var candidates []*fact.Container
	switch i := slices.IndexFunc(f.Tries, func(t Try) bool { return !f.works(&t) && t.Kind == Itself }); {
	case i < 0:
		return nil
	case f.From.onHost() && f.Meant != nil:
		candidates = []*fact.Container{f.Meant}
	case f.From.onHost():
		return nil
	default:
		candidates = f.candidates()
	}
	found := make([]End, len(candidates))
	var work errgroup.Group
	for i, c := range candidates {
		work.Go(safely.Task(func() error {
			if s := r.seat(ctx, f.keyOf(c)); s.err == nil {
				found[i] = End{c, s.stack}
			}
			return ctx.Err()
		}))
	}
	if err := work.Wait(); err != nil {
		return err
	}
	for _, e := range found {
		if e.Stack != nil {
			f.Others = append(f.Others, e)
		}
	}
	if f.Host != nil && !f.From.onHost() {
		f.Others = append(f.Others, End{Stack: f.Host})
	}
	return nil
}

// A name in /etc/hosts or an answer of the resolver, as netip writes it.
func canonical(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	return a.Unmap().String()
}

// broken returns an error for an outcome that is none.
func broken(o probe.Outcome) error {
	if o.Reason == probe.Broken {
		return fmt.Errorf("asking the port: %s", o.Detail)
	}
	return nil
}
