package scenario

import (
	"slices"

	"netlab/netlab/ask"
)

// Select returns the smallest scenario that still answers the checks and measures that keep selects. It includes
// their controls, the actions, builds and starts before them, and the containers, networks and links that any of
// these needs. Of the skipped steps it keeps those that keep selects. It does not change the original scenario.
func (s *Scenario) Select(keep func(Step) bool) *Scenario {
	kept := make([]bool, len(s.Steps))
	for i, step := range s.Steps {
		if step.Do == nil && keep(step) {
			s.keepStep(kept, i)
		}
	}
	s.keepChanges(kept)
	out := *s
	out.Steps, out.Skipped = nil, nil
	for i, step := range s.Steps {
		switch {
		case kept[i]:
			out.Steps = append(out.Steps, step)
		case step.Do == nil:
			out.Unasked++
		}
	}
	for _, skipped := range s.Skipped {
		if keep(skipped.Step) {
			out.Skipped = append(out.Skipped, skipped)
		} else {
			out.Unasked++
		}
	}
	if !slices.ContainsFunc(out.Steps, Step.needsUpstream) {
		out.Upstream = ""
	}
	out.shrink()
	return &out
}

// keepChanges keeps the actions before a kept step, the starts of containers that a later kept step names, and the
// writes before a kept step that looks at files. Starts and writes also keep their controls, which may need others.
func (s *Scenario) keepChanges(kept []bool) {
	for again := true; again; {
		again = false
		following, looked, named := false, map[string]bool{}, map[string]bool{}
		for i, step := range slices.Backward(s.Steps) {
			following = following || kept[i]
			if step.Do != nil {
				kept[i] = following
			}
			if target := step.starts(); !kept[i] && (target != "" && named[target] || looked[step.writes()] ||
				following && step.builds()) {
				s.keepStep(kept, i)
				again = true
			}
			if !kept[i] {
				continue
			}
			if step.looksAtFiles() {
				s.addSharing(looked, step.Check.From)
			}
			for _, name := range step.names() {
				named[name] = true
			}
		}
	}
}

// writes returns the container that a step writes a file in. It returns "" for any other step, and for a write that
// is expected to be denied.
func (s Step) writes() string {
	if _, writes := s.asks().(ask.Write); writes && s.Check.usuallyOK() {
		return s.Check.From
	}
	return ""
}

// addSharing adds a container and those that share a volume with it.
func (s *Scenario) addSharing(names map[string]bool, name string) {
	names[name] = true
	for _, c := range s.Containers {
		for _, m := range c.Volumes {
			for _, other := range s.Containers {
				if c.Name == name && slices.ContainsFunc(other.Volumes, func(o Mount) bool { return o.Volume == m.Volume }) {
					names[other.Name] = true
				}
			}
		}
	}
}

// looksAtFiles reports whether a step's answer depends on earlier writes.
func (s Step) looksAtFiles() bool {
	switch q := s.asks().(type) {
	case ask.File:
		return true
	case ask.Read:
		return ask.Find(ask.Things(), q.Thing).Written
	}
	return false
}

// starts returns the container that a check starts, or "" for any other step.
func (s Step) starts() string {
	start, _ := s.asks().(ask.Start)
	return start.Container
}

// shrink removes what no step needs: containers, networks, volumes and links.
func (s *Scenario) shrink() {
	named := map[string]bool{s.Upstream: true}
	for _, step := range s.Steps {
		for _, name := range step.names() {
			named[name] = true
		}
	}
	for range s.Containers { // a container needs others, which may need more
		for _, c := range s.Containers {
			if !named[c.Name] {
				continue
			}
			for _, name := range c.names() {
				named[name] = true
			}
		}
	}
	for _, v := range s.Services {
		if named[v.Name] {
			named[v.Network] = true
		}
	}
	for _, n := range s.Networks {
		if named[n.Name] {
			named[n.Parent] = true
		}
	}
	// Not in place: the original scenario has the same slices.
	without := func(name string) bool { return !named[name] }
	s.Containers = slices.DeleteFunc(slices.Clone(s.Containers), func(c Container) bool { return without(c.Name) })
	s.Services = slices.DeleteFunc(slices.Clone(s.Services), func(v Service) bool { return without(v.Name) })
	s.Networks = slices.DeleteFunc(slices.Clone(s.Networks), func(n Network) bool { return without(n.Name) })
	s.Volumes = slices.DeleteFunc(slices.Clone(s.Volumes), without)
	s.Wires = slices.DeleteFunc(slices.Clone(s.Wires), func(w Wire) bool { return without(w.Name) && without(w.Machine) })
}

// names lists the containers, networks, volumes and links that a container depends on.
func (c Container) names() []string {
	names := []string{c.Share}
	for _, a := range c.Networks {
		names = append(names, a.Network)
	}
	for _, p := range c.Publish {
		names = append(names, p.On, p.As)
	}
	for _, v := range c.Volumes {
		names = append(names, v.Volume)
	}
	return names
}

// keepStep keeps a step, its controls, and their controls.
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

// names lists the peers, networks and links that a step names.
func (s Step) names() []string {
	switch {
	case s.Do != nil:
		return []string{s.Do.Peer, s.Do.Network}
	case s.Measure != nil:
		return []string{s.Measure.Target.Ref.Head, s.Measure.Target.Ref.Network, s.Measure.From}
	}
	refs := ask.References(s.Check.Asks)
	for _, e := range s.Check.Expect {
		refs = append(refs, e.Value.Ref)
		for _, w := range e.When {
			refs = append(refs, w.Fact)
		}
	}
	names := []string{s.Check.From}
	for _, r := range refs {
		names = append(names, r.Head, r.Network)
	}
	return names
}

// needsUpstream reports whether the step's answer depends on the lab's upstream DNS server: it uses a resolver, names
// the server, or reads a container's list of servers.
func (s Step) needsUpstream() bool {
	switch {
	case slices.Contains(s.names(), ask.Upstream):
		return true
	case s.Check != nil && s.Check.reads(ask.DNSServers):
		return true
	}
	_, asks := s.AsksName()
	return asks
}

// AsksName returns the asker of the step, and whether the step begins with a question to a DNS server.
func (s Step) AsksName() (from string, asks bool) {
	switch {
	case s.Measure != nil:
		return s.Measure.From, s.Measure.Target.NeedsResolver()
	case s.Check != nil:
		return s.Check.From, ask.AsksName(s.Check.Asks)
	}
	return "", false
}

// reads reports whether the check's answer, or what it is compared with, is that thing.
func (c *Check) reads(thing string) bool {
	return ask.ThingOf(c.Asks) == thing || slices.ContainsFunc(c.Expect, func(e ask.Expectation) bool {
		return e.Value.Ref.Field == thing
	})
}
