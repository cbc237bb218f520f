package matrix

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// saved is a matrix whose cells are given as "web db: ok ok 80=ok 81=no:firewall".
func saved(members string, cells ...string) *result.Matrix {
	answer := func(text string) result.Answer {
		state, cause, _ := strings.Cut(text, ":")
		a := result.Answer{State: state, Cause: cause, Address: text}
		if state == result.HopNo {
			a.Reason = probe.Timeout
		}
		return a
	}
	m := &result.Matrix{}
	for _, word := range strings.Fields(members) {
		name, service, _ := strings.Cut(word, "=")
		m.Containers = append(m.Containers, result.Member{Name: name, Service: service, Project: service})
	}
	for _, text := range cells {
		pair, answers, _ := strings.Cut(text, ": ")
		c := result.Cell{}
		c.From, c.To, _ = strings.Cut(pair, " ")
		words := strings.Fields(answers)
		c.ByAddress, c.ByName = answer(words[0]), answer(words[1])
		for _, word := range words[2:] {
			p := result.Port{Network: "tcp"}
			number, state, _ := strings.Cut(word, "=")
			_, _ = fmt.Sscan(number, &p.Port)
			p.Answer = answer(state)
			c.Ports = append(c.Ports, p)
		}
		m.Cells = append(m.Cells, c)
	}
	return m
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		old, new   *result.Matrix
		want       []string
		gone, came []string
	}{
		{
			"nothing", saved("a b", "a b: ok ok 80=ok", "b a: no:firewall ok"),
			saved("a b", "a b: ok ok 80=ok", "b a: no:firewall ok"), nil, nil, nil,
		},
		{
			"answers", saved("a b", "a b: ok ok 80=ok", "b a: no:firewall ok"),
			saved("a b", "a b: ok no 80=no:firewall", "b a: no:icc-disabled ok"),
			[]string{"a b name ok → no", "a b port 80 ok → no:firewall", "b a address no:firewall → no:icc-disabled"},
			nil, nil,
		},
		{
			"ports", saved("a b", "a b: ok ok 80=ok"), saved("a b", "a b: ok ok 81=ok"),
			[]string{"a b port 80 ok → absent", "a b port 81 absent → ok"},
			nil, nil,
		},
		{
			"not known is not a change from no", saved("a b", "a b: ok no", "b a: ok ok"),
			saved("a b", "a b: ok unknown", "b a: ok unknown"),
			[]string{"b a name ok → unknown"},
			nil, nil,
		},
		{
			"containers", saved("a b c", "a b: ok ok", "a c: ok ok"), saved("a b d", "a b: ok ok", "a d: no no"),
			nil,
			[]string{"c"},
			[]string{"d"},
		},
		{
			"a service with a new name", saved("a web-1=web", "a web-1: ok ok"), saved("a web-2=web", "a web-2: no no"),
			[]string{"a web-2 address ok → no", "a web-2 name ok → no"},
			nil, nil,
		},
		{
			"replicas", saved("a web-1=web", "a web-1: ok ok"),
			saved("a web-2=web web-3=web", "a web-2: no no"),
			nil,
			[]string{"web-1"},
			[]string{"web-2", "web-3"},
		},
	} {
		d := Diff(test.old, test.new)
		if err := asktest.Follows(result.KindDiff, d); err != nil {
			t.Errorf("%s: the document does not follow its schema: %v", test.name, err)
		}
		var got []string
		word := func(a result.Answer) string {
			if a.Cause != "" {
				return a.State + ":" + a.Cause
			}
			return a.State
		}
		for _, c := range d.Changes {
			what := c.What
			if c.Port != 0 {
				what = fmt.Sprintf("%s %d", what, c.Port)
			}
			got = append(got, fmt.Sprintf("%s %s %s %s → %s", c.From, c.To, what, word(c.Old), word(c.New)))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: changes (-want +got)\n%s", test.name, diff)
		}
		if len(test.gone) != len(d.Gone) || len(test.came) != len(d.Came) ||
			strings.Join(test.gone, " ")+strings.Join(test.came, " ") != strings.Join(d.Gone, " ")+strings.Join(d.Came, " ") {
			t.Errorf("%s: gone %q and came %q, want %q and %q", test.name, d.Gone, d.Came, test.gone, test.came)
		}
	}
}
