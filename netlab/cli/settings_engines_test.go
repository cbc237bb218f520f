//go:build linux && engines

package cli

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/enginetest"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/scenario"
)

// A setting is a way to run an engine, with the answers that netlab must then measure. All other answers must be the
// same as without it.
type setting struct {
	name    string
	flags   []string
	prepare string                        // shell commands in the engine's network namespace before it starts
	after   string                        // shell commands after it has started
	only    func(*scenario.Scenario) bool // the scenarios that it can affect; nil for all
	ends    bool                          // it is tried on the oldest and the newest version only, to save time
	facts   []string                      // that may explain an answer, in addition to those of every engine
	want    []want
	says    []sentence
	doctor  []string // in doctor's output, with single spaces
}

// want is an answer that a setting changes, with the fact that explains it.
type want struct {
	mode, check string
	reason      probe.Reason
	value       string // "" for any
	fact        string // names the fact; "" if the answer changes without an expectation of its own
}

// everywhere lists facts that may explain an answer under any setting, because they differ between versions.
func everywhere() []string {
	return []string{"engine.version", "engine.ip6tables"}
}

func settings() []setting {
	return []setting{
		{
			name: "as installed", want: []want{{"bridge", "direct", probe.Timeout, "", ""}},
			doctor: []string{"engine.iptables true", "engine.forwarding open"},
			says:   []sentence{isolated("20.10", isolation), isolated("26.1", isolation), isolated("28.5", raw)},
		},
		{
			name: "--icc=false", flags: []string{"--icc=false"}, only: onDefaultBridge,
			facts: []string{"bridge.icc"}, want: []want{
				{"bridge", "peer-by-address", probe.Timeout, "", "bridge.icc"},
				{"bridge", "peer-sees", probe.Timeout, "", "bridge.icc"},
				{"bridge", "closed-port", probe.Timeout, "", "bridge.icc"},
				{"bridge", "peer-by-name", probe.NameNotFound, "", ""},
			},
		},
		{ // not at the same time as labs with icc=false: creating such a bridge makes the engine enable the filter
			name: "--icc=false, bridged frames not filtered", flags: []string{"--icc=false"},
			after: "sysctl -qw net.bridge.bridge-nf-call-iptables=0", only: named("bridge"),
			facts: []string{"bridge.icc"}, want: []want{{"bridge", "peer-by-address", probe.OK, "", ""}},
		},
		{ // three settings that do not affect each other's answers
			name: "--bip 10.99.0.1/24 --mtu 1300 --default-address-pool 10.98.0.0/16",
			flags: []string{
				"--bip", "10.99.0.1/24", "--mtu", "1300", "--default-address-pool", "base=10.98.0.0/16,size=24",
			},
			only: func(sc *scenario.Scenario) bool {
				return onDefaultBridge(sc) || sc.Name == "custom-bridge" || sc.Name == "overlay"
			},
			facts: []string{"bridge.mtu"}, want: []want{
				{"bridge", "gateway", probe.OK, "10.99.0.1", ""},
				{"bridge", "host-to-peer", probe.OK, "10.99.0.1", ""},
				{"bridge", "mtu", probe.OK, "1300", "bridge.mtu"},
			},
		},
		{
			name: "--ip-masq=false", flags: []string{"--ip-masq=false"}, only: onDefaultBridge,
			facts: []string{"bridge.masquerade"},
		},
		{
			name: "--userland-proxy=false", flags: []string{"--userland-proxy=false"},
			facts: []string{"engine.userland-proxy"},
			only:  func(sc *scenario.Scenario) bool { return publishes(sc) || sc.Name == "host-service" },
		},
		{
			name: "forwarding on before it starts", prepare: "sysctl -qw net.ipv4.ip_forward=1", only: wired,
			facts: []string{"engine.forward-policy"},
		},
		{
			name: "--ip-forward=false", flags: []string{"--ip-forward=false"}, ends: true, only: crossesFirewall,
			facts: []string{"forwarding", "engine.forward-policy"},
			want: []want{
				{"dual-stack", "outside-ipv6", probe.Timeout, "", "engine.ipv6-forwarding"},
				{"bridge", "peer-by-name", probe.DNSNoAnswer, "", "engine.forwarding"},
			},
			doctor: []string{"engine.ip-forward false", "net.ipv4.ip_forward is 0"}, says: []sentence{
				{"", "bridge", "outside", result.AsExpected, probe.Timeout, "does not forward packets"},
				{"", "bridge", "outside-silent", result.AsExpected, probe.Timeout, "engine.forwarding is off"},
				isolated("20.10", "does not forward packets"), isolated("28.5", raw),
			},
		},
		{
			name: "a firewall that forwards nothing", prepare: guarded("forward", ""), ends: true, only: crossesFirewall,
			facts: []string{"forwarding"}, want: []want{
				{"shared", "peer-sees", probe.Timeout, "", "engine.forwarding"},
				{"overlay", "published", probe.Timeout, "", "engine.forwarding"},
			},
			doctor: []string{"engine.forwarding dropped"}, says: []sentence{
				{"", "bridge", "outside", result.AsExpected, probe.Timeout, "engine.forwarding is dropped"},
				isolated("20.10", "Chain on in table inet guard drops"), isolated("28.5", raw),
			},
		},
		{
			name: "--iptables=false, FORWARD policy DROP", flags: []string{"--iptables=false"},
			prepare: "iptables -P FORWARD DROP", ends: true, only: crossesFirewall,
			facts:  []string{"engine.iptables", "forwarding", "engine.forward-policy", "masquerade"},
			want:   []want{{"overlay", "outside", probe.Timeout, "", "engine.forwarding"}},
			doctor: []string{"engine.iptables false", "--iptables=false"}, says: []sentence{
				isolated("", "The policy of FORWARD dropped the packets"),
				{"", "bridge", "published", result.AsExpected, probe.OK, "engine.iptables is false"},
				{"", "icc-off", "peer-by-address", result.AsExpected, probe.Timeout, "engine.forwarding is dropped"},
				{"", "publish", "one-port", result.AsExpected, probe.InUse, "only once"},
			},
		},
		{
			name: "--iptables=false --userland-proxy=false", flags: []string{"--iptables=false", "--userland-proxy=false"},
			ends: true, only: crossesFirewall,
			facts: []string{"engine.iptables", "engine.userland-proxy", "masquerade"}, want: []want{
				{"overlay", "other-network", probe.OK, "", "engine.iptables"},
				{"shared", "published", probe.Accepted, "", "engine.userland-proxy"},
			},
		},
		{
			name: "a firewall that lets nothing in", prepare: guarded("input", ""), ends: true, only: crossesFirewall,
			facts:  []string{"input-policy"},
			want:   []want{{"overlay", "host-service", probe.Timeout, "", "engine.input-policy"}},
			doctor: []string{"engine.input-policy drop", "lets in only what a firewall rule allows"}, says: []sentence{
				{"", "bridge", "host-service", result.AsExpected, probe.Timeout, "engine.input-policy is drop"},
				{"", "bridge", "outside-host", result.AsExpected, probe.Timeout, "drops what none of its rules lets in"},
				{"", "bridge", "unpublished", result.AsExpected, probe.Timeout, "engine.input-policy is drop"},
				{"", "bridge", "outside-closed", result.AsExpected, probe.Refused, "refuses at once"},
				{"28.5", "bridge", "direct", result.AsExpected, probe.Timeout, "does not forward"},
			},
		},
		{
			name: "a firewall that rejects what comes in", prepare: unlimited + guarded("input", "reject"),
			ends: true, only: crossesFirewall, facts: []string{"input-policy"},
			want:   []want{{"host-service", "default-bridge", probe.Refused, "", "engine.input-policy"}},
			doctor: []string{"engine.input-policy reject", "engine.ipv6-input-policy reject"}, says: []sentence{{
				"", "host-service", "default-bridge", result.AsExpected, probe.Refused, "rejects what none of its rules lets in",
			}},
		},
	}
}

// unlimited has the kernel send every ICMP error, so that an answer does not depend on how many were sent before.
const unlimited = "sysctl -qw net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0; "

// guarded adds a table that lets through only established connections, loopback and ICMP at a hook, like ufw and
// firewalld. The rest is dropped by its policy, or by the verdict.
func guarded(hook, verdict string) string {
	add := func(what, name, rest string) string { return "nft 'add " + what + " inet guard " + name + rest + "'; " }
	commands := add("table", "", "") + add("chain", "on", " { type filter hook "+hook+" priority -5; policy drop; }")
	for _, rule := range []string{
		"ct state established,related accept", "iifname lo accept", "meta l4proto { icmp, icmpv6 } accept", verdict,
	} {
		if rule != "" && hook == "input" {
			commands += add("rule", "on ", rule)
		}
	}
	return commands
}

// crossesFirewall selects the scenarios with questions that the host's firewall can answer.
func crossesFirewall(sc *scenario.Scenario) bool { return wired(sc) || sc.Name == "host-service" }

func named(names ...string) func(*scenario.Scenario) bool {
	return func(sc *scenario.Scenario) bool { return slices.Contains(names, sc.Name) }
}

func onDefaultBridge(sc *scenario.Scenario) bool {
	return sc.Upstream == scenario.DefaultBridge || slices.ContainsFunc(sc.Containers, func(c scenario.Container) bool {
		return slices.ContainsFunc(c.Networks, func(a scenario.Attachment) bool {
			return a.Network == scenario.DefaultBridge
		})
	})
}

func publishes(sc *scenario.Scenario) bool {
	return slices.ContainsFunc(sc.Containers, func(c scenario.Container) bool { return len(c.Publish) > 0 })
}

func wired(sc *scenario.Scenario) bool { return len(sc.Wires) > 0 }

// resolvConf makes the engine's host list these DNS servers.
func resolvConf(servers ...string) string {
	return "printf 'nameserver %s\\n' " + strings.Join(servers, " ") + " >/tmp/$(ip netns identify)/resolv.conf"
}

const (
	networkOption = "--default-network-opt"
	bridgeOption  = "bridge=com.docker.network.bridge."
)

// TestEnginesFacts: settings of an engine or its host that change answers are facts. No answer is a surprise, and facts
// explain each answer that a setting changes.
func TestEnginesFacts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		version, mode string
		setting
	}{
		{enginetest.V20, "bridge", setting{
			name:  "fixed-cidr, dns",
			flags: []string{"--bip", "10.77.0.1/24", "--fixed-cidr", "10.77.0.128/25", "--dns", "192.0.2.53"},
			facts: []string{"bridge.range", "engine.dns", "engine.forward-policy"},
			want: []want{
				{"bridge", "address", probe.OK, "", "bridge.range"},
				{"bridge", "nameservers", probe.OK, "192.0.2.53", "engine.dns"},
			},
		}},
		{enginetest.V26, "bridge", setting{
			name: "default-gateway", flags: []string{"--default-gateway", "172.17.0.99"},
			facts: []string{"bridge.default-gateway", "engine.forward-policy"},
			want: []want{
				{"bridge", "gateway", probe.OK, "172.17.0.99", "bridge.default-gateway"},
				{"bridge", "peer-by-name", probe.HostUnreachable, "", "bridge.default-gateway"},
				{"bridge", "outside", probe.HostUnreachable, "", "bridge.default-gateway"},
				{"bridge", "published", probe.Timeout, "", "bridge.default-gateway"},
			},
		}},
		{enginetest.V20, "host-service", setting{
			name: "host-gateway-ip", flags: []string{"--host-gateway-ip", "192.0.2.2"}, facts: []string{"engine.host-gateway"},
			want: []want{
				{"host-service", "name", probe.OK, "192.0.2.2", "engine.host-gateway"},
				{"host-service", "by-name", probe.Refused, "", "engine.host-gateway"},
			},
		}},
		{enginetest.V28, "bridge", setting{
			name: "an IPv6 server beside an IPv4 one", prepare: resolvConf("192.0.2.1", "2001:db8::53"),
			facts: []string{"engine.dns-omitted"},
			want:  []want{{"bridge", "nameservers", probe.OK, "192.0.2.1", "engine.dns-omitted"}},
		}},
		{enginetest.V20, "bridge", setting{
			name: "only an IPv6 server", prepare: resolvConf("2001:db8::53"),
			facts: []string{"engine.loopback-dns", "engine.forward-policy"},
			want:  []want{{"bridge", "nameservers", probe.OK, "8.8.8.8 8.8.4.4", "engine.loopback-dns"}},
		}},
		{enginetest.V26, "bridge", setting{
			name: "a loopback server first", prepare: resolvConf("127.0.0.1", "192.0.2.1"),
			facts: []string{"engine.dns-omitted", "engine.forward-policy"},
			want:  []want{{"bridge", "nameservers", probe.OK, "192.0.2.1", "engine.dns-omitted"}},
		}},
		{enginetest.V20, "publish", setting{
			name: "route_localnet by default", prepare: "sysctl -qw net.ipv4.conf.default.route_localnet=1",
			facts: []string{"engine.forward-policy"},
			want:  []want{{"publish", "peer", probe.OK, "", ""}, {"publish", "nobody", probe.Closed, "", ""}},
		}},
		{enginetest.V28, "publish", setting{
			name: "routed", flags: []string{networkOption, bridgeOption + "gateway_mode_ipv4=routed"},
			facts: []string{"web.gateway-mode", "back.gateway-mode"},
			want: []want{
				{"publish", "direct", probe.OK, "", "web.gateway-mode"},
				{"publish", "one-port", probe.OK, "", "web.gateway-mode"},
			},
		}},
		{enginetest.V28, "publish", setting{
			name: "direct routing", flags: []string{"--allow-direct-routing"}, facts: []string{"engine.direct-routing"},
			want: []want{{"publish", "direct", probe.OK, "", "engine.direct-routing"}},
		}},
		{enginetest.V28, "custom-bridge", setting{
			name: "nat-unprotected", flags: []string{networkOption, bridgeOption + "gateway_mode_ipv4=nat-unprotected"},
			facts: []string{"web.gateway-mode"},
			want:  []want{{"custom-bridge", "direct", probe.OK, "", "web.gateway-mode"}},
		}},
		{enginetest.V28, "custom-bridge", setting{
			name: "icc off on its own networks", flags: []string{networkOption, bridgeOption + "enable_icc=false"},
			facts: []string{"web.icc", "back.icc"},
			want: []want{
				{"custom-bridge", "peer-by-address", probe.Timeout, "", "web.icc"},
				{"custom-bridge", "localhost", probe.Refused, "", ""},
				{"custom-bridge", "second-network", probe.Timeout, "", "back.icc"},
			},
		}},
		{enginetest.V26, "publish", setting{
			name: "one address, no masquerading", flags: []string{
				networkOption, bridgeOption + "enable_ip_masquerade=false",
				networkOption, bridgeOption + "host_binding_ipv4=127.0.0.1",
			},
			facts: []string{"web.host-binding", "back.masquerade", "engine.forward-policy"},
			want: []want{
				{"publish", "all-addresses", probe.OK, "127.0.0.1", "web.host-binding"},
				{"publish", "all-outside", probe.Refused, "", "web.host-binding"},
			},
		}},
		{enginetest.V26, "image-and-container", setting{
			name: "userns-remap", flags: []string{"--userns-remap=default"}, prepare: "chmod 711 /tmp/$(ip netns identify)",
		}},
		{enginetest.V20, "none", setting{
			name: "a VPN", prepare: "ip route add 0.0.0.0/1 via 192.0.2.1; ip route add 128.0.0.0/1 via 192.0.2.1; " +
				"ip route add 10.0.0.0/8 via 192.0.2.1",
			facts: []string{"engine.forward-policy"},
			want:  []want{{"none", "peer-by-address", probe.NetUnreachable, "", ""}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.version+" "+tt.name, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: tt.version, Flags: tt.flags, Prepare: tt.prepare})
			r, code := demo(t, e, tt.mode)
			if code != exitOK {
				t.Errorf("exit code %d, want %d", code, exitOK)
			}
			examineSteps(t, r.Scenarios[0], tt.setting)
			for _, fact := range tt.facts { // doctor shows those of the engine itself
				words, _, _ := netlab("-H", e.Host, "doctor")
				if strings.HasPrefix(fact, "engine.") && !strings.Contains(words, fact) {
					t.Errorf("doctor does not show %s:\n%s", fact, words)
				}
			}
		})
	}
}

// TestEnginesDoctorSaysNo: if doctor says that a mode cannot run, demo finds the same, for the same reason.
func TestEnginesDoctorSaysNo(t *testing.T) {
	t.Parallel()
	private := "for r in 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16; do ip route add $r via 192.0.2.1; done"
	tests := []struct {
		name, version, prepare, mode, why string
		flags                             []string
	}{
		{
			name: "IPv6 is off", version: enginetest.V28, prepare: "sysctl -qw net.ipv6.conf.all.disable_ipv6=1",
			mode: "dual-stack", why: "IPv6 is off on this host",
		},
		{
			name: "every private range is routed", version: enginetest.V20, prepare: private,
			flags: []string{"--bip", "203.0.113.1/24"}, mode: "none", why: "route to 10.0.0.0/8 via 192.0.2.1",
		},
		{
			name: "userns-remap", version: enginetest.V26, prepare: "chmod 711 /tmp/$(ip netns identify)",
			flags: []string{"--userns-remap=default"}, mode: "host", why: "does not allow --network host",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := enginetest.Start(t, enginetest.Options{Version: tt.version, Flags: tt.flags, Prepare: tt.prepare})
			var out, words bytes.Buffer
			streams := Streams{In: strings.NewReader(""), Out: &out, Err: &words, Env: func(string) string { return "" }}
			if code := Main(context.Background(), streams, []string{"netlab", "-H", e.Host, "doctor"}, "test"); code != exitOK {
				t.Fatalf("doctor: exit code %d: %s", code, words.String())
			}
			said := strings.Join(strings.Fields(out.String()), " ")
			if !strings.Contains(said, tt.mode+" no ") || !strings.Contains(said, tt.why) {
				t.Errorf("doctor does not say that it cannot run %s, with %q:\n%s", tt.mode, tt.why, out.String())
			}
			r, code := demo(t, e, tt.mode)
			if got := r.Scenarios[0].Skipped; code != exitNothingRan || !strings.Contains(got, tt.why) {
				t.Errorf("demo: exit code %d, skipped %q; want %d, %q", code, got, exitNothingRan, tt.why)
			}
		})
	}
}
