package probe

// Flows asks what the connection tracking of the agent's network namespace does with UDP over IPv4, which has no
// connections, so that an old translation lasts as long as packets come. It needs NET_ADMIN. The answer is a list of
// fact.Flow next to the outcome: of what was sent to one of these ports, or leads into one of these subnets.
type Flows struct {
	Ports   []int    `json:"ports"`
	Subnets []string `json:"subnets"` // CIDR
}
