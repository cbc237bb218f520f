package fact

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The netfilter hooks for packets to the host and packets that the host forwards.
const (
	HookInput   = "input"
	HookForward = "forward"
)

// What a policy or a rule does to a packet.
const (
	PolicyAccept  = "accept"
	PolicyDrop    = "drop"
	VerdictReject = "reject" // dropped, with an error to the sender

	VerdictJump       = "jump"
	VerdictMasquerade = "masquerade"
	VerdictSNAT       = "snat"
	VerdictDNAT       = "dnat"
	VerdictUnread     = "unread" // netlab does not read where it says: in a map of verdicts, or another program
)

// A Chain is a chain of the host's firewall, with its counters.
type Chain struct {
	Family  string `json:"family"`           // ip, ip6 or inet
	Table   string `json:"table"`            // filter, nat, raw, mangle
	Name    string `json:"name"`             // FORWARD, DOCKER-USER, …
	Hook    string `json:"hook,omitempty"`   // for a base chain: prerouting, input, forward, output, postrouting
	Policy  string `json:"policy,omitempty"` // for a base chain: accept or drop
	Packets uint64 `json:"packets"`          // sum over its rules and, if it counts, its policy
	Rules   int    `json:"rules"`            // how many of them count; if 0, Packets says nothing
	Legacy  bool   `json:"legacy,omitempty"` // from legacy iptables, which can exist next to nftables
	Drops   []Rule `json:"drops,omitempty"`  // the rules that drop or reject, and the policy if it drops
	Passes  []Rule `json:"passes,omitempty"` // all other rules that decide, if they were asked for
}

// A Rule decides about packets. What it matches is "" for any. "! " before it stands for all others.
type Rule struct {
	Number  int    `json:"number"`            // in its chain, from 1; 0 for the chain's policy
	Verdict string `json:"verdict"`           // drop, reject, accept, jump, masquerade, snat, dnat or unread
	Chain   string `json:"chain,omitempty"`   // that it jumps or goes to
	In      string `json:"in,omitempty"`      // the interface that the packet came in by: "docker0", "! docker0", "br-+"
	Out     string `json:"out,omitempty"`     // the interface that the packet leaves through
	From    string `json:"from,omitempty"`    // source, CIDR
	To      string `json:"to,omitempty"`      // destination, CIDR
	Network string `json:"network,omitempty"` // tcp, udp, or the number of another protocol
	Ports   string `json:"ports,omitempty"`   // destination ports: "80", "80,8000:8010"; "?" for some that were not read
	More    bool   `json:"more,omitempty"`    // it matches something else as well, which was not read
	Every   bool   `json:"every,omitempty"`   // it matches every packet that reaches it
	Comment string `json:"comment,omitempty"`
	Counts  bool   `json:"counts,omitempty"`  // it has a counter
	Packets uint64 `json:"packets,omitempty"` // its count
}

// HasPort reports whether a rule is about packets to a port, as far as its ports were read.
func (r Rule) HasPort(port int) (has, known bool) {
	list, other := strings.CutPrefix(r.Ports, not)
	switch list {
	case "":
		return true, true
	case "?":
		return false, false
	}
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(part, ":")
		if !isRange {
			high = low
		}
		first, err := strconv.Atoi(low)
		last, lastErr := strconv.Atoi(high)
		if err != nil || lastErr != nil {
			return false, false
		}
		has = has || first <= port && port <= last
	}
	return has != other, true
}

// A Firewall is what could be read of the host's firewall: all chains of nftables and of legacy iptables.
type Firewall []Chain

// How the names of Docker's own chains and tables begin.
const (
	dockerChain = "DOCKER"
	dockerTable = "docker-" // in nftables: docker-bridges
)

// UserChain is the chain that Docker makes and leaves to the administrator.
const UserChain = "DOCKER-USER"

// HasDocker reports whether an engine has chains for a family, ip or ip6, in the host's firewall.
func (f Firewall) HasDocker(family string) bool {
	return slices.ContainsFunc(f, func(c Chain) bool { return c.Family == family && c.Docker() })
}

// LostRules reports whether an engine's rules are gone: its chains are still in the nat table, but no longer in the
// filter table. Reloading a firewall causes this.
func (f Firewall) LostRules() bool {
	has := func(table string) bool {
		return slices.ContainsFunc(f, func(c Chain) bool {
			return c.Family == "ip" && c.Table == table && c.Name == dockerChain
		})
	}
	return has("nat") != has("filter")
}

// Missing names what is gone of what an engine writes into iptables for IPv4: a chain, or the jump to it. It is "" if
// all is there, if the engine uses nftables, or if the firewall was read without the rules that jump.
func (f Firewall) Missing() string {
	has := func(table string) bool {
		return slices.ContainsFunc(f, func(c Chain) bool {
			return c.Family == "ip" && c.Table == table && c.Name == dockerChain
		})
	}
	jumps, leads := false, map[string]bool{}
	for _, c := range f {
		for _, r := range c.Passes {
			jumps = true
			if c.Family == "ip" && strings.HasPrefix(r.Chain, dockerChain) && r.Chain != UserChain {
				leads[c.Table+" "+c.Name] = true
			}
		}
	}
	switch {
	case slices.ContainsFunc(f, func(c Chain) bool { return strings.HasPrefix(c.Table, dockerTable) }):
		return ""
	case f != nil && !f.HasDocker("ip"):
		return "none of Docker's chains is there"
	case !jumps:
		return ""
	case !has("filter"):
		return "the chain DOCKER is gone"
	case !has("nat"):
		return "the chain DOCKER in table nat is gone"
	case !leads["filter FORWARD"]:
		return "FORWARD does not lead to Docker's chains"
	case !leads["nat PREROUTING"]:
		return "PREROUTING in table nat does not lead to DOCKER"
	}
	return ""
}

// Docker reports whether the engine wrote the chain. UserChain is the administrator's.
func (c Chain) Docker() bool {
	return strings.HasPrefix(c.Table, dockerTable) || strings.HasPrefix(c.Name, dockerChain) && c.Name != UserChain
}

// ForwardPolicy returns drop if the host only forwards packets that a firewall rule accepts, and accept otherwise.
func (f Firewall) ForwardPolicy(family string) string {
	if slices.ContainsFunc(f, func(c Chain) bool { return c.Guards(HookForward, family) != "" }) {
		return PolicyDrop
	}
	return PolicyAccept
}

// ForeignForwardPolicy is ForwardPolicy for all chains except iptables' FORWARD and Docker's own. Packets that
// Docker's rules accept must pass these chains too.
func (f Firewall) ForeignForwardPolicy(family string) string {
	if slices.ContainsFunc(f, func(c Chain) bool {
		return c.Guards(HookForward, family) != "" && !c.Docker() && (c.Table != "filter" || c.Name != "FORWARD")
	}) {
		return PolicyDrop
	}
	return PolicyAccept
}

// InputPolicy returns drop or reject if the host only accepts packets that a firewall rule accepts, and accept
// otherwise.
func (f Firewall) InputPolicy(family string) string {
	policy := PolicyAccept
	for _, c := range f {
		switch c.Guards(HookInput, family) {
		case PolicyDrop:
			return PolicyDrop
		case VerdictReject:
			policy = VerdictReject
		}
	}
	return policy
}

// Guards returns what happens to packets that no rule of a base chain accepts: drop or reject, or "" if they pass. A
// rule that matches every packet comes before the chain's policy.
func (c Chain) Guards(hook, family string) (verdict string) {
	if c.Hook != hook || c.Family != family && c.Family != "inet" {
		return ""
	}
	for _, r := range c.Drops {
		switch {
		case r.Every && r.Number > 0:
			return r.Verdict
		case r.Every:
			verdict = r.Verdict
		}
	}
	return verdict
}

// DropsDirect reports whether the engine drops what other computers send straight to the address of a container on
// this bridge. Engines from 28 on do, unless they run with --allow-direct-routing.
func (f Firewall) DropsDirect(bridge string) bool {
	return slices.ContainsFunc(f, func(c Chain) bool {
		return strings.HasSuffix(c.Name, "PREROUTING") && (c.Table == "raw" || c.Docker()) &&
			slices.ContainsFunc(c.Drops, func(r Rule) bool { return r.In == not+bridge })
	})
}

// A Drop names what dropped a question's packets, as far as the counters of the host's firewall show it.
type Drop struct {
	Unread  bool   `json:"unread,omitempty"`  // the firewall could not be read, so the rest is unknown
	Docker  bool   `json:"docker,omitempty"`  // the engine wrote the rule
	Table   string `json:"table,omitempty"`   // of the rule that counted them
	Chain   string `json:"chain,omitempty"`   // of that rule; "" if nothing counted them
	Rule    int    `json:"rule,omitempty"`    // its number, or 0 for the chain's policy
	Comment string `json:"comment,omitempty"` // of that rule
	Maybe   string `json:"maybe,omitempty"`   // if nothing counted them, a chain that drops without counting; "" for none

	Family string `json:"-"` // of that rule: ip, ip6 or inet
	Legacy bool   `json:"-"` // it is in legacy iptables
	Match  Rule   `json:"-"` // that rule, without its count
}

// Arguments writes a rule that drops as iptables(8) takes it: "-p tcp --dport 80 -j DROP". It is "" if that could mean
// another rule, because something of it was not read.
func (r Rule) Arguments() string {
	if r.Verdict != PolicyDrop || r.More || r.Number == 0 || strings.ContainsAny(r.Ports, "?,") || r.Comment != "" ||
		r.Ports != "" && r.Network != "tcp" && r.Network != "udp" {
		return ""
	}
	var words []string
	for _, part := range []struct{ flag, value string }{
		{"-s", r.From}, {"-d", r.To}, {"-i", r.In}, {"-o", r.Out}, {"-p", r.Network}, {"--dport", r.Ports},
	} {
		value, inverse := strings.CutPrefix(part.value, not)
		switch {
		case inverse:
			words = append(words, "!", part.flag, value)
		case value != "":
			words = append(words, part.flag, value)
		}
	}
	return strings.Join(append(words, "-j DROP"), " ")
}

// String names what counted the packets: "rule 1 of DOCKER-USER", "the policy of FORWARD". It is "" if nothing did.
func (d Drop) String() string {
	name := d.Chain
	if d.Table != "filter" {
		name += " in table " + d.Table
	}
	switch {
	case d.Chain == "":
		return ""
	case d.Rule == 0:
		return "the policy of " + name
	}
	return fmt.Sprintf("rule %d of %s", d.Rule, name)
}

// SameRules reports whether two readings have the same rules, so that their counters can be compared. Docker adds and
// removes rules with its networks and containers, and the rules after them get other numbers.
func (f Firewall) SameRules(other Firewall) bool {
	return slices.EqualFunc(f, other, func(a, b Chain) bool {
		return a.Family == b.Family && a.Table == b.Table && a.Name == b.Name && a.Legacy == b.Legacy &&
			slices.EqualFunc(a.Drops, b.Drops, func(a, b Rule) bool {
				a.Packets, b.Packets = 0, 0
				return a == b
			})
	})
}

// Dropped returns the rules that counted least packets or more between two readings of a firewall. bridges are those
// of the engine.
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
			match := r
			match.Packets = 0
			found = append(found, Drop{
				Match: match, Docker: c.wrote(r, bridges), Table: c.Table, Chain: c.Name, Rule: r.Number, Comment: r.Comment,
				Family: c.Family, Legacy: c.Legacy,
			})
		}
	})
	return found
}

// Counted is the counter of the rule that a Drop names.
func (f Firewall) Counted(d Drop) uint64 {
	for _, c := range f {
		if c.Family != d.Family || c.Table != d.Table || c.Name != d.Chain || c.Legacy != d.Legacy {
			continue
		}
		for _, r := range c.Drops {
			if r.Number == d.Rule {
				return r.Packets
			}
		}
	}
	return 0
}

// Uncounted names a chain that drops what none of its rules accepts, without counting it: "forward in table inet
// guard". It returns "" if there is none.
func (f Firewall) Uncounted() string {
	for _, c := range f {
		for _, r := range c.Drops {
			if c.Hook != "" && r.Every && !r.Counts {
				return fmt.Sprintf("%s in table %s %s", c.Name, c.Family, c.Table)
			}
		}
	}
	return ""
}

// wrote reports whether the engine wrote a rule: it is in one of the engine's chains, or names one of the engine's
// bridges the way the engine does, in FORWARD for icc=false and in the raw table for packets sent directly to a
// container's address.
func (c Chain) wrote(r Rule, bridges []string) bool {
	switch {
	case c.Docker():
		return true
	case c.Table == "filter" && c.Name == "FORWARD":
		return r.In != "" && r.In == r.Out && slices.Contains(bridges, r.In)
	case c.Table == "raw" && c.Name == "PREROUTING":
		bridge, others := strings.CutPrefix(r.In, not)
		return others && (slices.Contains(bridges, bridge) || engineBridge(bridge))
	}
	return false
}

// engineBridge reports whether an engine gives a bridge such a name: docker0, docker_gwbridge, or br- with the first
// half of a network's id. The bridges of other labs and of the swarm are among them. (A regular expression would make
// the agent 150 kB larger.)
func engineBridge(name string) bool {
	id, ok := strings.CutPrefix(name, "br-")
	const half = 12
	return name == "docker0" || name == GatewayBridge ||
		ok && len(id) == half && strings.Trim(id, "0123456789abcdef") == ""
}

// not precedes an interface that a rule does not match, as iptables writes it.
const not = "! "
