package matrix

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
	"netlab/netlab/why"
)

// on is a running container on networks, with an address on each, and its sockets.
func on(name, networks string, sockets ...string) Member {
	c := &fact.Container{ID: name + "-id", Name: name, State: "running", Mode: networks}
	s := &fact.Stack{Nameservers: []string{probe.DockerDNS}}
	for _, word := range strings.Fields(networks) {
		network, address, _ := strings.Cut(word, "=")
		c.Endpoints = append(c.Endpoints, fact.ContainerEndpoint{Network: network, IPv4: address, Names: []string{name}})
		s.Links = append(s.Links, fact.Link{Addresses: []string{address + "/24"}})
	}
	for _, socket := range sockets {
		network, address, _ := strings.Cut(socket, " ")
		s.Sockets = append(s.Sockets, fact.Socket{Network: network, Address: address})
	}
	return Member{End: survey.End{Container: c, Stack: s}}
}

// measured makes facts of members. Each pair with a common network connects, unless sent says otherwise.
func measured(members []Member, sent func(from, to *fact.Container, a *Ask)) *Facts {
	f := &Facts{Members: members}
	f.Networks = []fact.Network{
		{Name: "back", Driver: "bridge", ICC: true},
		{Name: "front", Driver: "bridge", ICC: true},
		{Name: "quiet", Driver: "bridge"},
	}
	for i := range members {
		f.Containers = append(f.Containers, *members[i].Container)
	}
	for i := range members {
		members[i].Container = &f.Containers[i]
		members[i].ports(&f.Inventory)
	}
	f.pair()
	for i := range f.Pairs {
		p := &f.Pairs[i]
		from, to := &members[p.From], &members[p.To]
		p.Lookup = &why.Lookup{Name: to.Container.Name, Asked: []why.Asked{{
			Name: to.Container.Name, Server: probe.DockerDNS, Outcome: probe.Outcome{Reason: probe.NameNotFound},
		}}}
		shared := f.Shared(from.Container, to.Container)
		if len(shared) > 0 && shared[0] != survey.DefaultBridge && len(to.Container.Endpoints) > 0 {
			p.Lookup.Addresses = []string{to.Container.On(shared[0]).IPv4}
			p.Lookup.Source = probe.DockerDNS
			p.Lookup.Asked[0].Outcome.Reason = probe.OK
		}
		for k := range p.Asks {
			a := &p.Asks[k]
			a.Outcome = probe.Outcome{Reason: probe.Timeout, Path: &probe.Path{}, Detail: "no answer"}
			if l := survey.Listeners(to.Stack, "tcp", p.Address, a.Port); len(shared) > 0 {
				a.Outcome.Reason, a.Outcome.Detail = probe.OK, ""
				if len(l.Here) == 0 {
					a.Outcome.Reason, a.Outcome.Detail, a.Outcome.From = probe.Refused, "RST from "+p.Address, p.Address
				}
			}
			if sent != nil {
				sent(from.Container, to.Container, a)
			}
		}
	}
	return f
}

// said is a cell in a line: address, name, ports, each with the cause or else the reason of a no.
func said(m *result.Matrix, from, to string) string {
	for _, c := range m.Cells {
		if c.From != from || c.To != to {
			continue
		}
		word := func(a result.Answer) string {
			switch {
			case a.State == result.HopOK, a.State == result.NotAsked:
				return a.State
			case a.Cause != "":
				return a.State + " " + a.Cause
			}
			return strings.TrimRight(a.State+" "+string(a.Reason), " ")
		}
		words := []string{word(c.ByAddress), word(c.ByName)}
		for _, p := range c.Ports {
			words = append(words, p.Network+" "+word(p.Answer))
		}
		return strings.Join(words, ", ")
	}
	return "no cell"
}

func TestJudge(t *testing.T) {
	t.Parallel()
	docker := &Dropped{Rule: fact.Drop{Docker: true, Table: "filter", Chain: "DOCKER-ISOLATION-STAGE-2", Rule: 1}}
	users := &Dropped{Rule: fact.Drop{Table: "filter", Chain: "DOCKER-USER", Rule: 2}}
	paused := on("frozen", "front=10.0.0.9", "tcp 0.0.0.0:80")
	paused.Container.State = "paused"
	alone := on("alone", "")
	alone.Container.Mode = "none"
	sidecar := on("side", "", "tcp 0.0.0.0:80")
	sidecar.Container.Mode = "container:web-id"
	proxied := on("proxied", "front=10.0.0.5")
	proxied.Container.Proxies = []string{"http_proxy", "HTTP_PROXY"}
	members := []Member{
		alone,
		on("b1", "bridge=10.0.9.2", "tcp 0.0.0.0:80"),
		on("b2", "bridge=10.0.9.3", "tcp 0.0.0.0:80"),
		on("db", "back=10.0.1.2", "tcp [::]:5432", "tcp 127.0.0.1:9000", "udp 0.0.0.0:53", "udp 0.0.0.0:40000",
			"tcp 127.0.0.11:33333"),
		paused,
		on("local", "front=10.0.0.3", "tcp 127.0.0.1:3000"),
		on("odd", "back=10.0.1.3", "tcp 0.0.0.0:80"),
		proxied,
		on("q1", "quiet=10.0.2.2", "tcp 0.0.0.0:80"),
		on("q2", "quiet=10.0.2.3", "tcp 0.0.0.0:80"),
		sidecar,
		on("web", "front=10.0.0.2 back=10.0.1.4", "tcp 0.0.0.0:80"),
	}
	m := Judge(measured(members, func(from, to *fact.Container, a *Ask) {
		pair := from.Name + " " + to.Name
		switch {
		case from.Name == "alone":
			a.Outcome = probe.Outcome{Reason: probe.NetUnreachable, Detail: "no route"}
		case strings.HasPrefix(pair, "q"):
			a.Outcome.Reason = probe.Timeout
			a.Drop = docker
		case a.Outcome.Reason == probe.Timeout && pair != "local db":
			a.Drop = docker
		case pair == "db web" && a.Port == 80:
			a.Outcome.Reason, a.Drop = probe.Timeout, users
		case pair == "web odd" && a.Port == 80:
			a.Outcome.Reason = probe.Timeout
		case pair == "odd web":
			a.Outcome.Reason, a.Outcome.ICMP, a.Outcome.Detail = probe.Refused, true, "ICMP port unreachable"
		case pair == "odd db":
			a.Outcome = probe.Outcome{Reason: probe.Broken, Detail: "the agent is gone"}
		}
	}))
	for _, test := range []struct{ from, to, want string }{
		{"web", "db", "ok, ok, tcp ok, tcp no listens-on-loopback, udp not-asked"},
		{"web", "local", "ok, ok, tcp no listens-on-loopback"},
		{"web", "frozen", "ok, ok, tcp no not-running"},
		{"frozen", "local", "ok, ok, tcp no not-running"},
		{"side", "web", "ok, ok, tcp ok"},
		{"web", "side", "ok, no name-not-on-shared-network, tcp ok"},
		{"side", "local", "ok, ok, tcp no listens-on-loopback"},
		{"db", "web", "ok, ok, tcp no firewall"},
		{"web", "odd", "ok, ok, tcp no timeout"},
		{"odd", "db", "unknown broken, ok, tcp unknown broken, tcp no listens-on-loopback, udp not-asked"},
		{"odd", "web", "no refused, ok, tcp no refused"},
		{"b1", "b2", "ok, no name-on-default-bridge, tcp ok"},
		{"b1", "web", "no different-networks, no name-not-on-shared-network, tcp no different-networks"},
		{"local", "db", "no timeout, no name-not-on-shared-network, " +
			"tcp no timeout, tcp no listens-on-loopback, udp not-asked"},
		{"proxied", "web", "ok, ok, tcp ok"}, // programs there may ask a proxy, but packets get through
		{"q1", "q2", "no icc-disabled, ok, tcp no icc-disabled"},
		{"alone", "web", "no no-network, no no-network, tcp no no-network"},
		{"web", "alone", "no no-network, no no-network"},
	} {
		if got := said(m, test.from, test.to); got != test.want {
			t.Errorf("%s → %s: got %s, want %s", test.from, test.to, got, test.want)
		}
	}
	for _, e := range m.Causes {
		if len(e.Evidence) == 0 || e.Title == "" || e.Pairs == 0 || e.From == "" || e.To == "" {
			t.Errorf("an example lacks something: %+v", e)
		}
	}
}

// A namespace that cannot be read, files that are mounted and DNS servers that take too long leave cells unknown.
func TestJudgeUnknown(t *testing.T) {
	t.Parallel()
	own, lost := on("own", "front=10.0.0.2", "tcp 0.0.0.0:80"), on("lost", "front=10.0.0.3")
	own.Container.OwnHosts = true
	lost.Stack, lost.Unread = nil, "starting the agent: gone"
	far, swapped := on("far", "back=10.0.1.2"), on("swapped", "front=10.0.0.5")
	f := measured([]Member{far, lost, own, swapped, on("web", "front=10.0.0.4", "tcp 0.0.0.0:80")}, nil)
	for i := range f.Pairs {
		p := &f.Pairs[i]
		switch from := f.Members[p.From].Container.Name; {
		case from == "own", from == "lost":
			p.Lookup = nil
		case f.Members[p.To].Container.Name == "own":
			p.Lookup, p.Late = nil, true
		case f.Members[p.To].Container.Name == "swapped":
			p.Lookup.Addresses = []string{"10.0.0.2"}
		case f.Members[p.To].Container.Name == "far", f.Members[p.To].Container.Name == "lost":
			p.Lookup.Addresses, p.Lookup.Asked[0].Outcome.Reason, p.Late = nil, probe.Broken, true
		}
	}
	m := Judge(f)
	for _, test := range []struct{ from, to, want string }{
		{"lost", "web", "unknown broken, unknown broken, tcp unknown broken"},
		{"web", "lost", "ok, unknown dns-no-answer"},
		{"web", "swapped", "ok, no ok"},
		{"web", "far", "no timeout, no name-not-on-shared-network"},
		{"own", "web", "ok, unknown, tcp ok"},
		{"web", "own", "ok, unknown dns-no-answer, tcp ok"},
	} {
		if got := said(m, test.from, test.to); got != test.want {
			t.Errorf("%s → %s: got %s, want %s", test.from, test.to, got, test.want)
		}
	}
	for _, c := range m.Cells {
		if c.From == "web" && c.To == "swapped" && !strings.Contains(c.ByName.Text, "10.0.0.2 is own's address") {
			t.Errorf("the cell does not say where the name leads: %s", c.ByName.Text)
		}
	}
}

func TestChosen(t *testing.T) {
	t.Parallel()
	containers := []fact.Container{
		{Name: "gone", State: "exited"},
		{Name: "netlab-1-alice", State: "running", Lab: "1"},
		{Name: "netlab-1-why1", State: "running", Lab: "1", Helper: true},
		{Name: "shop-web-1", State: "running", Project: "shop", Service: "web"},
		{Name: "shop-web-2", State: "paused", Project: "shop", Service: "web"},
		{Name: "alone", State: "running"},
	}
	for _, test := range []struct{ project, words, want string }{
		{"", "", "alone shop-web-1 shop-web-2"},
		{"shop", "", "shop-web-1 shop-web-2"},
		{"", "web alone shop-web-1", "alone shop-web-1 shop-web-2"},
		{"", "netlab-1-alice netlab-1-why1 alone", "alone netlab-1-alice"},
	} {
		found, err := chosen(containers, test.project, strings.Fields(test.words))
		var names []string
		for _, c := range found {
			names = append(names, c.Name)
		}
		if diff := cmp.Diff(strings.Fields(test.want), names); diff != "" || err != nil {
			t.Errorf("%+v: %v (-want +got)\n%s", test, err, diff)
		}
	}
	for _, words := range []string{"nothing", "gone"} {
		if found, err := chosen(containers, "", []string{words}); err == nil {
			t.Errorf("%s: got %v, want a mistake", words, found)
		}
	}
	if _, err := chosen(containers, "blog", nil); err == nil {
		t.Error("a project that does not exist is no mistake")
	}
}

func TestPortsOnHost(t *testing.T) {
	t.Parallel()
	v := &survey.Inventory{Containers: []fact.Container{
		{Name: "other", Ports: []fact.Binding{{Port: "80/tcp", HostPort: 8080}}},
	}}
	for _, test := range []struct {
		exposed []string
		want    []int
	}{
		{[]string{"9100/tcp"}, []int{9100}},
		{nil, []int{22, 9100}},
	} {
		m := on("agent", "", "tcp 0.0.0.0:22", "tcp 0.0.0.0:8080", "tcp 0.0.0.0:9100", "tcp [::]:9100", "tcp 0.0.0.0:9")
		m.Container.Mode, m.Container.Exposed = survey.HostWord, test.exposed
		if len(test.exposed) == 0 {
			m.Stack.Sockets = m.Stack.Sockets[:4]
		}
		m.ports(v)
		if diff := cmp.Diff(test.want, m.TCP); diff != "" {
			t.Errorf("exposing %q (-want +got)\n%s", test.exposed, diff)
		}
		if len(test.exposed) > 0 && m.Closed == 9 {
			t.Error("a port where something listens on the host counts as closed")
		}
	}
}

// The rule that dropped is only known if one rule counted all packets, or Docker's rules did so together.
func TestCounted(t *testing.T) {
	t.Parallel()
	firewall := func(counts ...uint64) fact.Firewall {
		chain := func(name string, n uint64, more ...uint64) fact.Chain {
			c := fact.Chain{Family: "ip", Table: "filter", Name: name}
			for i, n := range append([]uint64{n}, more...) {
				c.Drops = append(c.Drops, fact.Rule{Number: i + 1, Verdict: "drop", Counts: true, Packets: n})
			}
			return c
		}
		return fact.Firewall{chain("DOCKER-USER", counts[0]), chain("DOCKER", counts[1], counts[2])}
	}
	before := firewall(100, 50, 7)
	for _, test := range []struct {
		after   fact.Firewall
		rule    string
		several bool
	}{
		{firewall(140, 50, 7), "rule 1 of DOCKER-USER", false},
		{firewall(100, 92, 7), "rule 1 of DOCKER", false},
		{firewall(100, 70, 27), "rule 1 of DOCKER", true},
		{firewall(120, 70, 7), "", false}, // two rules of different owners
		{firewall(100, 50, 7), "", false}, // none
		{firewall(200, 50, 7), "", false}, // others send too
		{firewall(141, 91, 7), "", false}, // either may be it
	} {
		got, ok := counted(before, test.after, 40, nil)
		if got.Rule.String() != test.rule || ok != (test.rule != "") || got.Several != test.several {
			t.Errorf("%+v: got %+v %v", test, got, ok)
		}
	}
}

// The address of a container that netlab could not look into is asked at the usual port.
func TestUnread(t *testing.T) {
	hidden := on("hidden", "front=10.1.0.3")
	hidden.Stack = nil
	f := measured([]Member{hidden, on("web", "front=10.1.0.2")}, nil)
	if a := f.Pairs[1].Asks; len(a) != 1 || a[0].Port != 9 {
		t.Errorf("got %+v, want one ask at port 9", a)
	}
}
