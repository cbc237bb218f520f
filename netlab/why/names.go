package why

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/near"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// unresolved reports whether a name was asked, and its container's address did not come back.
func (f *Facts) unresolved() bool {
	return f.Lookup != nil && !f.Lookup.Hidden && (len(f.Lookup.Addresses) == 0 || f.astray())
}

// astray reports whether a DNS server that does not know the containers gave the name of one to another machine.
func (f *Facts) astray() bool {
	return f.Lookup != nil && f.Lookup.Source != hostsFile && len(f.Tries) > 0 && f.sure() &&
		!slices.ContainsFunc(f.Tries, func(t Try) bool { return t.Kind != Elsewhere })
}

// sure reports whether the name can hardly mean anything but that container. A service of another project may have the
// name by accident.
func (f *Facts) sure() bool {
	from, to := f.From.Container, f.Meant
	return from != nil && to != nil && len(f.Endpoints(to)) > 0 &&
		(to.Name == f.Target.Key || strings.Contains(f.Target.Key, "/") ||
			to.Project != "" && to.Project == from.Project || len(f.Shared(from, to)) > 0)
}

// answers is what the resolver said, as evidence.
func (l *Lookup) answers() []probe.Evidence {
	var all []probe.Evidence
	for _, a := range l.Asked {
		text := a.Outcome.Detail
		if len(a.Outcome.Evidence) > 0 {
			text = a.Outcome.Evidence[0].Text
		}
		all = append(all, say.Seen(a.Server, "%s: %s", a.Name, text))
	}
	return all
}

// said reports whether a DNS server answered with one of the reasons.
func (l *Lookup) said(reasons ...probe.Reason) bool {
	return slices.ContainsFunc(l.Asked, func(a Asked) bool { return slices.Contains(reasons, a.Outcome.Reason) })
}

// hostGatewayNameMissing: Docker Desktop defines these names, Docker Engine does not.
func hostGatewayNameMissing(f *Facts) *result.Cause {
	if !f.unresolved() || f.From.Container == nil || f.Engine.Kind != fact.KindEngine || f.Lookup.Name != hostGatewayName {
		return nil
	}
	return &result.Cause{
		Title: fmt.Sprintf("Docker Engine on Linux does not define %s, and %s's /etc/hosts does not have it.",
			hostGatewayName, f.From.Name()),
		Object: f.From.Name(), Direction: result.Request,
		Evidence: append([]probe.Evidence{say.Seen("/etc/hosts of "+f.From.Name(), "has no entry for %s", hostGatewayName)},
			f.Lookup.answers()...),
		Fix: []result.Fix{
			say.Fix(result.FixDocker, "Recreate %s with --add-host %s:host-gateway.", f.From.Name(), hostGatewayName),
			say.Fix(result.FixCompose, `Add to the service: extra_hosts: ["%s:host-gateway"]`, hostGatewayName),
		},
	}
}

const hostGatewayName = "host.docker.internal"

// nameOnDefaultBridge: the only network that both are on is the default bridge, which has no names.
func nameOnDefaultBridge(f *Facts) *result.Cause {
	from, to := f.From.Container, f.Meant
	if !f.unresolved() || from == nil || to == nil || !to.Running() {
		return nil
	}
	if !slices.Equal(f.Shared(from, to), []string{survey.DefaultBridge}) {
		return nil
	}
	evidence := []probe.Evidence{say.Inspected(to, "the network that %s and %s share is bridge", from.Name, to.Name)}
	if !f.From.DockerDNS() {
		evidence = append(evidence, say.Seen("/etc/resolv.conf of "+from.Name, "names %s, not Docker's DNS server",
			orNone(f.From.Stack.Nameservers)))
	}
	return &result.Cause{
		Title:  fmt.Sprintf("%s and %s share only the default bridge, where containers have no names.", from.Name, to.Name),
		Object: survey.DefaultBridge, Direction: result.Request,
		Evidence: append(evidence, f.Lookup.answers()...), Fix: f.together(from, to),
	}
}

func orNone(words []string) string {
	if len(words) == 0 {
		return "no server"
	}
	return strings.Join(words, " and ")
}

// nameNotOnSharedNetwork: the container exists, but no network that the asker is on has the name.
func nameNotOnSharedNetwork(f *Facts) *result.Cause {
	from, to := f.From.Container, f.Meant
	if !f.unresolved() || from == nil || to == nil || !to.Running() {
		return nil
	}
	if f.StackOwner(to) != to || to.Mode == survey.HostWord {
		return nameless(f, from, to)
	}
	if len(f.Endpoints(to)) == 0 || len(f.Endpoints(from)) == 0 {
		return nil
	}
	for _, e := range f.Endpoints(from) {
		if len(f.NamesOn(e.Network, f.Lookup.Name)) > 0 {
			return nil // Docker should have answered, so this is something else
		}
	}
	shared := f.Shared(from, to)
	if slices.Equal(shared, []string{survey.DefaultBridge}) {
		return nil
	}
	cause := &result.Cause{
		Object: to.Name, Direction: result.Request,
		Evidence: append([]probe.Evidence{
			say.Inspected(from, "is on %s", networksOf(f.Endpoints(from))),
			say.Inspected(to, "is on %s", networksOf(f.Endpoints(to))),
		}, f.Lookup.answers()...),
	}
	if len(shared) == 0 {
		cause.Title = fmt.Sprintf("%s and %s are on different networks, and names belong to a network.", from.Name, to.Name)
		cause.Fix = f.together(from, to)
		return cause
	}
	names := goodNames(f.StackOwner(to).On(shared[len(shared)-1]))
	if len(names) == 0 {
		return nil
	}
	cause.Title = fmt.Sprintf("%s is not a name of %s on %s, the network that they share.", f.Lookup.Name, to.Name,
		shared[len(shared)-1])
	cause.Evidence = append(cause.Evidence, say.Inspected(to, "its names on %s are %s", shared[len(shared)-1],
		strings.Join(names, ", ")))
	cause.Fix = []result.Fix{say.Fix(result.FixApplication, "Use the name %s.", names[0])}
	return cause
}

// nameless: the container uses the network namespace of the host or of another container, so it has no name of its own.
func nameless(f *Facts, from, to *fact.Container) *result.Cause {
	owner := f.StackOwner(to)
	cause := &result.Cause{
		Title:  fmt.Sprintf("%s uses the network namespace of %s, so it has no name of its own.", to.Name, owner.Name),
		Object: to.Name, Direction: result.Request,
		Evidence: append([]probe.Evidence{say.Inspected(to, "NetworkMode is %s", shortMode(to.Mode))}, f.Lookup.answers()...),
	}
	switch {
	case owner.Mode == survey.HostWord:
		cause.Title = fmt.Sprintf("%s uses the host's network, so Docker's DNS server has no name for it.", to.Name)
		cause.Fix = byHostGateway(f)
	case f.StackOwner(from) == owner:
		cause.Title = fmt.Sprintf("%s and %s share one network namespace, so %s is localhost for %s.", from.Name, to.Name,
			to.Name, from.Name)
		cause.Fix = []result.Fix{say.Fix(result.FixApplication, "Use %s.", f.Target.at("localhost"))}
	case len(f.Shared(from, owner)) == 0 || slices.Equal(f.Shared(from, owner), []string{survey.DefaultBridge}):
		cause.Fix = append(f.together(from, owner), say.Fix(result.FixApplication, "Use %s.", f.Target.at(f.nameOf(owner))))
	default:
		cause.Fix = []result.Fix{say.Fix(result.FixApplication, "Use %s.", f.Target.at(f.nameOf(owner)))}
	}
	return cause
}

// byHostGateway is how the asker's container reaches a port of the host by name.
func byHostGateway(f *Facts) []result.Fix {
	return []result.Fix{
		say.Fix(result.FixDocker, "Recreate %s with --add-host %s:host-gateway, and use %s.",
			f.StackOwner(f.From.Container).Name, hostGatewayName, f.Target.at(hostGatewayName)),
		say.Fix(result.FixCompose, `Add extra_hosts: ["%s:host-gateway"], and use %s.`, hostGatewayName,
			f.Target.at(hostGatewayName)),
	}
}

// shortMode is a network mode with a short id.
func shortMode(mode string) string {
	const short = len("container:") + 12
	if strings.HasPrefix(mode, "container:") && len(mode) > short {
		return mode[:short]
	}
	return mode
}

func networksOf(endpoints []fact.ContainerEndpoint) string {
	var names []string
	for _, e := range endpoints {
		names = append(names, e.Network)
	}
	return strings.Join(names, ", ")
}

// shortID matches the short ids that every endpoint has among its names.
var shortID = regexp.MustCompile(`^[0-9a-f]{12}$`)

// goodNames are the names of an endpoint that a person would use.
func goodNames(e *fact.ContainerEndpoint) []string {
	if e == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(e.Names), shortID.MatchString)
}

// nameMisspelt: no container is called that, but one on a shared network is called almost that.
func nameMisspelt(f *Facts) *result.Cause {
	from := f.From.Container
	if !f.unresolved() || from == nil || f.Meant != nil || !f.From.DockerDNS() || len(f.Lookup.Name) < 3 {
		return nil
	}
	spelt, network, least := "", "", min(2, len(f.Lookup.Name)/2)
	var owner *fact.Container
	for _, e := range f.Endpoints(from) {
		for i := range f.Containers {
			c := &f.Containers[i]
			if c == f.StackOwner(from) || !c.Running() {
				continue
			}
			for _, name := range goodNames(c.On(e.Network)) {
				d := near.Distance(strings.ToLower(name), strings.ToLower(f.Lookup.Name))
				if d < least || d == least && spelt == "" {
					spelt, network, owner, least = name, e.Network, c, d
				}
			}
		}
	}
	if owner == nil {
		return nil
	}
	return &result.Cause{
		Title:  fmt.Sprintf("No container is called %s. On %s there is %s.", f.Lookup.Name, network, spelt),
		Object: owner.Name, Direction: result.Request,
		Evidence: append([]probe.Evidence{say.Inspected(owner, "%s is a name of %s on %s", spelt, owner.Name, network)},
			f.Lookup.answers()...),
		Fix: []result.Fix{say.Fix(result.FixApplication, "Use the name %s.", spelt)},
	}
}

// hostsEntryWrong: the asker's /etc/hosts has the name with an address that is not the container's.
func hostsEntryWrong(f *Facts) *result.Cause {
	from, to := f.From.Container, f.Meant
	if f.Lookup == nil || f.Lookup.Source != hostsFile || !f.sure() || !to.Running() ||
		f.StackOwner(from) == f.StackOwner(to) {
		return nil
	}
	own := f.AddressesOf(to)
	for i, address := range f.Lookup.Addresses {
		if slices.Contains(own, address) || len(own) == 0 {
			return nil
		}
		if other, _ := f.Owner(address, f.From.Container); other == nil && i < len(f.Tries) && f.works(&f.Tries[i]) {
			return nil // somebody put another machine in the container's place, and it answers
		}
	}
	wrong := f.Lookup.Addresses[0]
	other, _ := f.Owner(wrong, from)
	return say.HostsEntryWrong(from, f.Lookup.Name, wrong, to, own, other)
}

const hostsFile = "/etc/hosts"

// aliasShared: containers that are not replicas of one service own the name.
func aliasShared(f *Facts) *result.Cause {
	if f.Lookup == nil || f.From.Container == nil || f.Lookup.Source != probe.DockerDNS ||
		len(f.Lookup.Addresses) < 2 {
		return nil
	}
	for _, e := range f.Endpoints(f.From.Container) {
		owners := slices.DeleteFunc(f.NamesOn(e.Network, f.Lookup.Name), func(c *fact.Container) bool {
			return !c.Running() || !slices.Contains(f.Lookup.Addresses, c.On(e.Network).IPv4)
		})
		if len(owners) > 1 && !survey.Replicas(owners) {
			cause := say.AliasShared(f.Lookup.Name, e.Network, owners)
			cause.Evidence = append(cause.Evidence, f.Lookup.answers()...)
			return cause
		}
	}
	return nil
}

// localhostIsThisContainer: the asker dials itself, and another container or the host listens on that port.
func localhostIsThisContainer(f *Facts, t *Try) *result.Cause {
	from := f.From.Container
	if t.Kind != Itself || from == nil || f.From.OnHost() || !loopback(t.Address) || t.Outcome.Reason != probe.Refused {
		return nil
	}
	own := t.listening(f.Target.Network)
	if len(own.Here)+len(own.Loopback) > 0 {
		return nil
	}
	evidence := []probe.Evidence{
		say.Seen("sockets of "+from.Name, "nothing listens on %d/%s", t.Port, f.Target.Network),
	}
	title := fmt.Sprintf("In a container, localhost is the container itself: nothing in %s listens on %d.", from.Name,
		t.Port)
	for _, other := range f.Others {
		l := survey.Listeners(other.Stack, f.Target.Network, "", t.Port)
		if len(l.Here) == 0 {
			continue
		}
		evidence = append(evidence, say.Seen("sockets of "+other.Name(), "%s", strings.Join(l.Here, ", ")))
		cause := &result.Cause{
			Title: title + " " + other.Name() + " does.", Object: other.Name(), Direction: result.Request, Evidence: evidence,
		}
		if other.Container == nil {
			cause.Fix = byHostGateway(f)
			return cause
		}
		shared := f.Shared(from, other.Container)
		if len(shared) == 0 || slices.Equal(shared, []string{survey.DefaultBridge}) {
			cause.Fix = f.together(from, other.Container)
		}
		cause.Fix = append(cause.Fix, say.Fix(result.FixApplication, "Use %s:%d instead of localhost.",
			f.nameOf(other.Container), t.Port))
		return cause
	}
	return nil
}

func loopback(address string) bool {
	a, err := netip.ParseAddr(address)
	return err == nil && a.Unmap().IsLoopback()
}

// nameOf is the name by which applications should call a container.
func (f *Facts) nameOf(c *fact.Container) string {
	if c.Service != "" && f.From.Container != nil && c.Project == f.From.Container.Project {
		return c.Service
	}
	return c.Name
}
