package byhand

import (
	"fmt"

	"netlab/netlab/ask"
	"netlab/netlab/scenario"
)

// service creates a swarm service whose tasks listen like the containers do.
func (w *writer) service(v scenario.Service) {
	words := []string{
		"docker service create --name", quote(v.Name), "--network", quote(v.Network),
		"--replicas", fmt.Sprint(v.Replicas),
	}
	if v.Endpoint == scenario.EndpointDNSRR {
		words = append(words, "--endpoint-mode", v.Endpoint)
	}
	words = append(words, `"$IMAGE"`)
	if len(v.Listen) == 0 {
		w.line(append(words, "sleep infinity")...)
		return
	}
	var listen []scenario.Listener
	for _, p := range v.Listen {
		listen = append(listen, scenario.Listener{Port: p})
	}
	w.line(append(words, "sh -c", quote(serve(listen)))...)
}

// ofService is a word, or a substitution, for what a reference to a service names.
func (l *lab) ofService(r ask.Reference) string {
	switch r.Field {
	case ask.FieldName:
		return quote(r.Head)
	case ask.FieldTasksName:
		return quote("tasks." + r.Head)
	}
	// The engine reports it with the subnet's prefix length.
	return fmt.Sprintf(`"$(docker service inspect -f '{{(index .Endpoint.VirtualIPs 0).Addr}}' %s | cut -d/ -f1)"`,
		quote(r.Head))
}

// balance connects to a virtual IP as many times as there are tasks, which answer in turn.
func (w *writer) balance(c *scenario.Check, q ask.Balance) {
	v := w.s.Service(q.Service)
	if v == nil {
		return
	}
	vip := ask.Connect{To: ask.Target{Ref: ask.Reference{Head: q.Service, Field: ask.FieldVIP}}, Port: q.Port}
	for range v.Replicas {
		w.connect(c, vip, false)
	}
}
