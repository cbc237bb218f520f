package cli

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/survey"
	"netlab/netlab/why"
)

// whyOptions are the arguments and flags of netlab why.
type whyOptions struct {
	args     []string // FROM and TO, or a line
	from     string   // of the line
	output   string
	watch    time.Duration // 0 to ask once
	live     bool          // wait for a failure, and then ask
	liveFor  time.Duration // 0 for no limit
	noKernel bool
	last     bool // ask about the error that docker printed last
	size     int  // bytes of the packets to ask with too; 0 for none
}

func whyCommand(s *shared) *cobra.Command {
	var o whyOptions
	cmd := &cobra.Command{
		Use:   "why FROM TO[:PORT][/udp] | FROM [TO] --live | LINE",
		Short: "Find out why your container cannot reach another",
		Long: "Follows a packet between two containers that you already have: name, route,\n" +
			"neighbor, filter, listener, and the reply. Shows the evidence for each hop, the\n" +
			"cause, and the fix.\n\n" +
			"FROM is a container (name or ID), a Compose service (service or\n" +
			"project/service), host, here (the host too, if netlab runs there), or outside: a\n" +
			"computer beyond the host, played by a container that netlab connects to the host\n" +
			"until the answer is there. TO can also be an address or a URL. PORT can be left\n" +
			"out if the container listens on one port only.\n\n" +
			"Instead of both, paste a LINE that a program printed when it could not connect,\n" +
			"and name its container with --from. A LINE of the engine itself, such as \"port is\n" +
			"already allocated\", needs no --from. With - netlab reads it from stdin. --last\n" +
			"takes the last such error: what the hook kept (netlab hook), or what the engine\n" +
			"says about a container that it could not start, if that is newer.\n\n" +
			"If you do not know what fails, FROM --live waits for the next connection or DNS\n" +
			"lookup by its own programs that fails, and then asks the same. TO limits what it\n" +
			"waits for. It reads the headers of packets that open, refuse or report a\n" +
			"connection, and DNS messages, but no other data.\n\n" +
			"netlab changes nothing of yours, and sends no data to your ports: it sends a SYN\n" +
			"and resets what answers, so your server accepts no connection. Only with /udp,\n" +
			"or after UDP failed, it sends empty datagrams. It asks the DNS servers that FROM\n" +
			"uses. To see both ends, it briefly starts containers of its own that join their\n" +
			"network namespaces, with only the NET_RAW capability. One in host network mode,\n" +
			"with NET_ADMIN only, reads the counters of the firewall. For outside there are\n" +
			"two more with NET_ADMIN. If nothing explains a silence, netlab asks the kernel\n" +
			"which of these packets it drops, and why. That container has no network, and\n" +
			"only the BPF and PERFMON capabilities.\n\n" +
			"With --size netlab also asks with packets of that size, in case a link on the way\n" +
			"carries less: with ICMP echo requests, never at a port. If these get lost, it\n" +
			"finds the largest size that passes.\n\n" +
			"Exit codes: 0 reachable, or nothing failed; 1 unreachable and the cause is\n" +
			"known; 5 unknown or ambiguous.",
		Example: "  netlab why web db:5432\n  netlab why web http://api:8080\n  netlab why shop/web localhost:6379\n" +
			"  netlab why host localhost:8080\n  netlab why outside web:8080\n" +
			"  netlab why web dns:53/udp\n  netlab why web db:5432 --watch 1m\n" +
			"  netlab why web --live\n  netlab why web db:5432 --live=10m\n" +
			"  netlab why web db:5432 --size 1400\n" +
			"  netlab why \"dial tcp 127.0.0.1:5432: connect: connection refused\" --from web\n" +
			"  docker logs web 2>&1 | tail -1 | netlab why - --from web\n" +
			"  netlab why \"Bind for 0.0.0.0:8080 failed: port is already allocated\"\n" +
			"  netlab why --last",
		Args:              cobra.MaximumNArgs(2),
		ValidArgsFunction: completeContainers(s),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args, o.live = args, cmd.Flags().Changed("live")
			switch given := cmd.Flags().Changed; {
			case given("watch") && (o.watch < time.Second || o.watch > watchMost):
				return usagef("--watch takes a time from 1s to 24h")
			case given("size") && (o.size < probe.LeastSize || o.size > probe.MostSize):
				return usagef("--size takes a number of bytes from %d to %d", probe.LeastSize, probe.MostSize)
			}
			return runWhy(cmd.Context(), s, o)
		},
	}
	formatFlag(cmd, &o.output, formatTable, formatJSON)
	cmd.Flags().StringVar(&o.from, "from", "", "the `container` whose program printed the line, or host")
	cmd.Flags().BoolVar(&o.noKernel, "no-kernel", false, "do not ask the kernel which packets it drops")
	cmd.Flags().BoolVar(&o.last, "last", false, "ask about the last error of docker run or compose up (netlab hook)")
	cmd.Flags().IntVar(&o.size, "size", 0, "also ask with IP packets of this many `bytes`, which may not be fragmented")
	cmd.Flags().DurationVar(&o.watch, "watch", 0, "ask again and again for this `time`, and show what changes")
	cmd.Flags().Var((*liveTime)(&o.liveFor), "live",
		"wait for the next failure of FROM's own programs, for this `time` (--live=30s) or without a limit")
	cmd.Flags().Lookup("live").NoOptDefVal = liveForever
	completeFlag(cmd, "from", completeContainers(s))
	completeFlag(cmd, "live", cobra.NoFileCompletions)
	exclude(cmd, "live", "watch", "last")
	exclude(cmd, "live", "from")
	exclude(cmd, "last", "from")
	for _, flag := range []string{"watch", "live", "last"} {
		exclude(cmd, "size", flag)
	}
	return cmd
}

// watchMost is the longest --watch.
const watchMost = 24 * time.Hour

func runWhy(ctx context.Context, s *shared, o whyOptions) error {
	var e twoEnds
	if err := e.take(o, s.streams.In); err != nil {
		return err
	}
	if o.size > 0 {
		if err := e.sizeMistake(); err != nil {
			return err
		}
	}
	limit := s.timeout + o.watch // --timeout limits what netlab needs besides
	return s.withClock(ctx, limit, func(clock *clock, eng *engine.Engine) error { return findOut(clock, s, eng, o, e) })
}

// findOut shows the answer as soon as it is there, and then removes netlab's containers.
func findOut(clock *clock, s *shared, eng *engine.Engine, o whyOptions, e twoEnds) (err error) {
	ctx, started := clock.ctx, time.Now()
	if o.last {
		if e.line, err = askLast(ctx, &s.printer, eng); err != nil {
			return err
		}
	}
	reader, err := why.Open(ctx, eng)
	if err != nil {
		return err
	}
	defer func() { err = closed(ctx, eng, reader, err) }()
	if e.from == survey.HereWord {
		if err := reader.Here(ctx); err != nil {
			return err
		}
		e.from = survey.HostWord
	}
	reader.NoKernel, reader.Size = o.noKernel, o.size
	switch {
	case o.live:
		return waitForFailure(clock, s, reader, o, e)
	case o.watch > 0:
		return watch(ctx, s, reader, o, e)
	}
	r, err := e.diagnose(ctx, reader)
	if err == nil {
		err = reader.Answers(ctx)
	}
	if err != nil {
		return err
	}
	return o.answer(s, r, started, render.Why)
}

// watch shows what changes when it changes, and at the end the answer to all attempts.
func watch(ctx context.Context, s *shared, reader *why.Reader, o whyOptions, e twoEnds) error {
	started := time.Now()
	o.meanwhile(s, func(w io.Writer) error { return render.WatchHead(w, e.from, e.to, o.watch, s.page()) })
	r, err := reader.Watch(ctx, e.from, e.to, o.watch, func(m result.Moment) {
		o.meanwhile(s, func(w io.Writer) error { return render.Moment(w, m, s.page()) })
	})
	if err != nil {
		return err
	}
	return cmp.Or(o.answer(s, r, started, render.Watch), context.Cause(ctx))
}

// meanwhile draws what happens before the answer is there.
func (o whyOptions) meanwhile(s *shared, draw func(io.Writer) error) {
	if o.output == formatTable {
		_ = write(s.streams.Out, draw) // the answer at the end fails too, and says so
	}
}

// answer draws an answer, and turns it into its exit code.
func (o whyOptions) answer(
	s *shared, r *result.Why, started time.Time, draw func(io.Writer, *result.Why, render.Options) error,
) error {
	r.TookUS = time.Since(started).Microseconds()
	show := s.show
	if o.live || o.watch > 0 { // it continues what is on the screen
		show = func(draw func(io.Writer) error) error { return write(s.streams.Out, draw) }
	}
	err := show(func(w io.Writer) error {
		if o.output == formatJSON {
			return render.JSON(w, r)
		}
		return draw(w, r, s.page())
	})
	if err != nil {
		return err
	}
	switch r.Verdict {
	case result.Reachable, result.NothingFailed:
		return nil
	case result.Unreachable:
		return verdict(exitSurprise)
	}
	return verdict(exitUnknown)
}
