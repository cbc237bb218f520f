package why

import (
	"context"
	"math/rand/v2"
	"slices"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// How packets are sent while the kernel is watched.
const (
	watchedCount = 6
	watchedEvery = 10  // milliseconds
	watchedWait  = 100 // milliseconds
)

// hear asks the kernel what it dropped, for each try that nothing else explains.
func (r *Reader) hear(ctx context.Context, f *Facts) error {
	asker := r.Taken(f.fromKey())
	if asker == nil || len(Diagnose(f).Causes) > 0 {
		return nil
	}
	for i := range f.Tries {
		t := &f.Tries[i]
		if f.works(t) || t.Drop != nil || t.Outcome.Reason != probe.Denied && !f.silent(t) {
			continue
		}
		if r.NoKernel {
			t.Unheard = "you ran netlab with --no-kernel"
			continue
		}
		if err := r.hearOf(ctx, f, asker, t); err != nil {
			return err
		}
	}
	return nil
}

// hearOf sends packets of a try again, while the witness watches.
func (r *Reader) hearOf(ctx context.Context, f *Facts, asker *survey.Seat, t *Try) error {
	witness, err := r.Witness(ctx)
	if err != nil {
		t.Unheard = err.Error()
		return ctx.Err()
	}
	q := probe.Reach{
		Network: f.Target.Network, Address: t.Address, Port: f.Target.Port, Sequence: rand.Uint32(),
		Count: watchedCount, EveryMS: watchedEvery, WaitMS: watchedWait, Reset: true,
	}
	drops := probe.Drops{Network: q.Network, Sequence: q.Sequence}
	if q.Network == "udp" {
		drops.Ports = slices.Compact([]int{q.Port, t.Port})
		drops.Addresses = []string{t.Address}
		if t.Outcome.Path != nil {
			drops.Addresses = append(drops.Addresses, t.Outcome.Path.Source)
		}
	}
	dropped, unheard, err := overhear(ctx, witness, drops, func() error {
		_, err := asker.Client.Ask(ctx, probe.Question{Reach: &q})
		return err
	})
	if t.Unheard = unheard; err != nil || unheard != "" {
		return err
	}
	t.Heard = true
	for _, d := range dropped {
		t.hears(f, d)
	}
	return nil
}

// overhear watches the kernel while packets are sent. unheard says why it could not be watched.
func overhear(
	ctx context.Context, witness *agent.Client, q probe.Drops, send func() error,
) (dropped []probe.Dropped, unheard string, err error) {
	stop, err := witness.Watch(ctx, probe.Question{Drops: &q}, func(reply agent.Reply) {
		if reply.Dropped != nil {
			dropped = append(dropped, *reply.Dropped)
		}
	})
	if err != nil {
		return nil, err.Error(), ctx.Err()
	}
	err = send()
	stop()
	return dropped, "", err
}

// hears counts a packet that the kernel dropped. It leaves out what is not a loss: the asker's kernel drops the answer
// to netlab's SYN, for which it has no socket. The server's drops a SYN that it has answered already. And copies for
// programs that capture packets are dropped too.
func (t *Try) hears(f *Facts, d probe.Dropped) {
	switch {
	case d.Reply && d.Reason == noSocket && f.From.Stack != nil && d.NetNS == f.From.Stack.NetNS:
		return
	case !d.Reply && d.Reason == "NOT_SPECIFIED" && t.Replied > 0 && t.Stack != nil && d.NetNS == t.Stack.NetNS:
		return
	case d.Reason == "PACKET_SOCK_ERROR" || d.Reason == "SOCKET_FILTER":
		return
	}
	now := Dropped{
		Reason: d.Reason, Namespace: t.whose(f, d.NetNS), Interface: d.Interface, Way: d.Way, Direction: result.Request,
		Packets: 1,
	}
	if d.Reply {
		now.Direction = result.Reply
	}
	for i := range t.Kernel {
		same := t.Kernel[i]
		if same.Packets = 1; same == now {
			t.Kernel[i].Packets++
			return
		}
	}
	t.Kernel = append(t.Kernel, now)
}

// whose says whose network namespace it is.
func (t *Try) whose(f *Facts, netns string) string {
	is := func(s *fact.Stack) bool { return s != nil && s.NetNS == netns }
	switch {
	case netns == "":
		return ""
	case is(f.Host):
		return hostName
	case is(f.From.Stack):
		return f.From.Name()
	case is(t.Stack):
		return f.where(t)
	}
	for _, o := range f.Others {
		if is(o.Stack) {
			return o.Name()
		}
	}
	return ""
}
