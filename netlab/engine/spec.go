package engine

import (
	"cmp"
	"strconv"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/mount"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/go-connections/nat"

	"netlab/netlab/agent"
	"netlab/netlab/fact"
)

// The roles of helpers and tasks. Those of peers are in fact: a fact.RoleMachine uses network none, and has NET_ADMIN,
// which only applies to its own network namespace.
const (
	RoleHost = "host" // reads the host's facts; shares its network and UTS namespaces

	roleTask = "task" // a container that the swarm created for a service

	// RoleWirer is the helper that creates a simulated link, and reads the counters of the host's firewall. It has
	// the host's network namespace, the PID namespace of Target if there is one, and no capability but NET_ADMIN.
	RoleWirer = "wirer"

	// RoleWatcher is the helper that captures the lab's frames on the host's bridges and simulated links. It has the
	// host's network namespace, and no capability but NET_RAW.
	RoleWatcher = "watcher"

	// RoleVisitor joins the network namespace of a user's container, Visit, to read it and to ask from it. It has no
	// capability but NET_RAW, which only applies to that network namespace.
	RoleVisitor = "visitor"

	// RoleWitness asks the kernel which packets it drops. It has no network, and no capability but BPF and PERFMON,
	// with which it sees those of all network namespaces. Engine 20.10 does not know these capabilities.
	RoleWitness = "witness"
)

// isHelper reports whether a container of a role belongs to no lab, but only looks at others.
func isHelper(role string) bool {
	return role == RoleHost || role == RoleWirer || role == RoleWatcher || role == RoleVisitor
}

// An Attachment connects a container to a network.
type Attachment struct {
	Network string   // the Docker network's name, or bridge, host or none
	IPv4    string   // chosen by the user; with "" the engine chooses
	Aliases []string // in addition to the peer's name; only for user-defined networks
}

// A ContainerSpec is a lab container to create.
type ContainerSpec struct {
	Peer        string // its name in the lab, and its hostname
	Role        string // one of the roles, or ""
	Image       string // as ImageName returns it; "" for the agent's
	Attachments []Attachment
	DNS         []string // DNS servers that replace the engine's choice
	Expose      []string // like EXPOSE in an image: "8080/tcp"
	Publish     []Publish
	ExtraHosts  []string // lines of /etc/hosts, "host.docker.internal:host-gateway"
	Health      *Health
	StopsInLab  bool // a step stops or restarts it, so it is not removed when it stops
	Writable    bool // its root filesystem is writable; otherwise it is read-only
	Volumes     []Volume
	IPv6        bool // for a machine: enable IPv6, which engines before 26 disable on network none

	// Share is the container whose network namespace this one uses. Hostname, DNS, ports and hosts are then those of
	// the other container. The engine refuses to set them here, so they are ignored in this spec.
	Share *Container

	// Visit is the id of the user's container whose network namespace a visitor uses.
	Visit string

	// Target is the container whose PID namespace a wirer or a machine joins, so that the wirer can refer to the
	// machine's process; nil for a wirer that only reads counters.
	Target *Container

	Wires bool // for RoleHost: it is also the wirer; otherwise it has no capability at all
}

// Publish publishes a container's port on the host, like docker run -p.
type Publish struct {
	Port     string // "8080/tcp"
	HostIP   string // "" for all addresses of the host
	HostPort int    // 0: the engine chooses
}

// Health is a container's HEALTHCHECK.
type Health struct {
	Command  []string      // runs in the container without a shell; exit code 0 means healthy
	Interval time.Duration // between two runs, and before the first; 0 means 500 ms
	Retries  int           // consecutive failures until it is unhealthy; 0 means Docker's 3
}

const (
	healthInterval = 500 * time.Millisecond // Docker's 30 s would be longer than a lab
	healthTimeout  = 3 * time.Second
)

func (h *Health) config() *container.HealthConfig {
	if h == nil {
		return nil
	}
	c := &container.HealthConfig{
		Test: append([]string{"CMD"}, h.Command...), Interval: h.Interval, Timeout: healthTimeout, Retries: h.Retries,
		// No StartPeriod: it would hide failures, and since engine 25 it makes the first runs 5 s apart.
	}
	if c.Interval == 0 {
		c.Interval = healthInterval
	}
	return c
}

// sharesNetwork reports whether the container uses another container's network namespace.
func (spec *ContainerSpec) sharesNetwork() bool { return spec.Share != nil || spec.Visit != "" }

// attachments returns the networks to connect the container to. A container that shares a namespace has none of its
// own.
func (spec *ContainerSpec) attachments() []Attachment {
	switch {
	case spec.sharesNetwork():
		return nil
	case spec.Role == fact.RoleMachine, spec.Role == RoleWitness:
		return []Attachment{{Network: "none"}}
	case spec.Role == RoleWirer, spec.Role == RoleWatcher:
		return []Attachment{{Network: "host"}}
	default:
		return spec.Attachments
	}
}

// mode returns the NetworkMode, which is the network that the container is created on.
func (spec *ContainerSpec) mode() string {
	switch networks := spec.attachments(); {
	case spec.Share != nil:
		return "container:" + spec.Share.ID()
	case spec.Visit != "":
		return "container:" + spec.Visit
	case len(networks) > 0:
		return networks[0].Network
	default:
		return ""
	}
}

func isUserDefined(network string) bool {
	return network != "bridge" && network != "host" && network != "none"
}

func (c *Container) settings(a Attachment) *network.EndpointSettings {
	s := &network.EndpointSettings{}
	if isUserDefined(a.Network) {
		s.Aliases = append([]string{c.spec.Peer}, a.Aliases...)
	}
	if a.IPv4 != "" {
		s.IPAMConfig = &network.EndpointIPAMConfig{IPv4Address: a.IPv4}
	}
	return s
}

// configs returns the configuration of a lab container of this image. It grants only what the probes need.
func (c *Container) configs(image string) (*container.Config, *container.HostConfig) {
	s, mode := c.session, c.spec.mode()
	labels := s.labels()
	labels[labelPeer], labels[labelRole], labels[labelFrom] = c.spec.Peer, c.spec.Role, image
	second, no, limit := 1, false, int64(pids)
	config := &container.Config{
		Image: cmp.Or(c.spec.Image, image), Labels: labels, Hostname: c.spec.Peer,
		Env:       []string{"NETLAB_TOKEN=" + s.token, "NETLAB_PEER=" + c.spec.Peer},
		OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true, AttachStderr: true,
		StopTimeout: &second,
		Healthcheck: c.spec.Health.config(),
	}
	host := &container.HostConfig{
		NetworkMode:    container.NetworkMode(mode),
		AutoRemove:     !c.spec.StopsInLab,
		CapDrop:        []string{"ALL"},
		CapAdd:         []string{"NET_RAW"}, // to ping, because host mode refuses an ICMP datagram socket; to capture
		SecurityOpt:    []string{"no-new-privileges"},
		ReadonlyRootfs: !c.spec.Writable,
		Mounts:         c.spec.mounts(),
		LogConfig:      container.LogConfig{Type: "none"}, // the stream is a protocol, and nothing is left on the disk
		Init:           &no,
		Resources:      container.Resources{Memory: memory, PidsLimit: &limit},
	}
	switch c.spec.Role {
	case RoleHost:
		host.CapAdd = nil // it only reads
		if c.spec.Wires {
			host.CapAdd = []string{"NET_ADMIN"}
		}
		host.UTSMode = "host"
		host.Mounts = hostFiles(s.engine.fact.Kind)
	case fact.RoleMachine:
		host.CapAdd = []string{"NET_ADMIN", "NET_RAW"}
		// It may be a router. The kernel sends ICMP errors to an address only once a second, so the second of two
		// quick questions would get no answer. And after it sends a redirect, because a third host could serve a
		// neighbor directly, it does not send "no route" for a second (net/ipv4/route.c, ip_error).
		host.Sysctls = map[string]string{
			"net.ipv4.ip_forward": "1", "net.ipv4.icmp_ratemask": "0",
			"net.ipv4.conf.all.send_redirects": "0", "net.ipv4.conf.default.send_redirects": "0",
		}
		if c.spec.IPv6 {
			host.Sysctls["net.ipv6.conf.all.disable_ipv6"] = "0"
			host.Sysctls["net.ipv6.conf.default.disable_ipv6"] = "0"
		}
	case RoleWitness:
		host.CapAdd = []string{"BPF", "PERFMON"}
	case RoleWirer:
		host.CapAdd = []string{"NET_ADMIN"}
	}
	if c.spec.Target != nil {
		host.PidMode = container.PidMode("container:" + c.spec.Target.ID())
	}
	if s.engine.fact.UsernsRemap && c.spec.Visit == "" && (c.spec.Role != "" || mode == "host") {
		// The engine does not share the host's namespaces with a container whose root is not the host's root. The
		// helper's capabilities still limit what it can do there.
		host.UsernsMode = "host"
	}
	if mode == "host" || c.spec.sharesNetwork() {
		config.Hostname = ""
	}
	if !c.spec.sharesNetwork() {
		host.DNS, host.ExtraHosts = c.spec.DNS, c.spec.ExtraHosts
		config.ExposedPorts, host.PortBindings = c.spec.ports()
	}
	return config, host
}

// ports returns the exposed ports, which include the published ones, and the bindings.
func (spec *ContainerSpec) ports() (nat.PortSet, nat.PortMap) {
	exposed, bound := nat.PortSet{}, nat.PortMap{}
	for _, p := range spec.Expose {
		exposed[nat.Port(p)] = struct{}{}
	}
	for _, p := range spec.Publish {
		port, hostPort := nat.Port(p.Port), ""
		if p.HostPort != 0 {
			hostPort = strconv.Itoa(p.HostPort)
		}
		exposed[port] = struct{}{}
		bound[port] = append(bound[port], nat.PortBinding{HostIP: p.HostIP, HostPort: hostPort})
	}
	return exposed, bound
}

// hostFiles mounts the host's resolver files, read-only, for the helper that shows the host. The resolv.conf in a
// container is written by the engine, and says nothing about the host's. Docker refuses a mount whose source does not
// exist. Podman would create a directory there on the host, so it gets no mounts.
func hostFiles(kind string) []mount.Mount {
	if kind == fact.KindPodman {
		return nil
	}
	file := func(source, target string) mount.Mount {
		return mount.Mount{Type: mount.TypeBind, Source: source, Target: target, ReadOnly: true}
	}
	return []mount.Mount{
		file("/etc/resolv.conf", agent.HostResolvConf),
		file("/run/systemd/resolve/resolv.conf", agent.HostSystemdResolvConf),
	}
}
