package why

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// isSix reports whether an address is of IPv6.
func isSix(address string) bool { return strings.Contains(address, ":") }

// family is the name of an address's family.
func family(address string) string {
	if isSix(address) {
		return "IPv6"
	}
	return "IPv4"
}

// unused reports whether programs leave an address out: their kernel has no route for its family, and the name has an
// address of the other one (RFC 6724, rule 1).
func (f *Facts) unused(t *Try) bool {
	return t.unrouted() && slices.ContainsFunc(f.Tries, func(o Try) bool {
		return isSix(o.Address) != isSix(t.Address) && !o.unrouted()
	})
}

// unrouted reports whether the asker's own kernel had no way for the packets.
func (t *Try) unrouted() bool {
	return t.Outcome.From == "" &&
		(t.Outcome.Reason == probe.NetUnreachable || t.Outcome.Reason == probe.AddressNotAvailable)
}

// otherFamily returns a try by the other family, to the same name, that works.
func otherFamily(f *Facts, t *Try) *Try {
	i := slices.IndexFunc(f.Tries, func(o Try) bool { return isSix(o.Address) != isSix(t.Address) && f.works(&o) })
	if i < 0 {
		return nil
	}
	return &f.Tries[i]
}

// localhostIsIPv6: the asker dials itself at one of 127.0.0.1 and ::1, and the server listens on the other one only.
func localhostIsIPv6(f *Facts, t *Try) *result.Cause {
	if t.Kind != Itself || t.Through != nil || !loopback(t.Address) || t.Outcome.Reason != probe.Refused {
		return nil
	}
	l := t.listening(f.Target.Network)
	there := slices.Concat(l.Loopback, l.Other)
	if len(l.Here) > 0 || len(there) == 0 || slices.ContainsFunc(there, func(at string) bool {
		a, err := netip.ParseAddrPort(at)
		return err != nil || a.Addr().Is6() == isSix(t.Address) || !a.Addr().IsLoopback() && !a.Addr().IsUnspecified()
	}) {
		return nil
	}
	from, use := f.From.Name(), "127.0.0.1"
	if !isSix(t.Address) {
		use = "[::1]"
	}
	cause := &result.Cause{
		Title: fmt.Sprintf("%s listens on %s only, and %s is another address.", say.Upper(from), strings.Join(there, " and "),
			t.Address),
		Object: from, Direction: result.Request,
		Evidence: []probe.Evidence{say.Seen("sockets of "+from, "%s", strings.Join(there, ", ")), f.answered(t)},
		Fix: []result.Fix{say.Fix(result.FixApplication, "Use %s:%d, or let the server listen on both 127.0.0.1 and ::1.",
			use, t.Port)},
	}
	if l := f.Lookup; l != nil && len(l.Addresses) > 1 {
		cause.Title = fmt.Sprintf("In %s, %s is %s, and the server listens on %s only.", from, l.Name,
			strings.Join(l.Addresses, " before "), strings.Join(there, " and "))
		cause.Evidence = append(cause.Evidence, say.Seen(l.Source+" of "+from, "%s is %s", l.Name,
			strings.Join(l.Addresses, " and ")))
	}
	return cause
}

// ipFamilyMismatch: IPv4 and IPv6 differ. The server listens by one family only, or packets get through by one only,
// and the asker uses an address of the other.
func ipFamilyMismatch(f *Facts, t *Try) *result.Cause {
	if t.Address == "" || f.Target.Network != "tcp" || localhostIsIPv6(f, t) != nil {
		return nil
	}
	return cmp.Or(oneFamilyPublished(f, t), oneFamilyListens(f, t), oneFamilyPasses(f, t))
}

// oneFamilyPublished: the engine publishes the port by the other family only, as for a container without an address of
// this one.
func oneFamilyPublished(f *Facts, t *Try) *result.Cause {
	if !f.outside(t) || t.Outcome.Reason != probe.Refused {
		return nil
	}
	other := "IPv4"
	if !isSix(t.Address) {
		other = "IPv6"
	}
	for i := range f.Containers {
		c := &f.Containers[i]
		for _, b := range c.Ports {
			_, network := survey.SplitPort(b.Port)
			bound := survey.Parsed(b.HostIP)
			if !c.Running() || b.HostPort != t.Port || network != f.Target.Network || !bound.IsUnspecified() ||
				bound.Is6() == isSix(t.Address) {
				continue
			}
			return &result.Cause{
				Title: fmt.Sprintf("%s publishes port %d for %s only, and %s is an %s address.", c.Name, t.Port, other, t.Address,
					family(t.Address)),
				Object: c.Name, Direction: result.Request,
				Evidence: []probe.Evidence{
					say.Inspected(c, "%s forwards to %s", net.JoinHostPort(b.HostIP, strconv.Itoa(b.HostPort)), b.Port),
					f.answered(t),
				},
				Fix: []result.Fix{
					say.Fix(result.FixApplication, "Use an %s address of the host.", other),
					say.Fix(result.FixDocker, "Or recreate %s on a network with %s.", c.Name, family(t.Address)),
				},
			}
		}
	}
	return nil
}

// oneFamilyListens: the only sockets are of the other family, and the server's own kernel refused this one.
func oneFamilyListens(f *Facts, t *Try) *result.Cause {
	l := t.listening(f.Target.Network)
	// A socket on :: takes IPv4 too, unless it refuses it (IPV6_V6ONLY), which only its kernel's RST shows.
	there := l.Here
	if isSix(t.Address) {
		if there = l.Other; len(l.Here) > 0 {
			return nil
		}
	}
	if t.Outcome.Reason != probe.Refused || t.Replied == 0 || len(there) == 0 || t.Through != nil ||
		slices.ContainsFunc(there, func(at string) bool {
			a, err := netip.ParseAddrPort(at)
			return err != nil || a.Addr().Is6() == isSix(t.Address) || a.Addr().Is6() && !a.Addr().IsUnspecified()
		}) {
		return nil
	}
	name, only, want := f.where(t), "IPv6", "Listen on 0.0.0.0 too, or do not set IPV6_V6ONLY."
	if isSix(t.Address) {
		only, want = "IPv4", "Listen on :: too."
	}
	return &result.Cause{
		Title: fmt.Sprintf("%s listens on %s for %s only, and %s is an %s address.", say.Upper(name),
			strings.Join(there, ", "), only, t.Address, family(t.Address)),
		Object: name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Sockets(f.where(t), "%s", strings.Join(there, ", ")),
			say.Seen(name, "a RST left its network namespace for each SYN that arrived"),
		},
		Fix: []result.Fix{say.Fix(result.FixApplication, "%s", want)},
	}
}

// oneFamilyPasses: the name has addresses of both families, and only one of them is answered; or it has addresses of a
// family only for which the asker has no route.
func oneFamilyPasses(f *Facts, t *Try) *result.Cause {
	l, other := f.Lookup, otherFamily(f, t)
	if l == nil || t.Drop != nil {
		return nil
	}
	cause := &result.Cause{
		Object: l.Name, Direction: t.direction(),
		Evidence: append(l.answers(), say.Seen(f.From.Name(), "asked %s: %s", t.Address, t.Outcome.Detail)),
	}
	silent := t.Outcome.Reason == probe.Timeout && t.Arrived == 0 || t.Outcome.Reason == probe.HostUnreachable ||
		t.Outcome.Reason == probe.NetUnreachable
	switch {
	case other != nil && silent:
		cause.Title = fmt.Sprintf("%s answers over %s (%s), but not over %s (%s).", say.Upper(l.Name), family(other.Address),
			other.Address, family(t.Address), t.Address)
		cause.Evidence = append(cause.Evidence, say.Seen(f.From.Name(), "asked %s: it answered", other.Address))
	case other == nil && t.unrouted() && isSix(t.Address) && t.Kind != Itself &&
		!slices.ContainsFunc(f.Tries, func(o Try) bool { return !isSix(o.Address) }):
		cause.Title = fmt.Sprintf("%s has only the IPv6 address %s, and %s has no IPv6 route.", say.Upper(l.Name),
			t.Address, f.From.Name())
	default:
		return nil
	}
	if isSix(t.Address) {
		cause.Fix = []result.Fix{
			say.Fix(result.FixDocker, "To use IPv6, put %s on a network created with --ipv6, and give the host a route.",
				f.From.Name()),
			say.Fix(result.FixApplication, "To do without it, remove the AAAA record of %s, or let the application prefer IPv4.",
				l.Name),
		}
		return cause
	}
	cause.Fix = []result.Fix{say.Fix(result.FixApplication,
		"Remove the A record of %s, or let the application prefer IPv6.", l.Name)}
	return cause
}
