//go:build linux

package applet

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// options splits the arguments of a command like getopt(3): -zv is two flags, and the letters in withValue take the
// rest of their word or the next word as their value. A word like -type=A or --help is one flag with its whole name.
// A command may ignore flags that it does not know, because students type the flags they are used to.
func options(args []string, withValue string) (flags map[string]string, operands []string) {
	flags = map[string]string{}
	for i := 0; i < len(args); i++ {
		word := args[i]
		if len(word) < 2 || word[0] != '-' {
			operands = append(operands, word)
			continue
		}
		if name, value, found := strings.Cut(word[1:], "="); found || word[1] == '-' {
			flags[strings.TrimPrefix(name, "-")] = value
			continue
		}
		for j := 1; j < len(word); j++ {
			letter, value := word[j:j+1], ""
			if strings.Contains(withValue, letter) {
				value = word[j+1:]
				if i+1 < len(args) && value == "" {
					i++
					value = args[i]
				}
				j = len(word)
			}
			flags[letter] = value
		}
	}
	return flags, operands
}

// hostPort parses bob:8080, [fd00::2]:80 and http://bob/path; the port is optional.
func hostPort(target string) (host string, port int, ok bool) {
	usual := ""
	if scheme, rest, found := strings.Cut(target, "://"); found {
		usual = map[string]string{"http": "80", "https": "443"}[scheme]
		target, _, _ = strings.Cut(rest, "/")
	}
	host, number, err := net.SplitHostPort(target)
	if err != nil {
		host, number = strings.Trim(target, "[]"), usual
	}
	port, ok = portNumber(number)
	return host, port, ok && host != ""
}

func portNumber(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil && n > 0
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}
