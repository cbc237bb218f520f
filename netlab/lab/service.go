package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"netlab/netlab/ask"
	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/poll"
	"netlab/netlab/probe"
	"netlab/netlab/scenario"
)

// A service is a swarm service with its tasks.
type service struct {
	spec scenario.Service

	made *gate // opens once the fields below are valid
	on   *engine.Service
	at   engine.Endpoint // when the lab was built
}

// How long the network's DNS may take to learn the tasks of a service, and how often to check.
const (
	namesLimit = 10 * time.Second
	namesLook  = 50 * time.Millisecond
)

// make creates the service on a network and waits until its tasks run.
func (v *service) make(ctx context.Context, session *engine.Session, on *network) error {
	spec := engine.ServiceSpec{
		Name: v.spec.Name, Network: on.fact.Name, Replicas: v.spec.Replicas,
		RoundRobin: v.spec.Endpoint == scenario.EndpointDNSRR,
	}
	for _, p := range v.spec.Listen {
		spec.Listen = append(spec.Listen, p.Docker())
	}
	var err error
	if v.on, err = session.CreateService(ctx, spec); err != nil {
		return err
	}
	v.at, err = v.on.Await(ctx)
	return err
}

// awaitServices waits until every peer on a service's network resolves its tasks and gets answers from them: the
// swarm tells the network's DNS about a task a moment after it starts. If that takes too long, the lab's questions
// will show it.
func (b builder) awaitServices(ctx context.Context) error {
	var work group
	for _, v := range b.lab.services {
		for _, p := range b.lab.peers {
			on := slices.ContainsFunc(p.spec.Networks, func(a scenario.Attachment) bool { return a.Network == v.spec.Network })
			if on && p.agent() != nil {
				work.run(func() error { v.await(ctx, p, b.lab.session.Token()); return nil })
			}
		}
	}
	return work.wait()
}

// await blocks until the asker resolves all tasks of the service and each task answers.
func (v *service) await(ctx context.Context, asker *peer, token string) {
	known := func(ctx context.Context, name, want string) bool {
		o := query(ctx, asker, probe.Question{Resolve: &probe.Resolve{Name: name}})
		return o.Reason == probe.OK && o.Value == want
	}
	tasks := strings.Join(v.at.Tasks, " ")
	_, _ = poll.Until(ctx, namesLimit, namesLook, func(ctx context.Context) (bool, error) {
		known := known(ctx, v.tasksName(), tasks) && known(ctx, v.spec.Name, cmp.Or(v.at.VIP, tasks))
		return known && v.answers(ctx, asker, token), nil
	})
}

// answers reports whether each task answers on all its TCP ports.
func (v *service) answers(ctx context.Context, asker *peer, token string) bool {
	for _, task := range v.at.Tasks {
		for _, port := range v.spec.Listen {
			o := query(ctx, asker, probe.Question{Connect: &probe.Connect{
				Network: port.Network, Host: task, Port: port.Number, Token: token,
			}})
			if o.Reason != probe.OK {
				return false
			}
		}
	}
	return true
}

func (v *service) tasksName() string { return "tasks." + v.spec.Name }

// value returns what a reference to the service stands for.
func (v *service) value(field string) string {
	switch field {
	case ask.FieldName:
		return v.spec.Name
	case ask.FieldVIP:
		return v.at.VIP
	case ask.FieldTasksName:
		return v.tasksName()
	case ask.FieldTasksIPv4:
		return strings.Join(v.at.Tasks, " ")
	}
	return ""
}

// Balance connects to a service's virtual IP once for each of its tasks. The answer is the addresses of the tasks
// that answered: IPVS assigns connections to them in turn (its scheduler rr; moby, libnetwork/service_linux.go).
func (a asking) Balance(ctx context.Context, p ask.Balance) probe.Outcome {
	v := a.lab.service(p.Service)
	if v == nil {
		return broken(fmt.Errorf("unknown service %s", p.Service))
	}
	var o probe.Outcome
	var listeners []string
	for range v.at.Tasks {
		o = query(ctx, a.asker, probe.Question{Connect: &probe.Connect{
			Network: p.Port.Network, Host: v.at.VIP, Port: p.Port.Number, Token: a.lab.session.Token(),
		}})
		if o.Reason != probe.OK {
			return o
		}
		listeners = append(listeners, o.Listener)
	}
	o.Evidence = append(o.Evidence, probe.Evidence{
		Source: "tasks of " + v.spec.Name, Text: "answered in this order: " + strings.Join(listeners, ", "),
	})
	slices.Sort(listeners)
	o.Value = strings.Join(slices.Compact(listeners), " ")
	return o
}

// beginSwarm makes the engine a one-node swarm if the lab has an overlay network and the engine is not in a swarm.
func (b builder) beginSwarm(ctx context.Context) error {
	if !b.lab.scenario.HasOverlay() || b.lab.site.engine.Fact().Swarm == fact.SwarmActive {
		return nil
	}
	if why := b.lab.site.CanBuild(b.lab.scenario, b.lab.options); why != "" {
		return Impossible{why}
	}
	if err := b.lab.site.Ready(ctx); err != nil {
		return err
	}
	b.lab.swarm = true
	for range attempts {
		gateway, err := b.lab.site.take()
		if err != nil {
			return err
		}
		if err := b.lab.session.InitSwarm(ctx, gateway); !errors.Is(err, engine.ErrOverlap) {
			return err
		}
	}
	return fmt.Errorf("creating a swarm: %d subnets of %s were in use", attempts, inOneLine(lowerHalves()))
}
