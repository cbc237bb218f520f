package result

import "testing"

// A network has the scenario's name for it on screen, whichever session made it.
func TestOwnName(t *testing.T) {
	sc := &Scenario{Session: "c59ca50e"}
	for network, want := range map[string]string{
		"bridge":                "bridge",
		"web--netlab-c59ca50e":  "web",
		"back--netlab-542a2c37": "back", // of the lab that a comparison shares
		"netlab-c59ca50e-front": "front",
		"a--b--netlab-my-lab":   "a--b",
		"my--netlab":            "my--netlab",
	} {
		if got := sc.OwnName(network); got != want {
			t.Errorf("%s is %q, want %q", network, got, want)
		}
	}
}
