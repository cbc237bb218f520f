package result

import "testing"

// The screen shows a network by its name in the scenario, whichever session created it.
func TestOwnName(t *testing.T) {
	sc := &Scenario{Session: "c59ca50e"}
	for network, want := range map[string]string{
		"bridge":                "bridge",
		"web--netlab-c59ca50e":  "web",
		"back--netlab-542a2c37": "back", // of the lab with what a comparison shares
		"netlab-c59ca50e-front": "front",
		"a--b--netlab-my-lab":   "a--b",
		"my--netlab":            "my--netlab",
	} {
		if got := sc.OwnName(network); got != want {
			t.Errorf("%s is %q, want %q", network, got, want)
		}
	}
}
