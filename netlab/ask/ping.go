package ask

import (
	"context"
	"fmt"
	"strconv"

	"netlab/netlab/probe"
)

// A Ping sends an ICMP echo request. Bytes is the size of the whole IP packet, which may then not be fragmented; 0
// means the default of 84. Size is the same size as a reference, to which Bytes is added.
type Ping struct {
	To    Target    `json:"to"`
	Bytes int       `json:"bytes,omitempty"`
	Size  Reference `json:"size,omitzero"`
}

// Kind returns the properties of a ping.
func (Ping) Kind() Kind {
	return Kind{
		Name: "ping", Doc: "ICMP echo to this target", Example: "bob", Group: Reach, Wants: WantsYesNo,
		Answer: NoAnswer, Sockets: true, Sends: true,
		Of: func(t Target) Question { return Ping{To: t} }, Use: ForReach(),
	}
}

// Names lists what the question names.
func (q Ping) Names() []Target { return []Target{q.To, {Ref: q.Size}} }

func (q Ping) String() string {
	return words([]string{"ping", q.To.String()}, [2]string{"bytes", q.bytes()})
}

// bytes returns the key "bytes" as written in a file: "1500", "web.mtu", "web.mtu + 1".
func (q Ping) bytes() string {
	switch {
	case q.Size.IsZero() && q.Bytes == 0:
		return ""
	case q.Size.IsZero():
		return strconv.Itoa(q.Bytes)
	case q.Bytes > 0:
		return fmt.Sprintf("%s + %d", q.Size, q.Bytes)
	case q.Bytes < 0:
		return fmt.Sprintf("%s - %d", q.Size, -q.Bytes)
	}
	return q.Size.String()
}

// Ask pings.
func (q Ping) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Ping(ctx, q) }
