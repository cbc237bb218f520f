package server

import (
	"crypto/subtle"
	"net/netip"
	"strings"
)

// What a lab's listener and who connects to it say to each other, over TCP and over UDP:
//
//	client   -> netlab1 TOKEN\n
//	listener -> netlab1 ADDRESS\n     the source address that it saw; nothing at all to who lacks the token
const exchangeWord = "netlab1 "

// maxExchange bounds each of the two lines, in bytes.
const maxExchange = 256

// usableToken reports whether token can be sent, and is a secret at all.
func usableToken(token string) bool {
	return token != "" && len(token) < maxExchange/2 && !strings.ContainsAny(token, "\r\n")
}

func exchangeRequest(token string) []byte { return []byte(exchangeWord + token + "\n") }

func exchangeAnswer(seen netip.Addr) []byte { return []byte(exchangeWord + seen.String() + "\n") }

// isExchangeRequest reports whether line is the request of a holder of token.
func isExchangeRequest(line []byte, token string) bool {
	return subtle.ConstantTimeCompare(line, exchangeRequest(token)) == 1
}

// parseExchangeAnswer returns the source address that a listener saw.
func parseExchangeAnswer(line []byte) (netip.Addr, bool) {
	text, isAnswer := strings.CutPrefix(string(line), exchangeWord)
	text, whole := strings.CutSuffix(text, "\n")
	if !isAnswer || !whole {
		return netip.Addr{}, false
	}
	addr, err := netip.ParseAddr(text)
	return addr, err == nil
}
