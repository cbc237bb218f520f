package engine

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// readSelf identifies this process from /proc.
func readSelf() (owner, bool) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return owner{}, false
	}
	pidNS, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return owner{}, false
	}
	start, _, ok := readStat(os.Getpid())
	return owner{boot: strings.TrimSpace(string(boot)), pidNS: pidNS, pid: os.Getpid(), start: start}, ok
}

// findProcess looks up a pid. It also sends signal 0: a /proc mounted with hidepid hides the processes of other
// users, and another user's lab must not be taken for dead.
func findProcess(pid int) process {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return process{}
	}
	start, zombie, _ := readStat(pid)
	return process{exists: true, start: start, zombie: zombie}
}

// readStat reads a process's state and start time, fields 3 and 22 of /proc/PID/stat (proc(5)). Field 2 is the
// command in parentheses, which can contain anything, so the fields are counted from its end.
func readStat(pid int) (start string, zombie, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", false, false
	}
	rest := string(text)
	if i := strings.LastIndexByte(rest, ')'); i >= 0 {
		rest = rest[i+1:]
	}
	fields := strings.Fields(rest)
	if len(fields) < 20 {
		return "", false, false
	}
	return fields[19], fields[0] == "Z" || fields[0] == "X", true
}
