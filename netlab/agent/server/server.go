//go:build linux

package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// maxRunning bounds the requests that run at once. A lab asks some dozens.
const maxRunning = 256

// leaveWithin bounds how long Serve waits for cancelled requests: a probe that hangs must not keep a container alive.
const leaveWithin = time.Second

// Serve greets on out and answers the requests that come on in.
//
// It returns nil when in has ended or ctx has, after cancelling what runs; after a keep request the end of in does not
// count. A line that is not a request is passed over. The only error is an input that cannot be read any more, such as
// a line longer than agent.MaxLine.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	return serve(ctx, in, out, newMachine().run)
}

// A runner answers one question, as Run does.
type runner func(ctx context.Context, q probe.Question, tell func(agent.Reply))

type server struct {
	run     runner
	replies *lines

	mu       sync.Mutex // guards all below
	running  map[uint64]context.CancelFunc
	leaving  bool
	requests sync.WaitGroup
}

func serve(ctx context.Context, in io.Reader, out io.Writer, run runner) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{run: run, replies: newLines(out), running: map[uint64]context.CancelFunc{}}
	s.replies.write(agent.Reply{Hello: &agent.Hello{Protocol: agent.Version}})

	type ending struct {
		kept bool
		err  error
	}
	ended := make(chan ending, 1)
	safely.Go(ctx, func() {
		var end ending
		end.err = safely.Do(func() (err error) {
			end.kept, err = s.read(ctx, in)
			return err
		})
		ended <- end
	})
	var err error
	select {
	case end := <-ended:
		if end.kept {
			// Who asked has left, but the listeners of a kept lab stay. Nobody reads their words any more.
			s.replies.mute()
			<-ctx.Done()
		} else {
			err = end.err
		}
	case <-ctx.Done():
	}
	cancel()
	s.leave()
	return err
}

// read handles each line of in until it ends, and reports whether the agent is to live on then.
func (s *server) read(ctx context.Context, in io.Reader) (kept bool, err error) {
	input := bufio.NewScanner(in)
	input.Buffer(make([]byte, 0, 4<<10), agent.MaxLine)
	for input.Scan() {
		var r agent.Request
		if json.Unmarshal(input.Bytes(), &r) != nil {
			continue // no id, so nobody to answer to
		}
		kept = kept || r.Keep
		switch {
		case r.ID == 0:
		case r.Cancel:
			s.cancel(r.ID)
		case r.Ask != nil:
			s.start(ctx, r.ID, *r.Ask)
		}
	}
	if err := input.Err(); err != nil {
		return kept, fmt.Errorf("reading requests: %w", err)
	}
	return kept, nil
}

// start runs q, or answers at once that it cannot be run.
func (s *server) start(ctx context.Context, id uint64, q probe.Question) {
	ctx, cancel := context.WithCancel(ctx)
	tell := func(r agent.Reply) {
		r.ID = id
		s.replies.write(r)
	}
	if refusal := s.admit(id, cancel); refusal != "" {
		cancel()
		tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.Broken, Detail: refusal}})
		tell(agent.Reply{End: true})
		return
	}
	ctx = safely.With(ctx, func(err error) {
		tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.Broken, Detail: err.Error()}})
		cancel()
	})
	safely.Go(ctx, func() {
		defer s.requests.Done()
		defer cancel()
		s.run(ctx, q, tell)
		s.forget(id) // before the end is told, so that its id is free when the other side knows
		tell(agent.Reply{End: true})
	})
}

func (s *server) admit(id uint64, cancel context.CancelFunc) (refusal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.leaving:
		return "the agent is leaving"
	case s.running[id] != nil:
		return fmt.Sprintf("request %d is running already", id)
	case len(s.running) >= maxRunning:
		return fmt.Sprintf("%d requests are running already", maxRunning)
	}
	s.running[id] = cancel
	s.requests.Add(1)
	return ""
}

func (s *server) cancel(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.running[id]; cancel != nil {
		cancel()
	}
}

func (s *server) forget(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, id)
}

// leave waits for the requests, which have been cancelled, to say their ends, and for those to be written.
func (s *server) leave() {
	defer s.replies.mute()
	s.mu.Lock()
	s.leaving = true
	s.mu.Unlock()
	safely.Go(safely.With(context.Background(), func(error) { s.replies.mute() }), func() {
		s.requests.Wait()
		s.replies.end()
	})
	select {
	case <-s.replies.done:
	case <-time.After(leaveWithin):
	}
}

// lines writes one JSON line at a time. An output that nobody reads holds its callers up, as it should, but not any
// more once it is muted: so the writing has a goroutine of its own.
type lines struct {
	queue chan []byte
	muted chan struct{} // closed: drop everything
	once  sync.Once
	done  chan struct{} // closed: the writing has ended
}

func newLines(out io.Writer) *lines {
	l := &lines{queue: make(chan []byte, 16), muted: make(chan struct{}), done: make(chan struct{})}
	safely.Go(safely.With(context.Background(), func(error) { l.mute() }), func() {
		defer close(l.done)
		for line := range l.queue {
			if line == nil {
				return
			}
			if _, err := out.Write(line); err != nil {
				l.mute()
				return
			}
		}
	})
	return l
}

func (l *lines) write(r agent.Reply) {
	line, err := json.Marshal(r)
	if err != nil {
		return // a Reply is plain values: it always has a JSON form
	}
	l.put(append(line, '\n'))
}

// end makes done close once all that was written before is out.
func (l *lines) end() { l.put(nil) }

func (l *lines) put(line []byte) {
	select {
	case <-l.muted:
		return
	default:
	}
	select {
	case l.queue <- line:
	case <-l.muted:
	}
}

func (l *lines) mute() { l.once.Do(func() { close(l.muted) }) }
