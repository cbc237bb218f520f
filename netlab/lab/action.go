package lab

import (
	"context"
	"fmt"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
)

// Do carries out an action and reads what it changed.
func (l *Lab) Do(ctx context.Context, a ask.Action) error {
	if a.Verb == ask.VerbEdit {
		return l.edit(a)
	}
	p := l.peer(a.Peer)
	if p == nil {
		return fmt.Errorf("%s %s: unknown peer", a.Verb, a.Peer)
	}
	if p.container == nil && a.Verb != ask.VerbStart {
		return Absent{p.name}
	}
	err := l.site.busy(func() error { return l.do(ctx, p, a) })
	if err != nil {
		return fmt.Errorf("%s: %w", strings.TrimSpace(a.Verb+" "+a.Peer+" "+a.Network), err)
	}
	return nil
}

func (l *Lab) do(ctx context.Context, p *peer, a ask.Action) error {
	switch a.Verb {
	case ask.VerbStop:
		p.close()
		return p.container.Stop(ctx)
	case ask.VerbStart:
		return builder{l}.launch(ctx, p)
	case ask.VerbClose:
		p.closeListeners()
		p.changed()
		return nil
	case ask.VerbOpen:
		p.changed()
		return p.reopen(ctx)
	case ask.VerbRestart:
		p.close()
		if err := p.container.Stop(ctx); err != nil {
			return err
		}
		return builder{l}.launch(ctx, p)
	case ask.VerbRecreate:
		return builder{l}.recreate(ctx, p)
	case ask.VerbPause:
		p.setPaused(true)
		return p.container.Pause(ctx)
	case ask.VerbUnpause:
		if err := p.container.Unpause(ctx); err != nil {
			return err
		}
		p.setPaused(false)
		return p.refresh(ctx)
	case ask.VerbConnect, ask.VerbDisconnect:
		return l.move(ctx, p, a)
	}
	return fmt.Errorf("unknown action %q", a.Verb)
}

// move connects a container to a network or disconnects it.
func (l *Lab) move(ctx context.Context, p *peer, a ask.Action) error {
	n := l.network(a.Network)
	if n == nil {
		return fmt.Errorf("unknown network %s", a.Network)
	}
	var err error
	if a.Verb == ask.VerbConnect {
		err = p.container.Connect(ctx, engine.Attachment{Network: n.fact.Name})
	} else {
		err = p.container.Disconnect(ctx, n.fact.Name)
	}
	if err != nil {
		return err
	}
	return p.refresh(ctx)
}
