package scan

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/survey"
)

// leaves and comes are what the host's kernel says about packets to an address.
func leaves(link string, table int) probe.Outcome {
	return probe.Outcome{Reason: probe.OK, Path: &probe.Path{Link: link, Table: table}}
}

// jump, accept and masquerade are rules as the engine writes them.
func jump(chain string) fact.Rule {
	return fact.Rule{Number: 1, Verdict: fact.VerdictJump, Chain: chain}
}

func accept(to, port string) fact.Rule {
	return fact.Rule{Number: 1, Verdict: fact.PolicyAccept, To: to, Network: "tcp", Ports: port}
}

func masquerade(from, bridge string) fact.Rule {
	return fact.Rule{Number: 1, Verdict: fact.VerdictMasquerade, From: from, Out: "! " + bridge}
}

func chain(table, name, hook string, passes ...fact.Rule) fact.Chain {
	return fact.Chain{Family: "ip", Table: table, Name: name, Hook: hook, Passes: passes}
}

// machine is an engine as installed, with web on a network app, which publishes port 80.
func machine() *Facts {
	f := &Facts{Whole: true}
	f.Engine = fact.Engine{Kind: fact.KindEngine, Version: "28.5.2"}
	f.Networks = []fact.Network{
		{
			ID: "n0", Name: "bridge", Driver: "bridge", Interface: "docker0", Subnet: "172.17.0.0/16", ICC: true,
			Masquerade: true,
		},
		{ID: "n1", Name: "app", Driver: "bridge", Interface: "br-app", Subnet: "172.18.0.0/16", ICC: true, Masquerade: true},
		{ID: "n2", Name: "host", Driver: "host", ICC: true, Masquerade: true},
	}
	f.Containers = []fact.Container{{
		ID: "id-of-web", Name: "web", State: "running", Mode: "app",
		Endpoints: []fact.ContainerEndpoint{{Network: "app", ID: "n1", IPv4: "172.18.0.2"}},
		Ports: []fact.Binding{
			{Port: "80/tcp", HostIP: "0.0.0.0", HostPort: 8080}, {Port: "80/tcp", HostIP: "::", HostPort: 8080},
		},
	}}
	f.Ends = []survey.End{{
		Container: &f.Containers[0], Stack: &fact.Stack{Sockets: []fact.Socket{{Network: "tcp", Address: "0.0.0.0:80"}}},
	}}
	f.Host = &fact.Stack{
		Links: []fact.Link{
			{Index: 1, Name: "lo", Kind: "loopback", MTU: 65536, Up: true, Running: true},
			{Index: 2, Name: "eth0", Kind: "device", MTU: 1500, Up: true, Running: true},
			{Index: 3, Name: "docker0", Kind: "bridge", MTU: 1500, Up: true},
			{Index: 4, Name: "br-app", Kind: "bridge", MTU: 1500, Up: true, Running: true},
			{Index: 5, Name: "veth1", Kind: "veth", MTU: 1500, Up: true, Running: true, Master: 4},
		},
		Routes: []fact.Route{
			{Destination: "0.0.0.0/0", Gateway: "192.0.2.1", Link: "eth0"},
			{Destination: "192.0.2.0/24", Link: "eth0"},
			{Destination: "172.17.0.0/16", Link: "docker0"},
			{Destination: "172.18.0.0/16", Link: "br-app"},
		},
		Rules: []fact.RoutingRule{
			{Family: "ip", Table: fact.TableLocal}, {Family: "ip", Priority: fact.PriorityMain, Table: fact.TableMain},
		},
		Sysctls: []fact.Sysctl{
			{Name: "net.ipv4.ip_forward", Value: "1"},
			{Name: fact.BridgeNetfilter, Value: "1"},
			{Name: fact.Forwarding("br-app"), Value: "1"},
			{Name: fact.Forwarding("eth0"), Value: "1"},
		},
	}
	f.Firewall = &fact.Firewall{
		{
			Family: "ip", Table: "filter", Name: "FORWARD", Hook: fact.HookForward, Policy: fact.PolicyDrop,
			Drops:  []fact.Rule{{Verdict: fact.PolicyDrop, Every: true, Counts: true}},
			Passes: []fact.Rule{jump("DOCKER-USER"), jump("DOCKER-FORWARD")},
		},
		chain("filter", "DOCKER", "", accept("172.18.0.2/32", "80")),
		chain("nat", "PREROUTING", "prerouting", jump("DOCKER")),
		chain("nat", "DOCKER", ""),
		chain("nat", "POSTROUTING", "postrouting", masquerade("172.17.0.0/16", "docker0"),
			masquerade("172.18.0.0/16", "br-app")),
	}
	f.Own = leaves("eth0", fact.TableMain)
	f.Ways = []Way{
		{"bridge", "172.17.0.2", leaves("eth0", fact.TableMain), leaves("docker0", fact.TableMain)},
		{"app", "172.18.0.2", leaves("eth0", fact.TableMain), leaves("br-app", fact.TableMain)},
	}
	f.Servers = []Server{{"192.0.2.53", 1, probe.Outcome{Reason: probe.OK, TookUS: 1200}}}
	return f
}

// set changes a setting of the host.
func (f *Facts) set(name, value string) {
	f.Host.Sysctls = slices.DeleteFunc(f.Host.Sysctls, func(s fact.Sysctl) bool { return s.Name == name })
	f.Host.Sysctls = append(f.Host.Sysctls, fact.Sysctl{Name: name, Value: value})
}

// chain returns a chain of the firewall.
func (f *Facts) chain(table, name string) *fact.Chain {
	fw := *f.Firewall
	return &fw[slices.IndexFunc(fw, func(c fact.Chain) bool { return c.Table == table && c.Name == name })]
}

func TestHostFindings(t *testing.T) {
	t.Parallel()
	pool := func(base string, size int) []fact.Pool {
		return []fact.Pool{{Base: netip.MustParsePrefix(base), Size: size}}
	}
	for name, test := range map[string]struct {
		change func(*Facts)
		want   []string
		seen   string // in the evidence of the first finding
	}{
		"healthy": {func(*Facts) {}, nil, ""},
		"icc=false": {func(f *Facts) {
			f.Networks[0].ICC = false
		}, nil, ""},
		"ip-masq=false": {func(f *Facts) {
			f.Networks[0].Masquerade = false
			f.chain("nat", "POSTROUTING").Passes = []fact.Rule{masquerade("172.18.0.0/16", "br-app")}
		}, nil, ""},
		"iptables=false": {func(f *Facts) {
			f.Networks[0].Masquerade, f.Firewall = false, &fact.Firewall{}
		}, []string{"note docker-rules-missing the host"}, "enable_ip_masquerade is false"},
		"iptables=false, and a policy that drops": {func(f *Facts) {
			f.Networks[0].Masquerade = false
			f.Firewall = &fact.Firewall{{
				Family: "ip", Table: "filter", Name: "FORWARD", Hook: fact.HookForward,
				Drops: []fact.Rule{{Verdict: fact.PolicyDrop, Every: true}},
			}}
		}, []string{"problem firewall the host", "note docker-rules-missing the host"}, "FORWARD accepts nothing"},
		"a table that forwards nothing": {func(f *Facts) {
			*f.Firewall = append(*f.Firewall, fact.Chain{
				Family: "inet", Table: "guard", Name: "on", Hook: fact.HookForward,
				Drops: []fact.Rule{{Verdict: fact.PolicyDrop, Every: true}},
			})
		}, []string{"problem firewall the host"}, "on in table inet guard"},
		"a table that forwards something": {func(f *Facts) {
			*f.Firewall = append(*f.Firewall, fact.Chain{
				Family: "inet", Table: "firewalld", Name: "filter_FORWARD", Hook: fact.HookForward,
				Drops:  []fact.Rule{{Number: 9, Verdict: fact.VerdictReject, Every: true}},
				Passes: []fact.Rule{{Number: 1, Verdict: fact.PolicyAccept, More: true}},
			})
		}, nil, ""},

		"no chains at all": {func(f *Facts) {
			f.Firewall = &fact.Firewall{}
		}, []string{"problem docker-rules-missing the host"}, "none of Docker's chains"},
		"no jump from FORWARD": {func(f *Facts) {
			f.chain("filter", "FORWARD").Passes = []fact.Rule{jump("DOCKER-USER")}
		}, []string{"problem docker-rules-missing the host"}, "FORWARD does not lead"},
		"no jump from PREROUTING": {func(f *Facts) {
			f.chain("nat", "PREROUTING").Passes = nil
		}, []string{"problem docker-rules-missing the host"}, "PREROUTING in table nat"},
		"the chain DOCKER is empty": {func(f *Facts) {
			f.chain("filter", "DOCKER").Passes = nil
		}, []string{"problem docker-rules-missing the host"}, "172.18.0.2:80/tcp (web)"},
		"only another port is accepted": {func(f *Facts) {
			f.chain("filter", "DOCKER").Passes = []fact.Rule{accept("172.18.0.2/32", "443")}
		}, []string{"problem docker-rules-missing the host"}, "172.18.0.2:80/tcp (web)"},
		"no masquerading but the engine's for the host itself": {func(f *Facts) {
			f.chain("nat", "POSTROUTING").Passes = []fact.Rule{
				masquerade("172.17.0.0/16", "docker0"), {Verdict: fact.VerdictMasquerade, Out: "br-app", More: true},
			}
		}, []string{"problem masquerade-missing app"}, "masquerades"},
		"masquerading by a rule of the administrator's": {func(f *Facts) {
			f.chain("nat", "POSTROUTING").Passes = []fact.Rule{{Verdict: fact.VerdictMasquerade, Out: "eth0"}}
		}, nil, ""},
		"no masquerading on purpose": {func(f *Facts) {
			f.Networks[1].Masquerade = false
			f.chain("nat", "POSTROUTING").Passes = []fact.Rule{masquerade("172.17.0.0/16", "docker0")}
		}, nil, ""},
		"legacy beside nftables": {func(f *Facts) {
			*f.Firewall = append(*f.Firewall, fact.Chain{Family: "ip", Table: "nat", Name: "DOCKER", Legacy: true})
		}, []string{"warning firewall-backend-mixed the host"}, "nat/DOCKER"},
		"a policy of iptables beside the nftables backend": {func(f *Facts) {
			f.Engine.FirewallBackend = "nftables"
		}, []string{"warning firewall-backend-mixed the host"}, "FORWARD of iptables ends with drop"},
		"a policy of legacy iptables beside Docker's rules in nftables": {func(f *Facts) {
			forward := fact.Chain{
				Family: "ip", Table: "filter", Name: "FORWARD", Hook: fact.HookForward, Legacy: true,
				Drops: []fact.Rule{{Verdict: fact.PolicyDrop, Every: true}},
			}
			*f.Firewall = append(*f.Firewall, forward)
		}, []string{"problem firewall-backend-mixed the host"}, "FORWARD of legacy iptables ends with drop"},
		"a policy of legacy iptables beside Docker's rules there": {func(f *Facts) {
			for i := range *f.Firewall {
				(*f.Firewall)[i].Legacy = true
			}
		}, nil, ""},

		"no forwarding": {func(f *Facts) {
			f.set("net.ipv4.ip_forward", "0")
		}, []string{"problem forwarding-off the host"}, "net.ipv4.ip_forward = 0"},
		"no forwarding from one network": {func(f *Facts) {
			f.set(fact.Forwarding("br-app"), "0")
		}, []string{"problem forwarding-off app"}, "net.ipv4.conf.br-app.forwarding = 0"},
		"no forwarding of answers": {func(f *Facts) {
			f.set(fact.Forwarding("eth0"), "0")
		}, []string{"problem forwarding-off eth0"}, "net.ipv4.conf.eth0.forwarding = 0"},
		"no forwarding of IPv6, and nobody uses it": {func(f *Facts) {
			f.Networks[0].IPv6Subnet = "fd00:17::/64"
			f.set("net.ipv6.conf.all.forwarding", "0")
		}, []string{"warning forwarding-off the host"}, "net.ipv6.conf.all.forwarding = 0"},
		"icc=false without br_netfilter": {func(f *Facts) {
			f.Networks[1].ICC = false
			f.set(fact.BridgeNetfilter, "0")
		}, []string{"warning icc-disabled app"}, "enable_icc is false"},
		"no br_netfilter": {func(f *Facts) { f.set(fact.BridgeNetfilter, "0") }, nil, ""},

		"a VPN's route in a network": {func(f *Facts) {
			f.Host.Routes = append(f.Host.Routes, fact.Route{Destination: "172.18.4.0/24", Link: "tun0"})
		}, []string{"problem subnet-overlap app"}, "172.18.0.0/16"},
		"a network in a VPN's route": {func(f *Facts) {
			f.Host.Routes = append(f.Host.Routes, fact.Route{Destination: "172.16.0.0/12", Gateway: "10.8.0.1", Link: "tun0"})
		}, []string{"warning subnet-overlap app", "warning subnet-overlap bridge"}, "172.18.0.0/16"},
		"an overlay on a bridge's subnet": {func(f *Facts) {
			f.Networks = append(f.Networks, fact.Network{Name: "over", Driver: "overlay", Subnet: "172.18.0.0/24"})
		}, []string{"warning subnet-overlap over"}, "172.18.0.0/16"},
		"two macvlans on one LAN": {func(f *Facts) {
			for _, name := range []string{"lan1", "lan2"} {
				f.Networks = append(f.Networks,
					fact.Network{Name: name, Driver: "macvlan", Interface: "eth0", Subnet: "192.0.2.0/24"})
			}
		}, nil, ""},

		"a rule sends answers to the VPN": {func(f *Facts) {
			f.Host.Rules = append(f.Host.Rules, fact.RoutingRule{Family: "ip", Priority: 100, To: "172.16.0.0/12", Table: 100})
			f.Ways[1].Back = leaves("tun0", 100)
		}, []string{"problem policy-route app"}, "100: from all to 172.16.0.0/12 lookup 100"},
		"a rule rejects answers": {func(f *Facts) {
			f.Host.Rules = append(f.Host.Rules,
				fact.RoutingRule{Family: "ip", Priority: 100, To: "172.18.0.0/16", Action: "prohibit"})
			f.Ways[1].Back = probe.Outcome{Reason: probe.Denied, Detail: "permission denied (EACCES)"}
		}, []string{"problem policy-route app"}, "100: from all to 172.18.0.0/16 prohibit"},
		"a table of a rule has no way out": {func(f *Facts) {
			f.Host.Rules = append(f.Host.Rules, fact.RoutingRule{Family: "ip", Priority: 90, In: "br-app", Table: 90})
			f.Host.OtherRoutes = []fact.Route{{Destination: "0.0.0.0/0", Kind: "unreachable", Table: 90}}
			f.Ways[1].Out = probe.Outcome{Reason: probe.HostUnreachable, Detail: "no route to host (EHOSTUNREACH)"}
		}, []string{"problem policy-route app"}, "90: from all iif br-app lookup 90"},
		"a rule sends containers through a VPN": {func(f *Facts) {
			f.Host.Rules = append(f.Host.Rules, fact.RoutingRule{Family: "ip", Priority: 90, From: "172.18.0.0/16", Table: 90})
			f.Ways[1].Out = leaves("tun0", 90)
		}, []string{"warning policy-route app"}, "90: from 172.18.0.0/16 lookup 90"},
		"everything goes through a VPN": {func(f *Facts) {
			f.Host.Rules = append(f.Host.Rules,
				fact.RoutingRule{Family: "ip", Priority: 32765, Not: true, Mark: "0xca6c", Table: 51820})
			f.Own, f.Ways[0].Out, f.Ways[1].Out = leaves("wg0", 51820), leaves("wg0", 51820), leaves("wg0", 51820)
		}, nil, ""},
		"another way without a rule that explains it": {func(f *Facts) {
			f.Ways[1].Out = leaves("tun0", fact.TableMain)
		}, nil, ""},

		"a parent that is down": {func(f *Facts) {
			f.Networks = append(f.Networks, fact.Network{Name: "lan", Driver: "macvlan", Interface: "eth1"})
			f.Host.Links = append(f.Host.Links, fact.Link{Index: 9, Name: "eth1", Kind: "device", MTU: 1500})
		}, []string{"warning macvlan-parent-down lan"}, "eth1 is not UP"},
		"a parent without a cable": {func(f *Facts) {
			f.Networks = append(f.Networks, fact.Network{Name: "lan", Driver: "ipvlan", Interface: "eth1"})
			f.Host.Links = append(f.Host.Links, fact.Link{Index: 9, Name: "eth1", Kind: "device", Up: true})
			f.Containers[0].Endpoints = append(f.Containers[0].Endpoints, fact.ContainerEndpoint{Network: "lan"})
		}, []string{"problem macvlan-parent-down lan"}, "not running"},

		"a smaller MTU on the way out": {func(f *Facts) {
			f.Host.Link("eth0").MTU = 1400
		}, []string{"warning mtu-too-large bridge", "warning mtu-too-large app"}, "docker0 has mtu 1500"},
		"a network with the MTU of the way out": {func(f *Facts) {
			f.Host.Link("eth0").MTU, f.Networks[0].MTU, f.Networks[1].MTU = 1400, 1400, 1400
		}, nil, ""},
		"larger frames on the way out": {func(f *Facts) { f.Host.Link("eth0").MTU = 9000 }, nil, ""},

		"no subnet left": {func(f *Facts) {
			f.Pools = pool("172.18.0.0/16", 16)
		}, []string{"problem pool-exhausted the host"}, "0 of 1 free; used by app"},
		"one subnet left": {func(f *Facts) {
			f.Pools = pool("172.16.0.0/14", 16)
			f.Networks = append(f.Networks, fact.Network{Name: "old", Driver: "bridge", Subnet: "172.16.0.0/16"})
		}, []string{"warning pool-exhausted the host"}, "1 of 4 free; used by old, bridge, app"},
		"two subnets left of four": {func(f *Facts) { f.Pools = pool("172.16.0.0/14", 16) }, nil, ""},

		"a DNS server that is down": {func(f *Facts) {
			f.Servers = append(f.Servers, Server{"10.8.0.1", 3, probe.Outcome{Reason: probe.DNSNoAnswer, Detail: "no answer"}})
		}, []string{"warning dns-upstream 10.8.0.1"}, "nameserver 10.8.0.1"},
		"the only DNS server is down": {func(f *Facts) {
			f.Servers[0].Answer = probe.Outcome{Reason: probe.Refused, Detail: "connection refused"}
		}, []string{"problem dns-upstream 192.0.2.53"}, "nameserver 192.0.2.53"},
		"a slow DNS server": {func(f *Facts) {
			f.Servers[0].Answer.TookUS = 2_400_000
		}, []string{"warning dns-upstream 192.0.2.53"}, "nameserver 192.0.2.53"},
		"a DNS server that says no": {func(f *Facts) { f.Servers[0].Answer.Reason = probe.DNSError }, nil, ""},

		"Docker Desktop": {func(f *Facts) {
			f.Engine.Kind, f.Engine.OS = fact.KindDesktop, "Docker Desktop"
		}, []string{"note desktop-vm the host"}, "Docker Desktop"},
		"a rootless engine": {func(f *Facts) {
			f.Engine.Rootless = true
		}, []string{"note rootless-boundary the host"}, "name=rootless"},
		"WSL that shares the network of Windows": {func(f *Facts) {
			f.Engine.Kernel = "6.6.87.2-microsoft-standard-WSL2"
			f.Host.Links = append(f.Host.Links, fact.Link{Index: 9, Name: "loopback0", Up: true, Running: true})
		}, []string{"note wsl-mirrored the host"}, "6.6.87.2-microsoft-standard-WSL2"},
		"WSL behind its own NAT": {func(f *Facts) { f.Engine.Kernel = "6.6.87.2-microsoft-standard-WSL2" }, nil, ""},
	} {
		f := machine()
		test.change(f)
		got := Diagnose(f)
		if words := named(got); !slices.Equal(words, test.want) {
			t.Errorf("%s: got %q, want %q", name, words, test.want)
			continue
		}
		for i, found := range got.Findings {
			if found.Title == "" || len(found.Evidence) == 0 || len(found.Fix) == 0 {
				t.Errorf("%s: %s has no title, evidence or fix: %+v", name, found.ID, found)
			}
			if i == 0 && !strings.Contains(found.Evidence[0].Text, test.seen) {
				t.Errorf("%s: the evidence is %+v, want %q", name, found.Evidence, test.seen)
			}
		}
		wrong := slices.ContainsFunc(test.want, func(w string) bool { return !strings.HasPrefix(w, "note") })
		if got.Wrong() != wrong {
			t.Errorf("%s: wrong is %t, want %t", name, got.Wrong(), wrong)
		}
	}
}

// A scan of chosen containers leaves out the networks that they are not on.
func TestHostFindingsOfChosen(t *testing.T) {
	t.Parallel()
	f := machine()
	f.Host.Link("eth0").MTU = 1400
	f.Whole = false
	if got, want := named(Diagnose(f)), []string{"warning mtu-too-large app"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What the host cannot tell is said, and nothing is concluded from it.
func TestHostUnseen(t *testing.T) {
	t.Parallel()
	f := machine()
	f.Firewall = nil
	if got := Diagnose(f); len(got.Findings) > 0 || len(got.Unseen) != 1 || !strings.Contains(got.Unseen[0], "firewall") {
		t.Errorf("got %+v", got)
	}
	f.Host, f.HostFacts = nil, HostFacts{}
	if got := Diagnose(f); len(got.Findings) > 0 || len(got.Unseen) != 1 || !strings.Contains(got.Unseen[0], "host") {
		t.Errorf("got %+v", got)
	}
}

// The commands of a fix, as a shell takes them.
func TestHostFixes(t *testing.T) {
	t.Parallel()
	f := machine()
	f.Host.Rules = append(f.Host.Rules, fact.RoutingRule{Family: "ip", Priority: 100, To: "172.16.0.0/12", Table: 100})
	f.Ways[1].Back = leaves("tun0", 100)
	f.set(fact.Forwarding("eth0.5"), "0")
	f.Host.Routes[0].Link = "eth0.5"
	f.chain("nat", "POSTROUTING").Passes = f.chain("nat", "POSTROUTING").Passes[:1]
	var got []string
	for _, found := range Diagnose(f).Findings {
		got = append(got, found.Fix[0].Run)
	}
	want := []string{
		"sysctl -w net/ipv4/conf/eth0.5/forwarding=1",
		"ip rule add priority 99 to 172.18.0.0/16 lookup main",
		"iptables -t nat -A POSTROUTING -s 172.18.0.0/16 ! -o br-app -j MASQUERADE",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
