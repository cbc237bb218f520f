// Package result is the saved record of a command: what was asked, expected and measured. The format is versioned.
//
// It consists of plain types on top of probe and fact, which accumulate the events of a run. All output is drawn from
// a Record alone, also later and on other machines (netlab replay), so everything that a screen shows must be here.
// scenarios/result.schema.json publishes the JSON form, and a test keeps the two in sync.
package result

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
)

// Schema names the format of a Record.
const Schema = "netlab.result/v2"

// The kinds of record.
const (
	KindRun     = "run"     // one or more scenarios, one after the other
	KindCompare = "compare" // scenarios side by side
	KindClass   = "class"   // sections, each of them one of the above
	KindBench   = "bench"   // what network modes cost
)

// Kinds lists them.
func Kinds() []string { return []string{KindRun, KindCompare, KindClass, KindBench} }

// A Record is one command's result.
type Record struct {
	Schema    string     `json:"schema"`
	Kind      string     `json:"kind"`
	Netlab    string     `json:"netlab"`          // netlab's version
	Started   time.Time  `json:"started"`         // UTC, to the second
	TookUS    int64      `json:"took_us"`         // for the whole command, microseconds
	Title     string     `json:"title,omitempty"` // of a class
	Engines   []Engine   `json:"engines"`
	Parts     []Part     `json:"parts,omitempty"` // of a class, in the order of its plan
	Scenarios []Scenario `json:"scenarios"`
	Bench     *Bench     `json:"bench,omitempty"` // of KindBench
	Summary   Summary    `json:"summary"`
	Leftovers []Leftover `json:"leftovers"`       // what the audit found on the engine after the cleanup, never null
	Held      string     `json:"held,omitempty"`  // why the engine did not release what is left
	Swept     []Leftover `json:"swept,omitempty"` // what a killed netlab had left behind, removed before this run
	Stuck     []string   `json:"stuck,omitempty"` // what was left behind and could not be removed, each with the reason
	Audited   bool       `json:"audited"`         // whether the engine was asked what is left apart from kept labs

	// AgentBytes is the size of the images of netlab's agent and witness, which stay on the engine, or 0 for none.
	AgentBytes int64 `json:"agent_bytes,omitempty"`
}

// An Engine is one that took part, with the facts about it that an expectation can name.
type Engine struct {
	fact.Engine
	Facts []fact.Label `json:"facts"` // sorted by name; "bridge.mtu" = "1400"
}

// A Scenario is one lab and its steps.
type Scenario struct {
	Name     string         `json:"name"`
	Title    string         `json:"title"`
	Command  string         `json:"command,omitempty"`
	Use      string         `json:"use"`
	Note     string         `json:"note,omitempty"`
	Skipped  string         `json:"skipped,omitempty"` // why it could not run; then everything below is empty
	Session  string         `json:"session,omitempty"` // eight hex digits, or the lab's name
	UpUS     int64          `json:"up_us,omitempty"`   // microseconds to build the lab
	Networks []fact.Network `json:"networks"`
	Host     *Host          `json:"host,omitempty"`
	Wires    []fact.Wire    `json:"wires,omitempty"`
	Swarm    string         `json:"swarm,omitempty"` // what the lab did: "temporary one-node swarm"
	Peers    []fact.Peer    `json:"peers"`
	Services []fact.Service `json:"services,omitempty"`
	Places   []fact.Place   `json:"places,omitempty"` // where frames were captured
	Images   []Image        `json:"images,omitempty"` // that the steps build
	Steps    []Step         `json:"steps"`
	Kernel   *Kernel        `json:"kernel,omitempty"`  // if the kernel was to be asked which packets it dropped
	Unasked  int            `json:"unasked,omitempty"` // how many more questions the scenario has that were not selected
	Kept     bool           `json:"kept,omitempty"`    // whether the lab was left running
	Removed  fact.Objects   `json:"removed"`           // what the cleanup removed
}

// Host is the engine's host as its helper saw it.
type Host struct {
	Addresses []string `json:"addresses"` // IPv4, on interfaces other than Docker's
}

// Kernel says whether the kernel could be asked which packets of the questions it dropped.
type Kernel struct {
	Unheard string `json:"unheard,omitempty"` // why not, or not to the end; "" if it was
}

// An Image is one that the steps of a lab build.
type Image struct {
	Name       string `json:"name"`
	Dockerfile string `json:"dockerfile"` // as in the scenario, one instruction per line
}

// OwnName returns a network's name as the scenario has it. On the engine a session comes after it, and not
// always the scenario's own: the labs of a comparison share some networks. In records of older versions it comes first.
func (s *Scenario) OwnName(network string) string {
	if i := strings.LastIndex(network, "--netlab-"); i > 0 {
		return network[:i]
	}
	return strings.TrimPrefix(network, "netlab-"+s.Session+"-")
}

// EngineOf returns the index of the engine that runs a container, or 0 if the record does not say. Cloned engines
// have the same id, so their swarm node ids count too.
func (r *Record) EngineOf(p *fact.Peer) int {
	return max(0, slices.IndexFunc(r.Engines, func(e Engine) bool {
		return e.ID == p.Engine && (e.Node == p.Node || e.Node == "" || p.Node == "")
	}))
}

// HostPeer is the name of the engine's host in every lab. No container has it.
const HostPeer = "host"

// The verdicts.
const (
	AsExpected = "as-expected"
	Surprise   = "surprise" // measured, but different from what was expected
	Skipped    = "skipped"  // not asked; the reason is in Why
	Broken     = "broken"   // netlab could not ask the question or judge the answer
)

// A Step is a check, a measurement or an action: exactly one of Check, Measure and Do is set.
type Step struct {
	Check   string      `json:"check,omitempty"`   // its id
	Measure string      `json:"measure,omitempty"` // its id
	Do      *ask.Action `json:"do,omitempty"`

	Group  string     `json:"group,omitempty"`
	Lesson bool       `json:"lesson,omitempty"`
	Ask    string     `json:"ask,omitempty"`   // the question in words
	Wants  string     `json:"wants,omitempty"` // the kind of answer that a check wants: yes-no or value
	From   string     `json:"from,omitempty"`  // the peer that asks
	Asks   Question   `json:"asks,omitzero"`   // of a check
	What   string     `json:"what,omitempty"`  // of a measurement: start or ping
	Target ask.Target `json:"target,omitzero"` // of a measurement: what is pinged

	// Expect are the answers that may be right. The first whose conditions hold applies, and the last has no conditions.
	// Expected is the expectation that applied, with the value that it names, as it was in this run. Condition has the
	// facts that made it apply instead of the last.
	Expect    []ask.Expectation `json:"expect,omitempty"`
	Expected  *ask.Expectation  `json:"expected,omitempty"`
	Condition []fact.Label      `json:"condition,omitempty"`

	Known    []fact.Label `json:"known,omitempty"` // for a surprise: facts that may explain it
	Observed *Observed    `json:"observed,omitempty"`
	Verdict  string       `json:"verdict,omitempty"`
	Why      string       `json:"why,omitempty"`      // why it is broken or skipped, in one sentence
	Unproven string       `json:"unproven,omitempty"` // it is broken because this control did not hold
	Control  []string     `json:"control,omitempty"`
	Because  string       `json:"because,omitempty"` // the reason for the expected answer
	Try      string       `json:"try,omitempty"`     // the command that asks the same question inside the lab

	// Changed is the container that an action, or a question, started, connected or disconnected, as it was afterward.
	Changed *fact.Peer `json:"changed,omitempty"`

	Predicted *Prediction `json:"predicted,omitempty"` // if someone guessed before the answer was shown

	// Packets are the frames that the question caused, in order of time, if they were captured. If there are very many,
	// the list has the first ones, and Unlisted says how many more there were.
	Packets  []Packet `json:"packets,omitempty"`
	Unlisted int      `json:"packets_unlisted,omitempty"`
}

// Observed is what was measured.
type Observed struct {
	Reason   probe.Reason     `json:"reason,omitempty"`
	Detail   string           `json:"detail,omitempty"`
	Value    string           `json:"value,omitempty"`
	From     string           `json:"from,omitempty"`    // the address that said "no", by RST, ICMP or DNS
	Address  string           `json:"address,omitempty"` // the address that was tried
	TookUS   int64            `json:"took_us,omitempty"`
	Samples  int              `json:"samples,omitempty"`
	MedianUS int64            `json:"median_us,omitempty"`
	MinUS    int64            `json:"min_us,omitempty"`
	MaxUS    int64            `json:"max_us,omitempty"`
	Evidence []probe.Evidence `json:"evidence,omitempty"`
	Stages   []probe.Stage    `json:"stages,omitempty"`  // of an answer that consists of several parts
	Dropped  *fact.Drop       `json:"dropped,omitempty"` // what dropped the packets, if netlab looked into it
	Lost     []probe.Loss     `json:"lost,omitempty"`    // what the kernel says it dropped, if it was asked
}

// Summary counts verdicts.
type Summary struct {
	AsExpected int `json:"as_expected"`
	Surprise   int `json:"surprise"`
	Skipped    int `json:"skipped"`
	Broken     int `json:"broken"`
}

// A Leftover is one of netlab's objects that the audit found after the cleanup, or that was removed before the run.
type Leftover struct {
	Type string `json:"type"` // one of fact.ObjectTypes
	Name string `json:"name"`
}

// Count adds up the verdicts of all steps and figures. A figure is never right or wrong: if it was measured, it
// counts as expected.
func (r *Record) Count() {
	r.Summary = Summary{}
	for _, sc := range r.Scenarios {
		if sc.Skipped != "" {
			r.Summary.Skipped++
		}
		for _, st := range sc.Steps {
			if st.Verdict != "" {
				r.Summary.count(st.Verdict)
			}
		}
	}
	if r.Bench != nil {
		for _, f := range r.Bench.Figures {
			r.Summary.count(cmp.Or(f.Verdict, AsExpected))
		}
	}
}

func (s *Summary) count(verdict string) {
	switch verdict {
	case AsExpected:
		s.AsExpected++
	case Surprise:
		s.Surprise++
	case Skipped:
		s.Skipped++
	case Broken:
		s.Broken++
	}
}
