package scenario

import "slices"

// Select returns the smallest scenario that still answers the checks and measures that keep wants: with their
// controls, with the actions before them, and with the containers and networks that any of these needs. The scenario
// itself is not changed.
func (s *Scenario) Select(keep func(Step) bool) *Scenario {
	kept := make([]bool, len(s.Steps))
	for i, step := range s.Steps {
		if step.Do == nil && keep(step) {
			s.keepStep(kept, i)
		}
	}
	following := false
	for i, step := range slices.Backward(s.Steps) {
		following = following || kept[i]
		if step.Do != nil {
			kept[i] = following
		}
	}
	out := *s
	out.Networks, out.Containers, out.Steps = nil, nil, nil
	for i, step := range s.Steps {
		switch {
		case kept[i]:
			out.Steps = append(out.Steps, step)
		case step.Do == nil:
			out.Unasked++
		}
	}
	if !out.needsUpstream() {
		out.Upstream = ""
	}
	named := map[string]bool{out.Upstream: true}
	for _, step := range out.Steps {
		for _, name := range step.names() {
			named[name] = true
		}
	}
	for _, c := range s.Containers {
		if !named[c.Name] {
			continue
		}
		out.Containers = append(out.Containers, c)
		for _, a := range c.Networks {
			named[a.Network] = true
		}
	}
	for _, n := range s.Networks {
		if named[n.Name] {
			out.Networks = append(out.Networks, n)
		}
	}
	return &out
}

// keepStep keeps a step and its controls, and theirs.
func (s *Scenario) keepStep(kept []bool, i int) {
	if kept[i] {
		return
	}
	kept[i] = true
	check := s.Steps[i].Check
	if check == nil {
		return
	}
	for j, step := range s.Steps {
		if step.Check != nil && slices.Contains(check.Control, step.Check.ID) {
			s.keepStep(kept, j)
		}
	}
}

// names lists the containers and networks that a step names.
func (s Step) names() []string {
	switch {
	case s.Do != nil:
		return []string{s.Do.Peer, s.Do.Network}
	case s.Measure != nil:
		return append(s.Measure.Target.Ref.names(), s.Measure.From)
	}
	c := s.Check
	names := []string{c.From, c.Probe.Beside}
	for _, t := range []Target{c.Probe.Target, c.Probe.Server, c.Probe.At} {
		names = append(names, t.Ref.names()...)
	}
	for _, e := range c.Expect {
		names = append(names, e.Value.Ref.names()...)
		for _, w := range e.When {
			names = append(names, w.Fact.names()...)
		}
	}
	return names
}

func (r Reference) names() []string { return []string{r.Head, r.Network} }

// needsUpstream reports whether a step's answer depends on the lab's upstream DNS server: it asks a resolver, names
// the server, or reads which servers a container has.
func (s *Scenario) needsUpstream() bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool {
		if slices.Contains(step.names(), Upstream) {
			return true
		}
		switch {
		case step.Measure != nil:
			return step.Measure.Target.needsResolver()
		case step.Check != nil:
			return step.Check.Probe.AsksName() || step.Check.readsServers()
		}
		return false
	})
}

// AsksName reports whether the probe begins with a question to a DNS server.
func (p Probe) AsksName() bool {
	return p.Kind == Resolve || p.Kind == Reverse || p.Target.needsResolver()
}

// needsResolver reports whether a probe of the target begins with a question to a DNS server.
func (t Target) needsResolver() bool {
	return t.Literal != "" && !isAddress(t.Literal) || slices.Contains(nameFields(), t.Ref.Field)
}

func (c *Check) readsServers() bool {
	const servers = "dns.servers"
	return c.Probe.Thing == servers || slices.ContainsFunc(c.Expect, func(e Expectation) bool {
		return e.Value.Ref.Field == servers
	})
}
