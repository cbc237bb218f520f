package fact

import (
	"cmp"
	"slices"
)

// Where a packet passes a chain: first by its hook, then by its table (netfilter_ipv4.h, NF_IP_PRI_*), then a base
// chain before the chains that it jumps to.
var (
	hookOrder  = []string{"prerouting", "input", "forward", "output", "postrouting"}
	tableOrder = []string{"raw", "mangle", "nat", "filter"}

	// Docker's chains in the order in which FORWARD and they themselves jump to them (engines 20.10 to 28.5).
	dockerOrder = []string{
		UserChain, "DOCKER-FORWARD", "DOCKER-CT", "DOCKER-INTERNAL", "DOCKER-ISOLATION-STAGE-1",
		"DOCKER-ISOLATION-STAGE-2", "DOCKER-INGRESS", "DOCKER-BRIDGE", "DOCKER",
	}
)

// ComparePassage orders chains as a forwarded packet passes them. A chain without a hook is treated like one that its
// table's first hook for such packets jumps to: prerouting, but forward in the table filter.
func ComparePassage(a, b Chain) int {
	return cmp.Or(
		cmp.Compare(slices.Index(hookOrder, a.hook()), slices.Index(hookOrder, b.hook())),
		cmp.Compare(slices.Index(tableOrder, a.Table), slices.Index(tableOrder, b.Table)),
		cmp.Compare(a.depth(), b.depth()),
	)
}

func (c Chain) hook() string {
	switch {
	case c.Hook != "":
		return c.Hook
	case c.Table == "filter":
		return "forward"
	}
	return "prerouting"
}

// depth returns 0 for a base chain, and larger values for chains that are jumped to later.
func (c Chain) depth() int {
	if c.Hook != "" {
		return 0
	}
	if i := slices.Index(dockerOrder, c.Name); i >= 0 {
		return i + 1
	}
	return len(dockerOrder) + 1
}
