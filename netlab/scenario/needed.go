package scenario

import (
	"slices"

	"netlab/netlab/ask"
)

// Needed lists the containers that the steps ask, ask about or compare with.
func Needed(steps []Step) []string {
	var names []string
	for _, st := range steps {
		switch {
		case st.Do != nil:
			names = append(names, st.Do.Peer)
		case st.Measure != nil:
			names = append(names, st.Measure.From, st.Measure.Target.Ref.Head)
		case st.Check != nil:
			names = append(names, st.Check.From)
			for _, r := range ask.References(st.Check.Asks) {
				names = append(names, r.Head)
			}
			for _, e := range st.Check.Expect {
				names = append(names, e.Value.Ref.Head)
			}
			if ask.AsksName(st.Check.Asks) {
				names = append(names, ask.Upstream)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
