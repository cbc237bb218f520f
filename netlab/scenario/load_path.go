package scenario

import (
	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// The paths of a question's packets through the host's firewall.
const (
	pathBridged   = "bridged"   // between the ports of one bridge
	pathForwarded = "forwarded" // between two of the host's interfaces
	pathHost      = "to-host"   // to a service on the host itself
	pathPublished = "published" // to a published port: forwarded, or without Docker's rules, to its proxy on the host
	pathProxied   = "proxied"   // to a published port that only the proxy opens for the asker
)

func paths() []string {
	return []string{pathBridged, pathForwarded, pathHost, pathPublished, pathProxied}
}

// onPath returns what to expect of a check if the host itself keeps its packets from passing, whatever Docker does.
func onPath(path string, c *Check) []ask.Expectation {
	ipv6 := ask.OverIPv6(c.Asks)
	is := func(field, value string) ask.Condition {
		if ipv6 && field == ask.FactIPTables {
			field = ask.FactIP6Tables
		} else if ipv6 && (field == ask.FactForwarding || field == ask.FactInputPolicy) {
			field = "ipv6-" + field
		}
		return ask.Condition{Fact: ask.Reference{Head: ask.EngineHead, Field: field}, Op: "=", Value: value}
	}
	_, resolves := c.Asks.(ask.Resolve)
	closed := is(ask.FactForwarding, ask.ForwardingOpen)
	closed.Op = "!="
	notForwarded := ask.Expectation{
		When: []ask.Condition{closed}, Reason: probe.Timeout,
		Because: "This host does not forward packets between its interfaces.",
	}
	notLetIn := func(when ...ask.Condition) []ask.Expectation {
		return []ask.Expectation{{
			When: append([]ask.Condition{is(ask.FactInputPolicy, fact.PolicyDrop)}, when...), Reason: probe.Timeout,
			Because: "The host's firewall drops what none of its rules lets in.",
		}, { // the kernel limits how often it sends the error
			When: append([]ask.Condition{is(ask.FactInputPolicy, fact.VerdictReject)}, when...), Reason: probe.Refused,
			Or:      []probe.Reason{probe.HostUnreachable, probe.Timeout},
			Because: "The host's firewall rejects what none of its rules lets in.",
		}}
	}
	onlyOpen := ask.Expectation{ // nothing accepts the connections, so after some of them the kernel drops the others
		When: []ask.Condition{is(ask.FactIPTables, "false"), is(ask.FactUserlandProxy, "false")}, Reason: probe.Accepted,
		Or:      []probe.Reason{probe.Timeout},
		Because: "This engine has neither firewall rules nor a proxy for this port. It only accepts connections.",
	}
	switch path {
	case pathBridged:
		e := ask.Expectation{
			When:    []ask.Condition{is(ask.FactForwarding, ask.ForwardingDropped), is(ask.FactBridgeFilter, "true")},
			Reason:  probe.Timeout,
			Because: "Bridged packets pass this host's firewall too, and it drops them.",
		}
		switch {
		case resolves:
			e.Reason, e.Or = probe.DNSNoAnswer, []probe.Reason{probe.DNSError}
		case ipv6: // neighbor discovery passes the firewall too
			e.Or = []probe.Reason{probe.HostUnreachable}
		}
		return []ask.Expectation{e}
	case pathForwarded:
		if resolves {
			notForwarded.Reason, notForwarded.Or = probe.DNSNoAnswer, []probe.Reason{probe.DNSError}
		}
		if last := c.Expect[len(c.Expect)-1]; last.DroppedBy != "" {
			notForwarded.DroppedBy, notForwarded.Because = last.DroppedBy, c.Because
		}
		return []ask.Expectation{notForwarded}
	case pathHost:
		return notLetIn()
	case pathPublished, pathProxied:
		if c.From == ask.Host { // the host's own packets are neither forwarded nor kept out
			return []ask.Expectation{onlyOpen}
		}
		if path == pathProxied {
			return append(notLetIn(is(ask.FactUserlandProxy, "true")), onlyOpen)
		}
		forwarded := notForwarded
		forwarded.When = append(forwarded.When, is(ask.FactIPTables, "true"))
		return append(append([]ask.Expectation{forwarded}, notLetIn(is(ask.FactIPTables, "false"))...), onlyOpen)
	}
	return nil
}
