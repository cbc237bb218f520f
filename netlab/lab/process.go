package lab

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// readProcess answers what p's main process sees apart from its network.
func readProcess(ctx context.Context, p *peer, thing string) probe.Outcome {
	client, err := p.awake()
	if err != nil {
		return broken(err)
	}
	process, err := client.Process(ctx)
	if err != nil {
		return broken(fmt.Errorf("looking into %s: %w", p.name, err))
	}
	value, source := pickProcess(process, thing)
	switch {
	case source == "":
		return unread(thing)
	case value == "": // the kernel or the processor does not report it
		return probe.Outcome{Reason: probe.Denied, Detail: source + " of this machine does not tell"}
	}
	o := found(source+p.place(), "", value)
	if thing == ask.Hypervisor && process.Product != "" {
		o.Evidence = append(o.Evidence, probe.Evidence{Source: "firmware", Text: process.Product})
	}
	return o
}

// pickProcess reads a thing from a process. The source is where the agent read it, or "" for an unknown thing.
func pickProcess(process *fact.Process, thing string) (value, source string) {
	switch thing {
	case ask.Kernel:
		return process.Kernel, "/proc/sys/kernel/osrelease"
	case ask.BootID:
		return process.BootID, "/proc/sys/kernel/random/boot_id"
	case ask.Hypervisor:
		return process.Hypervisor, "/proc/cpuinfo"
	case ask.PID:
		return strconv.Itoa(process.PID), "getpid"
	case ask.Processes:
		return numbers(process.Processes), "/proc"
	case ask.PIDNS, ask.MntNS, ask.IPCNS, ask.TimeNS:
		kind := strings.TrimSuffix(thing, "ns")
		return process.Namespace(kind), "/proc/self/ns/" + kind
	case ask.Swappiness:
		return process.Sysctl(thing), "/proc/sys/" + strings.ReplaceAll(thing, ".", "/")
	}
	return "", ""
}

func numbers(ints []int) string {
	words := make([]string, 0, len(ints))
	for _, n := range ints {
		words = append(words, strconv.Itoa(n))
	}
	return strings.Join(words, " ")
}

// readProcesses lists which of the host's processes are p's.
func readProcesses(ctx context.Context, p *peer) probe.Outcome {
	processes, err := p.container.Processes(ctx)
	switch {
	case errors.Is(err, engine.ErrNoPS):
		return probe.Outcome{Reason: probe.Denied, Detail: err.Error()}
	case err != nil:
		return broken(err)
	}
	return told("docker top", p, numbers(processes))
}

// readMemory answers what p's cgroup reports about its memory.
func readMemory(ctx context.Context, p *peer, thing string) probe.Outcome {
	m, err := p.container.Memory(ctx)
	if err != nil {
		return broken(err)
	}
	if m.Used == 0 {
		return probe.Outcome{Reason: probe.Denied, Detail: "this engine does not count the memory of its containers"}
	}
	value := m.Used
	if thing == ask.MemoryLimit {
		value = m.Limit
	}
	return told("docker stats", p, strconv.FormatUint(value, 10))
}

// readChanges answers what docker diff reports about p.
func readChanges(ctx context.Context, p *peer) probe.Outcome {
	changes, err := p.container.Changes(ctx)
	if err != nil {
		return broken(err)
	}
	return told("docker diff", p, strings.Join(changes, " "))
}

// readMade answers what the engine keeps of p.
func readMade(ctx context.Context, p *peer, thing string) probe.Outcome {
	made, err := p.container.Made(ctx)
	if err != nil {
		return broken(err)
	}
	switch thing {
	case ask.ImageOf:
		return told("docker inspect", p, engine.ShortID(made.Image))
	case ask.ImageNow:
		return told("docker image inspect", p, engine.ShortID(made.ImageNow))
	case ask.HostPID:
		return told("docker inspect, State.Pid", p, strconv.Itoa(made.PID))
	default:
		return told("docker ps --size", p, strconv.FormatInt(made.Own, 10))
	}
}
