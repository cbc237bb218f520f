package why

import (
	"fmt"
	"slices"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// Causes returns the ids of all causes that Diagnose can name, in the order in which to fix them, then those of
// DiagnoseEngine, and result.ItWorks.
func Causes() []string {
	var ids []string
	for _, r := range rules() {
		ids = append(ids, r.id)
	}
	for _, r := range engineRules() {
		if r.id != "" && !slices.Contains(ids, r.id) {
			ids = append(ids, r.id)
		}
	}
	return append(ids, result.ItWorks)
}

// A rule finds one cause in the facts. about finds it in the facts as a whole, try in the packets to one address; one
// of them is nil. The id of the cause that a rule returns is filled in.
type rule struct {
	id    string
	about func(*Facts) *result.Cause
	try   func(*Facts, *Try) *result.Cause
}

// rules is the closed list. Causes are fixed in this order: what does not run, then names, networks,
// firewalls and ports.
func rules() []rule {
	return []rule{
		{id: result.CauseNotRunning, about: notRunning},
		{id: "no-network", about: noNetwork},

		{id: "resolver-silent", about: resolverSilent},
		{id: "host-gateway-name-missing", about: hostGatewayNameMissing},
		{id: "name-on-default-bridge", about: nameOnDefaultBridge},
		{id: "name-not-on-shared-network", about: nameNotOnSharedNetwork},
		{id: "name-misspelt", about: nameMisspelt},
		{id: result.CauseDNSUpstream, about: dnsUpstream},
		{id: "split-dns-lost", about: splitDNSLost},
		{id: result.CauseHostsEntryWrong, about: hostsEntryWrong},
		{id: result.CauseAliasShared, about: aliasShared},
		{id: "localhost-is-this-container", try: localhostIsThisContainer},
		{id: "localhost-is-ipv6", try: localhostIsIPv6},

		{id: "different-networks", try: differentNetworks},
		{id: "internal-network", try: internalNetwork},
		{id: result.CauseICCDisabled, try: iccDisabled},
		{id: "direct-routing-dropped", try: directRoutingDropped},
		{id: "no-route", try: noRoute},
		{id: result.CauseMacvlanParentDown, try: macvlanParentDown},
		{id: "macvlan-host", try: macvlanHost},
		{id: result.CauseSubnetOverlap, try: subnetOverlap},
		{id: result.CauseForwardingOff, try: forwardingOff},
		{id: result.CausePolicyRoute, try: policyRoute},
		{id: "rp-filter", try: rpFilter},
		{id: "gateway-elected", try: gatewayElected},
		{id: result.CauseDockerRulesMissing, try: dockerRulesMissing},
		{id: result.CauseMasqueradeMissing, try: masqueradeMissing},
		{id: result.CauseMTUTooLarge, about: mtuTooLarge},
		{id: "overlay-ports-blocked", about: overlayPortsBlocked},
		{id: result.CauseFirewall, try: firewall},
		{id: result.CauseConntrackStale, about: conntrackStale},

		{id: "container-port-used-outside", try: containerPortUsedOutside},
		{id: "published-on-loopback-only", try: publishedOnLoopbackOnly},
		{id: "port-not-published", try: portNotPublished},
		{id: "hairpin-missing", try: hairpinMissing},
		{id: "published-port-used-inside", try: publishedPortUsedInside},
		{id: "ip-family-mismatch", try: ipFamilyMismatch},
		{id: result.CauseListensOnLoopback, try: listensOnLoopback},
		{id: "protocol-mismatch", try: protocolMismatch},
		{id: result.CausePublishedNobodyBehind, try: publishedNobodyBehind},
		{id: "wrong-port", try: wrongPort},
		{id: "nothing-listens", try: nothingListens},
		{id: result.CauseListenBacklogFull, try: listenBacklogFull},

		{id: "proxy-variables", about: proxyVariables},
		{id: "client-address-hidden", about: clientAddressHidden},
		{id: result.CauseDesktopVM, about: desktopVM},
		{id: result.CauseRootlessBoundary, about: rootlessBoundary},
		{id: result.CauseWSLMirrored, about: wslMirrored},
	}
}

// Diagnose judges the facts. Its result has no times.
func Diagnose(f *Facts) *result.Why {
	w := &result.Why{
		Schema: result.Schema, Kind: result.KindWhy, From: f.From.Name(), To: f.Target.String(),
		Causes: []result.Cause{}, Chain: walk(f),
	}
	add := func(id string, c *result.Cause) {
		if c == nil {
			return
		}
		c.ID = id
		if !slices.ContainsFunc(w.Causes, func(o result.Cause) bool { return o.ID == id && o.Object == c.Object }) {
			w.Causes = append(w.Causes, *c)
		}
	}
	for _, r := range rules() {
		if r.about != nil {
			add(r.id, r.about(f))
			continue
		}
		for i := range f.Tries {
			if !f.works(&f.Tries[i]) && !f.unused(&f.Tries[i]) {
				add(r.id, r.try(f, &f.Tries[i]))
			}
		}
	}
	slices.SortStableFunc(w.Causes, func(a, b result.Cause) int {
		switch {
		case a.Note == b.Note:
			return 0
		case b.Note:
			return -1
		}
		return 1
	})
	if t := f.leading(); t != nil && len(t.Sized) > 0 {
		w.Size = t.Sized[0].Bytes
	}
	w.Verdict, w.Unseen = verdict(f, w)
	w.Said = lineSaid(f, w)
	w.Attempts = attempts(f)
	return w
}

// attempts says which of several addresses works.
func attempts(f *Facts) []result.Attempt {
	var all []result.Attempt
	for i := range f.Tries {
		t := &f.Tries[i]
		if t.Address == "" {
			continue // it was not asked
		}
		a := result.Attempt{Address: t.Address, State: result.HopNo, Text: "fails: " + t.Outcome.Detail}
		switch {
		case f.works(t):
			a.State, a.Text = result.HopOK, "works"
		case f.unused(t):
			a.State, a.Text = result.HopUnknown, "is not used, as "+f.From.Name()+" has no "+family(t.Address)+" route"
		case t.lostSize() != nil:
			a.Text = "fails: " + t.lostSize().said()
		case t.Outcome.Reason == probe.OK:
			a.Text = "fails: something else answers"
		}
		all = append(all, a)
	}
	if len(all) < 2 {
		return nil
	}
	return all
}

// works reports whether the packets reached what should answer, and the answer came back.
func (f *Facts) works(t *Try) bool {
	l := t.listening(f.Target.Network)
	// Docker's proxy accepts for a port that has no listener behind it.
	behind := t.Stack == nil || len(l.Here) > 0 && (t.Behind == nil || t.Behind.Reason == probe.OK)
	running := t.Server == nil || t.Server.State == fact.StateRunning
	meant := !f.From.OnHost() || f.Meant == nil || f.StackOwner(f.Meant) == f.StackOwner(t.Server) ||
		f.Meant == f.From.Container || f.Meant.Mode == survey.HostWord // otherwise another program has that port of the host
	if f.Target.Network == "udp" && t.Outcome.Reason == probe.Timeout { // a UDP server need not answer
		return t.Arrived > 0 && len(l.Here) > 0 && running && meant
	}
	return t.Outcome.Reason == probe.OK && behind && running && meant && !f.astray() && t.lostSize() == nil
}

// verdict holds the causes against what was measured.
func verdict(f *Facts, w *result.Why) (verdict string, unseen []string) {
	works, used := 0, 0
	for i := range f.Tries {
		switch t := &f.Tries[i]; {
		case f.works(t):
			works, used = works+1, used+1
		case !f.unused(t):
			used++
		}
	}
	named := func(id string) bool {
		return slices.ContainsFunc(w.Causes, func(c result.Cause) bool { return c.ID == id })
	}
	switch {
	case named(result.CauseAliasShared), named(result.CauseConntrackStale) && works > 0,
		works > 0 && works < used && w.Obstacle() != nil:
		return result.Ambiguous, nil
	case works > 0 && works < used:
		return result.Ambiguous, wouldTell(f)
	case w.Obstacle() != nil:
		return result.Unreachable, nil
	case works > 0:
		return result.Reachable, nil
	}
	return result.Unknown, wouldTell(f)
}

// wouldTell lists what could not be seen, and what would tell, when no cause is proven.
func wouldTell(f *Facts) []string {
	var unseen []string
	switch {
	case f.nameOnly() && f.Lookup != nil && len(f.Lookup.Addresses) > 0:
		unseen = append(unseen, fmt.Sprintf("The line names no port, so netlab only asked for the name. "+
			"To go on: netlab why %s %s:PORT", fromWord(f.From), f.Target.Key))
	case f.Lookup != nil && f.Lookup.Hidden:
		unseen = append(unseen, f.From.Name()+" mounts its own /etc/hosts or /etc/resolv.conf, which netlab does not read. "+
			"Ask by address instead.")
	case f.Lookup != nil && len(f.Lookup.Addresses) == 0 && f.Meant == nil:
		unseen = append(unseen, f.Lookup.wouldTell())
	}
	for i := range f.Tries {
		t := &f.Tries[i]
		switch {
		case f.works(t) || f.unused(t) || t.Outcome.Reason == "":
		case t.lostSize() != nil:
			unseen = append(unseen, t.lostSize().wouldTell())
		case t.Drop != nil:
			unseen = append(unseen,
				"netlab does not know which setting of the network or the engine made Docker write "+t.Drop.String()+".")
		case t.Behind != nil && t.Behind.Reason != probe.OK:
			unseen = append(unseen, "The host accepted, but "+t.Server.Name+" did not answer the host: "+t.Behind.Detail+".")
		case t.Tunnel != nil && t.Tunnel.Answers > 0:
			unseen = append(unseen, fmt.Sprintf("Answers from %s arrived at this host inside VXLAN, and did not get to %s. "+
				"Check the host's rules for %d/udp.", t.Tunnel.Node, f.From.Name(), probe.PortVXLAN))
		case t.Tunnel != nil && t.Tunnel.Left > 0 && t.Tunnel.up() == nil:
			unseen = append(unseen, fmt.Sprintf("The packets left this host inside VXLAN for the node %s, which answers "+
				"neither at %d/tcp nor a ping. Check whether it is up.", t.Tunnel.Node, portGossip))
		case t.lost() != nil:
			unseen = append(unseen, "The kernel drops the packets for the reason "+t.lost().Reason+t.lost().place()+
				". netlab does not know why.")
		case t.Outcome.Reason == probe.Denied:
			unseen = append(unseen,
				"The kernel did not permit "+f.From.Name()+" to send. Check the firewall in its network namespace.")
		case t.Outcome.Reason == probe.Refused && t.Stack == nil:
			unseen = append(unseen,
				"netlab cannot see the sockets at "+t.Address+". A list of them there (ss -ltn) would show what listens.")
		case t.Outcome.Reason == probe.HostUnreachable && isSix(t.Address) && f.apart(t):
			unseen = append(unseen, "netlab cannot tell whether Docker's rule for enable_icc=false on "+t.Network+
				" also drops the neighbor solicitations. Its counter would show it.")
		case t.Outcome.Reason == probe.HostUnreachable:
			unseen = append(unseen,
				"netlab cannot tell whether a machine with the address "+t.Address+" is up. It did not answer.")
		case t.Outcome.Reason == probe.Timeout && t.Way != nil && t.Way.Left != "" && t.Way.Answers == 0:
			unseen = append(unseen, fmt.Sprintf("The packets left this host through %s with the source %s, and no answer "+
				"arrived. A capture at %s would show whether they get there.", t.Way.Left, t.Way.As, t.Address))
		case t.Outcome.Reason == probe.Timeout && t.Kind == Elsewhere && t.Heard:
			unseen = append(unseen,
				"This host's kernel dropped none of the packets. A capture at "+t.Address+" would show whether they arrive.")
		case t.Outcome.Reason == probe.Timeout && t.Kind == Elsewhere:
			unseen = append(unseen,
				"netlab cannot see beyond this host. A capture at "+t.Address+" would show whether the packets arrive.")
		case t.Outcome.Reason == probe.Timeout && t.Maybe != "":
			unseen = append(unseen, "The chain "+t.Maybe+
				" drops packets without counting them. A counter in it would show whether it drops these.")
		case t.Outcome.Reason == probe.Timeout && !t.Counted:
			unseen = append(unseen,
				"netlab could not compare the counters of the host's firewall, which would show what drops the packets.")
		case t.Outcome.Reason == probe.Timeout:
			unseen = append(unseen,
				"No rule of the host's firewall counted the packets. A capture on the host would show where they end.")
		}
	}
	for i := range f.Tries {
		if why := f.Tries[i].Unheard; why != "" {
			unseen = append(unseen, "netlab did not ask the kernel which packets it drops: "+why+".")
			break
		}
	}
	if len(unseen) == 0 {
		unseen = append(unseen, "What netlab saw does not prove a cause.")
	}
	return unseen
}
