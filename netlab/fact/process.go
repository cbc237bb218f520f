package fact

// A Process is the main process of a container as it sees itself, the kernel and the machine.
type Process struct {
	Kernel     string   `json:"kernel"`     // uname -r
	BootID     string   `json:"boot_id"`    // /proc/sys/kernel/random/boot_id
	PID        int      `json:"pid"`        // its own process number
	Processes  []int    `json:"processes"`  // those it sees in /proc, including its own, sorted
	Namespaces []Label  `json:"namespaces"` // "pid" = "pid:[4026531836]", sorted; only those that the kernel has
	Sysctls    []Sysctl `json:"sysctls,omitempty"`
	Hypervisor string   `json:"hypervisor,omitempty"` // yes or no; "" if the processor does not say
	Product    string   `json:"product,omitempty"`    // the machine's product name in its firmware (DMI)
}

// Namespace returns the namespace of this kind (net, pid, mnt, ipc, uts, user, cgroup, time), or "" if the kernel
// does not have it.
func (p *Process) Namespace(kind string) string {
	for _, n := range p.Namespaces {
		if n.Name == kind {
			return n.Value
		}
	}
	return ""
}

// Sysctl returns the value of the named setting, or "" if it could not be read.
func (p *Process) Sysctl(name string) string {
	for _, s := range p.Sysctls {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}
