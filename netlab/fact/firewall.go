package fact

import (
	"fmt"
	"slices"
	"strings"
)

// The hooks of netfilter that a packet to the host, or one that the host forwards, passes.
const (
	HookInput   = "input"
	HookForward = "forward"
)

// What a policy or a rule does with a packet.
const (
	PolicyAccept  = "accept"
	PolicyDrop    = "drop"
	VerdictReject = "reject" // dropped, with an error to the sender
)

// A Chain is one of the host's firewall, with what its counters say.
type Chain struct {
	Family  string `json:"family"`           // ip, ip6 or inet
	Table   string `json:"table"`            // filter, nat, raw, mangle
	Name    string `json:"name"`             // FORWARD, DOCKER-USER, …
	Hook    string `json:"hook,omitempty"`   // of a base chain: prerouting, input, forward, output, postrouting
	Policy  string `json:"policy,omitempty"` // of a base chain: accept or drop
	Packets uint64 `json:"packets"`          // counted by its rules, and by its policy where that counts, together
	Rules   int    `json:"rules"`            // how many of those count: 0 means that Packets says nothing
	Legacy  bool   `json:"legacy,omitempty"` // of legacy iptables, which may be there beside nftables
	Drops   []Rule `json:"drops,omitempty"`  // the rules that drop or reject, and the policy where it drops
}

// A Rule drops or rejects packets.
type Rule struct {
	Number  int    `json:"number"`            // in its chain, from 1; 0 for the chain's policy
	Verdict string `json:"verdict"`           // drop or reject
	In      string `json:"in,omitempty"`      // interface that it matches: "docker0", "! docker0"; "" for any
	Out     string `json:"out,omitempty"`     // the same of the interface that the packet leaves by
	Every   bool   `json:"every,omitempty"`   // it matches whatever comes to it
	Comment string `json:"comment,omitempty"` // of nftables
	Counts  bool   `json:"counts,omitempty"`  // it has a counter
	Packets uint64 `json:"packets,omitempty"` // that it counted
}

// A Firewall is what could be read of the host's: all chains of nftables and of legacy iptables.
type Firewall []Chain

// Docker's own chains and tables. DOCKER-USER is the administrator's.
const (
	dockerChain = "DOCKER"
	dockerTable = "docker-" // of nftables: docker-bridges
	userChain   = "DOCKER-USER"
)

// HasDocker reports whether an engine has chains for a family, ip or ip6, in the host's firewall.
func (f Firewall) HasDocker(family string) bool {
	return slices.ContainsFunc(f, func(c Chain) bool { return c.Family == family && c.docker() })
}

// LostRules reports whether an engine's rules are gone: it made its chains in the nat table, and those of the filter
// table are no longer there. A reload of a firewall leaves a host like that.
func (f Firewall) LostRules() bool {
	has := func(table string) bool {
		return slices.ContainsFunc(f, func(c Chain) bool {
			return c.Family == "ip" && c.Table == table && c.Name == dockerChain
		})
	}
	return has("nat") != has("filter")
}

func (c Chain) docker() bool {
	return strings.HasPrefix(c.Table, dockerTable) || strings.HasPrefix(c.Name, dockerChain) && c.Name != userChain
}

// ForwardPolicy is drop where the host forwards only what a rule of its firewall accepts, else accept.
func (f Firewall) ForwardPolicy(family string) string {
	if slices.ContainsFunc(f, func(c Chain) bool { return c.guards(HookForward, family) != "" }) {
		return PolicyDrop
	}
	return PolicyAccept
}

// ForeignForwardPolicy is ForwardPolicy of the chains beside FORWARD of iptables and Docker's own: a packet that
// Docker's rules accept has to pass them too.
func (f Firewall) ForeignForwardPolicy(family string) string {
	if slices.ContainsFunc(f, func(c Chain) bool {
		return c.guards(HookForward, family) != "" && !c.docker() && (c.Table != "filter" || c.Name != "FORWARD")
	}) {
		return PolicyDrop
	}
	return PolicyAccept
}

// InputPolicy is drop or reject where the host takes only what a rule of its firewall accepts, else accept.
func (f Firewall) InputPolicy(family string) string {
	policy := PolicyAccept
	for _, c := range f {
		switch c.guards(HookInput, family) {
		case PolicyDrop:
			return PolicyDrop
		case VerdictReject:
			policy = VerdictReject
		}
	}
	return policy
}

// guards says what becomes of packets that no rule of a base chain accepts: drop or reject, "" where they go on.
func (c Chain) guards(hook, family string) string {
	if c.Hook != hook || c.Family != family && c.Family != "inet" {
		return ""
	}
	for _, r := range c.Drops {
		if r.Every {
			return r.Verdict
		}
	}
	return ""
}

// A Drop says what dropped a question's packets, as far as counters of the host's firewall tell.
type Drop struct {
	Docker  bool   // a rule that the engine wrote
	Rule    string // what counted them: "rule 1 of DOCKER-USER", "the policy of FORWARD"; "" where nothing did
	Comment string // of that rule
	Maybe   string // where nothing counted them, a chain that drops without counting; "" for none
}

// Dropped lists the rules that counted at least so many packets between two looks at a firewall. Bridges are those of
// the engine.
func Dropped(before, after Firewall, least uint64, bridges []string) []Drop {
	type place struct {
		family, table, chain string
		legacy               bool
		number               int
	}
	counted := map[place]uint64{}
	each := func(f Firewall, do func(Chain, Rule, place)) {
		for _, c := range f {
			for _, r := range c.Drops {
				do(c, r, place{c.Family, c.Table, c.Name, c.Legacy, r.Number})
			}
		}
	}
	each(before, func(_ Chain, r Rule, at place) { counted[at] = r.Packets })
	var found []Drop
	each(after, func(c Chain, r Rule, at place) {
		if was, known := counted[at]; known && r.Counts && r.Packets >= was+least {
			found = append(found, Drop{Docker: c.wrote(r, bridges), Rule: c.rule(r), Comment: r.Comment})
		}
	})
	return found
}

// Uncounted names a chain that drops what no rule of it accepts, and does not count it: "forward of table inet guard";
// "" where there is none.
func (f Firewall) Uncounted() string {
	for _, c := range f {
		for _, r := range c.Drops {
			if c.Hook != "" && r.Every && !r.Counts {
				return fmt.Sprintf("%s of table %s %s", c.Name, c.Family, c.Table)
			}
		}
	}
	return ""
}

// wrote reports whether the engine wrote a rule: it is in a chain of the engine's, or names one of its bridges as the
// engine does, in FORWARD for icc=false and in the raw table for what comes to a container's address directly.
func (c Chain) wrote(r Rule, bridges []string) bool {
	switch {
	case c.docker():
		return true
	case c.Table == "filter" && c.Name == "FORWARD":
		return r.In != "" && r.In == r.Out && slices.Contains(bridges, r.In)
	case c.Table == "raw" && c.Name == "PREROUTING":
		bridge, others := strings.CutPrefix(r.In, not)
		return others && slices.Contains(bridges, bridge)
	}
	return false
}

// not stands before an interface that a rule does not match, as iptables writes it.
const not = "! "

func (c Chain) rule(r Rule) string {
	name := c.Name
	if c.Table != "filter" {
		name += " of table " + c.Table
	}
	if r.Number == 0 {
		return "the policy of " + name
	}
	return fmt.Sprintf("rule %d of %s", r.Number, name)
}
