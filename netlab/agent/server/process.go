//go:build linux

package server

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"netlab/netlab/fact"
)

// readProcess answers probe.Process, only from /proc and /sys.
func readProcess() (*fact.Process, error) {
	p := &fact.Process{
		Kernel: readLine("/proc/sys/kernel/osrelease"), BootID: readLine("/proc/sys/kernel/random/boot_id"),
		PID: os.Getpid(), Product: product(),
	}
	seen, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("reading the processes: %w", err)
	}
	for _, e := range seen {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			p.Processes = append(p.Processes, pid)
		}
	}
	slices.Sort(p.Processes)
	kinds, err := os.ReadDir("/proc/self/ns") // sorted by name
	if err != nil {
		return nil, fmt.Errorf("reading the namespaces: %w", err)
	}
	for _, kind := range kinds {
		inode, err := os.Readlink(filepath.Join("/proc/self/ns", kind.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the namespaces: %w", err)
		}
		p.Namespaces = append(p.Namespaces, fact.Label{Name: kind.Name(), Value: inode})
	}
	if value := readLine("/proc/sys/vm/swappiness"); value != "" {
		p.Sysctls = append(p.Sysctls, fact.Sysctl{Name: "vm.swappiness", Value: value})
	}
	processors, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return nil, fmt.Errorf("reading what the processor is: %w", err)
	}
	p.Hypervisor = hypervisor(string(processors))
	return p, nil
}

// hypervisor reports from /proc/cpuinfo whether the processor is a virtual machine's: x86 has a flag that is reserved
// for hypervisors (arch/x86/include/asm/cpufeatures.h, X86_FEATURE_HYPERVISOR). It returns "" if there are no such
// flags.
func hypervisor(cpuinfo string) string {
	for line := range strings.Lines(cpuinfo) {
		name, flags, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) != "flags" {
			continue
		}
		if slices.Contains(strings.Fields(flags), "hypervisor") {
			return "yes"
		}
		return "no"
	}
	return ""
}

// product returns the machine's name in its firmware, or "" if it has no such tables or the engine hides them.
func product() string {
	words := []string{readLine("/sys/class/dmi/id/sys_vendor"), readLine("/sys/class/dmi/id/product_name")}
	return strings.TrimSpace(strings.Join(words, " "))
}
