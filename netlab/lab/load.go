package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
)

// A Way is the path of a load: which peers it runs between, and to which address.
type Way struct {
	From, To string     // peers
	At       ask.Target // the address where To listens, and where From connects if Through is not set
	Port     int        // the number of To's published port, or 0 for a free one
	Through  ask.Target // the host's address where From connects to the published port
}

// Load sends a load along a way while the engine is idle. The other end listens for this question only, and only
// accepts askers with the lab's token. If the question could not be asked, the outcome is broken.
func (l *Lab) Load(ctx context.Context, w Way, q probe.Load) (o probe.Outcome) {
	asker, server := l.peer(w.From), l.peer(w.To)
	if asker == nil || server == nil {
		return broken(fmt.Errorf("unknown peer %s or %s", w.From, w.To))
	}
	_ = l.site.Alone(func() error {
		o = asking{l, asker}.load(ctx, w, server, q)
		return nil
	})
	return o
}

func (a asking) load(ctx context.Context, w Way, server *peer, q probe.Load) probe.Outcome {
	at, err := a.target(ctx, w.At)
	if err != nil {
		return broken(err)
	}
	q.Host, q.Token = at, a.lab.session.Token()
	if q.What == probe.LoadPing {
		return query(ctx, a.asker, probe.Question{Load: &q})
	}
	bound, stop, err := a.serveLoad(ctx, server, at, w.Port)
	if err != nil {
		return broken(err)
	}
	defer stop()
	q.Port = bound
	if !w.Through.IsZero() {
		if q.Host, err = a.target(ctx, w.Through); err != nil {
			return broken(err)
		}
		if q.Port, err = binding(ctx, server, ask.Port{Network: "tcp", Number: w.Port}.Docker()); err != nil {
			return broken(err)
		}
	}
	return query(ctx, a.asker, probe.Question{Load: &q})
}

// serveLoad opens the other end of a load at a peer. stop closes it and returns once it is closed.
func (a asking) serveLoad(ctx context.Context, p *peer, address string, port int) (bound int, stop func(), err error) {
	client, err := p.awake()
	if err != nil {
		return 0, nil, err
	}
	s, err := open(ctx, ctx, client, probe.Question{ServeLoad: &probe.ServeLoad{
		Address: address, Port: port, Token: a.lab.session.Token(),
	}})
	var where netip.AddrPort
	if err == nil {
		if where, err = netip.ParseAddrPort(s.first.Value); s.first.Reason != probe.OK {
			err = errors.New(s.first.Detail)
		}
	}
	if err != nil {
		s.cancel()
		return 0, nil, fmt.Errorf("opening the other end of a load at %s: %w", p.name, err)
	}
	return int(where.Port()), s.stop, nil
}
