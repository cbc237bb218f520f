package lab

import (
	"context"
	"fmt"

	"netlab/netlab/engine"
)

// Shell opens the agent's small prompt in a container of the lab, on terminal t.
func (l *Lab) Shell(ctx context.Context, name string, t engine.Terminal) error {
	p := l.peer(name)
	if p == nil || p.container == nil {
		return fmt.Errorf("unknown container %s", name)
	}
	if _, err := p.awake(); err != nil {
		return err // it is paused or stopped, so a shell in it would hang
	}
	return p.container.Shell(ctx, t)
}
