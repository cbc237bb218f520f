package agent

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// ErrGone means that the agent's stream has ended, because its container or its engine is gone.
var ErrGone = errors.New("the agent is gone")

// A Client asks one agent. Many questions can run in parallel, and all methods are safe for concurrent use.
type Client struct {
	out io.Writer

	writing sync.Mutex // held while a line is written to out

	mu      sync.Mutex // guards the fields below
	next    uint64
	waiting map[uint64]chan delivery
	err     error // why the stream ended; nil while it is open
	done    chan struct{}

	flooded atomic.Bool // replies arrived faster than they were read, and too many to keep
}

// maxBacklog limits the unread replies to one question, in bytes. An agent that sends more is broken, or not
// netlab's.
const maxBacklog = 16 << 20

// errFlood means that an agent sent more than maxBacklog.
var errFlood = fmt.Errorf("the agent sent more than %d MiB that netlab had no use for yet", maxBacklog>>20)

// A delivery is a reply on its way to the caller.
type delivery struct {
	Reply
	size int // its least size in memory, in bytes
}

// minDelivery is the size of a reply besides its text, in bytes.
const minDelivery = 512

// Dial waits for the agent's hello on in and returns its client, which reads in until it ends. The caller closes the
// stream. The error is ErrGone, a protocol error, or ctx's.
func Dial(ctx context.Context, in io.Reader, out io.Writer) (*Client, error) {
	c := &Client{out: out, waiting: map[uint64]chan delivery{}, done: make(chan struct{})}
	hello := make(chan error, 1)
	failed := safely.With(context.Background(), func(err error) {
		c.end(err)
		select {
		case hello <- err:
		default: // the hello has been reported already
		}
	})
	safely.Go(failed, func() { c.read(in, hello) })
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

// read passes each reply to the question that waits for it. First it reports on hello whether the agent has
// introduced itself.
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
		if c.flooded.Load() {
			c.end(errFlood)
			break
		}
		c.deliver(delivery{r, minDelivery + len(lines.Bytes())})
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

func (c *Client) deliver(r delivery) {
	c.mu.Lock()
	ch := c.waiting[r.ID]
	if r.End {
		delete(c.waiting, r.ID)
	}
	c.mu.Unlock()
	if ch == nil {
		return // canceled and forgotten
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

// Err returns why the stream ended, or nil while it is open.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Done is closed when the stream has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Stream asks q and returns the replies as they arrive. The channel is closed after the last one, or when the agent
// is gone (Err then returns why). If ctx ends, the agent is told to cancel the question, and a goroutine waits for
// its end.
func (c *Client) Stream(ctx context.Context, q probe.Question) (<-chan Reply, error) {
	return c.stream(ctx, q, nil)
}

func (c *Client) stream(ctx context.Context, q probe.Question, finish <-chan struct{}) (<-chan Reply, error) {
	in := make(chan delivery, 16)
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
	safely.Go(safely.With(ctx, c.end), func() { c.relay(ctx, id, in, out, finish) })
	return out, nil
}

// relay buffers replies so that a caller that is gone never blocks the reader: it drains in to its end. When finish is
// closed, it tells the agent to end the question, and delivers what is still to come.
func (c *Client) relay(ctx context.Context, id uint64, in <-chan delivery, out chan<- Reply, finish <-chan struct{}) {
	defer close(out)
	var queue []delivery
	backlog := 0
	for {
		var first Reply
		var to chan<- Reply
		if len(queue) > 0 {
			first, to = queue[0].Reply, out
		}
		select {
		case r, open := <-in:
			if !open {
				pass(ctx, queue, out)
				return
			}
			if backlog += r.size; backlog > maxBacklog {
				c.flooded.Store(true)
				backlog -= r.size
				continue
			}
			queue = append(queue, r)
		case to <- first:
			backlog -= queue[0].size
			queue = queue[1:]
		case <-finish:
			finish = nil
			_ = c.send(Request{ID: id, Cancel: true}) // as below
		case <-ctx.Done():
			_ = c.send(Request{ID: id, Cancel: true}) // if the stream cannot be written, it ends by itself
			for range in {                            // nothing reads them any longer
				continue
			}
			return
		}
	}
}

// Watch asks q, which the agent answers until it is told to stop, and passes the replies after the first outcome to
// see, one at a time. stop tells the agent, and returns when see has had everything that the kernel saw until then. If
// ctx ends first, or the agent is gone, some of that is missing. The error says why nothing is watched.
func (c *Client) Watch(ctx context.Context, q probe.Question, see func(Reply)) (stop func(), err error) {
	finish := make(chan struct{})
	watching, cancel := context.WithCancel(ctx)
	replies, err := c.stream(watching, q, finish)
	if err != nil {
		cancel()
		return nil, err
	}
	switch first, open := <-replies; {
	case !open || first.Outcome == nil:
		err = cmp.Or(context.Cause(ctx), ErrGone)
	case first.Outcome.Reason != probe.OK:
		err = errors.New(first.Outcome.Detail)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	seen := make(chan struct{})
	safely.Go(ctx, func() {
		defer close(seen)
		for r := range replies {
			see(r)
		}
	})
	return func() {
		defer cancel()
		close(finish)
		<-seen
	}, nil
}

// pass delivers the remaining replies, unless ctx ends first.
func pass(ctx context.Context, last []delivery, out chan<- Reply) {
	for _, r := range last {
		select {
		case out <- r.Reply:
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

// Ask asks q, returns its first outcome, and cancels the question. The error means that it could not be asked.
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

// Look asks for the agent's network namespace, without its sockets and connections.
func (c *Client) Look(ctx context.Context) (*fact.Stack, error) { return c.look(ctx, probe.Look{}) }

// LookWithSockets is Look with the sockets and connections.
func (c *Client) LookWithSockets(ctx context.Context) (*fact.Stack, error) {
	return c.look(ctx, probe.Look{Sockets: true})
}

func (c *Client) look(ctx context.Context, q probe.Look) (*fact.Stack, error) {
	r, err := c.first(ctx, probe.Question{Look: &q})
	if err != nil {
		return nil, err
	}
	if r.Stack == nil {
		return nil, errors.New("the agent's answer has no stack")
	}
	return r.Stack, nil
}

// Process asks what the agent's process sees besides the network.
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

// Chains asks for the firewall of the agent's network namespace. The chains are valid if the outcome is ok.
func (c *Client) Chains(ctx context.Context) ([]fact.Chain, probe.Outcome, error) {
	return c.chains(ctx, probe.Chains{})
}

// Firewall is Chains with all rules that decide about a packet.
func (c *Client) Firewall(ctx context.Context) (fact.Firewall, probe.Outcome, error) {
	return c.chains(ctx, probe.Chains{Passes: true})
}

func (c *Client) chains(ctx context.Context, q probe.Chains) ([]fact.Chain, probe.Outcome, error) {
	r, err := c.first(ctx, probe.Question{Chains: &q})
	if err != nil {
		return nil, probe.Outcome{}, err
	}
	if r.Outcome == nil {
		return nil, probe.Outcome{}, errors.New("the agent's answer has no outcome")
	}
	return r.Chains, *r.Outcome, nil
}

// Flows asks what connection tracking does with UDP. The flows are valid if the outcome is ok.
func (c *Client) Flows(ctx context.Context, q probe.Flows) ([]fact.Flow, probe.Outcome, error) {
	r, err := c.first(ctx, probe.Question{Flows: &q})
	if err != nil {
		return nil, probe.Outcome{}, err
	}
	if r.Outcome == nil {
		return nil, probe.Outcome{}, errors.New("the agent's answer has no outcome")
	}
	return r.Flows, *r.Outcome, nil
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

// Keep tells the agent to keep running after the stream has ended, and returns when the agent has read that, because
// an engine under load may drop data when the stream is closed (seen on 28.5). The agent reads its input line by
// line, so its answer to a question shows that it has read everything before.
func (c *Client) Keep(ctx context.Context) error {
	if err := c.send(Request{Keep: true}); err != nil {
		return err
	}
	_, err := c.first(ctx, probe.Question{Look: &probe.Look{}})
	return err
}
