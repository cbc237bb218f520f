package why

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// A Wait is what to wait for: a failure of the programs in a container, or on the host.
type Wait struct {
	From string
	To   string        // only failures that have to do with it; "" for all
	For  time.Duration // 0 for no limit
}

// Heard is what a [Wait] came to.
type Heard struct {
	Failure *probe.Failure // nil if nothing failed
	wait    Wait
	name    string // of the asker
	live    result.Live
	still   bool // the asker has not ended since netlab listens to it
}

// say adds a moment.
func (h *Heard) say(kind, text string, tell func(result.Moment)) {
	m := result.Moment{At: time.Now(), Kind: kind, Text: text}
	h.live.Moments = append(h.live.Moments, m)
	tell(m)
}

// fails adds a failure to the moments, and keeps it if it is what was waited for.
func (h *Heard) fails(x probe.Failure, meant bool, tell func(result.Moment)) {
	h.say(result.MomentFails, heardText(h.name, x), tell)
	if meant {
		h.Failure = &x
		h.live.Failed, h.live.FailedAt = &x, &h.live.Moments[len(h.live.Moments)-1].At
	}
}

// counts adds what was counted in one network namespace of the asker.
func (h *Heard) counts(t probe.Traffic) {
	l := &h.live
	l.Connections, l.Lookups = l.Connections+t.Connections, l.Lookups+t.Lookups
	l.Waiting, l.Second, l.Missed = l.Waiting+t.Waiting, l.Second+t.Second, l.Missed+t.Missed
}

// heardText is a failure in words: "web → db:5432 (172.18.0.3): RST from 172.18.0.3".
func heardText(from string, x probe.Failure) string {
	if x.Network == "dns" {
		return from + " looks up " + x.Name + ": " + x.Detail
	}
	return from + " → " + heardTarget(x) + ": " + x.Detail
}

// heardEvidence is a failure as evidence.
func heardEvidence(from string, x probe.Failure) probe.Evidence {
	what := "to " + heardTarget(x)
	if x.Network == "dns" {
		what = "lookup of " + x.Name
	}
	return say.Seen("packets of "+from, "%s: %s", what, x.Detail)
}

func heardTarget(x probe.Failure) string {
	port := strconv.Itoa(x.Port)
	to := net.JoinHostPort(x.Address, port)
	if x.Name != "" {
		to = net.JoinHostPort(x.Name, port) + " (" + x.Address + ")"
	}
	if x.Network == "udp" {
		to += " over UDP"
	}
	return to
}

// line is the failure as the line that a program would have printed. Its host is "" if netlab cannot ask for it.
func (h *Heard) line() pasted.Line {
	x := h.Failure
	l := pasted.Line{Reason: x.Reason, Host: x.Address, Port: x.Port, Network: x.Network}
	if host := pasted.Host(x.Name); host != "" {
		l.Host, l.Address = host, x.Address
	}
	if x.Network != "dns" {
		return l
	}
	l.Host, l.Address, l.Network = pasted.Host(x.Name), "", "tcp"
	if to, err := ParseTarget(h.wait.To); h.wait.To != "" && err == nil {
		l.Port, l.Network = to.Port, to.Network
	}
	return l
}

// concerns reports whether a failure has to do with the target, which is what the user meant by TO.
func concerns(f *Facts, x probe.Failure) bool {
	t := f.Target
	port := t.Port == 0 || t.Port == x.Port
	switch {
	case t.Network == "udp" && x.Network == "tcp":
		return false
	case x.Name != "" && named(f.Meant, t.Key, x.Name):
		return x.Network == "dns" || port
	case x.Network == "dns":
		return false
	case t.Key == survey.HostWord:
		return port && x.Address == f.gateway()
	case canonical(t.Key) == x.Address, f.Meant != nil && slices.Contains(f.AddressesOf(f.Meant), x.Address):
		return port
	case f.Meant == nil:
		return false
	}
	return slices.ContainsFunc(f.Meant.Ports, func(b fact.Binding) bool { // by a port of the host
		number, network := survey.SplitPort(b.Port)
		return b.HostPort == x.Port && network == x.Network && (port || number == t.Port) &&
			(f.From.OnHost() && survey.Parsed(x.Address).IsLoopback() || isGateway(f, x.Address))
	})
}

// named reports whether a name is how programs call what a key means.
func named(meant *fact.Container, key, name string) bool {
	_, service, both := strings.Cut(key, "/")
	if strings.EqualFold(key, name) || both && strings.EqualFold(service, name) {
		return true
	}
	return meant != nil && slices.ContainsFunc(meant.Endpoints, func(e fact.ContainerEndpoint) bool { return e.Has(name) })
}

// isGateway reports whether the host has an address on one of its networks.
func isGateway(f *Facts, address string) bool {
	return slices.ContainsFunc(f.Networks, func(n fact.Network) bool { return n.Gateway != "" && n.Gateway == address })
}

// hears says whose packets are listened to.
func hears(v *survey.Inventory, from survey.End) string {
	if from.Container == nil {
		return "to connections and DNS lookups by all programs on the host"
	}
	name := from.Name()
	if from.OnHost() || v.StackOwner(from.Container).Mode == survey.HostWord {
		return "to connections and DNS lookups by all programs on the host, whose network " + name + " uses"
	}
	text := "to connections and DNS lookups by " + name
	var sharers []string
	for i := range v.Containers {
		c := &v.Containers[i]
		if c.ID != from.Container.ID && c.Running() && !c.Helper && !v.Strayed(c) &&
			v.StackOwner(c) == v.StackOwner(from.Container) {
			sharers = append(sharers, c.Name)
		}
	}
	if len(sharers) > 0 {
		slices.Sort(sharers)
		text += ", and by " + strings.Join(sharers, " and ") + ", in the same network namespace"
	}
	return text
}

// Quiet is the result if nothing failed.
func (h *Heard) Quiet() *result.Why {
	w := &result.Why{
		Schema: result.Schema, Kind: result.KindWhy, From: h.name, To: h.to(), Verdict: result.NothingFailed,
		Chain: []result.Hop{}, Causes: []result.Cause{}, Live: h.result(),
	}
	if !w.Live.Listened() {
		w.Verdict = result.Unknown
	}
	return w
}

func (h *Heard) to() string {
	t, err := ParseTarget(h.wait.To)
	if h.wait.To == "" || err != nil {
		return ""
	}
	return t.String()
}

func (h *Heard) result() *result.Live {
	l := h.live
	if l.Moments == nil {
		l.Moments = []result.Moment{}
	}
	return &l
}

// unasked is the result for a failure that netlab cannot ask about.
func (h *Heard) unasked() *result.Why {
	w := h.Quiet()
	w.To, w.Verdict = h.Failure.Name, result.Unknown
	w.Said = &result.Said{Text: h.line().String()}
	w.Unseen = []string{"The name has unusual characters, so netlab did not ask for it."}
	return w
}

// conclude holds what was seen against what netlab then measured. A failure that is gone is not forgotten.
func (h *Heard) conclude(f *Facts) *result.Why {
	w := Diagnose(f)
	w.Live = h.result()
	resolves := f.nameOnly() && f.Lookup != nil && len(f.Lookup.Addresses) > 0
	cause := w.Obstacle()
	switch {
	case w.Verdict == result.Reachable || resolves && cause == nil:
		w.Verdict = result.Ambiguous
		w.Unseen = []string{"It failed once, and now it works."}
		if say.Plain(h.wait.From) && say.Plain(w.To) && !resolves {
			w.Unseen[0] += " To see how often it fails: netlab why " + h.wait.From + " " + w.To + " --watch 1m"
		}
	case cause != nil && w.Said != nil && w.Said.Now == "":
		cause.Evidence = append(cause.Evidence, heardEvidence(h.name, *h.Failure))
	}
	return w
}
