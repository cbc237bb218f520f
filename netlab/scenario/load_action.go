package scenario

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

func actionForm(sc *script) form {
	return form{
		a: "a do step", name: "action", doc: "A change to the lab", required: []string{"do"},
		fields: []field{{
			"do", "change the lab: connect alice back, disconnect alice back, edit shop main.txt, or a verb and a container",
			value(pattern(ask.ActionPattern()), sc.action),
		}},
	}
}

// action reads a do step and keeps track of what it changes.
func (sc *script) action(n *yaml.Node) {
	if _, ok := sc.text(n, "do"); !ok {
		return
	}
	ws := words(n)
	verb := ask.FindVerb(ws[0].text)
	switch {
	case verb.Name == "":
		sc.wordError(ws[0], "unknown verb %s%s", quote(ws[0].text), suggest(ws[0].text, ask.VerbNames()))
		return
	case len(ws) != 1+len(verb.Objects):
		sc.errorf(n, "must be %q", strings.Join(append([]string{verb.Name}, verb.Objects...), " "))
		return
	}
	a := &ask.Action{Verb: verb.Name}
	sc.s.Steps = append(sc.s.Steps, Step{Do: a, Line: n.Line})
	if a.Verb == ask.VerbEdit {
		sc.edit(a, ws[1], ws[2])
		return
	}
	p := sc.lookUp(ws[1])
	switch {
	case p == nil:
	case p.spec == nil:
		sc.notContainer(ws[1], p)
	case len(verb.Objects) == 2:
		a.Peer, a.Network = p.name, ws[2].text
		sc.move(a.Verb, p, ws[2])
	default:
		a.Peer = p.name
		sc.turn(a.Verb, p, ws[1])
	}
}

// notContainer records an error for a peer that cannot be changed.
func (sc *script) notContainer(w word, p *peer) {
	if p.wire != "" {
		sc.wordError(w, "%s is an outside computer, and only containers can be changed", p.name)
		return
	}
	sc.wordError(w, "%s is not a container of this lab", p.name)
}

// move connects a container to a network or disconnects it.
func (sc *script) move(verb string, p *peer, network word) {
	on := slices.Contains(p.now, network.text)
	switch {
	case !sc.s.hasNetwork(network.text):
		sc.wordError(network, "unknown network %s%s", quote(network.text), closest(network.text, sc.s.networkNames()))
	case network.text == HostNetwork || network.text == NoneNetwork:
		sc.wordError(network, "a container cannot join or leave network %s later", network.text)
	case p.shares != nil:
		sc.wordError(network, "%s shares the network namespace of %s, and Docker does not allow a change",
			p.name, p.shares.name)
	case p.fixed():
		sc.wordError(network, "%s is on network %s, and Docker does not allow a change", p.name, p.now[0])
	case verb == ask.VerbConnect && on:
		sc.wordError(network, "%s is already on network %s", p.name, network.text)
	case verb == ask.VerbConnect:
		p.now = append(p.now, network.text)
		p.ever = append(p.ever, network.text)
	case !on:
		sc.wordError(network, "%s is not on network %s at this step", p.name, network.text)
	default:
		p.now = slices.DeleteFunc(p.now, func(n string) bool { return n == network.text })
	}
}

// turn stops, starts or pauses a container.
func (sc *script) turn(verb string, p *peer, at word) {
	var possible bool
	switch verb {
	case ask.VerbPause:
		possible, p.paused = p.running && !p.paused, true
	case ask.VerbUnpause:
		possible, p.paused = p.paused, false
	case ask.VerbRestart:
		possible = p.running && !p.paused
	case ask.VerbStop:
		possible, p.running = p.running && !p.paused, false
	case ask.VerbStart:
		possible, p.running = !p.running, true
	case ask.VerbRecreate:
		possible = !p.paused && !p.spec.Created
		p.running, p.now = true, p.spec.networkNames()
		if guest := sc.guest(p); guest != nil {
			sc.wordError(at, "%s cannot be recreated while %s shares its network namespace", p.name, guest.name)
		}
	case ask.VerbClose:
		possible, p.closed = p.listens() && !p.closed, true
	case ask.VerbOpen:
		possible, p.closed = p.listens() && p.closed, false
	}
	switch {
	case !possible:
		sc.wordError(at, "cannot %s %s at this step", verb, p.name)
	case verb == ask.VerbStart || verb == ask.VerbRestart || verb == ask.VerbRecreate:
		sc.ownerRuns(at, p)
		sc.imageBuilt(at, p)
		p.closed, p.there = false, true // it listens again
	}
}

// listens reports whether the peer would have its listeners open at the current step.
func (p *peer) listens() bool { return p.running && !p.paused && len(p.spec.Listen) > 0 }

// imageBuilt checks that the image of a starting container exists.
func (sc *script) imageBuilt(at word, p *peer) {
	if p.spec.Image != "" {
		sc.hasBuilt(word{p.spec.Image, at.line, at.column})
	}
}

// ownerRuns checks that the network namespace that a starting container shares exists.
func (sc *script) ownerRuns(at word, p *peer) {
	if owner := p.owner(); owner != p && !owner.running {
		sc.wordError(at, "%s shares the network namespace of %s, which is not running at this step", p.name, owner.name)
	}
}
