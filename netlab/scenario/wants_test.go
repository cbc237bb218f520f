package scenario_test

import (
	"os"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
)

// TestWants: the kind of answer depends on what is asked, not on the first words of the question.
func TestWants(t *testing.T) {
	data, err := os.ReadFile("../cli/testdata/cases/asked.yaml")
	if err != nil {
		t.Fatal(err)
	}
	asked, err := scenario.Load("asked", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range asked.Steps {
		if st.Check.Wants != ask.WantsYesNo {
			t.Errorf("%q wants %s", st.Check.Ask, st.Check.Wants)
		}
	}
}

// TestWantsOfKinds: a reading wants its value, a connection wants yes or no, and a check can override this.
func TestWantsOfKinds(t *testing.T) {
	const lab = `version: 1
name: kinds
networks: {web: {}}
containers: {alice: {networks: [web]}, bob: {networks: [web], listen: [tcp/80]}}
steps:
  - {check: read, ask: Hat sie eine Adresse?, from: alice, read: link.ipv4, expect: ok}
  - {check: own, ask: Welcher Stack?, from: alice, read: own-netns, expect: {equals: {text: "yes"}}}
  - {check: sees, ask: Whee, from: alice, connect: bob tcp/80, expect: {sees: alice.ipv4}}
  - {check: who, ask: Wen sieht Bob?, wants: value, from: alice, connect: bob tcp/80, expect: {sees: alice.ipv4}}
  - {check: hops, ask: Is it far?, from: alice, hops: bob, expect: {equals: bob}}
  - {check: keeps, ask: Same?, wants: yes-no, from: alice, read: link.ipv4, expect: {equals: alice.first.ipv4}}
`
	want := []string{
		ask.WantsValue, ask.WantsYesNo, ask.WantsYesNo, ask.WantsValue, ask.WantsValue,
		ask.WantsYesNo,
	}
	sc, err := scenario.Load("kinds", []byte(lab))
	if err != nil {
		t.Fatal(err)
	}
	for i, st := range sc.Steps {
		if got := st.Check.Wants; got != want[i] {
			t.Errorf("%s wants %s, want %s", st.Check.ID, got, want[i])
		}
	}
}
