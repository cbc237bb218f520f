package agent

// Program is the name under which the agent answers questions on its standard input and output.
const Program = "agent"

// ServePorts is the argument that makes the agent answer on the ports that follow it, "8080/tcp", and do nothing
// else. It then ignores its standard input.
const ServePorts = "serve-ports"

// Applets returns the other names the agent can be called by. Each is a command for a student inside a kept lab. The
// image has a link for each of them.
func Applets() []string {
	return []string{
		"ping", "trace", "arp", "dns", "get", "ip", "ss", "ls", "cat", "write", "proc", "fill", "clear", "sh", "help",
		// What people type out of habit. Each does the same as a command above, or what it does elsewhere.
		"traceroute", "tracepath", "nslookup", "dig", "host", "getent", "curl", "wget", "nc", "telnet",
		"ifconfig", "route", "netstat", "hostname", "echo", "ps", "uname",
	}
}
