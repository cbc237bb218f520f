//go:build linux

package server

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
)

// hosts reads /etc/hosts; a missing file has no entries.
func (m machine) hosts() []fact.HostEntry {
	var entries []fact.HostEntry
	for _, words := range linesOf(filepath.Join(m.etc, "hosts"), "#", "") {
		if _, err := netip.ParseAddr(words[0]); err == nil && len(words) > 1 {
			entries = append(entries, fact.HostEntry{Address: words[0], Names: words[1:]})
		}
	}
	return entries
}

// resolvConf reads /etc/resolv.conf the way resolv.conf(5) describes.
func (m machine) resolvConf() (nameservers, search, options []string) {
	for _, words := range resolvLines(filepath.Join(m.etc, "resolv.conf")) {
		switch words[0] {
		case "nameserver":
			if len(words) > 1 {
				nameservers = append(nameservers, words[1])
			}
		case "search", "domain": // the last one counts
			search = words[1:]
		case "options":
			options = append(options, words[1:]...)
		}
	}
	return nameservers, search, options
}

// forwards reads the engine's comment in resolv.conf about the DNS servers that its own one asks (moby,
// daemon/libnetwork/internal/resolvconf: Generate, ExtDNSEntry.String).
func (m machine) forwards() *fact.Forwards {
	text, err := os.ReadFile(filepath.Join(m.etc, "resolv.conf"))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		list, ok := strings.CutPrefix(strings.TrimSpace(line), "# ExtServers: [")
		if list, closed := strings.CutSuffix(list, "]"); ok && closed {
			found := &fact.Forwards{Servers: []fact.Upstream{}}
			for _, word := range strings.Fields(list) {
				address, onHost := strings.CutPrefix(word, "host(")
				if onHost {
					address = strings.TrimSuffix(address, ")")
				}
				if _, err := netip.ParseAddr(address); err == nil {
					found.Servers = append(found.Servers, fact.Upstream{Address: address, OnHost: onHost})
				}
			}
			return found
		}
	}
	return nil
}

// hostFiles reads the host's resolver files, which the engine mounts into the helper that shows the host. It returns
// nil in other containers.
func hostFiles() *fact.HostFiles {
	if _, err := os.Stat(agent.HostResolvConf); err != nil {
		return nil
	}
	return &fact.HostFiles{
		Nameservers: nameservers(agent.HostResolvConf),
		Systemd:     nameservers(agent.HostSystemdResolvConf),
	}
}

func nameservers(file string) []string {
	servers := []string{}
	for _, words := range resolvLines(file) {
		if words[0] == "nameserver" && len(words) > 1 {
			servers = append(servers, words[1])
		}
	}
	return servers
}

// resolvLines returns the words of the lines of a resolv.conf. A line that begins with a space has no keyword.
func resolvLines(file string) [][]string { return linesOf(file, "#;", " \t") }

// linesOf returns the words of every non-empty line of a file, without comments, and without lines that begin with one
// of the bytes of skip.
func linesOf(file, comment, skip string) [][]string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	var lines [][]string
	for line := range strings.Lines(string(text)) {
		if strings.IndexAny(line, skip) == 0 {
			continue
		}
		if i := strings.IndexAny(line, comment); i >= 0 {
			line = line[:i]
		}
		if words := strings.Fields(line); len(words) > 0 {
			lines = append(lines, words)
		}
	}
	return lines
}

// inHosts returns the /etc/hosts entries for a name or, if want is PTR, for an address, sorted and without
// duplicates.
func (m machine) inHosts(name string, want recordType) []string {
	var found []string
	wanted, _ := netip.ParseAddr(name)
	for _, entry := range m.hosts() {
		addr, err := netip.ParseAddr(entry.Address)
		switch {
		case err != nil:
		case want == typePTR && addr == wanted:
			for _, n := range entry.Names {
				found = append(found, strings.TrimSuffix(n, ".")+".")
			}
		case want == typeA && addr.Is4(), want == typeAAAA && addr.Is6():
			same := func(n string) bool { return strings.EqualFold(n, strings.TrimSuffix(name, ".")) }
			if slices.ContainsFunc(entry.Names, same) {
				found = append(found, addr.String())
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
