package byhand

import (
	"slices"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
)

// TestFieldsByHand: every field that a question can be for has a word of its own in the commands.
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
		same   []string // what a reference stands for if nothing else is said of its field
	}{
		{
			ask.Reference{Head: "bob"}, ask.PeerFields(),
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
