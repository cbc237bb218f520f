package agent_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

const hello = `{"hello":{"protocol":1}}` + "\n"

// A fake is the agent's side of a stream.
type fake struct {
	requests *bufio.Scanner
	out      *io.PipeWriter
	mu       sync.Mutex
}

// dial returns a client and the fake agent it talks to.
func dial(t *testing.T) (*agent.Client, *fake) {
	t.Helper()
	requests, toAgent := io.Pipe()
	fromAgent, replies := io.Pipe()
	t.Cleanup(func() {
		requests.Close()
		replies.Close()
	})
	go io.WriteString(replies, hello)
	c, err := agent.Dial(t.Context(), fromAgent, toAgent)
	if err != nil {
		t.Fatalf("dialling the fake agent: %v", err)
	}
	return c, &fake{requests: bufio.NewScanner(requests), out: replies}
}

func (f *fake) next() (agent.Request, bool) {
	if !f.requests.Scan() {
		return agent.Request{}, false
	}
	var r agent.Request
	return r, json.Unmarshal(f.requests.Bytes(), &r) == nil
}

func (f *fake) say(r agent.Reply) {
	line, _ := json.Marshal(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out.Write(append(line, '\n'))
}

func ping(host string) probe.Question { return probe.Question{Ping: &probe.Ping{Host: host}} }

// TestKeepIsHeard: Keep returns once the agent has answered the question behind it, and not earlier.
func TestKeepIsHeard(t *testing.T) {
	c, f := dial(t)
	kept := make(chan error, 1)
	go func() { kept <- c.Keep(t.Context()) }()
	if r, ok := f.next(); !ok || !r.Keep {
		t.Fatalf("the agent heard %+v first, want the word to live on", r)
	}
	r, ok := f.next()
	if !ok || r.Ask == nil {
		t.Fatalf("the agent heard %+v then, want a question", r)
	}
	select {
	case err := <-kept:
		t.Fatalf("Keep returned %v before the agent answered", err)
	default:
	}
	go func() { // the cancel that follows the answer
		for f.requests.Scan() {
			continue
		}
	}()
	f.say(agent.Reply{ID: r.ID, Outcome: &probe.Outcome{Reason: probe.OK}, Stack: &fact.Stack{}})
	f.say(agent.Reply{ID: r.ID, End: true})
	if err := <-kept; err != nil {
		t.Errorf("got %v, want that it was heard", err)
	}
}

func TestManyQuestionsAtOnce(t *testing.T) {
	const n = 100
	c, f := dial(t)
	go func() {
		// All questions are sent before the first is answered, and answered from last to first.
		var asked []agent.Request
		for len(asked) < n {
			r, ok := f.next()
			if !ok {
				return
			}
			asked = append(asked, r)
		}
		go func() { // the cancels that follow the answers
			for f.requests.Scan() {
				continue
			}
		}()
		for i := n - 1; i >= 0; i-- {
			f.say(agent.Reply{ID: asked[i].ID, Outcome: &probe.Outcome{Reason: probe.OK, Value: asked[i].Ask.Ping.Host}})
			f.say(agent.Reply{ID: asked[i].ID, End: true})
		}
	}()
	var asking sync.WaitGroup
	for i := range n {
		asking.Go(func() {
			host := strconv.Itoa(i)
			got, err := c.Ask(t.Context(), ping(host))
			if err != nil {
				t.Errorf("asking %s: %v", host, err)
			} else if got.Value != host {
				t.Errorf("asked %s, got the answer to %s", host, got.Value)
			}
		})
	}
	asking.Wait()
}

func TestStreamGivesEveryReply(t *testing.T) {
	c, f := dial(t)
	const seen = 200 // more than any buffer in between holds
	go func() {
		r, _ := f.next()
		for i := range seen {
			f.say(agent.Reply{ID: r.ID, Seen: &probe.Seen{From: strconv.Itoa(i)}})
		}
		f.say(agent.Reply{ID: r.ID, End: true})
	}()
	replies, err := c.Stream(t.Context(), probe.Question{Listen: &probe.Listen{}})
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for r := range replies {
		got = append(got, r.Seen.From)
	}
	for i := range seen {
		want = append(want, strconv.Itoa(i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("replies (-want +got):\n%s", diff)
	}
}

// The context of a program that cannot be interrupted has no Done channel.
func TestStreamUnderContextWithoutEnd(t *testing.T) {
	c, f := dial(t)
	go func() {
		r, _ := f.next()
		f.say(agent.Reply{ID: r.ID, Outcome: &probe.Outcome{Value: "127.0.0.1:4711"}})
		f.say(agent.Reply{ID: r.ID, End: true})
	}()
	replies, err := c.Stream(context.Background(), probe.Question{Listen: &probe.Listen{}})
	if err != nil {
		t.Fatal(err)
	}
	r, open := <-replies
	if !open || r.Outcome == nil || r.Outcome.Value != "127.0.0.1:4711" {
		t.Errorf("the first reply is %+v (open: %t), want the listener's address", r, open)
	}
}

func TestCancelReachesTheAgent(t *testing.T) {
	c, f := dial(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	replies, requests := make(chan (<-chan agent.Reply), 1), make(chan agent.Request, 2)
	go func() {
		for range 2 {
			r, _ := f.next()
			requests <- r
		}
	}()
	go func() {
		ch, err := c.Stream(ctx, ping("bob"))
		if err != nil {
			t.Error(err)
		}
		replies <- ch
	}()
	asked, ch := <-requests, <-replies
	cancel()
	if got := <-requests; !got.Cancel || got.ID != asked.ID {
		t.Errorf("after the question %d was canceled the agent read %+v", asked.ID, got)
	}
	f.say(agent.Reply{ID: asked.ID, End: true})
	for r := range ch {
		t.Errorf("a canceled question was answered: %+v", r)
	}
}

func TestAgentDiesHalfWay(t *testing.T) {
	c, f := dial(t)
	go func() {
		f.next()
		f.out.Close()
	}()
	if _, err := c.Ask(t.Context(), ping("bob")); !errors.Is(err, agent.ErrGone) {
		t.Errorf("the question under way: got %v, want ErrGone", err)
	}
	<-c.Done()
	if _, err := c.Ask(t.Context(), ping("bob")); !errors.Is(err, agent.ErrGone) {
		t.Errorf("the next question: got %v, want ErrGone", err)
	}
}

func TestQuestionEndsWithItsContext(t *testing.T) {
	c, f := dial(t)
	go func() {
		for f.requests.Scan() {
			continue // never answers
		}
	}()
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(10*time.Millisecond, func() { cancel(reason) })
	if _, err := c.Ask(ctx, ping("bob")); !errors.Is(err, reason) {
		t.Errorf("got %v, want the context's cause", err)
	}
}

func TestChains(t *testing.T) {
	input := fact.Chain{Family: "ip", Table: "filter", Name: "INPUT", Hook: "input", Policy: "drop", Packets: 7, Rules: 1}
	for name, want := range map[string]agent.Reply{
		"read":   {Outcome: &probe.Outcome{Reason: probe.OK}, Chains: []fact.Chain{input}},
		"denied": {Outcome: &probe.Outcome{Reason: probe.Denied, Detail: "no NET_ADMIN"}},
	} {
		t.Run(name, func(t *testing.T) {
			c, f := dial(t)
			go func() {
				r, _ := f.next()
				if r.Ask == nil || r.Ask.Chains == nil {
					t.Errorf("asked %+v, want the chains", r.Ask)
				}
				answer := want
				answer.ID = r.ID
				f.say(answer)
				f.next() // cancels the question
			}()
			chains, o, err := c.Chains(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, agent.Reply{Outcome: &o, Chains: chains}); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLook(t *testing.T) {
	c, f := dial(t)
	go func() {
		r, _ := f.next()
		f.say(agent.Reply{ID: r.ID, Outcome: &probe.Outcome{Reason: probe.OK}, Stack: &fact.Stack{Hostname: "alice"}})
		f.say(agent.Reply{ID: r.ID, End: true})
		f.next()
	}()
	got, err := c.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Hostname != "alice" {
		t.Errorf("hostname: got %q, want alice", got.Hostname)
	}
}

func TestDialRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		said string
		gone bool
	}{
		"another program":  {said: "Welcome to BusyBox\n"},
		"another protocol": {said: `{"hello":{"protocol":99}}` + "\n"},
		"no hello":         {said: `{"id":1,"end":true}` + "\n"},
		"nothing":          {gone: true},
		"half a line":      {said: `{"hello":`},
		"an endless line":  {said: strings.Repeat("x", agent.MaxLine+1), gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := agent.Dial(t.Context(), strings.NewReader(test.said), io.Discard)
			if err == nil {
				t.Fatal("got a client")
			}
			if got := errors.Is(err, agent.ErrGone); got != test.gone {
				t.Errorf("is ErrGone: got %t, want %t, of %v", got, test.gone, err)
			}
		})
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	silent, w := io.Pipe()
	t.Cleanup(func() { w.Close() })
	if _, err := agent.Dial(ctx, silent, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

// FuzzClient lets an agent send anything: each question must still end.
func FuzzClient(f *testing.F) {
	f.Add([]byte(hello + `{"id":1,"outcome":{"reason":"ok","took_us":1}}` + "\n" + `{"id":1,"end":true}` + "\n"))
	f.Add([]byte(hello + `{"id":1,"end":true}` + "\n" + `{"id":1,"end":true}` + "\n"))
	f.Add([]byte(hello + hello + `{"id":1,"stack":{}}` + "\n"))
	f.Add([]byte(hello + "\x00\n"))
	f.Add([]byte("garbage"))
	f.Fuzz(func(t *testing.T, said []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r, w := io.Pipe()
		defer w.Close()
		go w.Write([]byte(hello))
		c, err := agent.Dial(ctx, r, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			w.Write(said)
			w.Close()
		}()
		if _, err := c.Ask(ctx, ping("bob")); errors.Is(err, context.DeadlineExceeded) {
			t.Error("the question never ended")
		}
		if _, err := c.Look(ctx); errors.Is(err, context.DeadlineExceeded) {
			t.Error("the look never ended")
		}
	})
}

// TestFlood: replies that netlab does not read are kept up to a limit. An agent that sends more is given up.
func TestFlood(t *testing.T) {
	c, f := dial(t)
	asking := make(chan error, 1)
	go func() {
		_, err := c.Stream(t.Context(), ping("bob"))
		asking <- err
	}()
	r, ok := f.next()
	if err := <-asking; !ok || err != nil {
		t.Fatalf("asking: %t, %v", ok, err)
	}
	word := strings.Repeat("x", 1<<20)
	sent := 0
	for ; sent < 100 && c.Err() == nil; sent++ {
		line, err := json.Marshal(agent.Reply{ID: r.ID, Outcome: &probe.Outcome{Detail: word}})
		if err != nil {
			t.Fatal(err)
		}
		written := make(chan struct{})
		go func() {
			defer close(written)
			f.out.Write(append(line, '\n'))
		}()
		select {
		case <-written:
		case <-c.Done():
		}
	}
	if err := c.Err(); err == nil || !strings.Contains(err.Error(), "16 MiB") || sent > 40 {
		t.Errorf("after %d MiB: got %v, want that the agent is given up after some 16", sent, err)
	}
}
