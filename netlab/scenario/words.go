package scenario

import (
	"fmt"
	"strconv"
	"strings"
)

// String returns the port as written in a file: tcp/8080 or tcp/free.
func (p Port) String() string {
	if p.Number == 0 {
		return p.Network + "/free"
	}
	return fmt.Sprintf("%s/%d", p.Network, p.Number)
}

// String returns the target's reference or literal, or "".
func (t Target) String() string {
	if t.Literal != "" {
		return t.Literal
	}
	return t.Ref.String()
}

// String returns the value's reference or literal.
func (v Value) String() string {
	if v.Ref.IsZero() {
		return v.Literal
	}
	return v.Ref.String()
}

// String returns the probe as written in a file: "connect host tcp/free at bridge.gateway".
func (p Probe) String() string {
	words := []string{p.Kind}
	switch p.Kind {
	case Read:
		words = append(words, p.Thing)
	case Write, File:
		words = append(words, p.Path)
	case Listen:
		words = append(words, p.Port.String())
	case Build:
		words = append(words, p.Image)
	case Inspect:
		words = append(words, strings.TrimSpace(p.Image+" "+p.Thing+" "+p.Path+p.With))
	case Await:
		words = append(words, p.Status)
	case Connect, Chains, Balance:
		words = append(words, p.Target.String(), p.Port.String())
	default:
		words = append(words, p.Target.String())
	}
	if p.Type == "AAAA" {
		words = append(words, "type", p.Type)
	}
	if !p.Server.IsZero() {
		words = append(words, "server", p.Server.String())
	}
	if !p.At.IsZero() {
		words = append(words, "at", p.At.String())
	}
	if !p.By.IsZero() {
		words = append(words, "by", p.By.String())
	}
	if !p.Through.IsZero() {
		words = append(words, "through", p.Through.String())
	}
	if size := p.size(); size != "" {
		words = append(words, "bytes", size)
	}
	if p.Beside != "" {
		words = append(words, "beside", p.Beside)
	}
	return strings.Join(words, " ")
}

// size returns the key "bytes" as written in a file: "1500", "web.mtu", "web.mtu + 1".
func (p Probe) size() string {
	switch {
	case p.Size.Ref.IsZero() && p.Bytes == 0:
		return ""
	case p.Size.Ref.IsZero():
		return strconv.Itoa(p.Bytes)
	case p.Bytes > 0:
		return fmt.Sprintf("%s + %d", p.Size, p.Bytes)
	case p.Bytes < 0:
		return fmt.Sprintf("%s - %d", p.Size, -p.Bytes)
	}
	return p.Size.String()
}

// String returns the expectation in words, without its condition: "timeout", "equals 1400", "ok, sees alice.ipv4".
func (e Expectation) String() string {
	switch e.Test {
	case "":
		return string(e.Reason)
	case Sees:
		return fmt.Sprintf("%s, sees %s", e.Reason, e.Value)
	case AtLeast:
		return fmt.Sprintf("at least %s", e.Value)
	case AtMost:
		return fmt.Sprintf("at most %s", e.Value)
	case Differs:
		return fmt.Sprintf("differs from %s", e.Value)
	}
	return fmt.Sprintf("%s %s", e.Test, e.Value)
}

// String returns the condition in words: "bridge.mtu != 1500".
func (c Condition) String() string { return fmt.Sprintf("%s %s %s", c.Fact, c.Op, c.Value) }

// String returns the action as written in a file: "connect alice back".
func (a Action) String() string {
	words := []string{a.Verb, a.Peer, a.Network}
	if a.Verb == VerbEdit {
		words = []string{a.Verb, a.Image, a.File}
	}
	return strings.TrimSpace(strings.Join(words, " "))
}
