package why

import (
	"context"

	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// ReadEngine reads what there is to know about a line of the engine. It looks into the host's network namespace only if
// the line is about that.
func (r *Reader) ReadEngine(ctx context.Context, line pasted.Engine) (*EngineFacts, error) {
	f := &EngineFacts{Line: line}
	var err error
	if f.Inventory, err = r.Inventory(ctx); err != nil {
		return nil, err
	}
	stack, rules := needsHost(line.Says)
	if !stack {
		return f, nil
	}
	seat, err := r.Seat(ctx, survey.RulesSeat)
	if err != nil {
		return f, ctx.Err() // some engines do not allow it, and the answer says what it could not see
	}
	f.Host = seat.Stack
	if rules {
		if chains, o, err := seat.Client.Chains(ctx); err == nil && o.Reason == probe.OK {
			f.Firewall = (*fact.Firewall)(&chains)
		}
	}
	return f, ctx.Err()
}
