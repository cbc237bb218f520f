package lab

import (
	"cmp"
	"context"
	"fmt"

	"netlab/netlab/ask"
	"netlab/netlab/probe"
)

// broken is the outcome of a question that could not be asked.
func broken(err error) probe.Outcome { return probe.Outcome{Reason: probe.Broken, Detail: err.Error()} }

// asError returns an error for an outcome that should have been ok.
func asError(o probe.Outcome) error {
	if o.Reason == probe.OK {
		return nil
	}
	return fmt.Errorf("%s: %s", o.Reason, o.Detail)
}

func query(ctx context.Context, p *peer, q probe.Question) probe.Outcome {
	client, err := p.awake()
	if err != nil {
		return broken(err)
	}
	o, err := client.Ask(ctx, q)
	if err != nil {
		return broken(fmt.Errorf("asking %s: %w", p.name, err))
	}
	return o
}

func orNone(s string) string {
	if s == "" {
		return ask.None
	}
	return s
}

// found is the outcome of a reading: the value, or none, and the evidence, which is the value itself if text is "".
func found(source, text, value string) probe.Outcome {
	value = orNone(value)
	return probe.Outcome{Reason: probe.OK, Value: value, Evidence: []probe.Evidence{{
		Source: source, Text: cmp.Or(text, value),
	}}}
}

// unread is the outcome for a thing that nothing here reads.
func unread(thing string) probe.Outcome { return broken(fmt.Errorf("netlab cannot read %s", thing)) }

// told is the outcome for what a source reports about p.
func told(source string, p *peer, value string) probe.Outcome {
	return found(source+" of "+p.name, "", value)
}

// Absent means that the container does not exist: an earlier step could not build its image or start it.
type Absent struct{ Name string }

func (a Absent) Error() string { return a.Name + " was never started" }
