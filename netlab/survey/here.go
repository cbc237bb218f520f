package survey

import (
	"context"
	"os"
	"strings"

	"netlab/netlab/fact"
)

// HereWord stands for the computer on which netlab itself runs.
const HereWord = "here"

// Here returns nil if netlab runs in the network namespace of the engine's host, so that the host is here. Otherwise
// the error is a [Mistake]: netlab sends packets from the engine's side only.
func (r *Reader) Here(ctx context.Context) error {
	s, err := r.Seat(ctx, HostSeat)
	if err != nil {
		return err
	}
	// Neither exists on other systems than Linux.
	netns, _ := os.Readlink("/proc/self/ns/net")
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return notHere(s.Stack, netns, strings.TrimSpace(string(boot)))
}

// notHere compares the host with the namespace and the boot of this process. Numbers of namespaces repeat between
// machines.
func notHere(host *fact.Stack, netns, boot string) error {
	where := "the engine's host is another machine"
	switch {
	case netns == "" || boot == "" || boot != host.BootID:
	case netns == host.NetNS:
		return nil
	default:
		where = "the engine uses another network namespace of this machine"
	}
	return Mistakef("here is not the Docker host: %s. netlab sends no packets from here. "+
		"Use host, or outside for a computer beyond it", where)
}
