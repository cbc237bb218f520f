package byhand

import (
	"fmt"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
)

// firstFree stands for a free port: by hand, any high port will do.
const firstFree = 50000

// seenFile is where the listeners of a container record their clients. Every container can write there, even one with
// a read-only root.
const seenFile = "/dev/shm/seen"

// serve is a shell command that listens on all the ports, or "" for none.
func serve(listeners []scenario.Listener) string {
	servers := make([]string, len(listeners))
	for i, l := range listeners {
		servers[i] = fmt.Sprintf("%s -k 2>>%s", strings.Join(listenOn(l.Port, l.At), " "), seenFile)
		if l.Port.Network == "udp" { // it must end to talk to another client
			servers[i] = fmt.Sprintf("while %s 2>>%s; do :; done", strings.Join(listenOn(l.Port, l.At), " "), seenFile)
		}
	}
	if len(servers) < 2 {
		return strings.Join(servers, "")
	}
	return "(" + strings.Join(servers, ") & (") + ") & wait"
}

// listenOn is an nc command that listens on a port, on one address or on all.
func listenOn(p ask.Port, at string) []string {
	words := []string{"nc -n -v -l -p", fmt.Sprint(p.Number)}
	if p.Network == "udp" {
		words = append(words, "-u -w 2") // otherwise it would talk to its first client forever
	}
	if at == "" {
		at = "::" // IPv4 as well
	}
	return append(words, "-s", at)
}

// number gives a free port a number. The previous listener may still be on the last one.
func (w *writer) number(p *ask.Port) {
	if p.Number == 0 {
		p.Number = firstFree + w.free
		w.free++
	}
}

// opensPort reports whether the commands for a question start a listener.
func opensPort(q ask.Question) bool {
	switch q := q.(type) {
	case ask.Connect:
		return q.Port.Number == 0
	case ask.Listen:
		return q.Beside != ""
	}
	return false
}

// background starts a listener that ends with its first connection or by itself, and waits until it listens.
func (w *writer) background(peer string, p ask.Port, at string) {
	words := append([]string{"timeout 10"}, listenOn(p, at)...)
	command := strings.Join(words, " ") + " 2>>" + seenFile
	switch {
	case peer == ask.Host:
		w.command(append(words, "</dev/null &")...)
	case strings.Contains(command, "$("): // it is evaluated by the user's own shell, and gives an address
		w.command("docker exec -d", named(peer), "sh -c", `"`+strings.ReplaceAll(command, `"`, "")+`"`)
	default:
		w.command("docker exec -d", named(peer), "sh -c", quote(command))
	}
	w.line("listening", fmt.Sprint(p.Number), ports(peer))
}

// ports is the command that lists the ports where something listens in a peer.
func ports(peer string) string {
	if peer == ask.Host {
		return "ss -lntu" // part of iproute2, as ip is
	}
	return inside(peer) + " netstat -lntu"
}
