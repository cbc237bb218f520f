package pasted

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// words are all texts of a line that anything may repeat.
func words(l Line) string {
	text := l.String() + " " + l.Target() + " " + l.Address
	if e := l.Engine; e != nil {
		text += strings.Join([]string{"", e.Protocol, e.HostIP, e.Network, e.Other, e.Parent, e.Endpoint, e.Says}, " ")
		if e.Subnet.IsValid() {
			text += " " + e.Subnet.String()
		}
	}
	return text
}

// safe matches what is shown of a line: nothing that a terminal or a shell would take as a command.
var safe = regexp.MustCompile(`^[A-Za-z0-9 ,.:/\[\]_-]*$`)

func TestPasswords(t *testing.T) {
	for _, line := range []string{
		`dial postgres://app:%s@db:5432/app: connection refused`,
		`amqp://guest:%s@rabbit:5672//: [Errno 111] Connection refused`,
		`redis://:%s@redis:6379 connection refused`,
		`redis://:%s/x@redis:6379 connection refused`,
		`redis://user:%s/x@redis:6379 connection refused`,
		`redis://user:a@%s/x@redis:6379 connection refused`,
		`redis://user:a/b@%s@redis:6379 connection refused`,
		`mongodb://u:%s@a:27017,u:%s@b:27017/db connection refused`,
		`amqp://a:%s@b,amqp://c:%s@d: connection refused`,
		`root:%s@tcp(db:3306)/app: dial tcp 172.18.0.3:3306: connect: connection refused`,
		`connect to root:%s@db:3306 failed: connection refused`,
		`{"url":"http://u:%s@api:8080","error":"connection refused"}`,
		`{"url":"http:\/\/u:%s@api:8080","error":"connection refused"}`,
		`connection refused, password:%s`,
		`connection refused (password:%s)`,
		`connection refused for token:%s at 10.0.0.1:80`,
		`jdbc:mysql://db:3306/app?user=x&password=%s: Connection refused`,
		`GET http://api/login?password=%s connection refused`,
		`Bind for 0.0.0.0:8080 failed: port is already allocated http://u:%s@x`,
	} {
		for _, secret := range []string{"hunter2", "12345", "54321", "a:12345", "p@12345", "12345/", "9999@9999"} {
			l, ok := Parse(strings.ReplaceAll(line, "%s", secret))
			if !ok {
				t.Errorf("%s is not understood", line)
			}
			for _, part := range []string{"hunter2", "12345", "54321", "9999"} {
				if strings.Contains(secret, part) && strings.Contains(words(l), part) {
					t.Errorf("%s with %s: got %q", line, secret, words(l))
				}
			}
		}
	}
}

func TestHostileText(t *testing.T) {
	for _, line := range []string{
		"dial tcp \x1b]0;owned\x07db:5432: connect: connection refused",
		"dial tcp d\u202eb:5432: connect: connection refused",
		"dial tcp $(reboot):80: connect: connection refused",
		"dial tcp -rf:80: connect: connection refused",
		"getaddrinfo ENOTFOUND `reboot`",
		"getaddrinfo ENOTFOUND --help",
		"network \x1b[2J not found",
		"endpoint with name a;reboot already exists in network b&&c",
		"getaddrinfo ENOTFOUND " + strings.Repeat("a", 300),
		"dial tcp " + strings.Repeat("[", 1000) + ":80: connect: connection refused",
		"\xff\xfe connection refused \xff",
	} {
		l, _ := Parse(line)
		if got := words(l); !safe.MatchString(got) {
			t.Errorf("%q: got %q", line, got)
		}
		if strings.HasPrefix(l.Host, "-") || len(l.Host) > 253 {
			t.Errorf("%q: the host is %q", line, l.Host)
		}
	}
}

// TestLongText: what counts is found at both ends of a megabyte. What is cut out does not make a password a port.
func TestLongText(t *testing.T) {
	const line = "dial tcp 127.0.0.1:5432: connect: connection refused"
	for _, filling := range []string{"x", "a:1 ", "@", "http://", `"(`, "::", "\x1b["} {
		long := strings.Repeat(filling, 1<<20/len(filling))
		l, ok := Parse(line + " " + long)
		if !ok || l.Target() != "127.0.0.1:5432" || !safe.MatchString(words(l)) {
			t.Errorf("%q: got %+v", filling, l)
		}
	}
	if l, ok := Parse(strings.Repeat("x ", 1<<19) + line); !ok || l.Target() != "127.0.0.1:5432" {
		t.Errorf("at the end: got %+v", l)
	}
	const url = "redis://user:12345@redis:6379"
	for i := range len(url) + 2 {
		text := strings.Repeat("x ", maxText/4)[i:] + url + strings.Repeat(" x", maxText) + " connection refused"
		if got := clean(text); strings.Contains(got, "123") {
			t.Errorf("cut after %d: a part of the password is left", i)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"dial tcp 127.0.0.1:5432: connect: connection refused", "connect ECONNREFUSED ::1:6379",
		`connection to server at "db" (172.18.0.2), port 5432 failed: Connection refused`,
		"Bind for 0.0.0.0:8080 failed: port is already allocated", "network abc not found",
		"redis://:x@redis:6379 connection refused", "Pool overlaps with other one on this address space 10.0.0.0/8",
	} {
		f.Add(seed, "hunter2")
	}
	f.Fuzz(func(t *testing.T, text, secret string) {
		l, ok := Parse(text)
		switch got := words(l); {
		case !safe.MatchString(got) || !utf8.ValidString(got):
			t.Errorf("got %q", got)
		case l.Port < 0 || l.Port > 65535 || strings.HasPrefix(l.Host, "-"):
			t.Errorf("got %+v", l)
		case ok && (l.Reason == "") == (l.Engine == nil):
			t.Errorf("neither an application nor the engine says it: %+v", l)
		}
		if len(secret) < 4 || strings.ContainsAny(secret, " @/?#\"'\\,") || !safe.MatchString(secret) {
			return
		}
		url := fmt.Sprintf("redis://user:%s@redis.example:6379", secret)
		l, _ = Parse(url + " connection refused")
		if got := words(l); got != "refused, redis.example:6379 redis.example:6379 " {
			t.Errorf("%s: got %q", url, got)
		}
	})
}
