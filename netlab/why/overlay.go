package why

import (
	"fmt"
	"strings"

	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// overlayPortsBlocked: packets to a container on another node of the swarm leave this host inside VXLAN, and nothing
// comes back although the node is there; or a firewall of this host drops them; or the name is unknown, and a node
// cannot tell the names of its containers.
func overlayPortsBlocked(f *Facts) *result.Cause {
	if f.Deaf != nil {
		return f.Deaf.cause(f)
	}
	for i := range f.Tries {
		t := &f.Tries[i]
		switch w := t.Tunnel; {
		case w == nil || w.Answers > 0 || f.works(t):
		case t.ofVXLAN():
			return tunnelCause(f, t, fmt.Sprintf("This host's firewall drops the packets of overlay networks (%d/udp): %s.",
				probe.PortVXLAN, t.Drop.String()), t.dropped())
		case w.Left > 0 && w.Overlay.Has(w.Node) && t.Drop == nil && w.up() != nil:
			return tunnelCause(f, t, fmt.Sprintf("Packets of the overlay network %s (VXLAN, %d/udp) leave for the node %s, and "+
				"none comes back.", w.Overlay.Name, probe.PortVXLAN, w.Node), *w.up())
		}
	}
	return nil
}

// ofVXLAN reports whether a rule of this host that is about VXLAN dropped the packets.
func (t *Try) ofVXLAN() bool {
	if t.Drop == nil || t.Drop.Docker || t.Drop.Match.Network != "udp" {
		return false
	}
	has, known := t.Drop.Match.HasPort(probe.PortVXLAN)
	return has && known && t.Drop.Match.Ports != ""
}

// up is what shows that the other node is there, or nil.
func (w *Tunnel) up() *probe.Evidence {
	var e probe.Evidence
	switch {
	case w.Gossip.Reason == probe.OK:
		e = say.Seen(hostName, "asked %s at %d/tcp: it answers", w.Node, portGossip)
	case w.Ping.Reason == probe.OK:
		e = say.Seen(hostName, "asked %s at %d/tcp: %s, but it answers a ping", w.Node, portGossip, w.Gossip.Detail)
	default:
		return nil
	}
	return &e
}

func tunnelCause(f *Facts, t *Try, title string, proof probe.Evidence) *result.Cause {
	w := t.Tunnel
	cause := &result.Cause{
		Title: title, Object: w.Overlay.Name, Direction: result.Request,
		Evidence: []probe.Evidence{
			say.Seen("docker network inspect "+w.Overlay.Name, "VXLAN ID %d, on the nodes %s", w.Overlay.VXLAN,
				strings.Join(w.Overlay.Nodes, ", ")),
			say.Seen(hostName, "%s left for %s inside VXLAN, %d arrived", count(w.Left, "SYN"), w.Node, w.Answers),
			proof,
		},
		Fix: openPorts(w.Node),
	}
	if task := w.Overlay.Task(t.Address); task != nil {
		cause.Evidence = append(cause.Evidence,
			say.Seen("docker network inspect -v "+w.Overlay.Name, "%s is %s on %s", t.Address, task.Name, task.Node))
	}
	if t.Drop != nil {
		if command := removal(f.Host, t.Drop); command != "" {
			cause.Fix = append([]result.Fix{say.Run(say.Fix(result.FixHost, "Remove the rule."), command)}, cause.Fix...)
		}
	}
	return cause
}

// openPorts is how to let nodes of a swarm reach each other.
func openPorts(node string) []result.Fix {
	return []result.Fix{
		say.Fix(result.FixHost, "Open %d/udp, and %d for TCP and UDP, between the nodes: in the firewall of this host, "+
			"of %s, and of the cloud (security group).", probe.PortVXLAN, portGossip, node),
		say.Fix(result.FixHost, "With iptables, on each node: iptables -I INPUT -p udp -m multiport --dports %d,%d "+
			"-j ACCEPT, and iptables -I INPUT -p tcp --dport %d -j ACCEPT.", probe.PortVXLAN, portGossip, portGossip),
	}
}

// cause is that of an unknown name: the names of the node's containers do not get here.
func (d *Deaf) cause(f *Facts) *result.Cause {
	return &result.Cause{
		Title: fmt.Sprintf("This node and %s (%s) do not tell each other of their containers: %d/tcp there does not answer. "+
			"So the names of containers there are unknown here.", d.Node.Name, d.Node.Address, portGossip),
		Object: d.Node.Address, Direction: result.Request,
		Evidence: append([]probe.Evidence{
			say.Seen("docker node ls", "%s is Ready", d.Node.Name),
			say.Seen(hostName, "asked %s at %d/tcp: %s", d.Node.Address, portGossip, d.Gossip.Detail),
			say.Seen("docker network inspect "+d.Overlay.Name, "its nodes are %s", orNone(d.Overlay.Nodes)),
		}, f.Lookup.answers()...),
		Fix: openPorts(d.Node.Address),
	}
}
