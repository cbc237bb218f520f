package lab

import (
	"context"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// taskAgent connects to a virtual IP whose tasks answer in turn, as with IPVS.
type taskAgent struct {
	agentClient
	tasks []string
	calls int
}

func (a *taskAgent) Ask(_ context.Context, q probe.Question) (probe.Outcome, error) {
	if q.Connect == nil || q.Connect.Host != "10.0.0.2" || len(a.tasks) == 0 {
		return probe.Outcome{Reason: probe.Timeout}, nil
	}
	a.calls++
	return probe.Outcome{Reason: probe.OK, Value: "10.0.0.9", Listener: a.tasks[a.calls%len(a.tasks)]}, nil
}

func TestBalance(t *testing.T) {
	both := []string{"10.0.0.3", "10.0.0.4"}
	for _, tt := range []struct {
		name  string
		tasks []string // the tasks that answer
		want  string
	}{
		{"both in turn", both, "10.0.0.3 10.0.0.4"},
		{"always the same", both[1:], "10.0.0.4"},
		{"none", nil, ""},
	} {
		l := &Lab{inventory: inventory{session: &engine.Session{}, services: []*service{{
			spec: scenario.Service{Name: "shop", Replicas: 2}, at: engine.Endpoint{VIP: "10.0.0.2", Tasks: both},
		}}}}
		o := asking{l, &peer{name: "mia", client: &taskAgent{tasks: tt.tasks}}}.Balance(t.Context(),
			ask.Balance{Port: ask.Port{Network: "tcp", Number: 80}, Service: "shop"})
		if o.Value != tt.want || (o.Reason == probe.OK) != (tt.want != "") {
			t.Errorf("%s: got %+v, want %q", tt.name, o, tt.want)
		}
	}
}

func TestServiceValue(t *testing.T) {
	v := &service{
		spec: scenario.Service{Name: "shop"},
		at:   engine.Endpoint{VIP: "10.0.0.2", Tasks: []string{"10.0.0.3", "10.0.0.4"}},
	}
	for field, want := range map[string]string{
		"name": "shop", "vip": "10.0.0.2", "tasks.name": "tasks.shop", "tasks.ipv4": "10.0.0.3 10.0.0.4",
	} {
		if got := v.value(field); got != want {
			t.Errorf("%s: got %q, want %q", field, got, want)
		}
	}
}
