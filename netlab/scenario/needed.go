package scenario

import "slices"

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
			p := st.Check.Probe
			names = append(names, st.Check.From, p.Beside, p.Size.Ref.Head)
			for _, t := range []Target{p.Target, p.Server, p.Through, p.At, p.By} {
				names = append(names, t.Ref.Head)
			}
			for _, e := range st.Check.Expect {
				names = append(names, e.Value.Ref.Head)
			}
			if p.AsksName() {
				names = append(names, Upstream)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
