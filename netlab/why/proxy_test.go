package why

import (
	"slices"
	"strings"
	"testing"

	"netlab/netlab/result"
)

func TestNoProxy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		list, name string
		want       bool
	}{
		{"", "db", false},
		{"db", "db", true},
		{"DB.", "db", false},
		{"localhost, db", "DB", true},
		{"example.com", "api.example.com", true},
		{".example.com", "api.example.com", true},
		{"*.example.com", "api.example.com", true},
		{"example.com", "badexample.com", false},
		{"*", "anything", true},
		{"172.16.0.0/12", "172.18.0.2", true},
		{"172.16.0.0/12", "db", false},
		{"172.18.0.2", "172.18.0.2", true},
		{"db:80", "db", true},
		{"db:81", "db", false},
	} {
		if got := except(test.list, test.name, 80); got != test.want {
			t.Errorf("%q and %s: got %t, want %t", test.list, test.name, got, test.want)
		}
	}
}

// A proxy does not change whether packets get through, so it is a note. It concerns HTTP, and no other known protocol.
func TestProxyVariables(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		target  string
		proxies []string
		except  string
		want    bool
	}{
		{"HTTP", "http://db:5432", []string{"HTTP_PROXY"}, "", true},
		{"HTTP in small letters", "http://db:5432", []string{"http_proxy"}, ".corp", true},
		{"HTTPS by the other variable", "https://db", []string{"HTTP_PROXY"}, "", false},
		{"all", "https://db", []string{"ALL_PROXY"}, "", true},
		{"a port that may be HTTP", "db:8080", []string{"HTTPS_PROXY"}, "", true},
		{"PostgreSQL", "db:5432", []string{"HTTP_PROXY", "ALL_PROXY"}, "", false},
		{"covered", "http://db", []string{"HTTP_PROXY"}, "db", false},
		{"none", "http://db", nil, "", false},
	} {
		f := resolved("shop-db-1")
		port := f.Target.Port
		target, err := ParseTarget(test.target)
		if err != nil {
			t.Fatal(err)
		}
		f.Target = target
		f.Tries[0].Port = port
		f.From.Container.Proxies, f.From.Container.NoProxy = test.proxies, test.except
		w := Diagnose(f)
		if w.Verdict != result.Reachable || slices.Contains(ids(w), "proxy-variables") != test.want {
			t.Errorf("%s: got %s with %+v, want the note: %t", test.name, w.Verdict, w.Causes, test.want)
		}
	}
	f := resolved("shop-db-1")
	f.Target.Scheme, f.From.Container.Proxies = "http", []string{"HTTP_PROXY"}
	f.Tries[0].Outcome.Reason = "timeout"
	if w := Diagnose(f); strings.Contains(strings.Join(ids(w), " "), "proxy") {
		t.Errorf("what cannot be reached has another cause: %+v", w.Causes)
	}
}
