package why

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

func TestParseTarget(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want Target
		show string
	}{
		{"db", Target{"db", 0, "tcp", ""}, "db"},
		{"db:5432", Target{"db", 5432, "tcp", ""}, "db:5432"},
		{"dns:53/udp", Target{"dns", 53, "udp", ""}, "dns:53/udp"},
		{"shop/db:5432", Target{"shop/db", 5432, "tcp", ""}, "shop/db:5432"},
		{"shop/db/udp", Target{"shop/db", 0, "udp", ""}, "shop/db/udp"},
		{"host", Target{"host", 0, "tcp", ""}, "host"},
		{"172.18.0.2:80", Target{"172.18.0.2", 80, "tcp", ""}, "172.18.0.2:80"},
		{"fd00::2", Target{"fd00::2", 0, "tcp", ""}, "fd00::2"},
		{"[fd00::2]:80", Target{"fd00::2", 80, "tcp", ""}, "[fd00::2]:80"},
		{"::ffff:172.18.0.2", Target{"172.18.0.2", 0, "tcp", ""}, "172.18.0.2"},
		{"http://api/path?q=1", Target{"api", 80, "tcp", "http"}, "api:80"},
		{"https://api:8443/", Target{"api", 8443, "tcp", "https"}, "api:8443"},
		{"postgres://me:secret@db/shop", Target{"db", 5432, "tcp", "postgres"}, "db:5432"},
		{"jdbc:postgresql://db:5433/shop", Target{"db", 5433, "tcp", "postgresql"}, "db:5433"},
		{"redis://[fd00::2]", Target{"fd00::2", 6379, "tcp", "redis"}, "[fd00::2]:6379"},
	} {
		got, err := ParseTarget(test.text)
		if err != nil || got != test.want || got.String() != test.show {
			t.Errorf("%s: got %+v, shown as %s, %v, want %+v", test.text, got, got, err, test.want)
		}
	}
	for _, text := range []string{
		"", ":80", "db:", "db:http", "db:0", "db:70000", "-v:80", "http://",
		"http://me:secret@:80", "http://u:secret@h:9x/",
	} {
		if got, err := ParseTarget(text); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %+v, %v, want an error without the password", text, got, err)
		}
	}
}

// compose returns the containers of two Compose projects that share a network.
func compose() []fact.Container {
	c := func(id, project, service, ip string) fact.Container {
		name := project + "-" + service + "-1"
		return fact.Container{
			ID: id, Name: name, State: "running", Project: project, Service: service, Mode: "net",
			Endpoints: []fact.ContainerEndpoint{{Network: "net", IPv4: ip, Names: []string{name, service}}},
		}
	}
	return []fact.Container{
		c("aaaa11112222", "blog", "db", "10.0.0.2"), c("bbbb11112222", "blog", "web", "10.0.0.3"),
		c("cccc11112222", "shop", "db", "10.0.0.4"), c("cccc33334444", "shop", "web", "10.0.0.5"),
		c("dddd11112222", "shop", "queue", "10.0.0.6"),
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	containers := compose()
	for _, test := range []struct {
		key, from string
		want      []string
		byName    bool
	}{
		{"shop-db-1", "", []string{"shop-db-1"}, true},
		{"shop/db", "", []string{"shop-db-1"}, true},
		{"queue", "", []string{"shop-queue-1"}, true},
		{"db", "", []string{"blog-db-1", "shop-db-1"}, true},
		{"db", "shop-web-1", []string{"shop-db-1"}, true},
		{"dddd", "", []string{"shop-queue-1"}, false},
		{"cccc", "", []string{"shop-db-1", "shop-web-1"}, false},
		{"ddd", "", nil, true},
		{"shop/nothing", "", nil, true},
	} {
		var from *fact.Container
		for i := range containers {
			if containers[i].Name == test.from {
				from = &containers[i]
			}
		}
		found, byName := survey.Find(containers, test.key, from)
		var names []string
		for _, c := range found {
			names = append(names, c.Name)
		}
		if !slices.Equal(names, test.want) || byName != test.byName {
			t.Errorf("%s from %q: got %q, %t, want %q, %t", test.key, test.from, names, byName, test.want, test.byName)
		}
	}
	if _, err := survey.OneOf(containers, "db"); err == nil || !strings.Contains(err.Error(), "blog-db-1 or shop-db-1") {
		t.Errorf("two services of one name: %v", err)
	}
}

func TestCandidateNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		search  []string
		options []string
		want    []string
	}{
		{"db", nil, nil, []string{"db"}},
		{"db", []string{"lan", "corp.example."}, nil, []string{"db.lan", "db.corp.example", "db"}},
		{"db", []string{"lan"}, []string{"edns0", "ndots:0"}, []string{"db", "db.lan"}},
		{"db.shop", []string{"lan"}, nil, []string{"db.shop", "db.shop.lan"}},
		{"db.shop", []string{"lan"}, []string{"ndots:5"}, []string{"db.shop.lan", "db.shop"}},
		{"db.", []string{"lan"}, nil, []string{"db."}},
		{"db", []string{"."}, nil, []string{"db"}},
	} {
		s := &fact.Stack{Search: test.search, Options: test.options}
		if got := candidateNames(s, test.name); !slices.Equal(got, test.want) {
			t.Errorf("%s with %q and %q: got %q, want %q", test.name, test.search, test.options, got, test.want)
		}
	}
}

// What a list of sockets means: tcp6 sockets take IPv4, loopback is only for the container itself, and Docker's DNS
// server is none of the container's.
func TestListeners(t *testing.T) {
	t.Parallel()
	s := &fact.Stack{Sockets: []fact.Socket{
		{Network: "tcp", Address: "127.0.0.11:43441"},
		{Network: "udp", Address: "127.0.0.11:80"},
		{Network: "tcp", Address: "[::]:80"},
		{Network: "tcp", Address: "127.0.0.1:5432"},
		{Network: "tcp", Address: "[::1]:5432"},
		{Network: "udp", Address: "0.0.0.0:53"},
		{Network: "tcp", Address: "172.18.0.2:9000"},
	}}
	for _, test := range []struct {
		network, address string
		port             int
		want             survey.Listening
	}{
		{"tcp", "172.18.0.2", 80, survey.Listening{Here: []string{"[::]:80"}, Ports: []int{9000}}},
		{"tcp", "172.18.0.2", 5432, survey.Listening{
			Loopback: []string{"127.0.0.1:5432", "[::1]:5432"}, Ports: []int{80, 9000},
		}},
		{"tcp", "127.0.0.1", 5432, survey.Listening{
			Here: []string{"127.0.0.1:5432"}, Loopback: []string{"[::1]:5432"},
			Ports: []int{80},
		}},
		{"tcp", "172.18.0.3", 9000, survey.Listening{Other: []string{"172.18.0.2:9000"}, Ports: []int{80}}},
		{"tcp", "172.18.0.2", 53, survey.Listening{Crossed: []string{"0.0.0.0:53"}, Ports: []int{80, 9000}}},
		{"udp", "172.18.0.2", 80, survey.Listening{Crossed: []string{"[::]:80"}, Ports: []int{53}}},
		{"tcp", "fd00::2", 80, survey.Listening{Here: []string{"[::]:80"}}},
	} {
		got := survey.Listeners(s, test.network, test.address, test.port)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(survey.Listening{})); diff != "" {
			t.Errorf("%s %s:%d (-want +got):\n%s", test.network, test.address, test.port, diff)
		}
	}
}

// resolved returns the facts of a question about a name with two addresses, which both answer.
func resolved(owners ...string) *Facts {
	f := &Facts{Inventory: survey.Inventory{Containers: compose()}, Target: Target{"db", 5432, "tcp", ""}}
	f.From = survey.End{Container: f.Container("shop-queue-1"), Stack: &fact.Stack{
		Nameservers: []string{probe.DockerDNS},
	}}
	f.Lookup = &Lookup{Name: "db", Source: probe.DockerDNS}
	for _, name := range owners {
		c := f.Container(name)
		f.Lookup.Addresses = append(f.Lookup.Addresses, c.Endpoints[0].IPv4)
		f.Tries = append(f.Tries, Try{
			Address: c.Endpoints[0].IPv4, Kind: InContainer, Server: c, Port: 5432,
			Stack:   &fact.Stack{Sockets: []fact.Socket{{Network: "tcp", Address: "0.0.0.0:5432"}}},
			Outcome: probe.Outcome{Reason: probe.OK, Path: &probe.Path{Link: "eth0", Sent: 1}},
		})
	}
	return f
}

// Two Compose projects on one network have a service of the same name by accident. Replicas of one service share it on
// purpose.
func TestSharedAlias(t *testing.T) {
	t.Parallel()
	f := resolved("blog-db-1", "shop-db-1")
	if w := Diagnose(f); w.Verdict != result.Ambiguous || len(w.Causes) != 1 || w.Causes[0].ID != "alias-shared" {
		t.Errorf("two projects: got %s with %+v", w.Verdict, w.Causes)
	}
	f.Container("blog-db-1").Project = "shop"
	if w := Diagnose(f); w.Verdict != result.Reachable || len(w.Causes) != 0 {
		t.Errorf("two replicas: got %s with %+v", w.Verdict, w.Causes)
	}
	f.Tries[1].Outcome.Reason, f.Tries[1].Stack = probe.Refused, &fact.Stack{}
	if w := Diagnose(f); w.Verdict != result.Ambiguous || len(w.Causes) != 1 || w.Causes[0].ID != "nothing-listens" {
		t.Errorf("two replicas, one of them deaf: got %s with %+v", w.Verdict, w.Causes)
	}
}

// What netlab could not see is never taken for a yes or for a cause.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Try){
		"silence that nothing counted": func(t *Try) { t.Outcome.Reason, t.Counted = probe.Timeout, true },
		"silence without counters":     func(t *Try) { t.Outcome.Reason = probe.Timeout },
		"no ARP reply":                 func(t *Try) { t.Outcome.Reason = probe.HostUnreachable },
		"the asker's own firewall":     func(t *Try) { t.Outcome.Reason = probe.Denied },
		"refused, sockets unseen":      func(t *Try) { t.Outcome.Reason, t.Stack = probe.Refused, nil },
		"refused in spite of a socket": func(t *Try) { t.Outcome.Reason = probe.Refused },
		"the proxy accepts alone": func(t *Try) {
			t.Through, t.Behind = &fact.Binding{}, &probe.Outcome{Reason: probe.Timeout, Detail: "no answer"}
		},
	} {
		f := resolved("shop-db-1")
		change(&f.Tries[0])
		if w := Diagnose(f); w.Verdict != result.Unknown || len(w.Causes) > 0 || len(w.Unseen) == 0 {
			t.Errorf("%s: got %s with %+v, unseen %q", name, w.Verdict, w.Causes, w.Unseen)
		}
	}
}

// TestKernel: what the kernel says about packets that no counter explains.
func TestKernel(t *testing.T) {
	t.Parallel()
	said := func(reason, in, direction string) Dropped {
		return Dropped{
			Reason: reason, Namespace: in, Interface: "eth0", Way: probe.WayIn, Direction: direction, Packets: 6,
		}
	}
	for name, test := range map[string]struct {
		kernel  []Dropped
		unheard string
		verdict string
		title   string // of the cause; "" for none
		unseen  string
	}{
		"a firewall on the host": {
			kernel: []Dropped{said(netfilter, hostName, result.Request)}, verdict: result.Unreachable,
			title: "A firewall drops the packets on the host. No counter tells which rule.",
		},
		"one in a container, of the answers": {
			kernel:  []Dropped{said(noSocket, "shop-db-1", result.Request), said(netfilter, "shop-web-1", result.Reply)},
			verdict: result.Unreachable,
			title:   "A firewall drops the answers in shop-web-1's network namespace. No counter tells which rule.",
		},
		"another reason": {
			kernel: []Dropped{said("TC_INGRESS", hostName, result.Request)}, verdict: result.Unknown,
			unseen: "TC_INGRESS on the host",
		},
		"a refusal that got lost": {
			kernel: []Dropped{said(noSocket, "shop-db-1", result.Request)}, verdict: result.Unknown, unseen: "counted",
		},
		"not asked": {
			unheard: "engine 20.10 does not know it", verdict: result.Unknown, unseen: "engine 20.10 does not know it.",
		},
	} {
		f := resolved("shop-db-1")
		try := &f.Tries[0]
		try.Outcome, try.Counted = probe.Outcome{Reason: probe.Timeout, Path: &probe.Path{Link: "eth0", Sent: 3}}, true
		try.Heard, try.Unheard, try.Kernel = test.unheard == "", test.unheard, test.kernel
		w := Diagnose(f)
		title, evidence := "", ""
		for _, c := range w.Causes {
			title += c.Title
			for _, e := range c.Evidence {
				evidence += e.Source + ": " + e.Text
			}
		}
		if w.Verdict != test.verdict || title != test.title || !strings.Contains(strings.Join(w.Unseen, " "), test.unseen) {
			t.Errorf("%s: got %s, %q, unseen %q", name, w.Verdict, title, w.Unseen)
		}
		if title != "" && !strings.Contains(evidence, "the kernel: NETFILTER_DROP, in from eth0 of ") {
			t.Errorf("%s: got the evidence %q, want the kernel's own word", name, evidence)
		}
	}
}

// TestHears: what is no loss is not counted as one.
func TestHears(t *testing.T) {
	t.Parallel()
	f := resolved("shop-db-1")
	f.From.Stack, f.Host = &fact.Stack{NetNS: "net:[1]"}, &fact.Stack{NetNS: "net:[2]"}
	try := &f.Tries[0]
	try.Stack, try.Replied = &fact.Stack{NetNS: "net:[3]"}, 1
	for _, d := range []probe.Dropped{
		{Reason: noSocket, NetNS: "net:[1]", Reply: true}, // netlab's SYN has no socket, so the answer has none either
		{Reason: "NOT_SPECIFIED", NetNS: "net:[3]"},       // the same SYN again
		{Reason: "PACKET_SOCK_ERROR", NetNS: "net:[2]"},   // a copy for tcpdump
		{Reason: netfilter, NetNS: "net:[2]", Interface: "br0", Reply: true},
		{Reason: netfilter, NetNS: "net:[2]", Interface: "br0", Reply: true},
		{Reason: "NOT_SPECIFIED", NetNS: "net:[9]", Interface: "eth0", Way: probe.WayOut},
	} {
		try.hears(f, d)
	}
	want := []Dropped{
		{Reason: netfilter, Namespace: hostName, Interface: "br0", Direction: result.Reply, Packets: 2},
		{Reason: "NOT_SPECIFIED", Interface: "eth0", Way: probe.WayOut, Direction: result.Request, Packets: 1},
	}
	if diff := cmp.Diff(want, try.Kernel); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A DNS server that does not know the containers may know another machine of that name, such as a wildcard.
func TestNameOfAnotherMachine(t *testing.T) {
	t.Parallel()
	f := resolved("shop-db-1")
	for _, name := range []string{"shop-queue-1", "shop-db-1"} {
		c := f.Container(name)
		c.Mode = survey.DefaultBridge
		c.Endpoints = []fact.ContainerEndpoint{{Network: survey.DefaultBridge, IPv4: "172.17.0.2"}}
	}
	f.Meant, f.From.Stack.Nameservers = f.Container("shop-db-1"), []string{"192.0.2.1"}
	f.Lookup.Source, f.Lookup.Addresses = "192.0.2.1", []string{"203.0.113.9"}
	f.Tries = []Try{{Address: "203.0.113.9", Port: 5432, Outcome: probe.Outcome{Reason: probe.OK, Path: &probe.Path{}}}}
	if w := Diagnose(f); w.Verdict != result.Unreachable || len(w.Causes) != 1 ||
		w.Causes[0].ID != "name-on-default-bridge" {
		t.Errorf("got %s with %+v", w.Verdict, w.Causes)
	}
	f.Meant = nil
	if w := Diagnose(f); w.Verdict != result.Reachable || len(w.Causes) > 0 {
		t.Errorf("without such a container: got %s with %+v", w.Verdict, w.Causes)
	}
}

// A DNS server that is silent has not said that a name is unknown.
func TestSilentDNSServer(t *testing.T) {
	t.Parallel()
	for reason, want := range map[probe.Reason]string{
		probe.NameNotFound: "the DNS server's answer does not say why",
		probe.DNSNoAnswer:  "no DNS server answered",
	} {
		f := resolved()
		f.Meant, f.Lookup.Name = nil, "example.com"
		f.Lookup.Asked = []Asked{{Name: "example.com", Server: probe.DockerDNS, Outcome: probe.Outcome{Reason: reason}}}
		if w := Diagnose(f); w.Verdict != result.Unknown || len(w.Causes) > 0 ||
			!strings.Contains(strings.Join(w.Unseen, " "), want) {
			t.Errorf("%s: got %s with %+v, unseen %q; want %q", reason, w.Verdict, w.Causes, w.Unseen, want)
		}
	}
}

// If a mount replaces the files that resolve names, no cause about names is taken from the engine's.
func TestHiddenNames(t *testing.T) {
	t.Parallel()
	f := resolved()
	f.Meant, f.Lookup.Hidden = f.Container("blog-web-1"), true
	if w := Diagnose(f); w.Verdict != result.Unknown || len(w.Causes) > 0 ||
		!strings.Contains(strings.Join(w.Unseen, " "), "/etc/hosts") {
		t.Errorf("got %s with %+v, unseen %q", w.Verdict, w.Causes, w.Unseen)
	}
}

// A network's name may be anything on engine 20.10. A printed command then has its id.
func TestCommandsAreSafe(t *testing.T) {
	t.Parallel()
	f := resolved("shop-db-1")
	f.Networks = []fact.Network{{ID: "0123456789ab", Name: "x; reboot", Driver: "bridge"}}
	f.Containers = append(f.Containers, fact.Container{
		Name: "far", State: "running", Endpoints: []fact.ContainerEndpoint{{Network: "x; reboot"}},
	})
	fixes := f.together(f.Container("shop-web-1"), f.Container("far"))
	if got, want := fixes[0].Run, "docker network connect 0123456789ab shop-web-1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The documentation has a row for each cause, in the order in which to fix them.
func TestDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/why.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| ID | Proof |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\S+) \|`).FindAllStringSubmatch(table, -1) {
		rows = append(rows, row[1])
	}
	if want := Causes(); !slices.Equal(append(rows, result.ItWorks), want) {
		t.Errorf("docs/why.md has %q, the rules are %q", rows, want)
	}
}
