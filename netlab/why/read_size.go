package why

import (
	"context"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// measure asks with larger packets too, if the port answers: there, on from the host if it forwards a published port,
// and back. For the way back, the server's agent sends echo requests of its own, which a NAT may keep from arriving.
func (r *Reader) measure(ctx context.Context, f *Facts, asker, server *survey.Seat, t *Try) error {
	if !f.works(t) || t.Outcome.Path == nil {
		return nil
	}
	r.leaves(ctx, f, t)
	if f.Size == 0 {
		return nil
	}
	there := Sized{Direction: result.Request, From: f.From, To: t.Address}
	to := survey.End{Container: t.Server, Stack: t.Stack}
	if t.Through != nil {
		to = survey.End{Stack: f.Host}
	}
	if err := sendSized(ctx, f, asker, &there, to, t); err != nil {
		return err
	}
	addresses := f.addressOf(t.Server)
	if host, err := r.Seat(ctx, survey.HostSeat); t.Through != nil && len(addresses) > 0 && err == nil {
		on := Sized{Direction: result.Request, From: survey.End{Stack: host.Stack}, To: addresses[0]}
		if err := sendSized(ctx, f, host, &on, survey.End{Container: t.Server, Stack: t.Stack}, t); err != nil {
			return err
		}
	}
	if t.Server == nil || server == nil || server == asker {
		return nil
	}
	back := Sized{
		Direction: result.Reply, From: survey.End{Container: t.Server, Stack: t.Stack}, To: t.Outcome.Path.Source,
	}
	return sendSized(ctx, f, server, &back, f.From, t)
}

// leaves asks the host's kernel by which interface it sends on what a container sends outside.
func (r *Reader) leaves(ctx context.Context, f *Facts, t *Try) {
	n := f.networkOf(t.Outcome.Path.Source)
	if t.Kind != Elsewhere || n == nil || n.Driver != fact.DriverBridge {
		return
	}
	rules, err := r.Seat(ctx, survey.RulesSeat)
	if err != nil {
		return
	}
	way := routeGet(ctx, rules.Client, probe.RouteGet{To: t.Address, From: t.Outcome.Path.Source, In: n.Interface})
	if way != nil && way.Path != nil {
		t.Out = way.Path.Link
	}
}

// sendSized sends larger packets in one direction, to an end that may be unknown, and adds what became of them.
func sendSized(ctx context.Context, f *Facts, from *survey.Seat, s *Sized, to survey.End, t *Try) error {
	s.Bytes = f.Size
	way, err := from.Client.Ask(ctx, probe.Question{RouteGet: &probe.RouteGet{To: s.To}})
	if err != nil || way.Path == nil {
		return err // there is no way back
	}
	own := from.Stack.Link(way.Path.Link)
	forwards := s.From.OnHost() && s.Direction == result.Request && !f.From.OnHost()
	if own != nil && !forwards { // what others send through the host may be larger than what it sends itself
		if s.MTU = own.MTU; s.MTU < s.Bytes {
			s.Bytes, s.Capped = s.MTU, own.Name
		}
	}
	s.Outcome, err = from.Client.Ask(ctx, probe.Question{Size: &probe.Size{Address: s.To, Bytes: s.Bytes}})
	if err == nil {
		err = broken(s.Outcome)
	}
	if err != nil || s.Direction == result.Reply && s.largest() == 0 {
		return err
	}
	there := linkWith(to.Stack, s.To)
	if f.Host != nil {
		end, bridge := hostEnds(f.Host, own)
		farEnd, farBridge := hostEnds(f.Host, there)
		links := []*fact.Link{end, f.Host.Link(t.Out), farEnd}
		if way.Path.Gateway != "" || forwards { // otherwise they only pass its ports, which may carry more
			links = append(links, bridge, farBridge)
		}
		for _, l := range links {
			if l != nil {
				s.Links = append(s.Links, Passed{*l, hostName, l.Name != t.Out})
			}
		}
	}
	if there != nil && to.Container != nil && !to.OnHost() { // what comes to the host need not pass that interface
		s.Links = append(s.Links, Passed{*there, to.Name(), true})
	}
	t.Sized = append(t.Sized, *s)
	return nil
}

// hostEnds are the host's end of a container's veth pair, and the bridge that this is a port of; nil if there are none.
func hostEnds(host *fact.Stack, l *fact.Link) (end, bridge *fact.Link) {
	if l == nil || l.Kind != "veth" {
		return nil, nil
	}
	if end = host.LinkByIndex(l.Peer); end == nil || end.Peer != l.Index {
		return nil, nil // it is in another network namespace
	}
	return end, host.LinkByIndex(end.Master)
}
