package scenario

import (
	"net/netip"
	"strings"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

// comparison refuses one that holds, or fails, for every possible answer.
func (x *expecting) comparison(n *yaml.Node) {
	e, q := x.Expectation, x.q
	if q == nil {
		return // already reported as an error
	}
	a, v := q.Kind().Answer, e.Value
	switch {
	case v.Ref.IsZero() && v.Literal == "" && !isEmptyText(n):
		return // already reported as an error
	case a == ask.NoAnswer && e.Test == ask.Sees: // already reported as an error
	case a == ask.NoAnswer:
		x.errorf(n, "%s has no answer that %s could compare: expect its reason only", q.Kind().Name, e.Test)
		return
	case isSelf(v.Ref, q, x.from) && e.Test != ask.Sees:
		x.errorf(n, "this compares %s with itself", v)
		return
	}
	text := v.Ref.IsZero()
	switch e.Test {
	case ask.AtLeast, ask.AtMost:
		switch {
		case a != ask.Numbers:
			x.errorf(n, "%s compares numbers, but %s is not a number", e.Test, q)
		case !text && !ask.IsNumber(v.Ref.Field):
			x.errorf(n, "%s needs a number, but %s is not a number", e.Test, v)
		case text && e.Test == ask.AtLeast && strings.Trim(v.Literal, "0") == "":
			x.errorf(n, "every number is at least 0, so this can never fail")
		}
	case ask.Within:
		subnet, err := netip.ParsePrefix(v.Literal)
		switch {
		case a != ask.Addresses && a != ask.AnyWords:
			x.errorf(n, "within compares an address, but %s is not an address", q)
		case text && err == nil && subnet.Bits() == 0:
			x.errorf(n, "every address is within %s, so this can never fail", v)
		}
	case ask.Contains, ask.Lacks:
		if words := strings.Fields(v.Literal); text && len(words) != 1 {
			x.errorf(n, "%s compares single words, and this text has %d", e.Test, len(words))
			return
		}
		x.possible(n, a, v)
	default:
		if text && strings.TrimSpace(v.Literal) == "" {
			x.errorf(n, "an answer is never empty. Where there is nothing, the answer is none")
			return
		}
		x.possible(n, a, v)
	}
}

// possible refuses a text that the answer cannot contain.
func (x *expecting) possible(n *yaml.Node, a ask.Answer, v ask.Value) {
	for _, word := range strings.Fields(v.Literal) {
		if !a.Can(word) {
			x.errorf(n, "the answer is never %s: it is %s", quote(word), a)
			return
		}
	}
}

// isEmptyText distinguishes an empty text from a value that could not be read.
func isEmptyText(n *yaml.Node) bool {
	return n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "text" && n.Content[1].Value == ""
}

// isSelf reports whether a reference is what the question itself reads.
func isSelf(r ask.Reference, q ask.Question, from *peer) bool {
	if r.Network != "" || r.Field == "" || r.Field != ask.ThingOf(q) {
		return false
	}
	if image, ok := q.(ask.Inspect); ok {
		return r.Head == image.Image
	}
	return from != nil && r.Head == from.name
}
