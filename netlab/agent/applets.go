package agent

// Program is the name under which the agent answers on its standard input and output.
const Program = "agent"

// ServePorts is the argument after which the agent takes ports, "8080/tcp", and answers on them alone: its standard
// input is nobody's then.
const ServePorts = "serve-ports"

// Applets lists the other names by which the agent can be called, each a command for a student inside a kept lab. The
// image has a link for each of them.
func Applets() []string {
	return []string{
		"ping", "trace", "arp", "dns", "get", "ip", "ss", "ls", "cat", "write", "proc", "fill", "clear", "sh", "help",
		// What people type out of habit. Each does what one of the above does, or what it does elsewhere.
		"traceroute", "tracepath", "nslookup", "dig", "host", "getent", "curl", "wget", "nc", "telnet",
		"ifconfig", "route", "netstat", "hostname", "echo", "ps", "uname",
	}
}
