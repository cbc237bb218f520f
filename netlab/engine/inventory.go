package engine

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"golang.org/x/sync/errgroup"

	"netlab/netlab/fact"
	"netlab/netlab/safely"
)

// inspections limits how many containers are inspected in parallel. Through ssh each is a login, and sshd refuses some
// of ten at the same time (MaxStartups).
const inspections = 8

// The labels that Docker Compose gives its containers.
const (
	composeProject = "com.docker.compose.project"
	composeService = "com.docker.compose.service"
	composeFolder  = "com.docker.compose.project.working_dir"
)

// Containers reads all containers on the engine, running or not, sorted by name. It leaves out one that is removed
// meanwhile.
func (e *Engine) Containers(ctx context.Context) ([]fact.Container, error) {
	list, err := e.api.ContainerList(ctx, container.ListOptions{All: true})
	if err != nil {
		return nil, e.failed(err, "listing the containers")
	}
	read := make([]*fact.Container, len(list))
	var calls errgroup.Group
	calls.SetLimit(inspections)
	for i, c := range list {
		calls.Go(safely.Task(func() error {
			r, err := e.api.ContainerInspect(ctx, c.ID)
			switch {
			case errdefs.IsNotFound(err):
				return nil
			case err != nil:
				return e.failed(err, "reading container %q", c.ID)
			}
			read[i] = containerFact(r)
			return nil
		}))
	}
	if err := calls.Wait(); err != nil {
		return nil, err
	}
	var containers []fact.Container
	for _, c := range read {
		if c != nil {
			containers = append(containers, *c)
		}
	}
	slices.SortFunc(containers, func(a, b fact.Container) int { return cmp.Compare(a.Name, b.Name) })
	return containers, nil
}

// Networks reads all networks on the engine, sorted by name.
func (e *Engine) Networks(ctx context.Context) ([]fact.Network, error) {
	list, err := e.api.NetworkList(ctx, network.ListOptions{})
	if err != nil {
		return nil, e.failed(err, "listing the networks")
	}
	networks := make([]fact.Network, 0, len(list))
	for _, n := range list {
		networks = append(networks, networkFact(n))
	}
	slices.SortFunc(networks, func(a, b fact.Network) int { return cmp.Compare(a.Name, b.Name) })
	return networks, nil
}

// Overlay reads what the swarm tells this node about an overlay network: which nodes have it, and which containers are
// where. The engine knows that as long as it has a container there.
func (e *Engine) Overlay(ctx context.Context, name string) (*fact.Overlay, error) {
	n, err := e.api.NetworkInspect(ctx, name, network.InspectOptions{Verbose: true})
	if err != nil {
		return nil, e.failed(err, "reading network %q", name)
	}
	o := &fact.Overlay{Name: n.Name}
	// A network has an ID for each of its subnets. They are asked about by the first.
	first, _, _ := strings.Cut(n.Options[optionVXLAN], ",")
	o.VXLAN, _ = strconv.Atoi(first)
	for _, p := range n.Peers {
		o.Nodes = append(o.Nodes, p.IP)
	}
	for _, s := range n.Services {
		for _, t := range s.Tasks {
			o.Tasks = append(o.Tasks, fact.OverlayTask{Name: t.Name, Address: t.EndpointIP, Node: t.Info["Host IP"]})
		}
	}
	slices.SortFunc(o.Tasks, func(a, b fact.OverlayTask) int { return cmp.Compare(a.Name, b.Name) })
	return o, nil
}

// Nodes returns the nodes of the swarm, sorted by name. Only a manager knows them.
func (e *Engine) Nodes(ctx context.Context) ([]fact.Node, error) {
	list, err := e.api.NodeList(ctx, swarm.NodeListOptions{})
	if err != nil {
		return nil, e.failed(err, "listing the nodes")
	}
	nodes := make([]fact.Node, 0, len(list))
	for _, n := range list {
		nodes = append(nodes, fact.Node{
			ID: n.ID, Name: n.Description.Hostname, Address: n.Status.Addr, Ready: n.Status.State == swarm.NodeStateReady,
		})
	}
	slices.SortFunc(nodes, func(a, b fact.Node) int { return cmp.Compare(a.Name+a.ID, b.Name+b.ID) })
	return nodes, nil
}

// containerFact returns nil if the engine left out parts of the container.
func containerFact(r container.InspectResponse) *fact.Container {
	if r.ContainerJSONBase == nil || r.State == nil || r.Config == nil || r.HostConfig == nil || r.NetworkSettings == nil {
		return nil
	}
	c := &fact.Container{
		ID: r.ID, Name: strings.TrimPrefix(r.Name, "/"), Image: r.Config.Image, State: r.State.Status,
		ExitCode: r.State.ExitCode, Error: r.State.Error, Restarts: r.RestartCount,
		Project: r.Config.Labels[composeProject], Service: r.Config.Labels[composeService],
		Folder: r.Config.Labels[composeFolder],
		Mode:   string(r.HostConfig.NetworkMode), Hostname: r.Config.Hostname, DNS: r.HostConfig.DNS,
	}
	if ownsName(r.Config.Labels, c.Name) {
		c.Lab, c.Helper = r.Config.Labels[labelLab], isHelper(r.Config.Labels[labelRole])
	}
	c.Created, _ = time.Parse(time.RFC3339Nano, r.Created)
	c.Started, _ = time.Parse(time.RFC3339Nano, r.State.StartedAt) // year 1 if it has never started
	c.Finished, _ = time.Parse(time.RFC3339Nano, r.State.FinishedAt)
	if r.State.Health != nil && r.State.Health.Status != container.NoHealthcheck {
		c.Health = r.State.Health.Status
	}
	for name, s := range r.NetworkSettings.Networks {
		if s != nil {
			c.Endpoints = append(c.Endpoints, endpointFact(c, name, s))
		}
	}
	slices.SortFunc(c.Endpoints, func(a, b fact.ContainerEndpoint) int { return cmp.Compare(a.Network, b.Network) })
	bound := r.NetworkSettings.Ports
	if !c.Running() {
		bound = r.HostConfig.PortBindings
	}
	for port, bindings := range bound {
		for _, b := range bindings {
			hostPort, _ := strconv.Atoi(b.HostPort) // "" for one that the engine has yet to choose
			c.Ports = append(c.Ports, fact.Binding{Port: string(port), HostIP: b.HostIP, HostPort: hostPort})
		}
	}
	slices.SortFunc(c.Ports, func(a, b fact.Binding) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.HostIP, b.HostIP), cmp.Compare(a.HostPort, b.HostPort))
	})
	for port := range r.Config.ExposedPorts {
		c.Exposed = append(c.Exposed, string(port))
	}
	slices.Sort(c.Exposed)
	c.Proxies, c.NoProxy = proxies(r.Config.Env)
	for _, m := range r.Mounts {
		c.OwnHosts = c.OwnHosts || m.Destination == "/etc/hosts" || m.Destination == "/etc/resolv.conf"
	}
	return c
}

// endpointFact reads an endpoint. Engines before 26 do not say which names they resolve (DNSNames): the container's
// name, its aliases, which include its short id, and its hostname (libnetwork, Sandbox and Endpoint names).
func endpointFact(c *fact.Container, name string, s *network.EndpointSettings) fact.ContainerEndpoint {
	e := fact.ContainerEndpoint{Network: name, ID: s.NetworkID, IPv4: s.IPAddress, IPv6: s.GlobalIPv6Address}
	if !isUserDefined(name) {
		return e
	}
	e.Names = append([]string{c.Name, c.Hostname}, s.Aliases...)
	e.Names = append(e.Names, s.DNSNames...)
	slices.Sort(e.Names)
	e.Names = slices.DeleteFunc(slices.Compact(e.Names), func(n string) bool {
		_, err := netip.ParseAddr(n)
		return n == "" || err == nil
	})
	return e
}

// proxies reads the variables that make programs use a proxy. It keeps their names only, as the values may have
// passwords, and reads no other variable.
func proxies(environment []string) (names []string, except string) {
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		switch strings.ToUpper(name) {
		case "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY":
			if value != "" {
				names = append(names, name)
			}
		case "NO_PROXY":
			if except != "" && value != "" {
				except += ","
			}
			except += value
		}
	}
	slices.Sort(names)
	return names, except
}
