//go:build linux

package server

import (
	"fmt"
	"syscall"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// errnoReason translates the kernel's errno. (icmp_err_convert in the kernel's net/ipv4/icmp.c maps each ICMP
// unreachable to one of them: port to ECONNREFUSED, net to ENETUNREACH, host, prohibited and time exceeded to
// EHOSTUNREACH. icmpv6_err_convert in net/ipv6/icmp.c does the same, but prohibited is EACCES there.)
func errnoReason(errno syscall.Errno) probe.Reason {
	switch errno {
	case unix.ENETUNREACH, unix.ENETDOWN:
		return probe.NetUnreachable
	case unix.EHOSTUNREACH, unix.EHOSTDOWN, unix.ENONET:
		return probe.HostUnreachable
	case unix.EADDRNOTAVAIL: // also for an IPv6 address from a stack without IPv6, on engines before 28
		return probe.AddressNotAvailable
	case unix.ECONNREFUSED, unix.ENOPROTOOPT:
		return probe.Refused
	case unix.ECONNRESET, unix.EPIPE:
		return probe.Reset
	case unix.ETIMEDOUT:
		return probe.Timeout
	case unix.EMSGSIZE:
		return probe.TooBig
	case unix.EPERM, unix.EACCES:
		return probe.Denied
	case unix.EADDRINUSE:
		return probe.InUse
	default:
		return probe.Broken
	}
}

// errnoWords describes errno for the user: "network is unreachable (ENETUNREACH)".
func errnoWords(errno syscall.Errno) string {
	return fmt.Sprintf("%s (%s)", errno.Error(), unix.ErrnoName(errno))
}

// rcodeReason translates the rcode of an answer without a record.
func rcodeReason(rcode dnsmessage.RCode) probe.Reason {
	switch rcode {
	case dnsmessage.RCodeSuccess, dnsmessage.RCodeNameError:
		return probe.NameNotFound
	default:
		return probe.DNSError
	}
}

// rcodeWords returns an rcode's name in the DNS registry.
func rcodeWords(rcode dnsmessage.RCode) string {
	switch rcode {
	case dnsmessage.RCodeSuccess:
		return "NOERROR"
	case dnsmessage.RCodeFormatError:
		return "FORMERR"
	case dnsmessage.RCodeServerFailure:
		return "SERVFAIL"
	case dnsmessage.RCodeNameError:
		return "NXDOMAIN"
	case dnsmessage.RCodeNotImplemented:
		return "NOTIMP"
	case dnsmessage.RCodeRefused:
		return "REFUSED"
	default:
		return fmt.Sprintf("rcode %d", uint16(rcode))
	}
}

// ICMP types and codes, from RFC 792, RFC 1812 and RFC 4443.
const (
	icmp4Unreachable  = 3
	icmp4TimeExceeded = 11
	icmp6Unreachable  = 1
	icmp6TooBig       = 2
	icmp6TimeExceeded = 3
)

// icmpWords names an ICMP error.
func icmpWords(six bool, kind, code uint8) string {
	word := ""
	switch {
	case !six && kind == icmp4Unreachable:
		word = icmp4UnreachableWord(code)
	case six && kind == icmp6Unreachable:
		word = icmp6UnreachableWord(code)
	case six && kind == icmp6TooBig:
		word = "packet too big"
	case !six && kind == icmp4TimeExceeded, six && kind == icmp6TimeExceeded:
		word = "time exceeded"
	}
	if word == "" {
		return fmt.Sprintf("ICMP type %d code %d", kind, code)
	}
	return "ICMP " + word
}

func icmp4UnreachableWord(code uint8) string {
	switch code {
	case 0, 6, 11:
		return "net unreachable"
	case 1, 7, 12:
		return "host unreachable"
	case 2:
		return "protocol unreachable"
	case 3:
		return "port unreachable"
	case 4:
		return "fragmentation needed"
	case 9, 10, 13:
		return "administratively prohibited"
	default:
		return ""
	}
}

func icmp6UnreachableWord(code uint8) string {
	switch code {
	case 0:
		return "no route"
	case 1, 5, 6:
		return "administratively prohibited"
	case 3:
		return "address unreachable"
	case 4:
		return "port unreachable"
	default:
		return ""
	}
}
