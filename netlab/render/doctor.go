package render

import (
	"fmt"
	"io"
	"net/netip"
	"strings"

	"netlab/netlab/fact"
)

// A Checkup is what `netlab doctor` found.
type Checkup struct {
	Engine    fact.Engine
	Facts     []fact.Label // what an expectation can name, sorted
	Modes     []Mode
	Free      int          // subnets that labs can still take
	Range     netip.Prefix // from here
	Leftovers []string     // what netlab clean would remove, with why
	InUse     []string     // what it would leave, with why
}

// A Mode is a scenario that this engine can run, or why not.
type Mode struct {
	Name, Title string
	Skipped     string
}

// Doctor draws a checkup.
func Doctor(w io.Writer, c Checkup, o Options) error {
	p := newPage(o)
	e := c.Engine
	p.para("Engine    ", 10, fmt.Sprintf("%s, API %s, %s, kernel %s", e.Version, e.API, e.OS, e.Kernel))
	p.para("At        ", 10, strings.TrimSpace(e.Host+" "+inContext(e.Context)))
	if e.Kind == fact.KindDesktop {
		p.para("Kind      ", 10, "Docker Desktop: the host of its containers is a virtual machine, not this computer")
	}
	if e.Rootless {
		p.para("Kind      ", 10, "rootless: the host of its containers is RootlessKit's network namespace")
	}
	p.WriteByte('\n')
	p.line("MODES THAT IT CAN RUN")
	for _, m := range c.Modes {
		if m.Skipped != "" {
			p.para(" "+pad(m.Name, 15), 16, "no: "+m.Skipped)
			continue
		}
		p.para(" "+pad(m.Name, 15)+"yes  ", 21, m.Title)
	}
	p.WriteByte('\n')
	p.line("SETTINGS THAT CHANGE A MODE'S BEHAVIOUR")
	for _, f := range c.Facts {
		p.para(" "+pad(f.Name, 22)+"  "+pad(f.Value, 8)+"  ", 35, settingMeans(f.Name))
	}
	p.WriteByte('\n')
	p.line("ADDRESSES")
	p.para(" ", 1, fmt.Sprintf("%d lab networks fit into the free part of %s.", c.Free, c.Range))
	p.WriteByte('\n')
	p.line("LEFTOVERS")
	for _, l := range c.Leftovers {
		p.para(" ", 3, l)
	}
	for _, l := range c.InUse {
		p.para(" in use: ", 3, l)
	}
	switch {
	case len(c.Leftovers) > 0:
		p.para(" ", 3, "Remove them with: netlab clean")
	case len(c.InUse) == 0:
		p.line(" none")
	}
	return p.to(w)
}

func inContext(name string) string {
	if name == "" {
		return ""
	}
	return "(docker context " + name + ")"
}

// settingMeans is what a setting does, in a few words.
func settingMeans(name string) string {
	switch _, field, _ := strings.Cut(name, "."); field {
	case "bridge-filter":
		return "frames inside one bridge pass the host's firewall, so icc can forbid them"
	case "kind":
		return "engine, desktop or podman"
	case "loopback-dns":
		return "the host names only loopback DNS servers, so containers get public ones"
	case "rootless":
		return "the engine runs without root"
	case "version":
		return "some behaviour changed with versions 26 and 28"
	case "icc":
		return "containers on the default bridge may talk to each other"
	case "internal":
		return "the default bridge has no way out"
	case "masquerade":
		return "the outside sees the host's address, not the container's"
	case "mtu":
		return "bytes in the largest packet on the default bridge"
	}
	return ""
}

// Objects is "5 containers, 1 network".
func Objects(containers, networks int) string {
	return plural(containers, "container") + ", " + plural(networks, "network")
}
