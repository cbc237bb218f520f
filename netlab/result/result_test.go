package result

import (
	"testing"

	"netlab/netlab/fact"
)

// Two cloned engines have the same id. Their swarm node ids show which of them runs a container.
func TestEngineOf(t *testing.T) {
	record := func(engines ...fact.Engine) *Record {
		r := &Record{}
		for _, e := range engines {
			r.Engines = append(r.Engines, Engine{Engine: e})
		}
		return r
	}
	clones := record(fact.Engine{ID: "a", Node: "n1"}, fact.Engine{ID: "a", Node: "n2"})
	usual := record(fact.Engine{ID: "a"}, fact.Engine{ID: "b"}) // as written before nodes were recorded
	tests := []struct {
		name string
		r    *Record
		p    fact.Peer
		want int
	}{
		{"on the first clone", clones, fact.Peer{Engine: "a", Node: "n1"}, 0},
		{"on the second clone", clones, fact.Peer{Engine: "a", Node: "n2"}, 1},
		{"on the first engine", usual, fact.Peer{Engine: "a"}, 0},
		{"on the second engine", usual, fact.Peer{Engine: "b"}, 1},
		{
			"on a second engine with a node", record(fact.Engine{ID: "a", Node: "n1"}, fact.Engine{ID: "b", Node: "n2"}),
			fact.Peer{Engine: "b", Node: "n2"},
			1,
		},
		{"on none of the record's", usual, fact.Peer{Engine: "c"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.r.EngineOf(&tt.p); got != tt.want {
				t.Errorf("got engine %d, want %d", got, tt.want)
			}
		})
	}
}
