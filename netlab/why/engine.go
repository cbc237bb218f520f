package why

import (
	"fmt"
	"net"
	"strconv"

	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// EngineFacts is what was read for a line of the engine.
type EngineFacts struct {
	survey.Inventory

	Line     pasted.Engine
	Firewall *fact.Firewall // of the host; nil if it was not needed, or could not be read
}

// An answer is what became of what the engine said.
type answer struct {
	doing  string // what the engine could not do: "publish port 8080/tcp"
	about  string // the line again, in a few words
	cause  *result.Cause
	now    string   // a sentence, if it is no longer so
	unseen []string // what could not be seen, and what would tell, if there is neither
}

// An engineRule answers what the engine can say. The id of the cause that it returns is filled in.
type engineRule struct {
	id     string // "" if no cause can be proven
	says   string
	answer func(*EngineFacts) answer
}

func engineRules() []engineRule {
	return []engineRule{
		{"port-taken", pasted.PortTaken, portTaken},
		{result.CausePoolExhausted, pasted.PoolExhausted, poolExhausted},
		{result.CauseSubnetOverlap, pasted.PoolOverlap, subnetTaken},
		{result.CauseNetworkIDStale, pasted.NetworkMissing, networkMissing},
		{result.CauseNotRunning, pasted.ParentStopped, parentStopped},
		{"raw-table-missing", pasted.RawTableMissing, rawTableMissing},
		{result.CauseDockerRulesMissing, pasted.ChainMissing, chainMissing},
		{"", pasted.EndpointExists, endpointExists},
		{"", pasted.NoUserSubnet, noUserSubnet},
		{"", pasted.AddressTaken, addressTaken},
		{"", pasted.SetupFailed, setupFailed},
	}
}

// needsHost reports whether the answer to a line depends on the network namespace of the host, and on its firewall.
func needsHost(says string) (stack, rules bool) {
	switch says {
	case pasted.PortTaken, pasted.PoolExhausted, pasted.PoolOverlap:
		return true, false
	case pasted.RawTableMissing, pasted.ChainMissing:
		return true, true
	}
	return false, false
}

// DiagnoseEngine judges what was read for a line of the engine. Its result has no times.
func DiagnoseEngine(f *EngineFacts) *result.Why {
	w := &result.Why{
		Schema: result.Schema, Kind: result.KindWhy, From: result.FromEngine, Verdict: result.Unknown,
		Causes: []result.Cause{}, Chain: []result.Hop{},
	}
	for _, r := range engineRules() {
		if r.says != f.Line.Says {
			continue
		}
		a := r.answer(f)
		w.To, w.Said, w.Unseen = a.doing, &result.Said{Text: a.about, Now: a.now}, a.unseen
		switch {
		case a.cause != nil:
			a.cause.ID, w.Verdict, w.Unseen = r.id, result.Unreachable, nil
			w.Causes = append(w.Causes, *a.cause)
		case a.now != "":
			w.Verdict = result.Reachable
		}
	}
	return w
}

// About says in a few words what a line of the engine is about: "port 8080 of the host is taken".
func About(line pasted.Engine) string {
	return DiagnoseEngine(&EngineFacts{Line: line}).Said.Text
}

// published is the port of the line, as the engine writes it.
func (f *EngineFacts) published() string {
	port := strconv.Itoa(f.Line.Port)
	if a := survey.Parsed(f.Line.HostIP); a.IsValid() && !a.IsUnspecified() {
		port = net.JoinHostPort(a.String(), port)
	}
	if f.Line.Protocol != "" {
		port += "/" + f.Line.Protocol
	}
	return port
}

// endpoint is the container that the line names because it could not start, or nil.
func (f *EngineFacts) endpoint() *fact.Container {
	if f.Line.Endpoint == "" {
		return nil
	}
	return f.Container(f.Line.Endpoint)
}

// hostUnread is what to say if the host's network namespace could not be read.
func hostUnread(what string) []string {
	return []string{fmt.Sprintf("netlab could not read the host's network namespace. %s there would show why.", what)}
}
