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

// The roles of containers that are no ordinary peer.
const (
	RoleHost     = "host"     // the helper that reads the host's facts: its network and UTS namespace, no capability
	RoleUpstream = "upstream" // the lab's own upstream DNS server

	// RoleMachine plays a computer outside Docker, and a router if need be: network none, and NET_ADMIN, which is over
	// its own network namespace only.
	RoleMachine = "machine"

	roleTask = "task" // a container that the swarm has made for a service

	// RoleWirer is the helper that makes a wire, and reads the counters of the host's firewall: the host's network
	// namespace, the PID namespace of Target where there is one, and no capability but NET_ADMIN. It lives for a moment:
	// stop it when it has answered.
	RoleWirer = "wirer"

	// RoleWatcher is the helper that captures the lab's frames at the host's bridges and wires: the host's network
	// namespace, and no capability but NET_RAW.
	RoleWatcher = "watcher"
)

// An Attachment puts a container on a network.
type Attachment struct {
	Network string   // the Docker network's name, or bridge, host or none
	IPv4    string   // chosen by the user; "" lets the engine choose
	Aliases []string // beside the peer's own name; only user-defined networks have them
}

// A ContainerSpec is a lab container to create.
type ContainerSpec struct {
	Peer        string // its name in the lab, and its hostname
	Role        string // one of the roles, or ""
	Image       string // as ImageName gives it; "" for the agent's
	Attachments []Attachment
	DNS         []string // the servers in place of the engine's choice
	Expose      []string // as EXPOSE in an image: "8080/tcp"
	Publish     []Publish
	ExtraHosts  []string // lines of /etc/hosts, "host.docker.internal:host-gateway"
	Health      *Health
	StopsInLab  bool // a step stops or restarts it, so that it must not vanish when it stops
	Writable    bool // its root filesystem; else it is read-only
	Volumes     []Volume
	IPv6        bool // of a machine: it has IPv6, which an engine before 26 switches off on network none

	// Share is the container whose network namespace this one uses. Hostname, DNS, ports and hosts are then those of
	// the other one: the engine refuses to set them here, so what the spec says of them is left out.
	Share *Container

	// Target is the container whose process 1 a wirer must be able to name; nil for one that only reads counters.
	Target *Container
}

// Publish makes a port of a container one of the host's, as docker run -p does.
type Publish struct {
	Port     string // "8080/tcp"
	HostIP   string // "" for all addresses of the host
	HostPort int    // 0: the engine chooses
}

// Health is a container's HEALTHCHECK.
type Health struct {
	Command  []string      // run in the container without a shell; exit code 0 is healthy
	Interval time.Duration // between two runs, and before the first; 0 means 500 ms
	Retries  int           // failures in a row that make it unhealthy; 0 means Docker's 3
}

const (
	healthInterval = 500 * time.Millisecond // Docker's own 30 s would be longer than a lab
	healthTimeout  = 3 * time.Second
)

func (h *Health) config() *container.HealthConfig {
	if h == nil {
		return nil
	}
	c := &container.HealthConfig{
		Test: append([]string{"CMD"}, h.Command...), Interval: h.Interval, Timeout: healthTimeout, Retries: h.Retries,
		// No StartPeriod: it would hide failures, and from engine 25 on have the first runs 5 s apart.
	}
	if c.Interval == 0 {
		c.Interval = healthInterval
	}
	return c
}

// attachments are the networks to put the container on; one that shares another's namespace has none of its own.
func (spec *ContainerSpec) attachments() []Attachment {
	switch {
	case spec.Share != nil:
		return nil
	case spec.Role == RoleMachine:
		return []Attachment{{Network: "none"}}
	case spec.Role == RoleWirer, spec.Role == RoleWatcher:
		return []Attachment{{Network: "host"}}
	default:
		return spec.Attachments
	}
}

// mode is the NetworkMode, the network that the container is created on.
func (spec *ContainerSpec) mode() string {
	switch networks := spec.attachments(); {
	case spec.Share != nil:
		return "container:" + spec.Share.ID()
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

// configs says how a lab container of the image with this id is run: with as little as its probes need.
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
		CapAdd:         []string{"NET_RAW"}, // to ping, as in host mode an ICMP datagram socket is refused; to capture
		SecurityOpt:    []string{"no-new-privileges"},
		ReadonlyRootfs: !c.spec.Writable,
		Mounts:         c.spec.mounts(),
		LogConfig:      container.LogConfig{Type: "none"}, // the stream is a protocol, and nothing stays on the disk
		Init:           &no,
		Resources:      container.Resources{Memory: memory, PidsLimit: &limit},
	}
	switch c.spec.Role {
	case RoleHost:
		host.CapAdd = nil // it only reads
		host.UTSMode = "host"
		host.Mounts = s.engine.hostFiles()
	case RoleMachine:
		host.CapAdd = []string{"NET_ADMIN", "NET_RAW"}
		// It may be a router. The kernel sends an ICMP error to one address once a second only, which would make the
		// second of two questions at once a silent one; and after a redirect, which it sends to a neighbour that a
		// third one could serve directly, it keeps "no route" to itself for a second (net/ipv4/route.c, ip_error).
		host.Sysctls = map[string]string{
			"net.ipv4.ip_forward": "1", "net.ipv4.icmp_ratemask": "0",
			"net.ipv4.conf.all.send_redirects": "0", "net.ipv4.conf.default.send_redirects": "0",
		}
		if c.spec.IPv6 {
			host.Sysctls["net.ipv6.conf.all.disable_ipv6"] = "0"
			host.Sysctls["net.ipv6.conf.default.disable_ipv6"] = "0"
		}
	case RoleWirer:
		host.CapAdd = []string{"NET_ADMIN"}
		if c.spec.Target != nil {
			host.PidMode = container.PidMode("container:" + c.spec.Target.ID())
		}
	}
	if s.engine.fact.UsernsRemap && (c.spec.Role != "" || mode == "host") {
		// The engine shares no namespace of the host with a container whose root is not the host's. What a helper may
		// do there is decided by its capabilities.
		host.UsernsMode = "host"
	}
	if mode == "host" || c.spec.Share != nil {
		config.Hostname = ""
	}
	if c.spec.Share == nil {
		host.DNS, host.ExtraHosts = c.spec.DNS, c.spec.ExtraHosts
		config.ExposedPorts, host.PortBindings = c.spec.ports()
	}
	return config, host
}

// ports returns the exposed ports, to which a published one belongs, and the bindings.
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

// hostFiles are the host's resolver files, read-only, for the helper that shows the host: the resolv.conf that a
// container gets is the engine's work, and says nothing of the host's. Docker refuses a mount whose source does not
// exist. Podman creates a directory there, on the host, so it is not asked.
func (e *Engine) hostFiles() []mount.Mount {
	if e.fact.Kind == fact.KindPodman {
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
