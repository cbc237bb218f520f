package pasted

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// What a host and a port look like in a pattern. What matches is checked again.
const (
	aHost = `(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*)`
	aSix  = `(?P<host>\[?[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f.]*\]?|[A-Za-z0-9_][A-Za-z0-9_.-]*)` // IPv6 as it is, too
	anIP  = `(?P<address>[0-9A-Fa-f.:]+)`
	aPort = `(?P<port>\d{1,5})`
)

// A place is a pattern of where a program tried to connect to.
type place struct {
	words   *regexp.Regexp
	network string
}

func at(words string) place { return place{regexp.MustCompile(words), "tcp"} }

// places are looked for in this order; the first that matches counts.
var places = []place{
	// nginx names the client and the upstream on one line.
	at(`upstream: "(?:\w+://)?` + aHost + `(?::` + aPort + `)?`),
	at(`host not found in upstream "` + aHost + `(?::` + aPort + `)?"`),
	at(`(?:^| )` + aHost + ` could not be resolved \(`),

	// Go. A connection that was open has both ends.
	at(`\btcp[46]? \S+->` + aHost + `:` + aPort + `: `),
	at(`\blookup ` + aHost + `(?: on \S+)?: `),
	at(`\bdial tcp[46]? ` + aHost + `:` + aPort + `: `),
	{regexp.MustCompile(`\bdial udp[46]? ` + aHost + `:` + aPort + `: `), "udp"},

	// Node
	at(`\bconnect E[A-Z]+ ` + aSix + `:` + aPort + `\b`),
	at(`\bgetaddrinfo E[A-Z_]+ ` + aHost + `(?::` + aPort + `)?`),
	at(`\bConnect Timeout Error \(attempted address(?:es)?: ` + aHost + `:` + aPort),
	at(`\baddress: '` + aSix + `', port: ` + aPort),
	at(`\bhostname: '` + aHost + `'`),

	// Python: urllib3, psycopg and psql, mysql, redis, and asyncio
	at(`\bhost='` + aHost + `', port=` + aPort),
	at(`\bserver at "` + aHost + `"(?: \(` + anIP + `\))?, port ` + aPort),
	at(`\bon host "` + aHost + `"(?: \(` + anIP + `\))? and accepting TCP/IP connections on port ` + aPort),
	at(`\bhost name "` + aHost + `" to address`),
	at(`\b[Ee]rror -?\d+ connecting to ` + aHost + `:` + aPort),
	at(`MySQL server on '` + aHost + `(?::` + aPort + `)?'`),
	at(`MySQL server host '` + aHost + `'`),
	at(`\bConnect call failed \('` + aSix + `', ` + aPort),
	at(`\bCannot connect to host ` + aHost + `:` + aPort),
	at(`\bConnection to ` + aHost + ` timed out`),
	at(`\bFailed to resolve '` + aHost + `'`),

	// Java
	at(`\bConnection to ` + aHost + `:` + aPort + ` refused`),
	at(`\bConnect to (?:\w+://)?` + aHost + `:` + aPort + ` \[`),
	at(`\b` + aHost + `/(?:<unresolved>|` + anIP + `):` + aPort + `\b`),
	at(`UnknownHost(?:Exception)?: ` + aHost),
	at(`host ` + aHost + `, port ` + aPort), // SQL Server's driver: TCP/IP connection to the host db, port 1433

	// PHP, with Laravel's details
	at(`\bgetaddrinfo for ` + aHost + ` failed`),
	at(`\bHost: ` + aHost + `, Port: ` + aPort),

	// Ruby, .NET
	at(`\bfor "` + aHost + `" port ` + aPort),
	at(`\b(?:refused|timed out|unreachable) ` + aHost + `:` + aPort),
	at(`\[::ffff:` + aHost + `\]:` + aPort),

	// curl, wget, ssh, nc, ping
	at(`\b[Ff]ailed to connect to ` + aHost + ` port ` + aPort),
	at(`\bconnect to host ` + aHost + ` port ` + aPort),
	at(`\bconnect to ` + aHost + `(?: \(` + anIP + `\))? port ` + aPort),
	at(`\b[Rr]esolve host(?:name| address)?:? '?` + aHost + `'?`),
	at(`\bConnecting to ` + aHost + ` \([^)]*\)\|` + anIP + `\|:` + aPort),
	at(`\b[Cc]onnecting to ` + aHost + ` \(` + anIP + `:` + aPort + `\)`),
	at(`\bbad address '` + aHost + `(?::` + aPort + `)?'`),
	at(`\bremote host \(` + aHost + `\)`),
	at(`\bnc: ` + aHost + ` \(` + anIP + `:` + aPort + `\): `),
	at(`\bfor host "` + aHost + `" port ` + aPort),
	at(`\(UNKNOWN\) \[` + aHost + `\] ` + aPort + ` `),
	at(`\bping: (?:unknown host )?` + aHost + `(?:: |$)`),
	at(`\bPING ` + aHost + ` \(`),

	at(`\((?:\[::ffff:)?` + aHost + `\]?:` + aPort + `\)`), // .NET

	// A URL, and host:port where the words around it say so.
	at(`\b[a-z][a-z0-9+.]*://` + aHost + `(?::` + aPort + `)?`),
	at(`\b(?i:to|at|on|of|with|for|server|host|node|address|addr|broker|endpoint|reach|dial|connect|connecting)` +
		`(?:[ =:]+| \()["'\[(]?(?:tcp\()?` + aHost + `:` + aPort + `\b`),
	at(`(?:^|: |[("'\[])` + aHost + `:` + aPort + `(?:[)"'\],]|: )`),
}

// notHosts are words before a colon and a number that is no port.
var notHosts = []string{
	"line", "column", "errno", "error", "code", "status", "exit", "pid", "port", "id", "password", "passwd", "pwd", "pass",
	"secret", "token", "key", "user", "username", "auth",
	"connect", "sendto", "sendmsg", "socket",
}

// sources are the ends of file names before a line number.
var sources = []string{
	".go", ".js", ".mjs", ".cjs", ".ts", ".py", ".java", ".kt", ".scala", ".php", ".rb", ".rs", ".cs", ".c", ".cc", ".cpp",
	".h", ".ex", ".exs", ".erl", ".jsx", ".tsx", ".conf", ".yml", ".yaml",
}

// SchemePort returns the port of a URL that has none, by its scheme, or 0.
func SchemePort(scheme string) int {
	return map[string]int{
		"http": 80, "ws": 80, "https": 443, "wss": 443, "postgres": 5432, "postgresql": 5432, "mysql": 3306, "mariadb": 3306,
		"redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671, "mongodb": 27017, "nats": 4222, "ldap": 389, "ldaps": 636,
		"mqtt": 1883, "mqtts": 8883, "memcached": 11211, "smtp": 25, "ssh": 22, "ftp": 21,
	}[strings.ToLower(scheme)]
}

// targetIn returns where the text says that a program tried to connect to.
func targetIn(text string) Line {
	for _, p := range places {
		for _, found := range p.words.FindAllStringSubmatch(text, maxMatches) {
			l := Line{Network: p.network}
			for i, name := range p.words.SubexpNames() {
				switch name {
				case "host":
					l.Host = Host(found[i])
				case "port":
					l.Port = portOf(found[i])
				case "address":
					l.Address = Host(found[i])
				}
			}
			if l.Host == "" || slices.Contains(notHosts, strings.ToLower(l.Host)) || isSource(l.Host) {
				continue
			}
			l.complete(text)
			return l
		}
	}
	return Line{Network: "tcp"}
}

// maxMatches is how often a pattern may match what turns out not to be a host.
const maxMatches = 20

func isSource(host string) bool {
	return slices.ContainsFunc(sources, func(end string) bool { return strings.HasSuffix(strings.ToLower(host), end) })
}

var urls = regexp.MustCompile(`\b([a-z][a-z0-9+.]*)://` + aHost + `(?::` + aPort + `)?`)

// complete takes from a URL in the text what the line does not say next to the failure: the port of the name, or the
// name of the address.
func (l *Line) complete(text string) {
	if l.Address == l.Host {
		l.Address = ""
	}
	for _, found := range urls.FindAllStringSubmatch(text, maxMatches) {
		host, port := Host(found[2]), portOf(found[3])
		if port == 0 {
			port = SchemePort(found[1])
		}
		_, isName := netip.ParseAddr(host)
		_, isAddress := netip.ParseAddr(l.Host)
		switch {
		case host == "" || port == 0:
		case l.Port == 0 && host == l.Host:
			l.Port = port
		case isName != nil && isAddress == nil && l.Port == port && !strings.Contains(text, "upstream") &&
			host != "localhost":
			l.Host, l.Address = host, l.Host
		}
	}
	if l.Port == 0 {
		near := regexp.MustCompile(`(?:^|[^\w.-])` + regexp.QuoteMeta(l.Host) + `(?::|['"]?,? port[ =:]*)` + `(\d{1,5})\b`)
		if found := near.FindStringSubmatch(text); found != nil {
			l.Port = portOf(found[1])
		}
	}
}
