package render

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// kernelSays is what the kernel said about the packets of an answer: "dropped the SYNs from alice: NETFILTER_DROP, in
// from docker0 on the host."
func kernelSays(sc *result.Scenario, st *result.Step) string {
	if st.Observed == nil || len(st.Observed.Lost) == 0 {
		return ""
	}
	var said []string
	for _, l := range st.Observed.Lost {
		direction := "from"
		if l.Reply {
			direction = "to"
		}
		// How many is not said: the sockets' retransmissions are among them, and in no other number on the screen.
		packets := flat(l.Packet)
		switch {
		case l.Packets == 1:
		case l.Packet == probe.PacketEchoReply:
			packets = "echo replies"
		default:
			packets += "s"
		}
		text := fmt.Sprintf("the %s %s %s: %s", packets, direction, flat(st.From), flat(l.Reason))
		if where := lostAt(sc, l); where != "" {
			text += ", " + where
		}
		said = append(said, text)
	}
	return "dropped " + strings.Join(said, "; ") + "."
}

// lostAt says where a packet was dropped: "in from docker0 on the host".
func lostAt(sc *result.Scenario, l probe.Loss) string {
	where := ""
	if name := flat(l.Interface); name != "" {
		switch where = "at "; l.Way {
		case probe.WayIn:
			where = "in from "
		case probe.WayOut:
			where = "out to "
		}
		where += name
		if of := interfaceOf(sc, l); of != "" {
			where += " (" + of + ")"
		}
		where += " "
	}
	switch owner := flat(l.Namespace); owner {
	case "":
		return strings.TrimSpace(where)
	case result.HostPeer:
		return where + "on the host"
	default:
		return where + "in " + owner
	}
}

// interfaceOf says what an interface of the host's is to people: the network whose bridge it is, whose port, or whose
// link. It is "" for docker0, which everybody knows, and for an interface of a container.
func interfaceOf(sc *result.Scenario, l probe.Loss) string {
	if l.Namespace != result.HostPeer {
		return ""
	}
	for _, n := range sc.Networks {
		if name := flat(sc.OwnName(n.Name)); n.Interface == l.Interface && strings.HasPrefix(n.Interface, "br-") {
			return "network " + name
		}
	}
	for _, w := range sc.Wires {
		if w.Interface == l.Interface {
			return "the link to " + flat(w.Machine)
		}
	}
	for _, p := range sc.Peers {
		if p.Port == l.Interface {
			return flat(p.Name) + "'s port"
		}
	}
	return ""
}

// kernelHeard is the line below a lesson about the kernel's word: why it is missing, or how to have its reasons
// explained.
func kernelHeard(sc *result.Scenario, o Options) string {
	switch {
	case sc.Kernel == nil:
		return ""
	case sc.Kernel.Unheard != "":
		return "Reasons from the kernel are missing: " + strings.TrimSuffix(flat(sc.Kernel.Unheard), ".") + "."
	}
	var reasons []string
	for i := range sc.Steps {
		st := &sc.Steps[i]
		if st.Observed == nil || !Shown(st, o) {
			continue
		}
		for _, l := range st.Observed.Lost {
			if reason := flat(l.Reason); !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
	}
	switch len(reasons) {
	case 0:
		return "The kernel reported no drop of these questions' packets."
	case 1:
		return "What " + reasons[0] + " means: netlab explain " + reasons[0]
	}
	return "What these drop reasons mean: netlab explain " + reasons[0] + " (or " + strings.Join(reasons[1:], ", ") + ")"
}
