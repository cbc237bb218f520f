package render

import (
	"slices"
	"strings"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// engineLine is "Engine 20.10.24, Debian GNU/Linux 12. 5 containers, 1 network, up in 0.8 s."
func engineLine(r *result.Record, sc *result.Scenario, o Options) string {
	return engines(r, o) + " " + made(sc)
}

// made says what the lab consists of: "5 containers, 1 network, up in 0.8 s.", "No containers, up in 0.1 s."
func made(sc *result.Scenario) string {
	containers := 0
	for _, peer := range sc.Peers {
		if peer.Name != result.HostPeer {
			containers++
		}
	}
	networks := 0
	for _, n := range sc.Networks {
		if !builtIn(n.Name) {
			networks++
		}
	}
	for _, v := range sc.Services {
		containers += len(v.Tasks)
	}
	s := Objects(fact.Objects{
		Containers: containers, Networks: networks, Wires: len(sc.Wires), Volumes: len(Volumes(sc.Peers)),
		Services: len(sc.Services),
	})
	if containers+networks+len(sc.Wires)+len(Volumes(sc.Peers)) == 0 {
		s = "No containers"
	}
	if sc.Swarm != "" {
		s = strings.TrimPrefix(s+", "+flat(sc.Swarm), ", ")
	}
	if sc.UpUS > 0 {
		s += ", up in " + seconds(sc.UpUS)
	}
	return s + "."
}

// engines names the engines of a record: "Engine 20.10.24, Debian GNU/Linux 12.", or "Recorded 4 March 2026 on Engine
// 20.10.24, Debian GNU/Linux 12." for an older record. Several engines are named with their hosts.
func engines(r *result.Record, o Options) string {
	var names []string
	for _, e := range r.Engines {
		s := "Engine "
		switch e.Kind {
		case fact.KindDesktop:
			s = "Docker Desktop, engine "
		case fact.KindPodman:
			s = "Podman "
		}
		s += orElse(release(e.Version), "of unknown version")
		if e.OS != "" {
			s += ", " + e.System()
		}
		if e.Rootless {
			s += ", rootless: the host is RootlessKit's network namespace, not the computer"
		}
		if len(r.Engines) > 1 && e.Name != "" {
			s += ", on host " + e.Name
		}
		if e.Kind == fact.KindDesktop {
			s += "; its host is a virtual machine"
		}
		names = append(names, s)
	}
	switch {
	case len(names) == 0 && o.Recorded:
		return "Recorded " + r.Started.Format(day) + "."
	case len(names) == 0:
		return "No engine was recorded."
	case o.Recorded:
		return "Recorded " + r.Started.Format(day) + " on " + strings.Join(names, " and ") + "."
	}
	return strings.Join(names, ". ") + "."
}

// release is a version without the packager's suffix.
func release(version string) string {
	version, _, _ = strings.Cut(version, "+")
	return version
}

// day is the date format, in the notation of package time.
const day = "2 January 2006"

// builtIn reports whether Docker itself creates a network of that name: the first three on every engine, the others in
// a swarm.
func builtIn(name string) bool {
	return slices.Contains([]string{"bridge", "host", "none", "ingress", ask.GatewayBridge}, name)
}
