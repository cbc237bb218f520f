package pasted

import (
	"regexp"

	"netlab/netlab/probe"
)

// A wording is how programs say a reason.
type wording struct {
	reason probe.Reason
	words  *regexp.Regexp
}

func says(reason probe.Reason, words string) wording {
	return wording{reason, regexp.MustCompile(`(?i)` + words)}
}

// wordings are looked for in this order: what a line says about the name comes before what it says about the
// connection, and a number of the kernel before a sentence that could mean several.
var wordings = []wording{
	says(probe.InUse, `address already in use|\bEADDRINUSE\b|address in use`),

	// A name: Go, dig, nginx, curl; glibc, musl, Node, nginx; then all others.
	says(probe.DNSNoAnswer, `\blookup \S+(?: on \S+)?: .*(?:timeout|refused|deadline exceeded|unreachable)|`+
		`no servers could be reached|could not be resolved \(110|resolving timed out|communications error to`),
	says(probe.DNSError, `server misbehaving|temporary failure in name resolution|\bEAI_AGAIN\b|\berrno -3\b|`+
		`\bSERVFAIL\b|could not be resolved \(2|no answer from name server|try again later|`+
		`unknown mysql server host '[^']*' \(-3\)|resource temporarily unavailable \([\w.-]+:\d+\)|`+
		`getaddrinfo: try again`),
	says(probe.NameNotFound, `no such host|\bENOTFOUND\b|name or service not known|nodename nor servname|`+
		`name does not resolve|could not resolve|can'?t resolve|unable to resolve|failed to resolve|cannot resolve|`+
		`could not be resolved|unknownhost|unknown host|bad address|host not found|unknown mysql server host|`+
		`getaddrinfo failed|getaddrinfo for \S+ failed|could not translate host name|no address associated with hostname|`+
		`failed to lookup address|nameresolutionerror|\bNXDOMAIN\b|\berrno -[25]\b|hostname lookup.*failed|\bEAI_NONAME\b`),

	says(probe.Refused, `\brefused\b|\bECONNREFUSED\b|\berrno 111\b|\berror 111\b|\(111\)|\(61\)|\bos error 111\b`),
	says(probe.NetUnreachable, `network is unreachable|network unreachable|\bENETUNREACH\b|\berrno 101\b|\(101\)`),
	says(probe.HostUnreachable, `no route to host|host is unreachable|host unreachable|\bEHOSTUNREACH\b|`+
		`\berrno 113\b|\(113\)`),
	says(probe.AddressNotAvailable, `(?:cannot|can't) assign requested address|\bEADDRNOTAVAIL\b|`+
		`\berrno 99\b|\(99\)|address not available`),
	says(probe.Denied, `(?:connect|sendto|sendmsg|dial)\b.{0,80}(?:operation not permitted|permission denied)|\bEPERM\b|`+
		`administratively prohibited|packet filtered`),
	says(probe.Reset, `connection reset|reset by peer|\bECONNRESET\b|\berrno 104\b|\(104\)|broken pipe|\bEPIPE\b|`+
		`connection was forcibly closed`),
	says(probe.Closed, `prematurely closed connection|socket hang up|remotedisconnected|remote end closed|`+
		`server closed the connection|empty reply from server|unexpected eof|: EOF\b|lost connection to mysql|`+
		`other side closed|\bUND_ERR_SOCKET\b|connection closed|premature end of|response ended prematurely|socketclosed`),
	says(probe.Accepted, `while reading response header|read timed out|readtimeout|read timeout|`+
		`operation timed out after \d+ milliseconds with 0 |awaiting headers|headers timeout|`+
		`timeout of \d+ms exceeded|read operation timed out`),
	says(probe.Timeout, `i/o timeout|timed out|timed-out|\bE(?:SOCKET)?TIMEDOUT\b|timeout|deadline exceeded|`+
		`deadline has elapsed|\berrno 110\b|\(110\)|\(115\)|did not properly respond`),
	says(TLS, `\bx509:|\btls: |\bssl(?:_| routines|error| certificate| handshake)|\[ssl: |certificate verify|`+
		`sslhandshake|handshake fail|wrong version number|\bPKIX\b|(?:self-signed|expired) certificate|\bCERT_`),
	says(NoConnection, `(?:could ?n.t|could not|cannot|can.?t|failed to|unable to|not possible to|impossible to) `+
		`(?:establish a )?connect|connection failed|connect failed|fetch failed|failed to open (?:tcp )?connection|`+
		`error connecting|cannot reach|could not reach|communications link failure|connection error|`+
		`no connection could be made|socket error|connectexception|failed to establish|`+
		`could not be established|connect call failed`),
}

// reasonIn returns the reason that the text gives, or "".
func reasonIn(text string) probe.Reason {
	for _, w := range wordings {
		if w.words.MatchString(text) {
			return w.reason
		}
	}
	return ""
}
