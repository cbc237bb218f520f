package matrix

import (
	"slices"

	"netlab/netlab/result"
)

// Diff compares two matrices. Containers are the same if they have the same name, or are the only ones of a Compose
// service in both.
func Diff(before, after *result.Matrix) *result.Diff {
	d := &result.Diff{
		Schema: result.Schema, Kind: result.KindDiff, Gone: []string{}, Came: []string{}, Changes: []result.Change{},
		Old: result.Side{Netlab: before.Netlab, Started: before.Started, Engine: before.Engine},
		New: result.Side{Netlab: after.Netlab, Started: after.Started, Engine: after.Engine},
	}
	renamed := map[string]string{} // from the names in the old matrix
	kept := map[string]bool{}
	for _, c := range before.Containers {
		if name := counterpart(&c, before.Containers, after.Containers); name != "" {
			renamed[c.Name], kept[name] = name, true
		} else {
			d.Gone = append(d.Gone, c.Name)
		}
	}
	for _, c := range after.Containers {
		if !kept[c.Name] {
			d.Came = append(d.Came, c.Name)
		}
	}
	cells := map[[2]string]*result.Cell{}
	for i := range before.Cells {
		c := &before.Cells[i]
		if from, to := renamed[c.From], renamed[c.To]; from != "" && to != "" {
			cells[[2]string{from, to}] = c
		}
	}
	for i := range after.Cells {
		c := &after.Cells[i]
		was := cells[[2]string{c.From, c.To}]
		if was == nil {
			continue
		}
		d.Compared++
		if changes := changed(was, c); len(changes) > 0 {
			d.Changed++
			d.Changes = append(d.Changes, changes...)
		}
	}
	return d
}

// counterpart is the name in the new matrix of a container in the old one, or "".
func counterpart(c *result.Member, before, after []result.Member) string {
	named := func(o result.Member) bool { return o.Name == c.Name }
	if slices.ContainsFunc(after, named) {
		return c.Name
	}
	serves := func(o result.Member) bool {
		return c.Service != "" && o.Service == c.Service && o.Project == c.Project
	}
	only := func(members []result.Member) (found []result.Member) {
		for _, m := range members {
			if serves(m) {
				found = append(found, m)
			}
		}
		return found
	}
	if was, is := only(before), only(after); len(was) == 1 && len(is) == 1 {
		return is[0].Name
	}
	return ""
}

// changed lists what changed between two cells.
func changed(was, is *result.Cell) []result.Change {
	var changes []result.Change
	add := func(what string, port int, network string, old, now result.Answer) {
		if differ(old, now) {
			changes = append(changes, result.Change{
				From: is.From, To: is.To, What: what, Port: port, Network: network, Old: old, New: now,
			})
		}
	}
	add(result.ByAddress, 0, "", was.ByAddress, is.ByAddress)
	add(result.ByName, 0, "", was.ByName, is.ByName)
	answer := func(c *result.Cell, p result.Port) result.Answer {
		i := slices.IndexFunc(c.Ports, func(o result.Port) bool { return o.Port == p.Port && o.Network == p.Network })
		if i < 0 {
			return result.Answer{State: result.Absent}
		}
		return c.Ports[i].Answer
	}
	for _, p := range was.Ports {
		add(result.ByPort, p.Port, p.Network, p.Answer, answer(is, p))
	}
	for _, p := range is.Ports {
		if old := answer(was, p); old.State == result.Absent {
			add(result.ByPort, p.Port, p.Network, old, p.Answer)
		}
	}
	return changes
}

// differ reports whether two answers mean something else. Addresses and times may differ. An answer that netlab could
// not have is no change from a no: neither is a yes.
func differ(a, b result.Answer) bool {
	if a.State != b.State {
		no := func(state string) bool { return state == result.HopNo || state == result.HopUnknown }
		return !no(a.State) || !no(b.State)
	}
	return a.State == result.HopNo && (a.Cause != b.Cause || a.Cause == "" && a.Reason != b.Reason)
}
