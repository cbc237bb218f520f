package probe

// Drops asks which packets of a [Reach], and which answers to them, the kernel drops in any network namespace, and why,
// until it is canceled. Only the witness answers it, which needs BPF and PERFMON. All other packets are left out in the
// kernel already.
//
// The first answer is its outcome: ok once it watches; denied; or broken, where Detail says what the kernel lacks. Each
// further answer is a [Dropped].
type Drops struct {
	Network   string   `json:"network"`             // tcp or udp
	Sequence  uint32   `json:"sequence,omitempty"`  // for TCP, of the SYN
	Ports     []int    `json:"ports,omitempty"`     // for UDP, which has no number: to one of these ports,
	Addresses []string `json:"addresses,omitempty"` // and from or to one of these addresses
}

// A Dropped is a packet that the kernel dropped, with its own reason.
type Dropped struct {
	Reason    string `json:"reason"`              // of enum skb_drop_reason, without its prefix: NETFILTER_DROP
	NetNS     string `json:"netns,omitempty"`     // "net:[4026531840]", as in fact.Stack; "" if the packet had no device
	Interface string `json:"interface,omitempty"` // its device, as it is called in that namespace
	Way       string `json:"way,omitempty"`       // WayIn, WayOut, or "" if it was in between: forwarded, or bridged
	Reply     bool   `json:"reply,omitempty"`     // it is an answer
}

// What a dropped packet had to do with its interface.
const (
	WayIn  = "in"  // it had come from it
	WayOut = "out" // it was on its way to it
)
