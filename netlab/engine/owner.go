package engine

import (
	"os"
	"strconv"
	"strings"
)

// The labels of everything that netlab makes. An object without labelSession is never touched, nor is one that only
// inherited it: own.go tells them apart.
const (
	labelSession = "netlab.session"    // eight hex digits, one per lab
	labelLab     = "netlab.lab"        // the lab's name, or its session
	labelPeer    = "netlab.peer"       // a container's name in the lab
	labelRole    = "netlab.role"       // RoleHost, RoleUpstream, roleTask, … or ""
	labelEngine  = "netlab.engine"     // the id of the engine: the managers of a swarm list each other's networks
	labelNode    = "netlab.node"       // its id in the swarm, where it is in one: cloned engines have the same id
	labelOwner   = "netlab.owner"      // the process that made it, an owner
	labelKeep    = "netlab.keep-until" // RFC 3339; a kept lab's expiry
	labelFrom    = "netlab.from"       // the id of the image that a container was made from
	labelImage   = "netlab.image"      // on the agent's image
)

// An owner is a process, named so that it can be found dead: a pid means something only in its pid namespace, and only
// with the time that the process started.
type owner struct {
	boot  string // /proc/sys/kernel/random/boot_id
	pidNS string // "pid:[4026531836]"
	pid   int
	start string // in clock ticks after boot, field 22 of /proc/PID/stat
}

func (o owner) String() string {
	return strings.Join([]string{o.boot, o.pidNS, strconv.Itoa(o.pid), o.start}, " ")
}

// parseOwner reads a label. A label that is no owner gives one that lives nowhere.
func parseOwner(label string) owner {
	parts := strings.Split(label, " ")
	if len(parts) != 4 {
		return owner{}
	}
	pid, err := strconv.Atoi(parts[2])
	if err != nil || pid <= 0 {
		return owner{}
	}
	return owner{boot: parts[0], pidNS: parts[1], pid: pid, start: parts[3]}
}

// A life is what we know of an owner.
type life int

const (
	elsewhere life = iota // on another machine, in another pid namespace, or not to be seen
	living
	dead
)

// A process is what the system tells of a pid.
type process struct {
	exists bool
	start  string // "" where we may not look
	zombie bool   // killed, and not yet waited for
}

// sees judges another owner as o, which is this process, sees it.
func (o owner) sees(other owner, find func(pid int) process) life {
	switch {
	case other == o:
		return living
	case other.boot == "" || other.boot != o.boot || other.pidNS != o.pidNS:
		return elsewhere
	}
	switch p := find(other.pid); {
	case !p.exists || p.zombie:
		return dead
	case p.start != "" && p.start != other.start:
		return dead // the pid was given to another process
	default:
		return living
	}
}

// thisProcess names the process that runs. Where there is no /proc, no other process is of the same boot.
func thisProcess() owner {
	o, ok := readSelf()
	if !ok {
		name, err := os.Hostname()
		if err != nil {
			name = "unknown"
		}
		pid := strconv.Itoa(os.Getpid())
		// The pid is part of boot, so that only this process itself is told; all others count as elsewhere.
		return owner{boot: strings.ReplaceAll(name, " ", "-") + "-" + pid, pidNS: "-", pid: os.Getpid(), start: "-"}
	}
	return o
}
