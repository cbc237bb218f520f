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
