package scenario

import (
	"cmp"
	"slices"

	"netlab/netlab/ask"
)

// noWire is why a step that needs a link is skipped.
const noWire = "--no-wire"

// WithoutWires returns the scenario without any links. It removes what depends on one: networks, their containers,
// and ports published there. It skips the checks and measures that need any of these, or whose control does. An
// upstream DNS server on a link moves to a network. It does not change the original scenario.
func (s *Scenario) WithoutWires() *Scenario {
	if len(s.Wires) == 0 {
		return s
	}
	moved := *s
	if s.hasWire(s.Upstream) {
		moved.Upstream = cmp.Or(s.firstNetwork(), s.Upstream)
	}
	cut := newCutter(&moved)
	for _, w := range s.Wires {
		cut.lost[w.Name], cut.lost[w.Machine] = true, true
	}
	out := cut.scenario(noWire)
	out.Wires, out.Networks = nil, nil
	for _, n := range s.Networks {
		if !cut.lost[n.Name] {
			out.Networks = append(out.Networks, n)
		}
	}
	return out
}

// firstNetwork returns the first network of a container that an upstream DNS server can be on, or "".
func (s *Scenario) firstNetwork() string {
	for _, c := range s.Containers {
		for _, a := range c.Networks {
			if a.Network != HostNetwork && a.Network != NoneNetwork && !s.onWire(a.Network) {
				return a.Network
			}
		}
	}
	return ""
}

// WithoutPortsOnWires returns the scenario without ports published on the host's end of a link, for an engine that
// cannot publish there. It skips what needs such a port, with why.
func (s *Scenario) WithoutPortsOnWires(why string) *Scenario {
	cut := newCutter(s)
	for _, w := range s.Wires {
		cut.closed[w.Name] = true
	}
	return cut.scenario(why)
}

// A cutter finds what is no longer valid without links.
type cutter struct {
	s       *Scenario
	lost    map[string]bool // names of links, outside computers, networks and containers that are removed
	closed  map[string]bool // names of links on whose host's end no port is published
	changed map[string]bool // names of containers that publish fewer ports
	skip    map[string]bool // ids of checks and measures that are skipped
}

func newCutter(s *Scenario) *cutter {
	return &cutter{
		s: s, lost: map[string]bool{}, closed: map[string]bool{}, changed: map[string]bool{}, skip: map[string]bool{},
	}
}

// scenario returns what is left. It skips the rest, with why.
func (c *cutter) scenario(why string) *Scenario {
	out := *c.s
	for _, n := range c.s.Networks {
		if c.lost[n.Parent] {
			c.lost[n.Name] = true
		}
	}
	out.Containers = c.containers()
	if c.lost[c.s.Upstream] {
		out.Upstream = ""
	}
	kept := c.steps()
	out.Steps, out.Skipped = nil, slices.Clone(c.s.Skipped)
	for i, step := range c.s.Steps {
		switch {
		case kept[i]:
			out.Steps = append(out.Steps, step)
		case step.Do == nil:
			out.Skipped = append(out.Skipped, SkippedStep{Step: step, Why: why})
		}
	}
	slices.SortStableFunc(out.Skipped, func(a, b SkippedStep) int { return a.Step.Line - b.Step.Line })
	return &out
}

// containers returns those that are left, with the ports that they still publish.
func (c *cutter) containers() []Container {
	published := map[string][]Publish{}
	for _, container := range c.s.Containers {
		for _, p := range container.Publish {
			if c.lost[p.On] || c.closed[p.On] {
				c.changed[container.Name] = true
				continue
			}
			published[container.Name] = append(published[container.Name], p)
		}
	}
	for range c.s.Containers { // a container may be lost because of one that comes after it
		for _, container := range c.s.Containers {
			if slices.ContainsFunc(container.Networks, func(a Attachment) bool { return c.lost[a.Network] }) ||
				c.lost[container.Share] || slices.ContainsFunc(published[container.Name], func(p Publish) bool {
				return p.As != "" && (c.lost[p.As] || len(published[p.As]) == 0)
			}) {
				c.lost[container.Name] = true
			}
		}
	}
	var left []Container
	for _, container := range c.s.Containers {
		if !c.lost[container.Name] {
			container.Publish = published[container.Name]
			left = append(left, container)
		}
	}
	return left
}

// steps reports for each step whether it is left.
func (c *cutter) steps() []bool {
	kept := make([]bool, len(c.s.Steps))
	for before := -1; before != len(c.skip); { // a control may come after the check it belongs to
		before = len(c.skip)
		// What a removed step would have changed is not as expected from then on.
		since := map[string]bool{}
		for i, step := range c.s.Steps {
			gone := slices.ContainsFunc(step.names(), func(name string) bool { return c.lost[name] || since[name] }) ||
				c.withoutPort(step) || c.lost[c.s.Upstream] && step.needsUpstream() ||
				step.Check != nil && slices.ContainsFunc(step.Check.Control, func(id string) bool { return c.skip[id] })
			kept[i] = !gone
			switch {
			case !gone:
			case step.Do != nil:
				since[step.Do.Peer] = true
			default:
				c.skip[step.ID()] = true
				if started := step.starts(); started != "" {
					since[started] = true
				}
			}
		}
	}
	return kept
}

// withoutPort reports whether a check involves the published ports of a container that publishes fewer. Whether such
// a container starts also depends on them: a port may be in use.
func (c *cutter) withoutPort(step Step) bool {
	if step.Check == nil {
		return false
	}
	if c.changed[step.starts()] {
		return true
	}
	through, port := ask.Through(step.Check.Asks)
	if to := ask.TargetOf(step.Check.Asks).Ref.Head; !through.IsZero() && c.changed[to] {
		for _, container := range c.s.Containers {
			if container.Name != to {
				continue
			}
			return !slices.ContainsFunc(container.Publish, func(published Publish) bool {
				return published.Port == port && !c.lost[published.On] && !c.closed[published.On]
			})
		}
	}
	for _, name := range step.names() {
		if c.changed[name] && (step.Check.reads(ask.Published) || step.Check.reads(ask.PublishedOn)) {
			return true
		}
	}
	return false
}
