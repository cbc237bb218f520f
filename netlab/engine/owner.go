package engine

import (
	"os"
	"strconv"
	"strings"
)

// The labels of everything that netlab creates. netlab never touches an object without labelSession, or one that only
// inherited it; own.go tells them apart.
const (
	labelSession = "netlab.session"    // eight hex digits, one value per lab
	labelLab     = "netlab.lab"        // the lab's name, or its session
	labelPeer    = "netlab.peer"       // a container's name in the lab
	labelRole    = "netlab.role"       // RoleHost, fact.RoleUpstream, roleTask, … or ""
	labelEngine  = "netlab.engine"     // the engine's id: the managers of a swarm list each other's networks
	labelNode    = "netlab.node"       // the engine's id in its swarm, if any: cloned engines have the same id
	labelOwner   = "netlab.owner"      // the process that created it, an owner
	labelKeep    = "netlab.keep-until" // RFC 3339; when a kept lab expires
	labelFrom    = "netlab.from"       // the id of the image that the container was created from
	labelImage   = "netlab.image"      // on the agent's image
)

// An owner identifies a process so that others can tell when it has died: a pid is only valid in its pid namespace,
// and only together with the time that the process started.
type owner struct {
	boot  string // /proc/sys/kernel/random/boot_id
	pidNS string // "pid:[4026531836]"
	pid   int
	start string // in clock ticks after boot, field 22 of /proc/PID/stat
}

func (o owner) String() string {
	return strings.Join([]string{o.boot, o.pidNS, strconv.Itoa(o.pid), o.start}, " ")
}

// parseOwner parses a label. If the label is not an owner, it returns one that lives nowhere.
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

// A life is what we know about an owner.
type life int

const (
	elsewhere life = iota // on another machine, in another pid namespace, or not visible
	living
	dead
)

// A process is what the system reports for a pid.
type process struct {
	exists bool
	start  string // "" if we have no permission
	zombie bool   // killed, but not yet reaped
}

// sees returns the state of another owner, as seen by o, which is this process.
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
		return dead // another process has the pid now
	default:
		return living
	}
}

// thisProcess identifies the running process. Without /proc, no other process counts as being of the same boot.
func thisProcess() owner {
	o, ok := readSelf()
	if !ok {
		name, err := os.Hostname()
		if err != nil {
			name = "unknown"
		}
		pid := strconv.Itoa(os.Getpid())
		// The pid is part of boot, so that only this process recognizes itself; all others count as elsewhere.
		return owner{boot: strings.ReplaceAll(name, " ", "-") + "-" + pid, pidNS: "-", pid: os.Getpid(), start: "-"}
	}
	return o
}
