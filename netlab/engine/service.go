package engine

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/swarm"

	"netlab/netlab/agent"
	"netlab/netlab/poll"
)

const (
	serviceLimit = 2 * time.Minute
	serviceLook  = 50 * time.Millisecond
)

// A ServiceSpec is a swarm service to create. Its tasks run the agent, which only listens, because nothing can attach
// to a task's input.
type ServiceSpec struct {
	Name       string // in the lab, and in the network's DNS
	Network    string // the Docker network's name; it must be an overlay
	Replicas   int
	RoundRobin bool     // its name resolves to the tasks' addresses (dnsrr) instead of a virtual IP
	Listen     []string // ports that each task answers on, "8080/tcp"
}

// A Service is a service of the lab.
type Service struct {
	session *Session
	id      string
	name    string
	spec    ServiceSpec
}

// Name returns the service's name on the engine, netlab-LAB-NAME.
func (v *Service) Name() string { return v.name }

// CreateService creates a service, and the swarm then starts its tasks on this engine. Use Await to wait for them.
func (s *Session) CreateService(ctx context.Context, spec ServiceSpec) (*Service, error) {
	v := &Service{session: s, name: prefix + s.lab + "-" + spec.Name, spec: spec}
	return v, s.creating(ctx, v.create)
}

func (v *Service) create(ctx context.Context) error {
	e := v.session.engine
	info, err := e.api.Info(ctx) // the lab may have created the swarm
	if err != nil {
		return e.failed(err, "looking for the engine in its swarm")
	}
	image, err := e.agentImage(ctx)
	if err != nil {
		return err
	}
	spec := v.swarmSpec(image, info.Swarm.NodeID)
	made, err := e.api.ServiceCreate(ctx, spec, swarm.ServiceCreateOptions{})
	if errdefs.IsConflict(err) && v.session.lab != v.session.id {
		return v.session.taken()
	}
	if err != nil {
		return e.failed(err, "creating service %q", v.name)
	}
	v.id = made.ID
	return nil
}

// swarmSpec configures the service's tasks like lab containers. They run on the engine's own node, because no other
// node has the image. If an image is named by its id, the engine does not look for it in a registry. (moby,
// daemon/cluster/executor/container/adapter.go: pullImage.)
func (v *Service) swarmSpec(image, node string) swarm.ServiceSpec {
	s := v.session
	labels := s.labels()
	labels[labelPeer], labels[labelRole], labels[labelFrom] = v.spec.Name, roleTask, image
	no, second, replicas := false, time.Second, uint64(v.spec.Replicas) // a few
	mode := swarm.ResolutionModeVIP
	if v.spec.RoundRobin {
		mode = swarm.ResolutionModeDNSRR
	}
	return swarm.ServiceSpec{
		Annotations: swarm.Annotations{Name: v.name, Labels: s.labels()},
		TaskTemplate: swarm.TaskSpec{
			ContainerSpec: &swarm.ContainerSpec{
				Image: image, Labels: labels,
				// More than the name: a hostname is an alias too, so the service's name would also resolve to its
				// tasks.
				Hostname:        v.spec.Name + "-{{.Task.Slot}}",
				Args:            append([]string{agent.ServePorts}, v.spec.Listen...),
				Env:             []string{"NETLAB_TOKEN=" + s.token},
				ReadOnly:        true,
				CapabilityDrop:  []string{"ALL"},
				Privileges:      &swarm.Privileges{NoNewPrivileges: true}, // since engine 25
				Init:            &no,
				StopGracePeriod: &second,
			},
			Resources:     &swarm.ResourceRequirements{Limits: &swarm.Limit{MemoryBytes: memory, Pids: pids}},
			RestartPolicy: &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionNone},
			Placement:     &swarm.Placement{Constraints: []string{"node.id==" + node}},
			Networks:      []swarm.NetworkAttachmentConfig{{Target: v.spec.Network, Aliases: []string{v.spec.Name}}},
			LogDriver:     &swarm.Driver{Name: "none"},
		},
		Mode:         swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}},
		EndpointSpec: &swarm.EndpointSpec{Mode: mode},
	}
}

// An Endpoint holds the addresses of a service on its network.
type Endpoint struct {
	VIP   string   // its virtual IP; "" if it has none
	Tasks []string // the addresses of its tasks, sorted
}

// Await waits until all tasks of the service run, and returns its addresses.
func (v *Service) Await(ctx context.Context) (Endpoint, error) {
	var at Endpoint
	run, err := poll.Until(ctx, serviceLimit, serviceLook, func(ctx context.Context) (_ bool, err error) {
		at, err = v.look(ctx)
		return err == nil && len(at.Tasks) == v.spec.Replicas, err
	})
	if err == nil && !run {
		err = fmt.Errorf("starting service %q: its tasks did not run within %s", v.name, serviceLimit)
	}
	return at, err
}

// look returns the service's virtual IP and the addresses of its running tasks. A task that ended is an error,
// because none is started again.
func (v *Service) look(ctx context.Context) (Endpoint, error) {
	var at Endpoint
	e := v.session.engine
	service, _, err := e.api.ServiceInspectWithRaw(ctx, v.id, swarm.ServiceInspectOptions{})
	if err != nil {
		return at, e.failed(err, "reading service %q", v.name)
	}
	for _, ip := range service.Endpoint.VirtualIPs {
		at.VIP = withoutPrefix(ip.Addr)
	}
	tasks, err := e.api.TaskList(ctx, swarm.TaskListOptions{Filters: filters.NewArgs(filters.Arg("service", v.id))})
	if err != nil {
		return at, e.failed(err, "listing the tasks of service %q", v.name)
	}
	for _, t := range tasks {
		switch t.Status.State {
		case swarm.TaskStateRunning:
			for _, n := range t.NetworksAttachments {
				for _, a := range n.Addresses {
					at.Tasks = append(at.Tasks, withoutPrefix(a))
				}
			}
		case swarm.TaskStateComplete, swarm.TaskStateFailed, swarm.TaskStateRejected, swarm.TaskStateShutdown:
			return at, fmt.Errorf("starting service %q: a task ended (%s): %s", v.name, t.Status.State, t.Status.Err)
		}
	}
	slices.Sort(at.Tasks)
	return at, nil
}

func withoutPrefix(cidr string) string {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		return cidr
	}
	return p.Addr().String()
}

// starts reports whether the task's container may still appear. A running task's container is listed with the
// containers, and a task that ended starts none; the swarm keeps listing both for several seconds.
func starts(t swarm.Task) bool {
	switch t.Status.State {
	case swarm.TaskStateNew, swarm.TaskStateAllocated, swarm.TaskStatePending, swarm.TaskStateAssigned,
		swarm.TaskStateAccepted, swarm.TaskStatePreparing, swarm.TaskStateReady, swarm.TaskStateStarting:
		return true
	}
	return false
}

// services lists the services of the engine's swarm and their tasks, or none if the engine is not a manager.
func (e *Engine) services(ctx context.Context, filter filters.Args) ([]swarm.Service, []swarm.Task, error) {
	if !e.manager.Load() {
		return nil, nil, nil
	}
	// The order matters: tasks that a service started before it was removed are then in the list of tasks.
	services, err := e.api.ServiceList(ctx, swarm.ServiceListOptions{Filters: filter})
	if err == nil {
		var tasks []swarm.Task
		if tasks, err = e.api.TaskList(ctx, swarm.TaskListOptions{Filters: filter}); err == nil {
			return services, tasks, nil
		}
	}
	if errdefs.IsUnavailable(err) { // the engine has left its swarm, or is no longer a manager
		return nil, nil, nil
	}
	return nil, nil, err
}
