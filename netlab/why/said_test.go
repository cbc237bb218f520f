package why

import (
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// TestSaid holds lines against what was measured.
func TestSaid(t *testing.T) {
	web := &fact.Container{
		Name: "web", State: "running", Mode: "net", Endpoints: []fact.ContainerEndpoint{{Network: "net", IPv4: "172.18.0.2"}},
	}
	listening := &fact.Stack{Sockets: []fact.Socket{{Network: "tcp", Address: "0.0.0.0:80"}}}
	answers := Try{
		Address: "172.18.0.3", Kind: InContainer, Port: 80, Stack: listening,
		Outcome: probe.Outcome{Reason: probe.OK, Path: &probe.Path{}},
	}
	refuses := Try{
		Address: "172.18.0.3", Kind: InContainer, Port: 80, Stack: &fact.Stack{},
		Outcome: probe.Outcome{Reason: probe.Refused, Path: &probe.Path{}},
	}
	known := &Lookup{Name: "db", Source: "127.0.0.11", Addresses: []string{"172.18.0.3"}}
	for _, tt := range []struct {
		name, line  string
		lookup      *Lookup
		try         *Try
		verdict     string
		text, nowIs string
	}{
		{
			"the same", "Error 111 connecting to db:80. Connection refused.", known, &refuses, result.Unreachable,
			"refused, db:80", "",
		},
		{
			"it works now", "Error 111 connecting to db:80. Connection refused.", known, &answers, result.Reachable,
			"refused, db:80", "Now it answers.",
		},
		{
			"it fails otherwise", "curl: (28) Failed to connect to db port 80 after 9 ms: Connection timed out", known, &refuses,
			result.Unreachable, "no answer, db:80", "Now it is: refused.",
		},
		{
			"it does not say why", "curl: (7) Failed to connect to db port 80 after 0 ms: Couldn't connect to server", known,
			&refuses, result.Unreachable, "no connection, db:80", "",
		},
		{
			"above the network", `Get "https://db:80/": x509: certificate has expired`, known, &answers, result.Reachable,
			"TLS error, db:80",
			"A connection opens, as it did then. What failed came later, so look at the logs of both ends.",
		},
		{
			"another address", `connection to server at "db" (172.18.0.9), port 80 failed: Connection refused`, known, &answers,
			result.Reachable, "refused, db:80, at 172.18.0.9", "db is now 172.18.0.3. Now it answers.",
		},
		{
			"no name now", "Error 111 connecting to db:80. Connection refused.", &Lookup{Name: "db"}, nil, result.Unknown,
			"refused, db:80", "Now the name does not resolve.",
		},
		{
			"still no name", "getaddrinfo ENOTFOUND db", &Lookup{Name: "db"}, nil, result.Unknown, "unknown name, db", "",
		},
		{
			"a name now", "getaddrinfo ENOTFOUND db", known, nil, result.Unknown,
			"unknown name, db", "Now the name resolves.",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line, ok := pasted.Parse(tt.line)
			if !ok {
				t.Fatal("the line is not understood")
			}
			f := &Facts{From: survey.End{Container: web}, Target: lineTarget(line), Lookup: tt.lookup, Line: &line}
			if tt.try != nil {
				f.Tries = []Try{*tt.try}
			}
			got := Diagnose(f)
			if got.Verdict != tt.verdict || got.Said == nil || got.Said.Text != tt.text || got.Said.Now != tt.nowIs {
				t.Errorf("got %s, %+v, want %s, %q, %q", got.Verdict, got.Said, tt.verdict, tt.text, tt.nowIs)
			}
		})
	}
	if got := Diagnose(&Facts{From: survey.End{Container: web}}); got.Said != nil {
		t.Errorf("got %+v without a line", got.Said)
	}
}
