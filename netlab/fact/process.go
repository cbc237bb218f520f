package fact

// A Process is the main process of a container as it sees itself, the kernel and the machine.
type Process struct {
	Kernel     string   `json:"kernel"`     // uname -r
	BootID     string   `json:"boot_id"`    // /proc/sys/kernel/random/boot_id
	PID        int      `json:"pid"`        // its own number
	Processes  []int    `json:"processes"`  // whom it sees in /proc, its own number included, sorted
	Namespaces []Label  `json:"namespaces"` // "pid" = "pid:[4026531836]", sorted; none that the kernel has not
	Sysctls    []Sysctl `json:"sysctls,omitempty"`
	Hypervisor string   `json:"hypervisor,omitempty"` // yes or no; "" where the processor does not tell
	Product    string   `json:"product,omitempty"`    // what the machine calls itself, by its firmware (DMI)
}

// Namespace returns the namespace of that kind (net, pid, mnt, ipc, uts, user, cgroup, time); "" where the kernel has
// none such.
func (p *Process) Namespace(kind string) string {
	for _, n := range p.Namespaces {
		if n.Name == kind {
			return n.Value
		}
	}
	return ""
}

// Sysctl returns the value of the named setting; "" where it could not be read.
func (p *Process) Sysctl(name string) string {
	for _, s := range p.Sysctls {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}
