package fact

import (
	"fmt"
	"strings"
)

// The numbers of the routing tables that every namespace has (rtnetlink.h).
const (
	TableDefault = 253
	TableMain    = 254
	TableLocal   = 255
)

// PriorityMain is the priority of the kernel's own rule that looks up the main table. Rules with a lower number come
// before it.
const PriorityMain = 32766

// A RoutingRule is a routing rule: it selects packets, and the table to look up for them (ip rule).
type RoutingRule struct {
	Family   string `json:"family"` // ip or ip6
	Priority int    `json:"priority"`
	Not      bool   `json:"not,omitempty"`    // it selects all packets but those
	From     string `json:"from,omitempty"`   // CIDR; "" for any
	To       string `json:"to,omitempty"`     // CIDR; "" for any
	In       string `json:"in,omitempty"`     // the interface that the packet came in by; lo for the host's own packets
	Out      string `json:"out,omitempty"`    // the interface that a socket is bound to
	Mark     string `json:"mark,omitempty"`   // "0xca6c" or "0x1/0xff"
	Narrow   bool   `json:"narrow,omitempty"` // it also selects by protocol, port, user, TOS or tunnel
	// Action is what becomes of the packet if no table is looked up: blackhole, unreachable, prohibit, goto or nop.
	Action string `json:"action,omitempty"`
	Table  int    `json:"table,omitempty"`
	// AtLeast is one more than suppress_prefixlength: shorter prefixes in the table do not count. 0 if all count.
	AtLeast int `json:"at_least,omitempty"`
}

// String returns the rule as ip(8) prints it: "100: from 172.18.0.0/16 lookup 100".
func (r RoutingRule) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d: ", r.Priority)
	if r.Not {
		b.WriteString("not ")
	}
	if r.From == "" {
		b.WriteString("from all")
	} else {
		b.WriteString("from " + r.From)
	}
	for _, part := range []struct{ word, value string }{
		{" to ", r.To}, {" fwmark ", r.Mark}, {" iif ", r.In}, {" oif ", r.Out},
	} {
		if part.value != "" {
			b.WriteString(part.word + part.value)
		}
	}
	if r.Action != "" {
		b.WriteString(" " + r.Action)
		return b.String()
	}
	b.WriteString(" lookup " + TableName(r.Table))
	if r.AtLeast > 0 {
		fmt.Fprintf(&b, " suppress_prefixlength %d", r.AtLeast-1)
	}
	return b.String()
}

// TableName names a routing table as ip(8) does without a file of names.
func TableName(table int) string {
	switch table {
	case TableDefault:
		return "default"
	case TableMain:
		return "main"
	case TableLocal:
		return "local"
	}
	return fmt.Sprint(table)
}
