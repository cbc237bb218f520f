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

// maxRunning limits the requests that run in parallel. A lab needs several dozen.
const maxRunning = 256

// leaveWithin limits how long Serve waits for canceled requests: a probe that hangs must not keep a container alive.
const leaveWithin = time.Second

// Serve writes its hello to out and answers the requests from in.
//
// When in or ctx ends, it cancels what is running and returns nil; after a keep request, the end of in does not
// matter. It skips lines that are not requests. It only returns an error if the input can no longer be read, for
// example because a line is longer than agent.MaxLine.
func Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	return ServeWith(ctx, in, out, newMachine().run)
}

// A Runner answers one question, as Run does.
type Runner func(ctx context.Context, q probe.Question, tell func(agent.Reply))

type server struct {
	run     Runner
	replies *lines

	mu       sync.Mutex // guards the fields below
	running  map[uint64]context.CancelFunc
	leaving  bool
	requests sync.WaitGroup
}

// ServeWith is Serve for a program that answers the questions in its own way.
func ServeWith(ctx context.Context, in io.Reader, out io.Writer, run Runner) error {
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
			// The client has left, but the listeners of a kept lab stay. Their output is no longer read.
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

// read handles each line of in until it ends, and reports whether the agent should then keep running.
func (s *server) read(ctx context.Context, in io.Reader) (kept bool, err error) {
	input := bufio.NewScanner(in)
	input.Buffer(make([]byte, 0, 4<<10), agent.MaxLine)
	for input.Scan() {
		var r agent.Request
		if json.Unmarshal(input.Bytes(), &r) != nil {
			continue // no id, so there is no request to answer
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

// start runs q, or replies right away that it cannot be run.
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
		safely.In(ctx, func() { s.run(ctx, q, tell) })() // a panic has its end too
		// Before the end is sent, so that its id is free when the client learns of it.
		s.forget(id)
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

// leave waits until the canceled requests have sent their ends, and these have been written.
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

// lines writes one JSON line at a time. If the output is not read, it blocks its callers, as it should, but no longer
// once it is muted. That is why writing has its own goroutine.
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
		return // a Reply is plain values, so it always has a JSON form
	}
	if len(line) >= agent.MaxLine { // it would end the stream for all requests
		detail := fmt.Sprintf("the answer has %d MiB, and only %d MiB can be sent", len(line)>>20, agent.MaxLine>>20)
		l.write(agent.Reply{ID: r.ID, Outcome: &probe.Outcome{Reason: probe.Broken, Detail: detail}})
		return
	}
	l.put(append(line, '\n'))
}

// end makes done close once everything before it has been written.
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
