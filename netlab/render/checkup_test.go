package render

import (
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// checkup is what doctor finds on an engine with an unusual setting and a mode that cannot run there.
func checkup() *result.Doctor {
	d := &result.Doctor{
		AgentBytes: 3_811_000,
		Engine: fact.Engine{
			Version: "20.10.24+dfsg1", API: "1.41", OS: "Debian GNU/Linux 12 (bookworm)", Kernel: "6.1.0-44-amd64",
			Kind: fact.KindEngine, Host: "unix:///var/run/docker.sock", Context: "default",
		},
		Settings: []fact.Label{
			{Name: "bridge.default-gateway", Value: "none"},
			{Name: "bridge.gateway-mode", Value: "nat"},
			{Name: "bridge.host-binding", Value: "127.0.0.1"},
			{Name: "bridge.icc", Value: "false"},
			{Name: "bridge.internal", Value: "false"},
			{Name: "bridge.masquerade", Value: "true"},
			{Name: "bridge.mtu", Value: "1400"},
			{Name: "bridge.range", Value: "172.17.0.128/25"},
			{Name: "engine.bridge-filter", Value: "true"},
			{Name: "engine.dns", Value: "none"},
			{Name: "engine.dns-omitted", Value: "2001:db8::53"},
			{Name: "engine.forward-policy", Value: "drop"},
			{Name: "engine.host-gateway", Value: "192.0.2.7"},
			{Name: "engine.ipv6", Value: "false"},
			{Name: "engine.ipvs", Value: "false"},
			{Name: "engine.kind", Value: "engine"},
			{Name: "engine.loopback-dns", Value: "false"},
			{Name: "engine.rootless", Value: "false"},
			{Name: "engine.swarm", Value: "inactive"},
			{Name: "engine.userland-proxy", Value: "true"},
			{Name: "engine.version", Value: "20.10.24+dfsg1"},
		},
		Free: 4096, Range: "10.213.0.0/16",
		Findings: []result.Finding{{
			Severity: result.Warning,
			Cause: result.Cause{
				ID: "pool-exhausted", Title: "2 of 31 subnets are left in the engine's own address pools.", Object: "the host",
				Evidence: []probe.Evidence{{Source: "docker network ls", Text: "192.168.0.0/16: 2 of 16 free"}},
				Fix:      []result.Fix{{Class: result.FixDocker, Say: "Remove unused networks.", Run: "docker network prune"}},
			},
		}},
		Left:  []string{"network netlab-3f1c9a2b-back: its owner is gone"},
		InUse: []string{"container netlab-demo-alice: kept until 4 March 2026"},
	}
	for _, m := range builtInModes() {
		d.Lessons = append(d.Lessons, result.Lesson{Name: m.Name, Title: m.Title, Skipped: m.Skipped})
	}
	return d
}
