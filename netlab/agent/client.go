package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// ErrGone says that the agent's stream has ended: its container died, or the engine did.
var ErrGone = errors.New("the agent is gone")

// A Client asks one agent. Many questions may run at once; all methods may be called from several goroutines.
type Client struct {
	out io.Writer

	writing sync.Mutex // one line at a time onto out

	mu      sync.Mutex // guards all below
	next    uint64
	waiting map[uint64]chan Reply
	err     error // why the stream ended; nil while it is open
	done    chan struct{}
}

// Dial waits for the agent's hello on in and returns its client, which reads in until it ends.
// Closing the stream is the caller's. The errors are ErrGone, a protocol error, or ctx's.
func Dial(ctx context.Context, in io.Reader, out io.Writer) (*Client, error) {
	c := &Client{out: out, waiting: map[uint64]chan Reply{}, done: make(chan struct{})}
	hello := make(chan error, 1)
	go c.read(in, hello)
	select {
	case err := <-hello:
		if err != nil {
			return nil, err
		}
		return c, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// read hands each reply to who waits for it. It first reports on hello whether the agent introduced itself.
func (c *Client) read(in io.Reader, hello chan<- error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), MaxLine)
	greeted := false
	for lines.Scan() {
		var r Reply
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			c.end(fmt.Errorf("the agent sent a line that is not JSON: %w", err))
			break
		}
		if !greeted {
			if r.Hello == nil || r.Hello.Protocol != Version {
				c.end(fmt.Errorf("the program in the container is not an agent of protocol %d", Version))
				break
			}
			greeted = true
			hello <- nil
			continue
		}
		c.deliver(r)
	}
	if err := lines.Err(); err != nil {
		c.end(fmt.Errorf("%w: %w", ErrGone, err))
	} else {
		c.end(ErrGone)
	}
	if !greeted {
		hello <- c.Err()
	}
}

func (c *Client) deliver(r Reply) {
	c.mu.Lock()
	ch := c.waiting[r.ID]
	if r.End {
		delete(c.waiting, r.ID)
	}
	c.mu.Unlock()
	if ch == nil {
		return // cancelled and forgotten
	}
	if r.End {
		close(ch)
		return
	}
	ch <- r
}

func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	close(c.done)
	for _, ch := range c.waiting {
		close(ch)
	}
	c.waiting = nil
}

// Err returns why the stream ended, nil while it is open.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Done is closed when the stream has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Stream asks q and returns the replies as they come; the channel is closed after the last one, or when the agent is
// gone (then Err says so). Ending ctx cancels the question at the agent, whose end is still waited for in the
// background.
func (c *Client) Stream(ctx context.Context, q probe.Question) (<-chan Reply, error) {
	in := make(chan Reply, 16)
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return nil, c.err
	}
	c.next++
	id := c.next
	c.waiting[id] = in
	c.mu.Unlock()
	if err := c.send(Request{ID: id, Ask: &q}); err != nil {
		c.mu.Lock()
		delete(c.waiting, id)
		c.mu.Unlock()
		return nil, err
	}
	out := make(chan Reply)
	go c.relay(ctx, id, in, out)
	return out, nil
}

// relay keeps the reading goroutine from ever waiting on a caller that has gone away: it drains in to its end.
func (c *Client) relay(ctx context.Context, id uint64, in <-chan Reply, out chan<- Reply) {
	defer close(out)
	var queue []Reply
	for {
		var first Reply
		var to chan<- Reply
		if len(queue) > 0 {
			first, to = queue[0], out
		}
		select {
		case r, open := <-in:
			if !open {
				pass(ctx, queue, out)
				return
			}
			queue = append(queue, r)
		case to <- first:
			queue = queue[1:]
		case <-ctx.Done():
			_ = c.send(Request{ID: id, Cancel: true}) // a stream that cannot be written ends by itself
			for range in {                            // nobody wants them any more
				continue
			}
			return
		}
	}
}

// pass hands the last replies on, unless ctx ends first.
func pass(ctx context.Context, last []Reply, out chan<- Reply) {
	for _, r := range last {
		select {
		case out <- r:
		case <-ctx.Done():
			return
		}
	}
}

func (c *Client) send(r Request) error {
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("writing to the agent: %w", err)
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if _, err := c.out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return nil
}

// Ask asks q and returns its first outcome; the question is cancelled then. The error says that it could not be asked.
func (c *Client) Ask(ctx context.Context, q probe.Question) (probe.Outcome, error) {
	r, err := c.first(ctx, q)
	if err != nil {
		return probe.Outcome{}, err
	}
	if r.Outcome == nil {
		return probe.Outcome{}, errors.New("the agent's answer has no outcome")
	}
	return *r.Outcome, nil
}

// Look asks for the agent's network namespace.
func (c *Client) Look(ctx context.Context) (*fact.Stack, error) {
	r, err := c.first(ctx, probe.Question{Look: &probe.Look{}})
	if err != nil {
		return nil, err
	}
	if r.Stack == nil {
		return nil, errors.New("the agent's answer has no stack")
	}
	return r.Stack, nil
}

// Process asks what the agent's process sees beside the network.
func (c *Client) Process(ctx context.Context) (*fact.Process, error) {
	r, err := c.first(ctx, probe.Question{Process: &probe.Process{}})
	if err != nil {
		return nil, err
	}
	if r.Process == nil {
		return nil, errors.New("the agent's answer has no process")
	}
	return r.Process, nil
}

// Chains asks for the firewall of the agent's network namespace. The chains are there where the outcome is ok.
func (c *Client) Chains(ctx context.Context) ([]fact.Chain, probe.Outcome, error) {
	r, err := c.first(ctx, probe.Question{Chains: &probe.Chains{}})
	if err != nil {
		return nil, probe.Outcome{}, err
	}
	if r.Outcome == nil {
		return nil, probe.Outcome{}, errors.New("the agent's answer has no outcome")
	}
	return r.Chains, *r.Outcome, nil
}

func (c *Client) first(ctx context.Context, q probe.Question) (Reply, error) {
	asking, stop := context.WithCancel(ctx)
	defer stop()
	replies, err := c.Stream(asking, q)
	if err != nil {
		return Reply{}, err
	}
	select {
	case r, open := <-replies:
		if !open {
			if err := c.Err(); err != nil {
				return Reply{}, err
			}
			if err := context.Cause(ctx); err != nil {
				return Reply{}, err
			}
			return Reply{}, errors.New("the agent ended the question without an answer")
		}
		return r, nil
	case <-ctx.Done():
		return Reply{}, context.Cause(ctx)
	}
}

// Keep tells the agent to live on after the stream has ended, and returns when it has heard that: what is on its way
// while a stream is closed may be dropped by an engine under load (seen on 28.5). The agent hears one line after the
// other, so the answer to a question says that it has heard what came before.
func (c *Client) Keep(ctx context.Context) error {
	if err := c.send(Request{Keep: true}); err != nil {
		return err
	}
	_, err := c.first(ctx, probe.Question{Look: &probe.Look{}})
	return err
}
