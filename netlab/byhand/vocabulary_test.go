package byhand

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
)

// TestFieldsByHand: every field that a question can name has words of its own in the commands.
func TestFieldsByHand(t *testing.T) {
	s, err := scenario.Load("fields.yaml", []byte(`version: 1
name: fields
wires: {uplink: {machine: outside, ipv6: true}}
networks: {web: {ipv6: true}, mesh: {driver: overlay}}
services: {store: {network: mesh}}
containers:
  alice: {networks: [web]}
  bob: {networks: {web: {aliases: [shop], address: 3}}}
steps: [{check: c, ask: C?, from: alice, ping: bob, expect: ok}]
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []struct {
		ask.Reference
		fields []ask.Field
		same   []string // fields that are written like an unknown one
	}{
		{
			ask.Reference{Head: "bob"},
			ask.PeerFields(),
			[]string{ask.FieldIPv4, ask.FieldFirstIPv4, ask.LinkIPv4},
		},
		{ask.Reference{Head: "bob", Network: "web"}, ask.EndpointFields(), []string{ask.FieldIPv4, ask.FieldChosen}},
		{ask.Reference{Head: "web"}, ask.NetworkFields(), []string{ask.FieldGateway}},
		{ask.Reference{Head: "uplink"}, ask.WireFields(), []string{ask.FieldNowhere}},
		{ask.Reference{Head: "store"}, ask.ServiceFields(), []string{ask.FieldVIP}},
	} {
		word := func(field string) string {
			r := of.Reference
			r.Field = field
			return (&lab{s}).target("alice", ask.Target{Ref: r})
		}
		for _, f := range of.fields {
			if !f.IsName && !f.IsAddress {
				continue
			}
			if got := word(f.Name); (got == word("weather")) != slices.Contains(of.same, f.Name) {
				t.Errorf("%s.%s is %s", of.Reference, f.Name, got)
			}
		}
	}
}

// TestVerbsByHand: every verb can be written in a scenario, and has commands.
func TestVerbsByHand(t *testing.T) {
	before := map[string]string{
		ask.VerbDisconnect: "connect bob back", ask.VerbUnpause: "pause bob", ask.VerbStart: "stop bob",
		ask.VerbOpen: "close bob",
	}
	object := map[string]string{
		ask.ObjectContainer: "bob", ask.ObjectNetwork: "back", ask.ObjectImage: "shop", ask.ObjectFile: "main.txt",
	}
	for _, verb := range ask.Verbs() {
		do := []string{verb.Name}
		for _, o := range verb.Objects {
			do = append(do, object[o])
		}
		first := ""
		if before[verb.Name] != "" {
			first = "{do: " + before[verb.Name] + "}, "
		}
		s, err := scenario.Load("verbs.yaml", fmt.Appendf(nil, `version: 1
name: verbs
images:
  shop:
    files: {main.txt: one}
    dockerfile: |
      FROM netlab
      COPY main.txt /
networks: {web: {}, back: {}}
containers: {bob: {networks: [web], listen: [tcp/80]}}
steps: [%s{do: %s}, {check: c, ask: C?, build: shop, expect: ok}]
`, first, strings.Join(do, " ")))
		if err != nil {
			t.Error(err)
			continue
		}
		w := &writer{lab: lab{s}}
		if w.action(*s.Steps[len(s.Steps)-2].Do); w.Len() == 0 {
			t.Errorf("%s has no commands", verb.Name)
		}
	}
}
