//go:build linux

package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// The environment variables that make the test binary an agent. Tests start it in its own network namespaces.
const (
	asAgent = "NETLAB_TEST_AGENT"
	agentAt = "NETLAB_TEST_ETC"
)

func TestMain(m *testing.M) {
	if os.Getenv(asAgent) != "" {
		here := machine{etc: os.Getenv(agentAt), captures: &captures{}}
		if err := ServeWith(context.Background(), os.Stdin, os.Stdout, here.run); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	// Tests enter other namespaces with threads that they give up. The main thread cannot end, and is /proc/self.
	runtime.LockOSThread()
	os.Exit(m.Run())
}

// echo answers with the host or, if that is "wait", once it is canceled.
func echo(ctx context.Context, q probe.Question, tell func(agent.Reply)) {
	if q.Ping == nil {
		return
	}
	if q.Ping.Host == "wait" {
		<-ctx.Done()
	}
	tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK, Value: q.Ping.Host}})
}

// converse serves input to its end and returns the replies after the hello.
func converse(t *testing.T, input string, run Runner) ([]agent.Reply, error) {
	t.Helper()
	var out bytes.Buffer
	err := ServeWith(t.Context(), strings.NewReader(input), &out, run)
	replies := parseReplies(t, out.Bytes())
	if len(replies) == 0 || replies[0].Hello == nil || replies[0].Hello.Protocol != agent.Version {
		t.Fatalf("the agent did not greet first: %s", out.Bytes())
	}
	return replies[1:], err
}

func parseReplies(t *testing.T, text []byte) []agent.Reply {
	t.Helper()
	var replies []agent.Reply
	for line := range bytes.Lines(text) {
		var r agent.Reply
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("the agent said %q: %v", line, err)
		}
		replies = append(replies, r)
	}
	return replies
}

func TestServeSurvivesWhatIsNoRequest(t *testing.T) {
	for name, line := range map[string]string{
		"nothing":                "",
		"not JSON":               "ping bob",
		"an array":               "[1,2]",
		"a wrong type":           `{"id":"seven"}`,
		"no id":                  `{"ask":{"ping":{"host":"x"}}}`,
		"nothing asked":          `{"id":3}`,
		"cancel of nothing":      `{"id":3,"cancel":true}`,
		"bytes that are no text": "\x00\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := converse(t, line+"\n"+`{"id":7,"ask":{"ping":{"host":"bob"}}}`+"\n", echo)
			if err != nil {
				t.Fatal(err)
			}
			want := []agent.Reply{
				{ID: 7, Outcome: &probe.Outcome{Reason: probe.OK, Value: "bob"}},
				{ID: 7, End: true},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("replies (-want +got):\n%s", diff)
			}
		})
	}
}

func TestServeEndsOnALineTooLong(t *testing.T) {
	if _, err := converse(t, strings.Repeat("x", agent.MaxLine+1), echo); err == nil {
		t.Error("got no error")
	}
}

func TestEndOfInputCancels(t *testing.T) {
	patient := func(ctx context.Context, _ probe.Question, _ func(agent.Reply)) { <-ctx.Done() }
	got, err := converse(t, `{"id":1,"ask":{"ping":{"host":"wait"}}}`+"\n", patient)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]agent.Reply{{ID: 1, End: true}}, got); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
}

// A session is a running server that the test talks to.
type session struct {
	in      *io.PipeWriter
	replies *bufio.Scanner
	ended   chan error
}

func startSession(ctx context.Context, t *testing.T, run Runner) *session {
	t.Helper()
	requests, in := io.Pipe()
	out, replies := io.Pipe()
	s := &session{in: in, replies: bufio.NewScanner(out), ended: make(chan error, 1)}
	t.Cleanup(func() {
		in.Close()
		out.Close()
	})
	go func() { s.ended <- ServeWith(ctx, requests, replies, run) }()
	s.next(t) // the hello
	return s
}

func (s *session) say(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(s.in, line+"\n"); err != nil {
		t.Fatal(err)
	}
}

func (s *session) next(t *testing.T) agent.Reply {
	t.Helper()
	if !s.replies.Scan() {
		t.Fatalf("the agent has no more to say: %v", s.replies.Err())
	}
	return parseReplies(t, s.replies.Bytes())[0]
}

func TestCancelEndsOneRequest(t *testing.T) {
	s := startSession(t.Context(), t, echo)
	s.say(t, `{"id":1,"ask":{"ping":{"host":"wait"}}}`)
	s.say(t, `{"id":2,"ask":{"ping":{"host":"wait"}}}`)
	s.say(t, `{"id":1,"cancel":true}`)
	if got := s.next(t); got.ID != 1 {
		t.Errorf("request 1 was canceled, request %d answered", got.ID)
	}
	if got := s.next(t); got.ID != 1 || !got.End {
		t.Errorf("got %+v, want the end of request 1", got)
	}
}

func TestKeepOutlivesTheInput(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	running, over := make(chan struct{}), make(chan struct{})
	s := startSession(ctx, t, func(ctx context.Context, _ probe.Question, tell func(agent.Reply)) {
		close(running)
		<-ctx.Done()
		tell(agent.Reply{Seen: &probe.Seen{}}) // is not read, and must not block
		close(over)
	})
	s.say(t, `{"id":1,"ask":{"listen":{}}}`)
	s.say(t, `{"keep":true}`)
	<-running
	s.in.Close()
	select {
	case <-over:
		t.Error("the end of the input ended a listener of a kept agent")
	case err := <-s.ended:
		t.Errorf("the end of the input ended a kept agent: %v", err)
	case <-time.After(50 * time.Millisecond): // long enough for an agent that should not keep running to leave
	}
	cancel()
	if err := <-s.ended; err != nil {
		t.Errorf("ending a kept agent: %v", err)
	}
	<-over
}

func TestTooManyRequestsAreBroken(t *testing.T) {
	s := startSession(t.Context(), t, func(ctx context.Context, _ probe.Question, _ func(agent.Reply)) { <-ctx.Done() })
	for id := range maxRunning {
		s.say(t, fmt.Sprintf(`{"id":%d,"ask":{"look":{}}}`, id+1))
	}
	go io.WriteString(s.in, `{"id":9999,"ask":{"look":{}}}`+"\n") // the pipe has no room for its answer
	if got := s.next(t); got.ID != 9999 || got.Outcome == nil || got.Outcome.Reason != probe.Broken {
		t.Errorf("got %+v, want request 9999 broken", got)
	}
	if got := s.next(t); got.ID != 9999 || !got.End {
		t.Errorf("got %+v, want the end of request 9999", got)
	}
}

func TestPanicIsBroken(t *testing.T) {
	var got []agent.Reply
	// A nil tell would be the caller's mistake. A tell that panics once stands for a probe that does.
	fell := false
	machine{}.run(t.Context(), probe.Question{}, func(r agent.Reply) {
		if !fell {
			fell = true
			panic("out of luck")
		}
		got = append(got, r)
	})
	if len(got) != 1 || got[0].Outcome.Reason != probe.Broken || !strings.Contains(got[0].Outcome.Detail, "out of luck") {
		t.Errorf("got %+v, want one broken outcome that tells the panic", got)
	}
}

// A bug in a probe is an outcome, and the request has its end all the same, so that its number is free again.
func TestPanicEndsItsRequest(t *testing.T) {
	s := startSession(t.Context(), t, func(context.Context, probe.Question, func(agent.Reply)) { panic("out of luck") })
	for range 2 {
		s.say(t, `{"id":1,"ask":{"look":{}}}`)
		if got := s.next(t); got.Outcome == nil || got.Outcome.Reason != probe.Broken {
			t.Errorf("got %+v, want a broken outcome", got)
		}
		if got := s.next(t); got.ID != 1 || !got.End {
			t.Errorf("got %+v, want the end of request 1", got)
		}
	}
}

// An answer that is too long for a line of the protocol would end the stream for all requests.
func TestTooLongAnswerIsBroken(t *testing.T) {
	s := startSession(t.Context(), t, func(_ context.Context, _ probe.Question, tell func(agent.Reply)) {
		chains := make([]fact.Chain, agent.MaxLine/16)
		tell(agent.Reply{Outcome: &probe.Outcome{Reason: probe.OK}, Chains: chains})
	})
	s.say(t, `{"id":1,"ask":{"chains":{}}}`)
	got := s.next(t)
	if got.ID != 1 || got.Outcome == nil || got.Outcome.Reason != probe.Broken || got.Chains != nil {
		t.Errorf("got %+v, want a broken outcome", got.Outcome)
	}
	if got := s.next(t); got.ID != 1 || !got.End {
		t.Errorf("got %+v, want the end of request 1", got)
	}
}

// FuzzServe lets the CLI send anything: the agent survives, and each request gets exactly one end.
func FuzzServe(f *testing.F) {
	f.Add([]byte(`{"id":1,"ask":{"ping":{"host":"bob"}}}` + "\n" + `{"id":1,"cancel":true}`))
	f.Add([]byte(`{"id":1,"ask":{"ping":{"host":"wait"}}}` + "\n" + `{"id":1,"ask":{"ping":{"host":"wait"}}}` + "\n{}"))
	f.Add([]byte(`{"keep":false}` + "\n" + `{"id":18446744073709551615,"ask":{}}` + "\r\n\r\n"))
	f.Add([]byte("\x00\n{\n" + `{"ID":5,"Ask":{"look":null}}`))
	f.Fuzz(func(t *testing.T, said []byte) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		want := map[uint64]int{}
		for line := range bytes.Lines(said) {
			var r agent.Request
			if json.Unmarshal(line, &r) != nil {
				continue
			}
			if r.ID != 0 && r.Ask != nil && !r.Cancel {
				want[r.ID]++
			}
			if r.Keep {
				t.Skip("a kept agent does not end")
			}
		}
		var out lockedBuffer
		_ = ServeWith(ctx, bytes.NewReader(said), &out, echo)
		got := map[uint64]int{}
		for _, r := range parseReplies(t, out.bytes()) {
			if r.End {
				got[r.ID]++
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ends by request (-want +got):\n%s", diff)
		}
	})
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.buf.Bytes())
}
