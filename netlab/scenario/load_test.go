package scenario_test

import (
	"testing"

	"netlab/netlab/scenario"
	"netlab/scenarios"

)


func TestLoadBuiltIn(t *testing.T) {
	for _, name := range scenarios.Names() {
		data, _ := scenarios.Source(name)
		s, err := scenario.Load(name+".yaml", data)
		if err != nil {
			t.Errorf("%s", err)
			continue
		}
		if s.Name != name {
			t.Errorf("%s.yaml has the name %q", name, s.Name)
		}
	}
}
