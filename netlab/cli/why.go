package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/pasted"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/survey"
	"netlab/netlab/why"
)

// whyOptions are the arguments and flags of netlab why.
type whyOptions struct {
	from, to string
	line     *pasted.Line // in place of to, or of both if it is the engine's
	output   string
	watch    time.Duration // 0 to ask once
	live     bool          // wait for a failure, and then ask
	liveFor  time.Duration // 0 for no limit
	noKernel bool
	last     bool // the error that docker printed last, in place of everything else
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
			"netlab changes nothing of yours, and sends no byte to your ports: it sends a SYN\n" +
			"and resets what answers, so your server accepts no connection. Only with /udp,\n" +
			"or after UDP failed, it sends empty datagrams. It asks the DNS servers that FROM\n" +
			"uses. To see both ends, it briefly starts containers of its own that join their\n" +
			"network namespaces, with no capability but NET_RAW. One in host network mode,\n" +
			"with NET_ADMIN only, reads the counters of the firewall. For outside there are\n" +
			"two more with NET_ADMIN. If nothing explains a silence, netlab asks the kernel\n" +
			"which of these packets it drops, and why. That container has no network, and no\n" +
			"capability but BPF and PERFMON.\n\n" +
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
			o.live = cmd.Flags().Changed("live")
			if err := o.take(args, s.streams.In); err != nil {
				return err
			}
			if o.output != formatTable && o.output != formatJSON {
				return usagef("unknown output format %q. Use table or json", o.output)
			}
			if cmd.Flags().Changed("watch") && (o.watch < time.Second || o.watch > watchMost) {
				return usagef("--watch takes a time from 1s to 24h")
			}
			if cmd.Flags().Changed("size") {
				if err := o.sizeMistake(); err != nil {
					return err
				}
			}
			s.timeout += o.watch // it limits what netlab needs besides
			return s.withClock(cmd.Context(), func(clock *clock, eng *engine.Engine) error {
				return runWhy(clock, s, eng, o)
			})
		},
	}
	cmd.Flags().StringVarP(&o.output, "output", "o", formatTable, "output `format`: table or json")
	cmd.Flags().StringVar(&o.from, "from", "", "the `container` whose program printed the line, or host")
	cmd.Flags().BoolVar(&o.noKernel, "no-kernel", false, "do not ask the kernel which packets it drops")
	cmd.Flags().BoolVar(&o.last, "last", false, "ask about the last error of docker run or compose up (netlab hook)")
	cmd.Flags().IntVar(&o.size, "size", 0, "also ask with IP packets of this many `bytes`, which may not be fragmented")
	cmd.Flags().DurationVar(&o.watch, "watch", 0, "ask again and again for this `time`, and show what changes")
	cmd.Flags().Var((*liveTime)(&o.liveFor), "live",
		"wait for the next failure of FROM's own programs, for this `time` (--live=30s) or without a limit")
	cmd.Flags().Lookup("live").NoOptDefVal = liveForever
	for flag, complete := range map[string]cobra.CompletionFunc{
		"from": completeContainers(s), "live": cobra.NoFileCompletions,
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // the flag exists
		}
	}
	cmd.MarkFlagsMutuallyExclusive("live", "watch", "last")
	cmd.MarkFlagsMutuallyExclusive("live", "from")
	cmd.MarkFlagsMutuallyExclusive("last", "from")
	for _, flag := range []string{"watch", "live", "last"} {
		cmd.MarkFlagsMutuallyExclusive("size", flag)
	}
	return cmd
}

// watchMost is the longest --watch.
const watchMost = 24 * time.Hour

// runWhy shows the answer as soon as it is there, and then removes netlab's containers.
func runWhy(clock *clock, s *shared, eng *engine.Engine, o whyOptions) (err error) {
	ctx, started := clock.ctx, time.Now()
	if o.last {
		if o.line, err = askLast(ctx, &s.printer, eng); err != nil {
			return err
		}
	}
	reader, err := why.Open(ctx, eng)
	if err != nil {
		return err
	}
	defer func() { err = closed(ctx, eng, reader, err) }()
	if o.from == survey.HereWord {
		if err := reader.Here(ctx); err != nil {
			return err
		}
		o.from = survey.HostWord
	}
	reader.NoKernel, reader.Size = o.noKernel, o.size
	switch {
	case o.live:
		return waitForFailure(clock, s, reader, o)
	case o.watch > 0:
		return watch(ctx, s, reader, o)
	}
	r, err := o.ask(ctx, reader)
	if err == nil {
		err = reader.Answers(ctx)
	}
	if err != nil {
		return err
	}
	r.TookUS = time.Since(started).Microseconds()
	err = s.show(func(w io.Writer) error {
		if o.output == formatJSON {
			return render.WhyJSON(w, r)
		}
		return render.Why(w, r, s.page())
	})
	if err != nil {
		return err
	}
	return whyCode(r)
}

// watch shows what changes when it changes, and at the end the answer to all attempts.
func watch(ctx context.Context, s *shared, reader *why.Reader, o whyOptions) error {
	started := time.Now()
	live := func(draw func(io.Writer) error) {
		if o.output == formatTable {
			_ = write(s.streams.Out, draw) // the summary at the end fails too, and says so
		}
	}
	live(func(w io.Writer) error { return render.WatchHead(w, o.from, o.to, o.watch, s.page()) })
	r, err := reader.Watch(ctx, o.from, o.to, o.watch, func(m result.Moment) {
		live(func(w io.Writer) error { return render.Moment(w, m, s.page()) })
	})
	if err != nil {
		return err
	}
	r.TookUS = time.Since(started).Microseconds()
	err = write(s.streams.Out, func(w io.Writer) error {
		if o.output == formatJSON {
			return render.WhyJSON(w, r)
		}
		return render.Watch(w, r, s.page())
	})
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return whyCode(r)
}

// whyCode turns an answer into its exit code.
func whyCode(r *result.Why) error {
	switch r.Verdict {
	case result.Reachable, result.NothingFailed:
		return nil
	case result.Unreachable:
		return verdict(exitSurprise)
	}
	return verdict(exitUnknown)
}
