//go:build linux

package why_test

import (
	"slices"

	"netlab/netlab/engine"
	"netlab/netlab/result"
)

// A lab is what walls are built into, one after another.
type lab struct {
	name     string
	before   string // a command on the engine's host
	networks []engine.NetworkSpec
	peers    []peer
	up       string // a command on the engine's host
	down     string // undoes the commands
	walls    []wall
}

// A wall is a firewall, a route or a setting of the host that stops packets.
type wall struct {
	name     string
	up       string // a command on the engine's host; its rules of iptables are undone; {saved} is a file of the test's
	from, to string
	size     int    // of the packets that are asked with too; 0 for none
	cause    string // "" if netlab cannot know it; itWorks for none
	note     bool   // the cause keeps no packet from getting through
	mixed    bool   // the cause keeps some packets from getting through
	reply    bool   // the answers are lost, and not the packets
	repairs  string // the command that makes it work: printed, or one of the test's; "" for none
	down     string // a command that undoes the rest
}

// printed stands for the command that netlab prints.
const printed = "printed"

// itWorks is no cause at all.
const itWorks = result.ItWorks

// labs are those that an engine of a version can have.
func labs(version string) []lab {
	return slices.Concat(firewallLabs(), routeLabs(version), lanLabs(), outsideLabs(version), sizeLabs(), flowLabs())
}

func firewallLabs() []lab {
	web := on("web", "front")
	drop := func(name, to, up string) wall {
		return wall{name: name, up: up, from: "web", to: to, cause: "firewall", repairs: printed}
	}
	replies := drop("the replies", "%db:80", "iptables -I DOCKER-USER -p tcp --sport 80 -j DROP")
	replies.reply = true
	return []lab{
		{
			name: "neighbors", networks: front(), peers: []peer{web, on("db", "front").listens("tcp 0.0.0.0:80")},
			before: "sysctl -qw net.bridge.bridge-nf-call-iptables=1",
			walls: []wall{
				{name: "no wall", from: "web", to: "%db:80", cause: itWorks},
				{name: "an unknown machine", from: "web", to: "203.0.113.9:80"}, // behind this engine's host there is none
				drop("a rule in FORWARD", "%db:80", "iptables -I FORWARD -p tcp --dport 80 -j DROP"),
				drop("a rule in DOCKER-USER", "%db:80", "iptables -I DOCKER-USER -p tcp --dport 80 -j DROP"),
				replies,
			},
		},
		{
			name: "a server on the host", networks: front(), peers: []peer{web, on("db", "host").listens("tcp 0.0.0.0:47815")},
			walls: []wall{
				drop("a rule in INPUT", "host:47815", "iptables -I INPUT -p tcp --dport 47815 -j DROP"),
				drop("a rule that refuses", "host:47815", "iptables -I INPUT -p tcp --dport 47815 -j REJECT"),
				drop("a reset", "host:47815", "iptables -I INPUT -p tcp --dport 47815 -j REJECT --reject-with tcp-reset"),
			},
		},
	}
}
