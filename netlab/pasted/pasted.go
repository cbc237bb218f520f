package pasted

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"netlab/netlab/probe"
)

// Reasons that no probe has: they are above the network, or too vague for one.
const (
	// TLS means that the connection opened, and that the two ends did not agree on TLS.
	TLS probe.Reason = "TLS error"
	// NoConnection means that the line does not say why there was none.
	NoConnection probe.Reason = "no connection"
)

// A Line is what a line means. One of Reason and Engine is set.
type Line struct {
	Reason probe.Reason // what failed, as an application says it

	Host    string // where it tried to connect to: a name or an address; "" if the line does not say
	Port    int    // 0 if the line does not say
	Network string // tcp or udp
	Address string // of Host, if the line has both; "" otherwise

	Engine *Engine // what the engine says
}

// Parse reads a line, or a stack trace. ok reports whether it was understood.
func Parse(text string) (line Line, ok bool) {
	text = clean(text)
	if e := engineSays(text); e != nil {
		return Line{Engine: e}, true
	}
	reason := reasonIn(text)
	if reason == "" {
		return Line{}, false
	}
	line = targetIn(text)
	line.Reason = reason
	return line, true
}

// Opened reports whether the line says that the connection had opened before it failed.
func (l Line) Opened() bool {
	switch l.Reason {
	case probe.Accepted, probe.Closed, probe.Reset, TLS:
		return true
	}
	return false
}

// Unresolved reports whether the line is about a name that did not resolve.
func (l Line) Unresolved() bool {
	switch l.Reason {
	case probe.NameNotFound, probe.DNSError, probe.DNSNoAnswer:
		return true
	}
	return false
}

// Target is where the application tried to connect to, as netlab why takes it: db:5432, or db without a port.
func (l Line) Target() string {
	target := l.Host
	if l.Port != 0 {
		target = net.JoinHostPort(l.Host, strconv.Itoa(l.Port))
	}
	if l.Network == "udp" {
		target += "/udp"
	}
	return target
}

// String says how the line was understood: "refused, db:5432".
func (l Line) String() string {
	words := []string{l.Reason.Phrase().Lesson}
	if l.Host != "" {
		words = append(words, l.Target())
	}
	if l.Address != "" {
		words = append(words, "at "+l.Address)
	}
	return strings.Join(words, ", ")
}

// hostName matches names of containers, services and hosts. Underscores are not allowed in DNS, but Docker has them.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?$`)

// Host returns a host as it can be asked for, or "" if the text is none.
func Host(text string) string {
	text = strings.TrimSuffix(strings.Trim(text, "[]"), ".")
	if a, err := netip.ParseAddr(text); err == nil {
		return a.WithZone("").Unmap().String()
	}
	if !hostName.MatchString(text) || strings.Trim(text, "0123456789.") == "" {
		return ""
	}
	return text
}

// portOf returns a port, or 0.
func portOf(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 {
		return 0
	}
	return n
}
