package scan

import (
	"os"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// shop returns an engine with two containers on one network, and what listens in each: "tcp 0.0.0.0:80".
func shop(web, db []string) *Facts {
	f := &Facts{Whole: true}
	f.Networks = []fact.Network{{ID: "n1", Name: "back", Driver: "bridge", Subnet: "172.20.0.0/16", Gateway: "172.20.0.1"}}
	for i, listen := range [][]string{web, db} {
		name := []string{"web", "db"}[i]
		f.Containers = append(f.Containers, fact.Container{
			ID: "id-of-" + name, Name: name, State: "running", Mode: "back",
			Endpoints: []fact.ContainerEndpoint{{
				Network: "back", ID: "n1", IPv4: []string{"172.20.0.2", "172.20.0.3"}[i], Names: []string{name},
			}},
		})
		s := &fact.Stack{NetNS: "net:[" + name + "]"}
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
		"on loopback alone": {
			shop(nil, loopback).change("web", func(c *fact.Container) { c.Endpoints[0].Network = "other" }), nil,
		},
		"on loopback for those that share its namespace": {
			shop(nil, loopback).change("web", func(c *fact.Container) { c.Mode = "container:id-of-db" }), nil,
		},
		"only Docker's DNS server": {shop(nil, loopback[2:]), nil},
		"not running": {
			shop(nil, nil).publishes("web", "80/tcp").change("web", func(c *fact.Container) { c.State = "exited" }), nil,
		},
	} {
		got := Diagnose(test.facts)
		if words := named(got); !slices.Equal(words, test.want) {
			t.Errorf("%s: got %q, want %q", name, words, test.want)
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
	f.Ends[1].Stack = nil
	if got := Diagnose(f).Unseen; len(got) != 1 || !strings.Contains(got[0], "db") {
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

func TestChosen(t *testing.T) {
	t.Parallel()
	f := shop(nil, nil)
	f.change("web", func(c *fact.Container) { c.Project, c.Service = "shop", "front" })
	for _, test := range []struct {
		project string
		names   []string
		whole   bool
		want    string // names, or a part of the error
	}{
		{whole: true, want: "web db"},
		{project: "shop", want: "web"},
		{project: "nope", want: `no Compose project "nope". It has shop`},
		{names: []string{"db", "shop/front", "db"}, want: "db web"},
		{names: []string{"id-of-db"}, want: "db"},
		{names: []string{"id-of-"}, want: "2 containers begin with"},
		{names: []string{"nope"}, want: `no container or service "nope"`},
	} {
		f.Whole = test.whole
		chosen, err := f.chosen(test.project, test.names)
		var words []string
		for _, c := range chosen {
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
