//go:build linux

package server

import (
	"context"
	"net"
	"net/netip"

	"netlab/netlab/probe"
)

// listen answers probe.Listen. It passes its outcome to bound, and calls seen for each holder of the token.
func listen(ctx context.Context, q probe.Listen, bound func(probe.Outcome), seen func(netip.Addr, string)) {
	at, family, err := bindAddress(q.Address, q.Port)
	switch {
	case err != nil:
		bound(broken("%v", err))
	case !usableToken(q.Token):
		bound(broken("a listener needs a token that can be sent"))
	case q.Network == "tcp":
		l, err := bindFree("tcp", at, family, bindTCP)
		if err != nil {
			bound(bindFailure(err))
			return
		}
		bound(probe.Outcome{Reason: probe.OK, Value: l.Addr().String()})
		serveTCP(ctx, l, func(conn net.Conn, from netip.Addr) {
			if !requestsExchange(conn, q.Token) {
				return
			}
			seen(from, q.Network) // first, so that it was reported before the client has its answer
			_, _ = conn.Write(exchangeAnswer(from, localAddress(conn)))
		})
	case q.Network == "udp":
		conn, err := bindFree("udp", at, family, bindUDP)
		if err != nil {
			bound(bindFailure(err))
			return
		}
		bound(probe.Outcome{Reason: probe.OK, Value: conn.LocalAddr().String()})
		serveUDP(ctx, conn, func(msg []byte, from netip.Addr) []byte {
			if !isExchangeRequest(msg, q.Token) {
				return nil
			}
			seen(from, q.Network)
			return exchangeAnswer(from, netip.Addr{})
		})
	default:
		bound(broken("the network is tcp or udp, not %q", q.Network))
	}
}

// localAddress returns the address at which a connection arrived.
func localAddress(conn net.Conn) netip.Addr {
	if at, ok := conn.LocalAddr().(*net.TCPAddr); ok {
		return at.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}
