package scenario

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"netlab/netlab/ask"
)

const (
	maxServices = 2
	maxReplicas = 3 // a lab's network is a /28, and each task, virtual IP and load balancer takes one of its addresses
)

// services reads the swarm services.
func (l *loader) services(n *yaml.Node) {
	m, ok := l.mapping(n, "services", nil)
	if !ok {
		return
	}
	if len(m.entries) > maxServices {
		l.errorf(n, "a lab can have at most %d services", maxServices)
	}
	for _, e := range m.entries {
		l.free(e.key, "service")
		l.s.Services = append(l.s.Services, l.readService(l.name(e.key, "service"), e.value))
	}
}

func (l *loader) readService(name string, n *yaml.Node) Service {
	s := Service{Name: name, Replicas: 1, Endpoint: EndpointVIP}
	m, ok := l.mapping(n, "a service", serviceKeys())
	if !ok {
		return s
	}
	l.require(m, "the service", "network")
	if network := m.get("network"); network != nil {
		s.Network = l.overlay(network)
	}
	if replicas := m.get("replicas"); replicas != nil {
		s.Replicas = l.number(whole(replicas), 1, maxReplicas)
	}
	if endpoint := m.get("endpoint"); endpoint != nil {
		s.Endpoint = l.choice(endpoint, "endpoint", []string{EndpointVIP, EndpointDNSRR})
	}
	if ports := m.get("listen"); ports != nil {
		s.Listen = l.ports(ports, "listen")
	}
	return s
}

// overlay reads the name of an overlay network of the lab.
func (l *loader) overlay(n *yaml.Node) string {
	name, ok := l.text(n, "network")
	network := l.declared(name)
	switch {
	case !ok:
	case network == nil:
		l.errorf(n, "unknown network %s%s", quote(name), closest(name, l.networkNames()))
	case network.Driver != DriverOverlay:
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

// serviceField checks that the service has the field.
func (l *loader) serviceField(w word, r ask.Reference, s *Service) bool {
	if r.Field == "vip" && s.Endpoint == EndpointDNSRR {
		l.wordError(w, "%s has no virtual IP, because its endpoint is %s", s.Name, EndpointDNSRR)
		return false
	}
	return true
}

// balance reads "SERVICE PORT". The probe connects to the service's virtual IP once for each of its tasks.
func (l *loader) balance(n *yaml.Node) (q ask.Balance) {
	if _, ok := l.text(n, q.Kind().Name); !ok {
		return q
	}
	ws := words(n)
	if len(ws) != 2 {
		l.errorf(n, `must be a service and a port that its tasks listen on, such as "shop tcp/8080"`)
		return q
	}
	q.Port, _ = l.port(ws[1], false)
	s := l.s.Service(ws[0].text)
	switch {
	case s == nil:
		l.wordError(ws[0], "%s is not a service of this lab", quote(ws[0].text))
	case s.Endpoint == EndpointDNSRR:
		l.wordError(ws[0], "%s has no virtual IP, because its endpoint is %s", s.Name, EndpointDNSRR)
	case !slices.Contains(s.Listen, q.Port):
		l.wordError(ws[1], "the tasks of %s do not listen on %s", s.Name, q.Port)
	default:
		q.Service = s.Name
	}
	return q
}
