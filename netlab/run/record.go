package run

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/lab"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// roundTrips is how many echoes the median of a round trip is taken from: enough for a steady median, and done within
// milliseconds.
const roundTrips = 20

func newRecord(eng *engine.Engine, o Options, start time.Time) *result.Record {
	r := &result.Record{
		Schema: result.Schema, Kind: o.Kind, Netlab: o.Version, Started: start.UTC().Truncate(time.Second),
		Engines:   []result.Engine{{Engine: eng.Fact(), Facts: []fact.Label{}}},
		Scenarios: []result.Scenario{}, Leftovers: []result.Leftover{},
	}
	if o.Second != nil { // an expectation can only name facts of the first engine
		r.Engines = append(r.Engines, result.Engine{Engine: o.Second.Fact(), Facts: []fact.Label{}})
	}
	return r
}

// describe records the scenarios, and which of them this engine cannot run.
func (s *Session) describe(scenarios []*scenario.Scenario) {
	for _, sc := range scenarios {
		described := titled(sc)
		described.Skipped = s.cannot(sc)
		s.record.Scenarios = append(s.record.Scenarios, described)
	}
}

// titled returns a scenario without its lab and its questions.
func titled(sc *scenario.Scenario) result.Scenario {
	return result.Scenario{
		Name: sc.Name, Title: sc.Title, Command: sc.Command, Use: sc.Use, Note: sc.Note, Unasked: sc.Unasked,
		Images: images(sc), Networks: []fact.Network{}, Peers: []fact.Peer{}, Steps: []result.Step{},
	}
}

// Outline returns a scenario as a worksheet shows it, before anything was built or asked: its questions, and its
// containers with their networks and links, all without addresses.
func Outline(sc *scenario.Scenario) result.Scenario {
	outline := titled(sc)
	bridged := false
	for _, c := range sc.Containers {
		p := fact.Peer{Name: c.Name, Shares: c.Share}
		for _, a := range c.Networks {
			bridged = bridged || a.Network == scenario.DefaultBridge
			if a.Network == scenario.HostNetwork || a.Network == scenario.NoneNetwork {
				p.Mode = a.Network
			}
			if !c.Created { // it is on none before it starts
				p.Network = append(p.Network, fact.Endpoint{Network: a.Network})
			}
		}
		outline.Peers = append(outline.Peers, p)
	}
	if bridged {
		outline.Networks = append(outline.Networks, fact.Network{
			Name: scenario.DefaultBridge, Driver: fact.DriverBridge,
		})
	}
	for _, n := range sc.Networks {
		outline.Networks = append(outline.Networks, fact.Network{
			Name: n.Name, Driver: n.Driver, Internal: n.Internal, Interface: n.Parent,
		})
	}
	for _, w := range sc.Wires {
		outline.Peers = append(outline.Peers, fact.Peer{Name: w.Machine, Role: fact.RoleMachine})
		outline.Wires = append(outline.Wires, fact.Wire{Name: w.Name, Machine: w.Machine, Interface: w.Name})
	}
	for i := range sc.Steps {
		outline.Steps = append(outline.Steps, begin(&sc.Steps[i]))
	}
	return outline
}

// images lists the images that have their own Dockerfile.
func images(sc *scenario.Scenario) []result.Image {
	var built []result.Image
	for _, i := range sc.Images {
		if i.Dockerfile != "" {
			built = append(built, result.Image{Name: i.Name, Dockerfile: i.Dockerfile})
		}
	}
	return built
}

// look records what is known about the engine and its host, once the view of the host is ready.
func (s *Session) look(ctx context.Context) error {
	if err := s.site.Ready(ctx); err != nil {
		return err
	}
	s.looked.Do(func() {
		s.record.Engines[0].Facts = s.site.Facts()
		host := &result.Host{Addresses: addresses(s.site.Host())}
		for i := range s.record.Scenarios {
			s.record.Scenarios[i].Host = host
		}
	})
	return nil
}

// cannot returns why a scenario's lab is not built, or "" if it is.
func (s *Session) cannot(sc *scenario.Scenario) string {
	if len(sc.Steps) == 0 && len(sc.Skipped) > 0 { // no question is left
		return "every question is skipped with " + sc.Skipped[0].Why
	}
	return s.site.CanBuild(sc, s.labOptions())
}

// addresses lists the host's IPv4 addresses on interfaces other than Docker's.
func addresses(host *fact.Stack) []string {
	var ipv4 []string
	for _, l := range host.Links {
		if l.Kind == "loopback" || l.Kind == "bridge" || l.Kind == "veth" {
			continue
		}
		for _, a := range l.Addresses {
			if p, err := netip.ParsePrefix(a); err == nil && p.Addr().Is4() {
				ipv4 = append(ipv4, p.Addr().String())
			}
		}
	}
	return ipv4
}

// up records what was built.
func (s *Session) up(ctx context.Context, out *result.Scenario, l *lab.Lab) error {
	if err := s.look(ctx); err != nil {
		return err
	}
	out.Session, out.UpUS = l.Session(), l.Up().Microseconds()
	out.Networks = append(out.Networks, l.Networks()...)
	out.Wires = append(out.Wires, l.Wires()...)
	out.Services = append(out.Services, l.Services()...)
	if l.Swarm() {
		out.Swarm = "temporary one-node swarm"
	}
	enterPeers(out, l)
	if s.options.Kernel {
		out.Kernel = &result.Kernel{}
		enterKernel(out, l)
	}
	return nil
}

// enterKernel records why the kernel is not heard, or no longer.
func enterKernel(out *result.Scenario, l *lab.Lab) {
	if out.Kernel != nil {
		out.Kernel.Unheard = l.Unheard()
	}
}

// enterPeers records the lab's containers that are not in the record yet: a container of an image that a step builds
// comes late.
func enterPeers(out *result.Scenario, l *lab.Lab) {
	for _, p := range l.Peers() {
		if slices.ContainsFunc(out.Peers, func(known fact.Peer) bool { return known.Name == p.Name }) {
			continue
		}
		out.Peers = append(out.Peers, p)
	}
}

// changed is the container whose networks or addresses an action changed, as it is now.
func changed(l laboratory, a ask.Action) *fact.Peer {
	if now, ok := l.Now(a.Peer); ok && ask.FindVerb(a.Verb).Renews {
		return &now
	}
	return nil
}

// begin records a step as the scenario has it.
func begin(st *scenario.Step) result.Step {
	switch {
	case st.Do != nil:
		return result.Step{Do: st.Do}
	case st.Measure != nil:
		m := st.Measure
		return result.Step{
			Measure: m.ID, Group: m.Group, Lesson: m.Lesson, Ask: m.Ask, From: m.From, What: m.What, Target: m.Target,
			Because: m.Because,
		}
	}
	c := st.Check
	return result.Step{
		Check: c.ID, Group: c.Group, Lesson: c.Lesson, Ask: c.Ask, Wants: c.Wants, From: c.From,
		Asks: result.Question{Question: c.Asks}, Expect: c.Expect, Control: c.Control, Because: c.Because,
	}
}

func observed(o probe.Outcome) *result.Observed {
	return &result.Observed{
		Reason: o.Reason, Detail: o.Detail, Value: o.Value, From: o.From, Address: o.Address, TookUS: o.TookUS,
		Evidence: o.Evidence, Stages: o.Stages, Lost: o.Lost,
	}
}

// measure records a measurement, which is never right or wrong but may be broken.
func (j *judge) measure(ctx context.Context, m scenario.Measure, st *result.Step) {
	if m.What == scenario.MeasureStart {
		took, ok := j.lab.StartTime(m.From)
		if !ok {
			st.Verdict, st.Why = result.Broken, "netlab did not measure the start of "+m.From
			return
		}
		us := took.Microseconds()
		st.Observed = &result.Observed{Reason: probe.OK, Samples: 1, MedianUS: us, MinUS: us, MaxUS: us}
		return
	}
	o := j.lab.RoundTrips(ctx, m.From, m.Target, roundTrips)
	st.Observed = observed(o)
	if o.Reason == probe.AddressNotAvailable { // there is nothing to measure, and that is an answer
		return
	}
	if len(o.SamplesUS) == 0 {
		st.Verdict, st.Why = result.Skipped, "no reply came: "+string(o.Reason)
		if o.Reason == probe.Broken {
			st.Verdict, st.Why = result.Broken, "netlab could not ask the question: "+o.Detail
		}
		return
	}
	samples := slices.Sorted(slices.Values(o.SamplesUS))
	st.Observed.Samples = len(samples)
	st.Observed.MinUS, st.Observed.MaxUS = samples[0], samples[len(samples)-1]
	st.Observed.MedianUS = samples[len(samples)/2]
}
