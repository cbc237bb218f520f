package why

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// A Reader reads the facts about a pair. It is a [survey.Reader] that also asks.
type Reader struct {
	*survey.Reader
	NoKernel bool // do not ask the kernel which packets it drops
	Size     int  // bytes of the packets to ask with too; 0 for none
}

// maxOthers is how many containers are looked into to find what is meant instead of localhost.
const maxOthers = 4

// Open starts a Reader. It creates nothing yet.
func Open(ctx context.Context, eng *engine.Engine) (*Reader, error) {
	r, err := survey.Open(ctx, eng)
	return &Reader{Reader: r}, err
}

// Read reads what there is to know about whether from can reach to. The error is a [survey.Mistake] if the words name
// nothing, or one of the engine.
func (r *Reader) Read(ctx context.Context, from, to string) (*Facts, error) {
	target, err := ParseTarget(to)
	if err != nil {
		return nil, err
	}
	return r.read(ctx, from, &Facts{Target: target})
}

// ReadLine reads the same for a line that an application in from has printed.
func (r *Reader) ReadLine(ctx context.Context, from string, line pasted.Line) (*Facts, error) {
	return r.read(ctx, from, &Facts{Target: lineTarget(line), Line: &line})
}

func (r *Reader) read(ctx context.Context, from string, f *Facts) (_ *Facts, err error) {
	f.Size = r.Size
	if f.Inventory, err = r.Inventory(ctx); err != nil {
		return nil, err
	}
	switch from {
	case survey.HostWord:
	case survey.OutsideWord:
		f.From.Outside = true
	default:
		if f.From.Container, err = survey.OneOf(f.Containers, from); err != nil {
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
	if err := r.findDeaf(ctx, f); err != nil {
		return nil, err
	}
	if err := r.findStrays(ctx, f); err != nil {
		return nil, err
	}
	if err := r.hear(ctx, f); err != nil {
		return nil, err
	}
	return f, ctx.Err()
}

// meant finds the container that the target names, and returns the name that the asker would use; "" for none.
func (r *Reader) meant(f *Facts) (name string, err error) {
	if f.Target.Key == survey.HostWord || f.Target.address().IsValid() {
		return "", nil
	}
	found, byName := survey.Find(f.Containers, f.Target.Key, f.From.Container)
	if !byName && len(found) > 1 {
		return "", survey.Mistakef("the ids of %d containers begin with %q", len(found), f.Target.Key)
	}
	if len(found) > 0 {
		f.Meant = found[0]
		for _, c := range found {
			if c.State == fact.StateRunning {
				f.Meant = c
				break
			}
		}
	}
	_, service, both := strings.Cut(f.Target.Key, "/")
	switch {
	case both && f.Meant == nil:
		return "", survey.Mistakef("this engine has no service %q", f.Target.Key)
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
	take := func(key string, into *survey.End) {
		work.Go(safely.Task(func() error {
			s, err := r.Seat(ctx, key)
			if err == nil {
				into.Stack = s.Stack
			}
			return err
		}))
	}
	if f.From.Outside { // the host's addresses are read once it has the link
		s, err := r.Seat(ctx, survey.OutsideSeat)
		if err != nil {
			return err
		}
		f.From.Stack = s.Stack
	} else {
		take(f.fromKey(), &f.From)
	}
	var rules survey.End
	work.Go(safely.Task(func() error { // what it reads is not needed for every answer
		if s, err := r.Seat(ctx, survey.RulesSeat); err == nil {
			rules.Stack = s.Stack
		}
		return ctx.Err()
	}))
	if f.Meant != nil && f.Meant.Running() {
		work.Go(safely.Task(func() error {
			_, _ = r.Seat(ctx, f.KeyOf(f.Meant)) // what is not there is said by those who need it
			return ctx.Err()
		}))
	}
	err := work.Wait()
	f.Host = rules.Stack
	return err
}

// fromKey is the seat from which the asker's questions are asked.
func (f *Facts) fromKey() string {
	switch {
	case f.From.Outside:
		return survey.OutsideSeat
	case f.From.Container == nil:
		return survey.HostSeat
	}
	return f.KeyOf(f.From.Container)
}

// choosePort completes a target without a port: the only one that the container listens on or exposes.
func (r *Reader) choosePort(f *Facts) error {
	if f.Target.Port != 0 || f.nameOnly() {
		return nil
	}
	if f.Meant == nil {
		return whichPort(f, "")
	}
	var open []int
	if s := r.Taken(f.KeyOf(f.Meant)); s != nil {
		l := survey.Listeners(s.Stack, f.Target.Network, "", 0)
		open = l.Ports
	}
	if len(open) == 0 {
		for _, e := range f.Meant.Exposed {
			if number, network := survey.SplitPort(e); network == f.Target.Network {
				open = append(open, number)
			}
		}
	}
	switch {
	case len(open) == 1:
		f.Target.Port = open[0]
		return nil
	case len(open) > 1:
		return whichPort(f, " It listens on "+say.Ports(open)+".")
	case !f.Meant.Running():
		return nil
	}
	return whichPort(f, " It listens on none.")
}

// whichPort is the mistake of a target without a port. known is what can be said about its ports.
func whichPort(f *Facts, known string) error {
	if f.Line != nil {
		return survey.Mistakef("the line names no port of %s.%s Write netlab why %s %s:PORT", f.Target.Key, known,
			fromWord(f.From), f.Target.Key)
	}
	return survey.Mistakef("which port of %s?%s Write %s:PORT", f.Target.Key, known, f.Target.Key)
}

// follow resolves the name and sends packets to each address.
func (r *Reader) follow(ctx context.Context, f *Facts, name string) error {
	asker := r.Taken(f.fromKey())
	if asker == nil {
		return errors.New("the asker's namespace could not be read")
	}
	var addresses []string
	switch {
	case f.From.OnHost() && f.Meant != nil:
		addresses = []string{"127.0.0.1"} // the host does not know the names of containers, but their published ports
	case f.From.Outside && (f.Meant != nil || f.Target.Key == survey.HostWord):
		addresses = []string{survey.OutsideGateway(asker.Stack, false)}
	case f.From.Outside && name != "":
		return survey.Mistakef("a computer outside does not know the name %q. Write host, a container or an address", name)
	case name != "" && f.From.Container != nil && f.StackOwner(f.From.Container).OwnHosts:
		f.Lookup = &Lookup{Name: name, Hidden: true}
	case name != "":
		f.Lookup = lookUp(ctx, asker, name)
		if err := r.askEach(ctx, f, asker); err != nil {
			return err
		}
		addresses = f.Lookup.Addresses
	case f.From.Outside && !survey.HasRoute(asker.Stack, f.Target.address()):
		if f.Target.address().Is6() && survey.OutsideGateway(asker.Stack, true) == "" {
			return survey.Mistakef("no network of this engine has IPv6, so netlab asks from outside over IPv4 only")
		}
		return survey.Mistakef("from outside, netlab asks only the addresses of this host and of its bridge networks")
	case f.Target.address().IsValid():
		addresses = []string{f.Target.address().String()}
	case f.Target.Key == survey.HostWord:
		addresses = []string{cmp.Or(hostOnLAN(f, asker.Stack), asker.Stack.DefaultGateway(), f.gateway(),
			asker.Stack.IPv6DefaultGateway(), "127.0.0.1")}
		if f.From.OnHost() {
			addresses = []string{"127.0.0.1"}
		}
	default:
		addresses = f.addressOf(f.Meant)
	}
	if f.nameOnly() {
		return nil
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
		if f.outside(&t) && f.Meant != nil && f.Meant.Running() && f.Meant.Mode != survey.HostWord {
			r.unasked(ctx, f)
		}
	}
	return r.others(ctx, f)
}

// unasked adds the container that is meant, so that the rules about ports can look at its sockets although the packets
// have no address to go to.
func (r *Reader) unasked(ctx context.Context, f *Facts) {
	t := Try{Kind: InContainer, Server: f.Meant, Port: f.Target.Port}
	if s, err := r.Seat(ctx, f.KeyOf(f.Meant)); err == nil {
		t.Stack = s.Stack
	}
	f.Tries = append(f.Tries, t)
}

// others looks into the containers that may be meant instead of the asker's own localhost, or whose port may not be
// published.
func (r *Reader) others(ctx context.Context, f *Facts) error {
	var candidates []*fact.Container
	switch i := slices.IndexFunc(f.Tries, func(t Try) bool {
		return !f.works(&t) && (t.Kind == Itself || f.From.Outside && t.Kind == OnHost)
	}); {
	case i < 0:
		return nil
	case (f.From.OnHost() || f.From.Outside) && f.Meant != nil:
		candidates = []*fact.Container{f.Meant}
	case f.From.OnHost(), f.From.Outside:
		return nil
	default:
		candidates = f.candidates()
	}
	found, err := r.Ends(ctx, &f.Inventory, candidates)
	if err != nil {
		return err
	}
	for _, e := range found {
		if e.Stack != nil {
			f.Others = append(f.Others, e)
		}
	}
	if f.Host != nil && !f.From.OnHost() {
		f.Others = append(f.Others, survey.End{Stack: f.Host})
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
