package server

import (
	"crypto/subtle"
	"io"
	"net"
	"net/netip"
	"strings"
)

// What a lab's listener and its clients send each other, over TCP and over UDP:
//
//	client   -> netlab1 TOKEN\n
//	listener -> netlab1 ADDRESS AT\n
//
// ADDRESS is the source address that the listener saw, AT its own address at which the connection arrived. There is
// no AT over UDP, because the listener does not know it. A client without the token gets no answer.
const exchangeWord = "netlab1 "

// maxExchange limits each of the two lines, in bytes.
const maxExchange = 256

// usableToken reports whether token is not empty and can be sent.
func usableToken(token string) bool {
	return token != "" && len(token) < maxExchange/2 && !strings.ContainsAny(token, "\r\n")
}

func exchangeRequest(token string) []byte { return []byte(exchangeWord + token + "\n") }

func exchangeAnswer(seen, at netip.Addr) []byte {
	answer := exchangeWord + seen.String()
	if at.IsValid() {
		answer += " " + at.String()
	}
	return []byte(answer + "\n")
}

// isExchangeRequest reports whether line is the request of a holder of token.
func isExchangeRequest(line []byte, token string) bool {
	return subtle.ConstantTimeCompare(line, exchangeRequest(token)) == 1
}

// requestsExchange reads the request of a client, and reports whether it is a holder of token.
func requestsExchange(conn net.Conn, token string) bool {
	line := make([]byte, len(exchangeRequest(token)))
	_, err := io.ReadFull(conn, line)
	return err == nil && isExchangeRequest(line, token)
}

// parseExchangeAnswer returns the source address that a listener saw, and its own address, or the zero Addr if it
// sent none.
func parseExchangeAnswer(line []byte) (seen, at netip.Addr, ok bool) {
	text, isAnswer := strings.CutPrefix(string(line), exchangeWord)
	text, whole := strings.CutSuffix(text, "\n")
	if !isAnswer || !whole {
		return seen, at, false
	}
	first, second, two := strings.Cut(text, " ")
	seen, err := netip.ParseAddr(first)
	if err == nil && two {
		at, err = netip.ParseAddr(second)
	}
	return seen, at, err == nil
}
