package why

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"netlab/netlab/pasted"
	"netlab/netlab/survey"
)

// A Target is what the user asks about, as written.
type Target struct {
	Key     string // a name, an id, "project/service", "host" or an address
	Port    int    // 0 if the user gave none
	Network string // tcp or udp
	Scheme  string // of a URL: http
}

// String returns the target as the result shows it, without the credentials that a URL may contain.
func (t Target) String() string {
	s := t.at(t.Key)
	if t.Network == "udp" {
		s += "/udp"
	}
	return s
}

// at is the target's port at a host. A matrix, and some error lines, ask for a name alone.
func (t Target) at(host string) string {
	if t.Port == 0 {
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(t.Port))
}

// ParseTarget parses TO[:PORT][/udp], or a URL. The error is a [survey.Mistake].
func ParseTarget(text string) (Target, error) {
	t := Target{Network: "tcp"}
	if scheme, _, isURL := strings.Cut(strings.TrimPrefix(text, "jdbc:"), "://"); isURL {
		u, err := url.Parse(strings.TrimPrefix(text, "jdbc:"))
		if err != nil || u.Hostname() == "" {
			// It is not repeated, as it may have a password.
			return t, survey.Mistakef("TO must be a URL with a host, such as http://api:8080")
		}
		t.Scheme = strings.ToLower(scheme)
		t.Key, t.Port = u.Hostname(), pasted.SchemePort(t.Scheme)
		if u.Port() == "" {
			return t, nil
		}
		t.Port, err = port(u.Port())
		return t, err
	}
	for _, network := range []string{"udp", "tcp"} {
		if rest, ok := strings.CutSuffix(text, "/"+network); ok {
			text, t.Network = rest, network
		}
	}
	t.Key = text
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		t.Key = addr.Unmap().String()
		return t, nil
	}
	if i := strings.LastIndex(text, ":"); i >= 0 {
		number, err := port(text[i+1:])
		if err != nil {
			return t, err
		}
		t.Key, t.Port = strings.Trim(text[:i], "[]"), number
	}
	if t.Key == "" || strings.HasPrefix(t.Key, "-") {
		return t, survey.Mistakef("%q does not name a container, a service or an address", text)
	}
	return t, nil
}

func port(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 65535 {
		return 0, survey.Mistakef("%q is not a port. Write a number from 1 to 65535", text)
	}
	return n, nil
}

// address returns the target's address, or the zero Addr if it is a name.
func (t Target) address() netip.Addr { return survey.Parsed(t.Key) }
