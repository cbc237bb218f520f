package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/run"
	"netlab/netlab/scenario"
)

// A job is what a command measures on an engine.
type job struct {
	scenarios []*scenario.Scenario
	chosen    bool   // by the user, and not because they are all modes
	save      string // the file of --save; "" for none
	second    secondEngine
	world     worldOptions

	run   func(ctx context.Context, eng, second *engine.Engine, initSwarm bool) (*result.Record, error)
	guess func(context.Context, *result.Record) error // predicts a table before the result is saved; nil for no table
}

// measure runs the job on the engine within n's clock, watched by n, and saves the result. The late error is of what
// comes after the last answer, such as removing the lab; the record is complete then, and is drawn before the error is
// returned.
func measure(ctx context.Context, s *shared, j job, n *narrator) (r *result.Record, late, err error) {
	clock := n.clock
	defer clock.stop()
	file, err := openResult("--save", j.save)
	if err != nil {
		return nil, nil, err
	}
	defer file.close()
	eng, err := s.connect(clock.ctx)
	if err != nil {
		return nil, nil, clock.blame(err)
	}
	defer eng.Close()
	second, err := connectSecond(clock.ctx, s, eng, j.second)
	if err != nil {
		return nil, nil, clock.blame(err)
	}
	if second != nil {
		defer second.Close()
	}
	initSwarm, err := announce(&s.printer, clock, n.console, eng.Fact(), j.scenarios, j.world, j.chosen)
	if err != nil {
		return nil, nil, clock.blame(err)
	}
	restore := n.keys.quiet(ctx)
	r, err = j.run(clock.ctx, eng, second, initSwarm)
	restore()
	n.clear()
	var unremoved *run.Unremoved
	switch {
	case errors.As(err, &unremoved): // everything was measured, so the result is kept
		late = unfinished{unremoved, leftBehind(r)}
	case err != nil: // the result, which would report this, is not drawn
		if len(r.Swept) > 0 {
			s.say("Removed what an earlier netlab left behind: %s.", strings.Join(names(r.Swept), ", "))
		}
		words := leftBehind(r)
		if ctx.Err() != nil {
			words = becameOf(r)
		}
		return r, nil, unfinished{clock.blame(err), words}
	}
	if j.guess != nil && n.predict {
		if err := j.guess(clock.ctx, r); err != nil {
			return r, nil, clock.blame(err)
		}
	}
	return r, errors.Join(late, file.write(func(w io.Writer) error { return render.JSON(w, r) })), nil
}

// ended returns the command's error after its result is drawn.
func ended(r *result.Record, late error) error {
	if late != nil {
		return late
	}
	return judged(r)
}

func names(objects []result.Leftover) []string {
	described := make([]string, 0, len(objects))
	for _, o := range objects {
		described = append(described, render.Plain(o.Type+" "+o.Name))
	}
	return described
}
