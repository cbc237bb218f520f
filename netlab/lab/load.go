package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// A Way is one along which a load goes: between which peers, and to which address.
type Way struct {
	From, To string          // peers
	At       scenario.Target // the address at which To listens, and From calls where Through is none
	Port     int             // the number of To's published port; 0 for a free one
	Through  scenario.Target // the address of the host at which the published port is called
}

// Load sends a load along a way, with the engine at rest. The other end is open for this question only, and to nobody
// who has not the lab's token. What could not be asked comes back as a broken outcome.
func (l *Lab) Load(ctx context.Context, w Way, q probe.Load) (o probe.Outcome) {
	_ = l.site.Alone(func() error {
		o = l.load(ctx, w, q)
		return nil
	})
	return o
}

func (l *Lab) load(ctx context.Context, w Way, q probe.Load) probe.Outcome {
	asker, server := l.peer(w.From), l.peer(w.To)
	if asker == nil || server == nil {
		return broken(fmt.Errorf("there is no peer %s or %s", w.From, w.To))
	}
	at, err := l.target(ctx, w.At, w.From)
	if err != nil {
		return broken(err)
	}
	q.Host, q.Token = at, l.session.Token()
	if q.What == probe.LoadPing {
		return ask(ctx, asker, probe.Question{Load: &q})
	}
	bound, stop, err := l.serveLoad(ctx, server, at, w.Port)
	if err != nil {
		return broken(err)
	}
	defer stop()
	q.Port = bound
	if !w.Through.IsZero() {
		if q.Host, err = l.target(ctx, w.Through, w.From); err != nil {
			return broken(err)
		}
		if q.Port, err = l.binding(ctx, server, portName(scenario.Port{Network: "tcp", Number: w.Port})); err != nil {
			return broken(err)
		}
	}
	return ask(ctx, asker, probe.Question{Load: &q})
}

// closeWithin is how long the other end of a load is given to close, so that the next one can have its port.
const closeWithin = time.Second

// serveLoad opens the other end of a load at a peer; stop closes it, and returns when it is closed.
func (l *Lab) serveLoad(ctx context.Context, p *peer, address string, port int) (bound int, stop func(), err error) {
	client, err := p.awake()
	if err != nil {
		return 0, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	replies, err := client.Stream(ctx, probe.Question{ServeLoad: &probe.ServeLoad{
		Address: address, Port: port, Token: l.session.Token(),
	}})
	stop = func() {
		cancel()
		limit := time.After(closeWithin)
		for open := replies != nil; open; {
			select {
			case _, open = <-replies:
			case <-limit: // the engine stands still; whoever asks it next will tell
				open = false
			}
		}
	}
	if err == nil {
		r, alive := receive(ctx, replies)
		switch {
		case !alive || r.Outcome == nil:
			err = agent.ErrGone
		case r.Outcome.Reason != probe.OK:
			err = errors.New(r.Outcome.Detail)
		default:
			var where netip.AddrPort
			if where, err = netip.ParseAddrPort(r.Outcome.Value); err == nil {
				return int(where.Port()), stop, nil
			}
		}
	}
	stop()
	return 0, nil, fmt.Errorf("opening the other end of a load at %s: %w", p.name, err)
}
