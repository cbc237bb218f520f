package fact

// A Flow is an entry of the kernel's connection tracking for UDP over IPv4 (conntrack(8)).
type Flow struct {
	From     string `json:"from"`  // "203.0.113.9:40000"
	To       string `json:"to"`    // where that sends: "192.0.2.10:514"
	Leads    string `json:"leads"` // where the kernel sends it: "172.18.0.2:514"; To if it translates nothing
	ExpiresS int    `json:"expires_s"`
}

// Same reports whether two readings of a flow are of the same one.
func (f Flow) Same(other Flow) bool {
	return f.From == other.From && f.To == other.To && f.Leads == other.Leads
}

// Used returns the flow of a second reading, [StraySeconds] after the first, if a packet of it arrived in between.
func (f Flow) Used(later []Flow) (again Flow, used bool) {
	for _, l := range later {
		if f.Same(l) {
			return l, f.ExpiresS-l.ExpiresS < StraySeconds
		}
	}
	return Flow{}, false
}

// StraySeconds is how long it takes to see whether a flow is in use: without a packet it expires so much earlier then.
const StraySeconds = 2

// A Stray is a flow that the kernel still leads where it led when it began, and not where new ones go.
type Stray struct {
	Flow
	Port    *Binding   // the published port that it is sent to, or nil
	Of      *Container // which publishes that port, or nil
	At      *Container // where it leads instead; nil for the host, or if no container has that address
	Network string     // the bridge network that it leads to; "" for the host
}
