package engine

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"netlab/netlab/poll"
	"netlab/netlab/safely"
)

const (
	prefix      = "netlab-"
	createLimit = 2 * time.Minute  // creating a network has taken 15 s on a busy engine
	lookLimit   = 10 * time.Second // for NewSession's one request, and for opening a shell

	// How long the rest of a lab waits for a second engine that stopped: for an answer, and for the removal of its
	// part.
	answerLimit = 5 * time.Second
	besideLimit = 30 * time.Second

	// Thirty labs that end at the same time keep an engine busy. Only this long without progress means that something
	// blocks the removal.
	removePatience = 15 * time.Second
)

// A Session is everything that one lab creates on an engine. Every object has the session's and its owner's labels
// from the start.
type Session struct {
	engine *Engine
	id     string
	lab    string
	token  string
	rest   string // the id of the lab's session on another engine, whose networks this engine lists while it uses them

	gate   sync.RWMutex // held for reading while an object is created
	closed bool         // guarded by gate: Remove has started

	mu         sync.Mutex // guards the fields below
	keepUntil  time.Time
	containers []*Container
}

// A Mistake is an error of the user who named a lab, not of the engine: there is no such lab, it is in use, or the
// name is not allowed.
type Mistake struct{ what string }

func (m *Mistake) Error() string { return m.what }

func mistakef(format string, args ...any) error { return &Mistake{fmt.Sprintf(format, args...)} }

// NewSession starts a lab. With a name, its objects carry the name instead of the session's random digits, and the
// error is a [Mistake] if a lab of that name is running or kept. NewSession creates nothing on the engine.
func (e *Engine) NewSession(ctx context.Context, name string) (*Session, error) {
	s := &Session{engine: e, id: random(4), token: random(16)}
	s.lab = s.id
	if name == "" {
		return s, nil
	}
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,30}$`).MatchString(name) {
		return nil, mistakef("%q is not a valid lab name. Use up to 31 of a-z, 0-9 and -, not starting with -", name)
	}
	s.lab = name
	ctx, stop := context.WithTimeout(ctx, lookLimit)
	defer stop()
	found, err := e.find(ctx, labelSession) // of all labs: another session may show that this one is in use
	if err != nil {
		return nil, err
	}
	for _, r := range found {
		if r.lab == name && r.judge(e.self.sees(r.owner, findProcess), e.now()).act == leave {
			return nil, s.taken()
		}
	}
	return s, nil
}

// NewSessionBeside starts the part of a lab that is on this engine. The rest of the lab is on another engine, in
// session s. Both parts share the lab's name and the token that identifies its agents to its listeners.
func (e *Engine) NewSessionBeside(ctx context.Context, s *Session) (*Session, error) {
	beside, err := e.NewSession(ctx, s.lab)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	beside.token, beside.keepUntil, beside.rest = s.token, s.keepUntil, s.id
	return beside, nil
}

// answers returns nil if the engine of a lab's second part answers soon.
func (s *Session) answers(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, answerLimit)
	defer stop()
	if err := s.engine.Ping(ctx); err != nil {
		host := s.engine.fact.Host
		return &Unusable{
			What: fmt.Sprintf("the second engine, at %s, does not answer, so the lab's part there was not removed", host),
			Hint: "when it answers again, run netlab -H " + host + " clean, then netlab clean", Err: err,
		}
	}
	return nil
}

// AwaitRest waits until the engine no longer lists the networks of a lab whose rest, on another engine, has been
// removed. The engine learns of the removal a moment later. If it takes too long, Leftovers reports them.
func (s *Session) AwaitRest(ctx context.Context) error {
	_, err := poll.Until(ctx, removePatience, overlayLook, func(ctx context.Context) (bool, error) {
		found, err := s.engine.find(ctx, labelSession+"="+s.rest)
		return err == nil && len(found) == 0, err
	})
	return err
}

func (s *Session) taken() error {
	return mistakef("a lab %q already exists. `netlab down %s` removes it", s.lab, s.lab)
}

// occupied returns the error that an object of that name already exists: it belongs to another lab, or the user chose
// the name.
func (s *Session) occupied(kind, name string, labels map[string]string) error {
	if labels[labelSession] != "" {
		return s.taken()
	}
	return mistakef("%s %q already exists and does not belong to netlab. Use a different --name", kind, name)
}

func random(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}

// ID returns the session's eight hex digits.
func (s *Session) ID() string { return s.id }

// Lab returns the lab's name as it is on its objects: the given name, or the session's digits.
func (s *Session) Lab() string { return s.lab }

// Token returns the word that identifies the lab's agents to its listeners. Every container has it in its environment
// as NETLAB_TOKEN.
func (s *Session) Token() string { return s.token }

// KeepUntil gives all objects created from now on an expiry time. Until then a sweep leaves them alone, as long as a
// container runs.
func (s *Session) KeepUntil(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepUntil = t
}

func (s *Session) labels() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := map[string]string{
		labelSession: s.id, labelLab: s.lab, labelOwner: s.engine.self.String(), labelEngine: s.engine.fact.ID,
	}
	if node := s.engine.fact.Node; node != "" {
		l[labelNode] = node
	}
	if !s.keepUntil.IsZero() {
		l[labelKeep] = s.keepUntil.UTC().Format(time.RFC3339)
	}
	return l
}

// creating finishes a call that creates something even if ctx is canceled. The daemon continues a canceled call, and
// its result would appear after the clean-up.
func (s *Session) creating(ctx context.Context, f func(context.Context) error) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return errors.New("the lab is being removed")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	making, stop := context.WithTimeout(context.WithoutCancel(ctx), createLimit)
	defer stop()
	if err := f(making); err != nil {
		return err
	}
	return ctx.Err()
}

// close waits for the running creating calls, and prevents new ones.
func (s *Session) close(ctx context.Context) error {
	done := make(chan struct{})
	safely.Go(ctx, func() {
		s.gate.Lock()
		s.closed = true
		s.gate.Unlock()
		close(done)
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Keep leaves the lab running: it tells each agent to keep running, and then detaches from it. It first resumes
// paused containers, because a kept lab is there to work in.
func (s *Session) Keep(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var calls errgroup.Group
	for _, c := range s.containers {
		calls.Go(safely.Task(func() error { return c.keep(ctx) }))
	}
	return calls.Wait()
}

// Leftovers asks the engine for everything with the session's label, or with that of the lab's session on another
// engine.
func (s *Session) Leftovers(ctx context.Context) ([]Object, error) {
	if s.rest != "" {
		if err := s.answers(ctx); err != nil {
			return nil, err
		}
	}
	var objects []Object
	for _, id := range []string{s.id, s.rest} {
		if id == "" {
			continue
		}
		found, err := s.engine.find(ctx, labelSession+"="+id)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			objects = append(objects, r.objects...)
		}
	}
	return objects, nil
}
