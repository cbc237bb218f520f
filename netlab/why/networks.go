package why

import (
	"cmp"
	"fmt"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// notRunning: one of the two does not run, so its network namespace is gone or its programs are frozen.
func notRunning(f *Facts) *result.Cause {
	c := f.From.Container
	if c == nil || c.State == fact.StateRunning {
		c = f.Meant
		for i := range f.Tries {
			if s := f.Tries[i].Server; s != nil && s.State != fact.StateRunning {
				c = s
			}
		}
	}
	if c == nil || c.State == fact.StateRunning {
		return nil
	}
	return say.NotRunning(c, f.Now)
}

// noNetwork: one of the two has no endpoint at all.
func noNetwork(f *Facts) *result.Cause {
	from, to := f.From.Container, f.Meant
	alone := func(c *fact.Container) bool {
		return c != nil && c.Running() && f.StackOwner(c).Mode != survey.HostWord && len(f.Endpoints(c)) == 0
	}
	c, other := from, to
	if !alone(c) {
		c, other = to, from
	}
	if !alone(c) || from != nil && to != nil && f.StackOwner(from) == f.StackOwner(to) ||
		c == from && slices.ContainsFunc(f.Tries, func(t Try) bool { return t.Kind == Itself }) {
		return nil
	}
	owner := f.StackOwner(c)
	cause := &result.Cause{
		Object: c.Name, Direction: result.Request,
		Title: fmt.Sprintf("%s is on no network. It has only its loopback interface.", c.Name),
		Evidence: []probe.Evidence{
			say.Inspected(owner, "NetworkMode is %s, and it has no endpoint with an address", owner.Mode),
		},
	}
	network := f.newNetwork()
	var commands []string
	if other != nil && f.joinedBy(other) != "" {
		network = f.joinedBy(other)
	} else {
		commands = append(commands, "docker network create "+network)
	}
	if owner.Mode == "none" {
		cause.Fix = []result.Fix{
			say.Fix(result.FixDocker, "Recreate it with --network %s. "+
				"A container with --network none cannot be connected later.", network),
			say.Fix(result.FixCompose, "Remove network_mode: none from the service."),
		}
		return cause
	}
	cause.Fix = []result.Fix{
		say.Run(say.Fix(result.FixDocker, "Connect it to a network."), append(commands, f.connect(network, c))...),
	}
	return cause
}

// dropped is what shows that the host's firewall dropped the packets: the rule that counted them.
func (t *Try) dropped() probe.Evidence {
	text := cmp.Or(t.Proof, t.Drop.String()+" counted the packets, twice")
	if t.Drop.Comment != "" {
		text += fmt.Sprintf(" (%q)", t.Drop.Comment)
	}
	return say.Seen("the host's firewall", "%s", text)
}

// direction is that of the packets that were lost. Only a watched server shows that a reply was.
func (t *Try) direction() string {
	if t.Replied > 0 && t.Outcome.Reason != probe.OK && t.Outcome.Reason != probe.Refused {
		return result.Reply
	}
	return result.Request
}

// differentNetworks: the two share no network, and Docker's rules dropped the packets, or there is no route.
func differentNetworks(f *Facts, t *Try) *result.Cause {
	from := f.From.Container
	if from == nil || f.From.OnHost() || t.Kind != InContainer || t.Server == nil || f.IsOn(f.From.Container, t.Network) ||
		len(f.Shared(from, t.Server)) > 0 || len(f.Endpoints(from)) == 0 {
		return nil
	}
	cause := &result.Cause{
		Title: fmt.Sprintf("%s and %s are on different networks, and Docker drops packets between its networks.", from.Name,
			t.Server.Name),
		Object: t.Network, Direction: t.direction(),
		Evidence: []probe.Evidence{
			say.Inspected(from, "is on %s", networksOf(f.Endpoints(from))),
			say.Inspected(t.Server, "is on %s", networksOf(f.Endpoints(t.Server))),
		},
		Fix: f.together(from, t.Server),
	}
	switch {
	case t.Drop != nil && t.Drop.Docker:
		cause.Evidence = append(cause.Evidence, t.dropped())
	case t.Outcome.Reason == probe.NetUnreachable:
		cause.Title = fmt.Sprintf("%s and %s are on different networks, and %s has no route to %s.", from.Name,
			t.Server.Name, from.Name, t.Address)
		cause.Evidence = append(cause.Evidence, say.Seen("routes of "+from.Name, "%s", t.Outcome.Detail))
	default:
		return nil
	}
	return cause
}

// internalNetwork: all networks of the asker are internal, and the target is outside of them.
func internalNetwork(f *Facts, t *Try) *result.Cause {
	from := f.From.Container
	own := f.Endpoints(from)
	if from == nil || !allInternal(f) || t.Kind != Elsewhere && t.Kind != OnHost {
		return nil
	}
	evidence := []probe.Evidence{say.Seen("docker network inspect "+own[0].Network, "Internal is true")}
	switch {
	case t.Outcome.Reason == probe.NetUnreachable:
		evidence = append(evidence, say.Seen("routes of "+from.Name, "%s", t.Outcome.Detail))
	case t.Drop != nil && t.Drop.Docker:
		evidence = append(evidence, t.dropped())
	default:
		return nil
	}
	return &result.Cause{
		Title:  fmt.Sprintf("%s is only on internal networks (%s), which have no way out.", from.Name, networksOf(own)),
		Object: own[0].Network, Direction: t.direction(), Evidence: evidence,
		Fix: []result.Fix{
			say.Run(say.Fix(result.FixDocker, "Connect %s to a network that is not internal as well.", from.Name),
				f.connect(survey.DefaultBridge, from)),
			say.Fix(result.FixCompose, "Add a second network without internal: true to the service."),
		},
	}
}
