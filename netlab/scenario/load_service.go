package scenario

import (
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
)

const (
	maxServices = 2
	maxReplicas = 3 // a lab's network is a /28, and each task, virtual IP and load balancer takes one of its addresses
)

// services reads the swarm services.
func (l *loader) services(n *yaml.Node) {
	entries, _ := l.definitions(n, "services", "services", maxServices)
	for _, e := range entries {
		l.free(e.key, "service")
		s := Service{Name: l.name(e.key, "service"), Replicas: 1, Endpoint: EndpointVIP}
		l.fill(e.value, serviceForm(l, &s))
		l.s.Services = append(l.s.Services, s)
	}
}

func serviceForm(l *loader, s *Service) form {
	replicas := &schema{Type: "integer", Minimum: jsonschema.Ptr(1.0), Maximum: jsonschema.Ptr(float64(maxReplicas))}
	return form{
		a: "a service", the: "the service", name: "service", doc: "A service of the swarm", required: []string{"network"},
		fields: []field{
			{"network", "overlay network of its tasks", value(text(), func(n *yaml.Node) { s.Network = l.overlay(n) })},
			{
				"replicas", "number of its tasks (identical containers): 1 (the default) to 3",
				value(replicas, func(n *yaml.Node) { s.Replicas = l.number(whole(n), 1, maxReplicas) }),
			},
			{
				"endpoint", "vip (the default): its name resolves to one virtual IP; dnsrr: to the addresses of its tasks",
				oneOf("endpoint", &s.Endpoint, EndpointVIP, EndpointDNSRR),
			},
			{"listen", "ports that each task answers on, such as tcp/8080", ports(&s.Listen)},
		},
	}
}

// overlay reads the name of an overlay network of the lab.
func (l *loader) overlay(n *yaml.Node) string {
	name, ok := l.text(n, "network")
	network := l.s.declared(name)
	switch {
	case !ok:
	case network == nil:
		l.errorf(n, "unknown network %s%s", quote(name), closest(name, l.s.networkNames()))
	case network.Driver != fact.DriverOverlay:
		l.errorf(n, "a swarm service needs an overlay network, but %s is a %s network", name, network.Driver)
	default:
		return name
	}
	return ""
}

// Service returns the service of that name, or nil.
func (s *Scenario) Service(name string) *Service {
	i := slices.IndexFunc(s.Services, func(v Service) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Services[i]
}

// balance reads "SERVICE PORT". The probe connects to the service's virtual IP once for each of its tasks.
func (a *asking) balance(e entry) ask.Question {
	ws, ok := a.two(e, `must be a service and a port that its tasks listen on, such as "shop tcp/8080"`)
	if !ok {
		return ask.Balance{}
	}
	q := ask.Balance{}
	q.Port, _ = a.port(ws[1], false)
	s := a.s.Service(ws[0].text)
	switch {
	case s == nil:
		a.wordError(ws[0], "%s is not a service of this lab", quote(ws[0].text))
	case s.Endpoint == EndpointDNSRR:
		a.wordError(ws[0], "%s has no virtual IP, because its endpoint is %s", s.Name, EndpointDNSRR)
	case !slices.Contains(s.Listen, q.Port):
		a.wordError(ws[1], "the tasks of %s do not listen on %s", s.Name, q.Port)
	default:
		q.Service = s.Name
	}
	return q
}
