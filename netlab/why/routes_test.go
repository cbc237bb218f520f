package why

import (
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// The facts of a question of web, which is on the bridge front, to a machine outside that does not answer.
func lost() *Facts {
	f := &Facts{Target: Target{Key: "203.0.113.9", Port: 80, Network: "tcp"}}
	f.Engine = fact.Engine{Version: "28.5.2"}
	f.Networks = []fact.Network{
		{
			Name: "front", Driver: "bridge", Interface: "br-1", Subnet: "172.18.0.0/16", Gateway: "172.18.0.1",
			Masquerade: true,
		},
		{Name: "lan", Driver: "macvlan", Interface: "eth0", Subnet: "192.0.2.0/24", Gateway: "192.0.2.254"},
	}
	f.Containers = []fact.Container{
		{
			Name: "web", ID: "web", State: "running",
			Endpoints: []fact.ContainerEndpoint{{Network: "front", IPv4: "172.18.0.2"}},
		},
		{Name: "cam", ID: "cam", State: "running", Endpoints: []fact.ContainerEndpoint{{Network: "lan", IPv4: "192.0.2.50"}}},
	}
	f.Host = &fact.Stack{
		Links: []fact.Link{
			{Name: "eth0", Kind: "device", Up: true, Running: true, Addresses: []string{"192.0.2.1/24"}},
			{Name: "br-1", Kind: "bridge", Up: true, Running: true, Addresses: []string{"172.18.0.1/16"}},
		},
		Routes: []fact.Route{{Destination: "0.0.0.0/0", Gateway: "192.0.2.254", Link: "eth0"}},
	}
	f.From = survey.End{Container: &f.Containers[0], Stack: &fact.Stack{
		Routes: []fact.Route{{Destination: "172.18.0.0/16", Link: "eth0"}},
	}}
	f.Tries = []Try{{
		Address: "203.0.113.9", Port: 80, Counted: true,
		Outcome: probe.Outcome{Reason: probe.Timeout, Detail: "no answer for 1.1 s", Path: &probe.Path{
			Link: "eth0", Source: "172.18.0.2", Gateway: "172.18.0.1", MAC: "02:42:00:00:00:01", Neighbor: "reachable", Sent: 3,
		}},
	}}
	return f
}

func reached(link string) *probe.Outcome {
	return &probe.Outcome{Reason: probe.OK, Path: &probe.Path{Link: link}}
}

func by(link string, table int) *probe.Outcome {
	return &probe.Outcome{Reason: probe.OK, Path: &probe.Path{Link: link, Table: table}}
}

// Each cause about routes with all of its evidence, and the same facts without one part of it.
func TestRoutes(t *testing.T) {
	t.Parallel()
	refuse := func(value string) func(*Facts) {
		return func(f *Facts) {
			f.Tries[0].Outcome = probe.Outcome{Reason: probe.NetUnreachable, Value: value, Detail: "no route"}
		}
	}
	way := func(w Way) func(*Facts) { return func(f *Facts) { f.Tries[0].Way = &w } }
	left := Way{In: "br-1", Left: "eth0", As: "172.18.0.2", Host: reached("eth0")}
	rule := func(r fact.RoutingRule) func(*Facts) {
		return func(f *Facts) { f.Host.Rules = append(f.Host.Rules, r) }
	}
	vpn := fact.RoutingRule{Family: "ip", Priority: 100, From: "172.18.0.0/16", Table: 100}
	back := fact.RoutingRule{Family: "ip", Priority: 100, To: "172.18.0.0/16", Table: 100}
	marked := fact.RoutingRule{Family: "ip", Priority: 100, Mark: "0xca6c", Table: 100}
	other := fact.RoutingRule{Family: "ip", Priority: 100, From: "172.19.0.0/16", Table: 100}
	taken := Way{In: "br-1", Left: "vpn0", As: "192.0.2.1", Host: reached("eth0"), Request: by("vpn0", 100)}
	answered := Way{
		In: "br-1", Left: "eth0", As: "192.0.2.1", Answers: 3, AnswerIn: "eth0", Host: reached("eth0"),
		Request: by("eth0", fact.TableMain), Reply: by("vpn0", 100),
	}
	spoofed := &probe.Outcome{Reason: probe.Denied, Value: probe.WaySpoofed}
	filtered := Way{
		In: "br-1", Left: "eth0", As: "192.0.2.1", Answers: 8, AnswerIn: "eth1", Reply: spoofed, Sent: 8,
		Spoofed: 8,
	}
	few := filtered
	few.Spoofed = 2
	detour := left
	detour.Detours = []Detour{{"lan", probe.Outcome{Reason: probe.OK, Path: &probe.Path{Gateway: "192.0.2.254"}}}}
	deaf := left
	deaf.Host = &probe.Outcome{Reason: probe.Timeout}
	flushed := fact.Firewall{
		{Family: "ip", Table: "nat", Name: "DOCKER"},
		{Family: "ip", Table: "filter", Name: "DOCKER"},
		{Family: "ip", Table: "filter", Name: "FORWARD", Passes: []fact.Rule{{Chain: "DOCKER-USER"}}},
	}
	macvlan := func(f *Facts) {
		f.From.Container, f.Target.Key = &f.Containers[1], "192.0.2.1"
		f.Tries[0] = Try{Address: "192.0.2.1", Kind: OnHost, Outcome: probe.Outcome{
			Reason: probe.HostUnreachable,
			Path: &probe.Path{
				Link: "eth0", Source: "192.0.2.50", Neighbor: "failed",
			},
		}}
	}
	near := func(f *Facts) { // a machine of a VPN in the subnet of front
		f.Tries[0].Address, f.Target.Key = "172.18.9.9", "172.18.9.9"
		f.Tries[0].Outcome = probe.Outcome{Reason: probe.HostUnreachable, Path: &probe.Path{
			Link: "eth0", Source: "172.18.0.2", Neighbor: "failed",
		}}
	}
	tunnel := func(f *Facts) {
		f.Host.Routes = append(f.Host.Routes, fact.Route{Destination: "172.18.9.0/24", Link: "vpn0"})
	}
	direct := func(drop fact.Drop) func(*Facts) {
		return func(f *Facts) {
			f.Tries[0].Address, f.Tries[0].Kind, f.Tries[0].Server = "172.18.0.2", InContainer, f.From.Container
			f.Tries[0].Network, f.Tries[0].Drop = "front", &drop
			f.From = survey.End{Outside: true, Stack: &fact.Stack{}}
		}
	}
	sysctls := func(all, bridge string) func(*Facts) {
		return func(f *Facts) {
			f.Host.Sysctls = []fact.Sysctl{
				{Name: "net.ipv4.ip_forward", Value: all}, {Name: fact.Forwarding("br-1"), Value: bridge},
			}
		}
	}
	raw := fact.Drop{Docker: true, Table: "raw", Chain: "PREROUTING", Rule: 1}
	theirs := fact.Drop{Table: "filter", Chain: "FORWARD", Rule: 1, Family: "ip", Match: fact.Rule{
		Number: 1, Verdict: fact.PolicyDrop, Network: "tcp", Ports: "80", In: "br-1",
	}}
	prefix := theirs
	prefix.Match.In = "br" // for br+
	for _, test := range []struct {
		name    string
		changes []func(*Facts)
		want    string // "" for unknown
		says    string // in the title
		run     string // what is printed
	}{
		{"no route", []func(*Facts){refuse(probe.WayNone)}, "no-route", "no default route", "docker restart web"},
		{"a blackhole", []func(*Facts){refuse(probe.WayBlackhole)}, "no-route", "type blackhole", "docker restart web"},
		{"a closed socket", []func(*Facts){refuse("")}, "", "", ""},
		{"not masqueraded", []func(*Facts){way(left)}, "masquerade-missing", "172.18.0.2", "iptables -t nat -A"},
		{"not masqueraded, and dead for the host", []func(*Facts){way(deaf)}, "", "", ""},
		{"a detour", []func(*Facts){way(detour)}, "gateway-elected", "lan can", "docker network disconnect lan web"},
		{
			"a VPN",
			[]func(*Facts){way(taken), rule(vpn)},
			"policy-route", "lookup 100",
			"ip rule add priority 99 from 172.18.0.0/16",
		},
		{"a VPN without a rule", []func(*Facts){way(taken)}, "", "", ""},
		{"a VPN for marked packets", []func(*Facts){way(taken), rule(marked)}, "", "", ""},
		{"a VPN for another network", []func(*Facts){way(taken), rule(other)}, "", "", ""},
		{
			"answers into a VPN",
			[]func(*Facts){way(answered), rule(back)},
			"policy-route", "answers for web",
			"ip rule add priority 99 to",
		},
		{"a strict filter", []func(*Facts){way(filtered)}, "rp-filter", "eth1", "sysctl -w net.ipv4.conf.eth1.rp_filter=2"},
		{
			"a filter on a link without an address",
			[]func(*Facts){way(filtered), func(f *Facts) {
				f.Host.Links = append(f.Host.Links, fact.Link{Name: "eth1", Addresses: []string{"fe80::1/64"}})
			}},
			"rp-filter", "eth1", "",
		},
		{"a strict filter that counted less", []func(*Facts){way(few)}, "", "", ""},
		{
			"a flushed firewall",
			[]func(*Facts){way(left), func(f *Facts) { f.Firewall = flushed }},
			"docker-rules-missing", "FORWARD does not lead", "systemctl restart docker",
		},
		{
			"macvlan and its host",
			[]func(*Facts){macvlan},
			"macvlan-host", "the host's eth0",
			"ip link add shim-eth0 link eth0",
		},
		{
			"ipvlan and its host",
			[]func(*Facts){macvlan, func(f *Facts) { f.Networks[1].Driver = "ipvlan" }},
			"macvlan-host", "ipvlan", "",
		},
		{
			"a parent that is down",
			[]func(*Facts){macvlan, func(f *Facts) { f.Host.Links[0].Up = false }},
			"macvlan-parent-down", "is down", "ip link set eth0 up",
		},
		{
			"a parent without carrier",
			[]func(*Facts){macvlan, func(f *Facts) { f.Host.Links[0].Running = false }},
			"macvlan-parent-down", "has no carrier", "",
		},
		{"a neighbor in a VPN", []func(*Facts){near, tunnel}, "subnet-overlap", "vpn0", ""},
		{"straight to a container", []func(*Facts){direct(raw)}, "direct-routing-dropped", "172.18.0.2", ""},
		{
			"a rule",
			[]func(*Facts){direct(theirs)},
			"firewall", "rule 1",
			"iptables -D FORWARD -i br-1 -p tcp --dport 80 -j DROP",
		},
		{"a rule about interfaces", []func(*Facts){direct(prefix)}, "firewall", "rule 1", "iptables -D FORWARD 1"},
		{"a neighbor that is off", []func(*Facts){near}, "", "", ""},
		{
			"no forwarding",
			[]func(*Facts){sysctls("0", "0")},
			"forwarding-off", "no packets (net.ipv4.ip_forward is 0)", "sysctl -w net.ipv4.ip_forward=1",
		},
		{
			"no forwarding from one bridge",
			[]func(*Facts){sysctls("1", "0")},
			"forwarding-off", "come in through br-1", "sysctl -w net.ipv4.conf.br-1.forwarding=1",
		},
		{"forwarding", []func(*Facts){sysctls("1", "1")}, "", "", ""},
	} {
		f := lost()
		for _, change := range test.changes {
			change(f)
		}
		w := Diagnose(f)
		if test.want == "" {
			if w.Verdict != result.Unknown || len(w.Causes) > 0 || len(w.Unseen) == 0 {
				t.Errorf("%s: got %s with %+v, unseen %q, want unknown", test.name, w.Verdict, w.Causes, w.Unseen)
			}
			continue
		}
		if len(w.Causes) != 1 || w.Causes[0].ID != test.want || w.Verdict != result.Unreachable {
			t.Errorf("%s: got %s with %+v, want %s", test.name, w.Verdict, w.Causes, test.want)
			continue
		}
		c := w.Causes[0]
		if len(c.Evidence) < 1 || !strings.Contains(c.Title, test.says) || !strings.HasPrefix(c.Fix[0].Run, test.run) ||
			test.run == "" && c.Fix[0].Run != "" {
			t.Errorf("%s: got %+v, want %q in the title and %q to run", test.name, c, test.says, test.run)
		}
	}
}

// Without a cause, netlab still says how far the packets came.
func TestPacketsThatLeft(t *testing.T) {
	t.Parallel()
	f := lost()
	f.Tries[0].Way = &Way{In: "br-1", Left: "eth0", As: "192.0.2.1"}
	w := Diagnose(f)
	said := strings.Join(w.Unseen, " ")
	if w.Verdict != result.Unknown || !strings.Contains(said, "left this host through eth0") {
		t.Errorf("got %s with %q, want unknown, and where the packets left", w.Verdict, said)
	}
}
