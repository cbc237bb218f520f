package why

import (
	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// Facts is everything that was read and measured for one question.
type Facts struct {
	survey.Inventory

	From   survey.End
	Target Target
	Meant  *fact.Container // the container that Target names, or nil
	Line   *pasted.Line    // of an application, if the user has pasted one

	// Firewall is the host's, with all rules that decide about packets; nil if it was not needed or could not be read.
	Firewall fact.Firewall

	Lookup *Lookup // nil if no name was asked
	Tries  []Try   // one for each address
	Size   int     // bytes of the packets to ask with too; 0 for none

	// Astray are flows of the asker's own programs to the target by UDP that the kernel leads elsewhere. FlowsLater is
	// what connection tracking had fact.StraySeconds later.
	Astray     []fact.Stray
	FlowsLater []fact.Flow

	Deaf *Deaf // if no name was found: a node whose containers' names the asker cannot know

	// Others are containers that may be meant instead of the asker's own localhost, with their namespaces.
	Others []survey.End
}

// A Lookup is how the asker's resolver answered for a name.
type Lookup struct {
	Name      string
	Source    string   // "/etc/hosts", or the address of the server that answered; "" if none did
	Addresses []string // sorted; none if the name is unknown
	Asked     []Asked  // the queries, in their order
	Hidden    bool     // a mount replaces the files that decide, so netlab did not ask

	// Where no server answered well, or Docker's own one took long:
	Own       []Asked    // questions to Docker's DNS server for a name that it knows itself
	Upstreams []Upstream // the servers that Docker's own forwards to, each asked alone
	AtHost    *Lookup    // what the host's own resolver answers; nil if it was not asked
}

// An Upstream is a DNS server that Docker's own one forwards to, asked alone.
type Upstream struct {
	fact.Upstream
	Known   string // where it is known from
	Outcome probe.Outcome
}

// An Asked is one DNS query.
type Asked struct {
	Name, Server string
	Outcome      probe.Outcome
}

// A Try is what became of packets to one address.
type Try struct {
	Address string
	Kind    Kind
	Network string          // for InContainer: its network
	Server  *fact.Container // that the address or the published port belongs to; nil if none is known
	Port    int             // at Server, or at the address if it is nil
	Through *fact.Binding   // the published port that leads to Server; nil for its own address

	Stack *fact.Stack // the namespace that should have a listener; nil if it could not be read
	Again *fact.Stack // the same, read again after a silence; nil if it was not

	Outcome probe.Outcome
	Watched bool           // the packets were also watched at the server
	Arrived int            // requests that arrived there
	Replied int            // replies that left there
	Source  string         // of a request that arrived there
	Masked  string         // the rule that gave it that source instead of the asker's; "" if it is not known
	Drop    *fact.Drop     // what dropped the packets; nil if it is not known
	Proof   string         // how that was measured, if not with the packets of this try alone
	Maybe   string         // a chain of the host's firewall that drops without counting
	Behind  *probe.Outcome // if the host itself accepted for a published port: what the server answered the host
	// Translated is the rule that leads to Server from its own bridge too, instead of the userland proxy; nil for none.
	Translated *fact.Rule

	Sized []Sized // what became of packets of Facts.Size, there and back
	Out   string  // the host's interface by which a container's packets leave the host; "" if they do not

	Tunnel  *Tunnel   // for packets to another node of the swarm that got no answer
	Counted bool      // the counters of the host's firewall were read before and after
	Way     *Way      // for packets of a container to the outside that got no answer
	Heard   bool      // the kernel was asked what it drops; only if nothing else told
	Unheard string    // why it could not be asked
	Kernel  []Dropped // what it said
}

// A Way is what became of a container's packets on the host that forwards them.
type Way struct {
	In       string         // the host's interface that they come in by
	Left     string         // the interface that they left the host by; "" if none was seen to leave
	As       string         // the source address that they left with
	Answers  int            // answers that arrived at the host
	AnswerIn string         // the interface that these came in by
	Host     *probe.Outcome // what the host got when it asked the same; nil if it was not asked
	Detours  []Detour       // the other networks of the container that have a gateway

	// Request and Reply are what the host's kernel says it does with the packets, and with answers to them.
	Request, Reply *probe.Outcome

	Sent    int // packets between two readings of the counter below
	Spoofed int // packets that rp_filter dropped on the host meanwhile
}

// A Tunnel is what became of packets between the nodes of a swarm, inside VXLAN.
type Tunnel struct {
	Overlay *fact.Overlay
	Node    string // the address of the other node; "" if it is not known
	Left    int    // packets that left this host for it
	Answers int    // answers that arrived from it
	// Asked is what the node answered at portGossip by TCP from this host, or to a ping if that got no answer.
	Gossip, Ping probe.Outcome
}

// A Deaf is a node of the swarm that the managers hear from, and that this one shares no overlay network with.
type Deaf struct {
	Node    fact.Node
	Overlay *fact.Overlay // of the asker, without that node
	Gossip  probe.Outcome // what it answered at portGossip by TCP from this host
}

// portGossip is the port, of TCP and UDP, by which nodes tell each other which containers are where.
const portGossip = 7946

// A Detour is what became of the same packets through another network of the container.
type Detour struct {
	Network string
	Outcome probe.Outcome
}

// A Dropped is the kernel's own word about packets of a try, or their answers, that it dropped.
type Dropped struct {
	Reason    string // of enum skb_drop_reason, without its prefix: NETFILTER_DROP
	Namespace string // "the host" or a container's name; "" if it is none that netlab has seen
	Interface string // where they were; "" if they had none yet
	Way       string // as in probe.Dropped
	Direction string // result.Request or result.Reply
	Packets   int
}

// A Kind says where an address is.
type Kind int

// The kinds of address.
const (
	Elsewhere   Kind = iota // outside of this engine and its host, or unknown
	Itself                  // in the asker's own network namespace
	InContainer             // of a container
	OnHost                  // of the Docker host
)

// listening returns what listens for a try.
func (t *Try) listening(network string) survey.Listening {
	address := t.Address
	if t.Through != nil || t.Kind == InContainer && !survey.Has(t.Stack, survey.Parsed(t.Address)) {
		address = "" // the engine forwards to the container's own address
	}
	return survey.Listeners(t.Stack, network, address, t.Port)
}
