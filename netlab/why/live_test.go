package why

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// heardOf is what a Wait for web came to.
func heardOf(to string, x probe.Failure) *Heard {
	h := &Heard{wait: Wait{From: "web", To: to}, name: "web"}
	h.fails(x, true, func(result.Moment) {})
	return h
}

// TestHeardLine turns failures into what a program would have printed.
func TestHeardLine(t *testing.T) {
	for _, tt := range []struct {
		to   string
		x    probe.Failure
		want pasted.Line
	}{
		{
			"",
			probe.Failure{Network: "tcp", Address: "172.18.0.3", Port: 80, Reason: probe.Refused},
			pasted.Line{Reason: probe.Refused, Host: "172.18.0.3", Port: 80, Network: "tcp"},
		},
		{
			"",
			probe.Failure{Network: "tcp", Address: "172.18.0.3", Port: 80, Name: "db", Reason: probe.Timeout},
			pasted.Line{Reason: probe.Timeout, Host: "db", Address: "172.18.0.3", Port: 80, Network: "tcp"},
		},
		{
			"",
			probe.Failure{Network: "udp", Address: "172.18.0.3", Port: 53, Reason: probe.Refused},
			pasted.Line{Reason: probe.Refused, Host: "172.18.0.3", Port: 53, Network: "udp"},
		},
		{
			"",
			probe.Failure{Network: "dns", Address: "127.0.0.11", Name: "dbb", Reason: probe.NameNotFound},
			pasted.Line{Reason: probe.NameNotFound, Host: "dbb", Network: "tcp"},
		},
		{
			"db:5432",
			probe.Failure{Network: "dns", Address: "127.0.0.11", Name: "db", Reason: probe.DNSNoAnswer},
			pasted.Line{Reason: probe.DNSNoAnswer, Host: "db", Port: 5432, Network: "tcp"},
		},
		{
			"",
			probe.Failure{Network: "dns", Address: "127.0.0.11", Name: "$(reboot)", Reason: probe.NameNotFound},
			pasted.Line{Reason: probe.NameNotFound, Network: "tcp"},
		},
	} {
		if diff := cmp.Diff(tt.want, heardOf(tt.to, tt.x).line()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.x, diff)
		}
	}
}

// TestConcerns: only what has to do with TO is waited for.
func TestConcerns(t *testing.T) {
	db := &fact.Container{
		ID: "2", Name: "shop-db-1", Service: "db", Project: "shop", State: "running", Mode: "net",
		Endpoints: []fact.ContainerEndpoint{{Network: "net", IPv4: "172.18.0.3", Names: []string{"database"}}},
		Ports:     []fact.Binding{{Port: "5432/tcp", HostPort: 15432}},
	}
	networks := []fact.Network{{Name: "net", Gateway: "172.18.0.1"}}
	web := survey.End{Container: &fact.Container{ID: "1", Name: "web", Mode: "net"}}
	for _, tt := range []struct {
		to   string
		from survey.End
		x    probe.Failure
		want bool
	}{
		{"shop/db", web, probe.Failure{Network: "tcp", Address: "172.18.0.3", Port: 1}, true},
		{"shop/db:5432", web, probe.Failure{Network: "tcp", Address: "172.18.0.3", Port: 5432}, true},
		{"shop/db:5432", web, probe.Failure{Network: "tcp", Address: "172.18.0.3", Port: 5433}, false},
		{"shop/db", web, probe.Failure{Network: "tcp", Address: "172.18.0.9", Port: 5432}, false},
		{"shop/db", web, probe.Failure{Network: "tcp", Address: "10.9.9.9", Name: "database", Port: 5432}, true},
		{"shop/db:5432", web, probe.Failure{Network: "dns", Address: "127.0.0.11", Name: "db"}, true},
		{"shop/db:5432", web, probe.Failure{Network: "dns", Address: "127.0.0.11", Name: "dbb"}, false},
		{"shop/db", web, probe.Failure{Network: "dns", Address: "172.18.0.3", Name: "api"}, false},
		{"shop/db:5432", web, probe.Failure{Network: "tcp", Address: "172.18.0.1", Port: 15432}, true},
		{"shop/db:80", web, probe.Failure{Network: "tcp", Address: "172.18.0.1", Port: 15432}, false},
		{"shop/db", web, probe.Failure{Network: "tcp", Address: "127.0.0.1", Port: 15432}, false},
		{"shop/db", survey.End{}, probe.Failure{Network: "tcp", Address: "127.0.0.1", Port: 15432}, true},
		{"shop/db:53/udp", web, probe.Failure{Network: "tcp", Address: "172.18.0.3", Port: 53}, false},
		{"shop/db:53/udp", web, probe.Failure{Network: "udp", Address: "172.18.0.3", Port: 53}, true},
		{"10.9.9.9:80", web, probe.Failure{Network: "tcp", Address: "10.9.9.9", Port: 80}, true},
		{"10.9.9.9:80", web, probe.Failure{Network: "tcp", Address: "10.9.9.8", Port: 80}, false},
	} {
		target, err := ParseTarget(tt.to)
		if err != nil {
			t.Fatal(err)
		}
		f := &Facts{Inventory: survey.Inventory{Networks: networks}, From: tt.from, Target: target}
		if target.Key == "shop/db" {
			f.Meant = db
		}
		if got := concerns(f, tt.x); got != tt.want {
			t.Errorf("%s from %s: %+v: got %t, want %t", tt.to, tt.from.Name(), tt.x, got, tt.want)
		}
	}
}

// TestHeardAndNow: what was seen is held against what netlab then measures itself.
func TestHeardAndNow(t *testing.T) {
	web := &fact.Container{
		ID: "1", Name: "web", State: "running", Mode: "net",
		Endpoints: []fact.ContainerEndpoint{{Network: "net", IPv4: "172.18.0.2"}},
	}
	refused := probe.Failure{
		Network: "tcp", Address: "172.18.0.3", Port: 80, Name: "db", Reason: probe.Refused, Detail: "RST from 172.18.0.3",
	}
	unknown := probe.Failure{
		Network: "dns", Address: "127.0.0.11", Name: "db", Reason: probe.NameNotFound, Detail: "NXDOMAIN from 127.0.0.11",
	}
	known := &Lookup{Name: "db", Source: "127.0.0.11", Addresses: []string{"172.18.0.3"}}
	try := func(reason probe.Reason, sockets ...fact.Socket) []Try {
		return []Try{{
			Address: "172.18.0.3", Kind: InContainer, Port: 80, Stack: &fact.Stack{Sockets: sockets},
			Server:  &fact.Container{ID: "2", Name: "db", State: "running"},
			Outcome: probe.Outcome{Reason: reason, Path: &probe.Path{}},
		}}
	}
	for _, tt := range []struct {
		name    string
		x       probe.Failure
		lookup  *Lookup
		tries   []Try
		verdict string
		now     string
		proof   bool // what was seen is evidence for the cause
		hint    string
	}{
		{"it still refuses", refused, known, try(probe.Refused), result.Unreachable, "", true, ""},
		{
			"it answers now", refused, known, try(probe.OK, fact.Socket{Network: "tcp", Address: "0.0.0.0:80"}),
			result.Ambiguous, "Now it answers.", false,
			"It failed once, and now it works. To see how often it fails: netlab why web db:80 --watch 1m",
		},
		{
			"the name does not resolve now", refused, &Lookup{Name: "db"}, nil, result.Unknown,
			"Now the name does not resolve.", false, "",
		},
		{
			"the name is known now", unknown, known, nil, result.Ambiguous, "Now the name resolves.", false,
			"It failed once, and now it works.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := heardOf("", tt.x)
			line := h.line()
			w := h.conclude(&Facts{
				From: survey.End{Container: web}, Target: lineTarget(line), Line: &line, Lookup: tt.lookup, Tries: tt.tries,
			})
			if w.Verdict != tt.verdict || w.Said == nil || w.Said.Now != tt.now {
				t.Errorf("got %s, %+v, want %s, %q", w.Verdict, w.Said, tt.verdict, tt.now)
			}
			if w.Live == nil || w.Live.Failed == nil || *w.Live.Failed != tt.x || time.Since(*w.Live.FailedAt) > time.Minute {
				t.Errorf("what was seen is missing: %+v", w.Live)
			}
			var evidence []string
			for _, c := range w.Causes {
				for _, e := range c.Evidence {
					evidence = append(evidence, e.Source+": "+e.Text)
				}
			}
			if got := strings.Contains(strings.Join(evidence, "\n"), tt.x.Detail); got != tt.proof {
				t.Errorf("what was seen is evidence: %t, want %t: %q", got, tt.proof, evidence)
			}
			if tt.hint != "" && !slices.Equal(w.Unseen, []string{tt.hint}) {
				t.Errorf("got %q, want %q", w.Unseen, tt.hint)
			}
		})
	}
}

// A name that netlab cannot ask for is shown, and not asked.
func TestHeardHostileName(t *testing.T) {
	h := heardOf("", probe.Failure{Network: "dns", Address: "127.0.0.11", Name: `\027]0;db`, Reason: probe.NameNotFound})
	if h.line().Host != "" {
		t.Fatalf("netlab would ask for %q", h.line().Host)
	}
	if w := h.unasked(); w.Verdict != result.Unknown || len(w.Unseen) == 0 || w.Live.Failed == nil {
		t.Errorf("got %+v", w)
	}
}

// TestQuiet: a netlab that never listened has not seen that nothing fails.
func TestQuiet(t *testing.T) {
	h := &Heard{wait: Wait{From: "web"}, name: "web"}
	if got := h.Quiet().Verdict; got != result.Unknown {
		t.Errorf("without listening: got %s, want unknown", got)
	}
	h.say(result.MomentListens, "to web", func(result.Moment) {})
	if got := h.Quiet().Verdict; got != result.NothingFailed {
		t.Errorf("after listening: got %s, want nothing-failed", got)
	}
}

// TestListensTo: whoever shares the network namespace is heard too, and the user learns of it.
func TestListensTo(t *testing.T) {
	containers := []fact.Container{
		{ID: "1", Name: "web", State: "running", Mode: "net"},
		{ID: "2", Name: "sidecar", State: "running", Mode: "container:1"},
		{ID: "3", Name: "old", State: "exited", Mode: "container:1"},
		{ID: "4", Name: "agent", State: "running", Mode: "host"},
		{ID: "5", Name: "db", State: "running", Mode: "net"},
		{ID: "6", Name: "netlab-why1", State: "running", Mode: "container:5", Helper: true},
	}
	v := &survey.Inventory{Containers: containers}
	for _, tt := range []struct {
		from survey.End
		want []string
		not  string
	}{
		{survey.End{Container: &containers[0]}, []string{"web", "sidecar"}, "old"},
		{survey.End{Container: &containers[1]}, []string{"web", "sidecar"}, "old"},
		{survey.End{Container: &containers[4]}, []string{"db"}, "netlab-why1"},
		{survey.End{Container: &containers[3]}, []string{"all programs on the host", "agent"}, "web"},
		{survey.End{}, []string{"all programs on the host"}, "web"},
	} {
		got := hears(v, tt.from)
		for _, w := range tt.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is missing in %q", tt.from.Name(), w, got)
			}
		}
		if strings.Contains(got, tt.not) {
			t.Errorf("%s: %q is in %q", tt.from.Name(), tt.not, got)
		}
	}
}
