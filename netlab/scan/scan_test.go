package scan

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
	"netlab/netlab/survey"
)

// shop returns an engine with two containers on one network, and what listens in each: "tcp 0.0.0.0:80".
func shop(web, db []string) *Facts {
	f := &Facts{Whole: true, Again: map[string]*fact.Stack{}, Asked: map[Suspect]probe.Outcome{
		{"id-of-web", "172.20.0.9"}: {Reason: probe.Timeout, Detail: "no ARP reply"},
	}}
	f.Now = now
	f.Host, f.Firewall = &fact.Stack{}, &fact.Firewall{}
	f.Networks = []fact.Network{{ID: "n1", Name: "back", Driver: "bridge", Subnet: "172.20.0.0/16", Gateway: "172.20.0.1"}}
	for i, listen := range [][]string{web, db} {
		name := []string{"web", "db"}[i]
		f.Containers = append(f.Containers, fact.Container{
			ID: "id-of-" + name, Name: name, State: "running", Mode: "back", Started: now.Add(-time.Hour),
			Endpoints: []fact.ContainerEndpoint{{
				Network: "back", ID: "n1", IPv4: []string{"172.20.0.2", "172.20.0.3"}[i], Names: []string{name},
			}},
		})
		s := &fact.Stack{NetNS: "net:[" + name + "]", ClockMS: now.UnixMilli(), Links: []fact.Link{{Kind: "loopback"}}}
		for _, at := range listen {
			network, address, _ := strings.Cut(at, " ")
			s.Sockets = append(s.Sockets, fact.Socket{Network: network, Address: address})
		}
		f.Ends = append(f.Ends, survey.End{Stack: s})
	}
	for i := range f.Ends {
		f.Ends[i].Container = &f.Containers[i]
	}
	return f
}

// publishes adds published ports to a container: "80/tcp".
func (f *Facts) publishes(name string, ports ...string) *Facts {
	for i, p := range ports {
		c := f.Container(name)
		c.Ports = append(c.Ports, fact.Binding{Port: p, HostIP: "0.0.0.0", HostPort: 8000 + i},
			fact.Binding{Port: p, HostIP: "::", HostPort: 8000 + i})
	}
	return f
}

// change changes a container.
func (f *Facts) change(name string, change func(*fact.Container)) *Facts {
	change(f.Container(name))
	return f
}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// gone is a connection to an address of the network that nothing has.
var gone = fact.Connection{Network: "tcp", Remote: "172.20.0.9:8000", State: fact.SYNSent, Count: 1}

// idle is a connection to db, which last acknowledged something some time ago.
func idle(since time.Duration) fact.Connection {
	return fact.Connection{
		Network: "tcp", Remote: "172.20.0.3:5432", State: fact.Established, Count: 1, IdleMS: since.Milliseconds(),
	}
}

func mounted(c *fact.Container) { c.OwnHosts = true }

func (f *Facts) stack(name string) *fact.Stack {
	return f.Ends[slices.IndexFunc(f.Ends, func(e survey.End) bool { return e.Container.Name == name })].Stack
}

func (f *Facts) calls(name string, c fact.Connection) *Facts {
	f.stack(name).Connections = append(f.stack(name).Connections, c)
	return f
}

// sent enters that a container has sent to an address that did not answer, seconds ago.
func (f *Facts) sent(name string, seconds int) *Facts {
	f.stack(name).Neighbors = []fact.Neighbor{{Address: "172.20.0.9", State: "failed", UsedS: seconds}}
	return f
}

// answers makes the address that nothing has that of a machine that the engine does not know.
func (f *Facts) answers() *Facts {
	f.Asked[Suspect{"id-of-web", "172.20.0.9"}] = probe.Outcome{Reason: probe.OK}
	return f
}

func (f *Facts) line(name, address string, names ...string) *Facts {
	f.stack(name).Hosts = append(f.stack(name).Hosts, fact.HostEntry{Address: address, Names: names})
	return f
}

func (f *Facts) alias(alias string, names ...string) *Facts {
	for _, name := range names {
		e := &f.Container(name).Endpoints[0]
		e.Names = append(e.Names, alias)
	}
	return f
}

// queue sets how many connections wait at the first socket of a container, and its backlog.
func (f *Facts) queue(name string, waiting, backlog int) *Facts {
	s := f.stack(name)
	s.Sockets[0].Queue, s.Sockets[0].Limit = waiting, backlog
	return f
}

// again is the second look at that queue.
func (f *Facts) again(name string, waiting, backlog int) *Facts {
	socket := f.stack(name).Sockets[0]
	socket.Queue, socket.Limit = waiting, backlog
	f.Again["id-of-"+name] = &fact.Stack{Sockets: []fact.Socket{socket}}
	return f
}

// shares puts a container into the network namespace of another, which has restarted since, or is gone.
func (f *Facts) shares(child, parent, parentIn, childIn string) *Facts {
	f.change(child, func(c *fact.Container) { c.Mode, c.Endpoints = "container:id-of-"+parent, nil })
	f.stack(child).NetNS = childIn
	if p := f.Container(parent); p != nil {
		p.Started = now
		f.Owners = []survey.End{{Container: p, Stack: &fact.Stack{NetNS: parentIn}}}
	}
	return f
}

// named writes each finding as its severity, id and object.
func named(s *result.Scan) []string {
	words := []string{}
	for _, f := range s.Findings {
		words = append(words, f.Severity+" "+f.ID+" "+f.Object)
	}
	return words
}

func TestFindings(t *testing.T) {
	t.Parallel()
	listening := []string{"tcp 0.0.0.0:80"}
	loopback := []string{"tcp 127.0.0.1:5432", "tcp [::1]:5432", "tcp 127.0.0.11:40000"}
	for name, test := range map[string]struct {
		facts *Facts
		want  []string
	}{
		"healthy": {shop(listening, []string{"tcp [::]:5432"}).publishes("web", "80/tcp"), nil},
		"nothing behind a published port": {
			shop([]string{"tcp 0.0.0.0:8000"}, nil).publishes("web", "80/tcp"),
			[]string{"problem published-nobody-behind web"},
		},
		"still starting": {
			shop(nil, nil).publishes("web", "80/tcp").change("web", func(c *fact.Container) { c.Health = "starting" }),
			[]string{"warning published-nobody-behind web"},
		},
		"the other protocol": {
			shop([]string{"tcp 0.0.0.0:53"}, nil).publishes("web", "53/udp"),
			[]string{"problem published-nobody-behind web"},
		},
		"a range for media": {
			shop(nil, nil).publishes("web", "9001/udp", "9002/udp", "9003/udp", "9004/udp", "9005/udp"), nil,
		},
		"published on loopback": {
			shop(nil, loopback).publishes("db", "5432/tcp"),
			[]string{"problem listens-on-loopback db"},
		},
		"on loopback beside a neighbor": {shop(listening, loopback), []string{"warning listens-on-loopback db"}},
		"on loopback too":               {shop(listening, append(loopback, "tcp 0.0.0.0:80")), nil},
		"on loopback, and open for UDP": {shop(listening, append(loopback, "udp 0.0.0.0:8125")), nil},
		"on loopback alone": {
			shop(nil, loopback).change("web", func(c *fact.Container) { c.Endpoints[0].Network = "other" }), nil,
		},
		"on loopback for those that share its namespace": {
			shop(nil, loopback).change("web", func(c *fact.Container) { c.Mode = "container:id-of-db" }), nil,
		},
		"on loopback for one that was left in its old namespace": {
			shop(nil, loopback).shares("web", "db", "net:[db]", "net:[old]"), []string{"problem stale-namespace web"},
		},
		"only Docker's DNS server": {shop(nil, loopback[2:]), nil},
		"a queue that stays full": {
			shop(listening, nil).queue("web", 6, 5).again("web", 6, 5), []string{"problem listen-backlog-full web"},
		},
		"a queue that was full":            {shop(listening, nil).queue("web", 6, 5).again("web", 2, 5), nil},
		"a queue that is at its backlog":   {shop(listening, nil).queue("web", 5, 5).again("web", 5, 5), nil},
		"a queue whose backlog is unknown": {shop(listening, nil).queue("web", 6, 0).again("web", 6, 0), nil},
		"keeps restarting": {
			shop(nil, nil).change("db", func(c *fact.Container) { c.State, c.Restarts = "restarting", 4 }),
			[]string{"warning not-running db"},
		},
		"restarted moments ago, often": {
			shop(nil, nil).change("db", func(c *fact.Container) { c.Restarts, c.Started = 4, now.Add(-9*time.Second) }),
			[]string{"warning not-running db"},
		},
		"restarted long ago, often": {
			shop(nil, nil).change("db", func(c *fact.Container) { c.Restarts, c.Started = 4, now.Add(-time.Hour) }), nil,
		},
		"paused": {
			shop(nil, nil).change("db", func(c *fact.Container) { c.State = "paused" }), []string{"warning not-running db"},
		},
		"two owners": {shop(nil, nil).alias("api", "web", "db"), []string{"warning alias-shared api"}},
		"two replicas": {
			shop(nil, nil).alias("api", "web", "db").
				change("web", func(c *fact.Container) { c.Project, c.Service = "shop", "api" }).
				change("db", func(c *fact.Container) { c.Project, c.Service = "shop", "api" }), nil,
		},
		"two owners, one stopped": {
			shop(nil, nil).alias("api", "web", "db").change("db", func(c *fact.Container) { c.State = "exited" }), nil,
		},
		"a line for another container": {
			shop(nil, nil).line("web", "172.20.0.9", "db"), []string{"problem hosts-entry-wrong web"},
		},
		"a line for nothing": {
			shop(nil, nil).line("web", "172.20.0.9", "x"), []string{"warning hosts-entry-wrong web"},
		},
		"a line for the gateway":   {shop(nil, nil).line("web", "172.20.0.1", "host.docker.internal"), nil},
		"a line of the user's":     {shop(nil, nil).line("web", "172.20.0.3", "database"), nil},
		"a line for the right one": {shop(nil, nil).line("web", "172.20.0.3", "db"), nil},
		"a line for itself":        {shop(nil, nil).line("web", "172.20.0.2", "web"), nil},
		"a line for somebody else": {shop(nil, nil).line("web", "203.0.113.9", "db"), nil},
		"a mounted file":           {shop(nil, nil).line("web", "172.20.0.9", "db").change("web", mounted), nil},
		"calls a gone address":     {shop(nil, nil).calls("web", gone), []string{"problem stale-address web"}},
		"has just sent to one":     {shop(nil, nil).sent("web", 5), []string{"warning stale-address web"}},
		"sent to one long ago":     {shop(nil, nil).sent("web", 600), nil},
		"calls what answers ARP":   {shop(nil, nil).calls("web", gone).answers(), nil},
		"calls outside":            {shop(nil, nil).calls("web", fact.Connection{Remote: "203.0.113.9:80"}), nil},
		"calls the gateway":        {shop(nil, nil).calls("web", fact.Connection{Remote: "172.20.0.1:80"}), nil},
		"calls where it was not asked": {
			shop(nil, nil).calls("web", fact.Connection{Remote: "172.20.0.99:80"}), nil,
		},
		"calls a neighbor": {shop(nil, nil).calls("web", idle(time.Second)), nil},
		"has a connection from before its neighbor": {
			shop(nil, nil).calls("web", idle(90*time.Minute)), []string{"problem stale-address web"},
		},
		"its network is gone": {
			shop(nil, nil).change("db", func(c *fact.Container) {
				c.State, c.Endpoints[0].ID = "exited", strings.Repeat("4f", 32)
			}),
			[]string{"warning network-id-stale db"},
		},
		"its network is another node's": {
			shop(nil, nil).change("db", func(c *fact.Container) { c.State, c.Endpoints[0].ID = "exited", "k2j4h5k2j4h5" }), nil,
		},
		"its parent restarted": {
			shop(nil, nil).shares("db", "web", "net:[web]", "net:[old]"), []string{"problem stale-namespace db"},
		},
		"its parent restarted before": {shop(nil, nil).shares("db", "web", "net:[web]", "net:[web]"), nil},
		"its parent is gone": {
			shop(nil, nil).shares("db", "gone", "", "net:[old]"), []string{"problem stale-namespace db"},
		},
		"not running": {
			shop(nil, nil).publishes("web", "80/tcp").change("web", func(c *fact.Container) { c.State = "exited" }), nil,
		},
	} {
		got := Diagnose(test.facts)
		if words := named(got); !slices.Equal(words, test.want) {
			t.Errorf("%s: got %q, want %q", name, words, test.want)
		}
		if err := asktest.Follows(result.KindScan, got); err != nil {
			t.Errorf("%s: the document does not follow its schema: %v", name, err)
		}
		for _, f := range got.Findings {
			if f.Title == "" || len(f.Evidence) == 0 || len(f.Fix) == 0 {
				t.Errorf("%s: %s has no title, evidence or fix: %+v", name, f.ID, f)
			}
		}
	}
}

// What could not be read is said, because nothing is found there either.
func TestUnseen(t *testing.T) {
	t.Parallel()
	f := shop(nil, nil)
	f.Ends[1].Stack, f.Ends[1].Err = nil, errors.New("no such image")
	if got := Diagnose(f).Unseen; len(got) != 1 || !strings.Contains(got[0], "db: no such image") {
		t.Errorf("got %q", got)
	}
}

// Problems come before warnings, whatever the rule.
func TestWorstFirst(t *testing.T) {
	t.Parallel()
	f := shop([]string{"tcp 127.0.0.1:80"}, nil).publishes("db", "5432/tcp", "5433/tcp")
	want := []string{
		"problem published-nobody-behind db", "problem published-nobody-behind db", "warning listens-on-loopback web",
	}
	if got := named(Diagnose(f)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Every finding has a row in the documentation, and each row is about one.
func TestDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/scan.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| ID | Is found if |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []string
	for line := range strings.Lines(table) {
		rows = append(rows, strings.TrimSpace(strings.Split(line, "|")[1]))
	}
	slices.Sort(rows)
	if !slices.Equal(rows, Causes()) {
		t.Errorf("docs/scan.md has %q, the rules are %q", rows, Causes())
	}
}

// A command is only printed if a shell takes its names as they are.
func TestCommandsAreSafe(t *testing.T) {
	t.Parallel()
	for network, want := range map[string]string{
		"back": "docker network create back && docker network disconnect -f back db && " +
			"docker network connect --alias cache back db",
		"x; reboot": "",
		"-f":        "",
	} {
		f := shop(nil, nil).alias("cache", "db")
		f.Networks[0].Name = "other"
		f.change("db", func(c *fact.Container) {
			c.State, c.Endpoints[0].ID, c.Endpoints[0].Network = "exited", strings.Repeat("4f", 32), network
		})
		got := Diagnose(f).Findings
		if len(got) != 1 || got[0].Fix[0].Run != want {
			t.Errorf("%s: got %+v, want %q", network, got, want)
		}
	}
}

func TestChosen(t *testing.T) {
	t.Parallel()
	f := shop(nil, nil)
	f.change("web", func(c *fact.Container) { c.Project, c.Service = "shop", "front" })
	for _, test := range []struct {
		project string
		names   []string
		want    string // names, or a part of the error
	}{
		{want: "web db"},
		{project: "shop", want: "web"},
		{project: "nope", want: `no Compose project "nope". It has shop`},
		{names: []string{"db", "shop/front", "db"}, want: "db web"},
		{names: []string{"id-of-db"}, want: "db"},
		{names: []string{"id-of-"}, want: "2 containers begin with"},
		{names: []string{"nope"}, want: `no container or service "nope"`},
	} {
		those, err := chosen(&f.Inventory, test.project, test.names)
		var words []string
		for _, c := range those {
			words = append(words, c.Name)
		}
		got := strings.Join(words, " ")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) || err == nil && got != test.want {
			t.Errorf("%q %q: got %q, want %q", test.project, test.names, got, test.want)
		}
	}
}
