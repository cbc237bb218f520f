package byhand

import (
	"fmt"
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/scenario"

	"go.yaml.in/yaml/v4"
)

// Compose returns the lab as a Compose file. It does not contain the steps: Compose builds labs and cannot ask
// questions.
func Compose(s *scenario.Scenario) string {
	services := mapping()
	for _, c := range s.Containers {
		add(services, c.Name, service(s, c))
	}
	root := mapping()
	add(root, "services", services)
	if len(s.Networks) > 0 {
		networks := mapping()
		for _, n := range s.Networks {
			add(networks, n.Name, network(s, n))
		}
		add(root, "networks", networks)
	}
	if len(s.Volumes) > 0 {
		volumes := mapping()
		for _, name := range s.Volumes {
			add(volumes, name, mapping())
		}
		add(root, "volumes", volumes)
	}
	out, err := yaml.Dump(root, yaml.WithIndent(2), yaml.WithLineWidth(-1))
	if err != nil {
		// Not possible: the nodes are created here and contain only mappings, lists and strings.
		return "# " + strings.ReplaceAll(err.Error(), "\n", " ") + "\n"
	}
	head := "# " + strings.TrimSuffix(s.Name+": "+s.Title, ": ") + "\n" +
		"# Start it with an image that has sh, ip, nc, nslookup and ping: IMAGE=NAME docker compose up -d\n"
	return head + notes(s) + string(out)
}

// notes lists what a Compose file cannot express.
func notes(s *scenario.Scenario) string {
	var b strings.Builder
	for _, w := range s.Wires {
		fmt.Fprintf(&b, "# Compose cannot make a simulated link. Create %s (%s at the host) and its machine %s "+
			"first, with ip commands.\n",
			w.Name, hostEnd(s, w.Name), w.Machine)
	}
	if s.HasOverlay() {
		b.WriteString("# An overlay network needs a swarm: docker swarm init --advertise-addr 127.0.0.1\n")
	}
	for _, v := range s.Services {
		fmt.Fprintf(&b, "# %s is a swarm service, which docker compose does not create. By hand: docker service"+
			" create.\n", v.Name)
	}
	for _, c := range s.Containers {
		for _, p := range c.Publish {
			if p.As != "" {
				fmt.Fprintf(&b, "# %s asks for the number that %s has. Here it gets a free one. Set published by hand.\n",
					c.Name, p.As)
			}
		}
		if c.Image != "" {
			fmt.Fprintf(&b, "# %s needs the image %s: netlab show %s --docker has its Dockerfile.\n", c.Name, c.Image, s.Name)
		}
		if c.Created {
			fmt.Fprintf(&b, "# %s is not started at first. Later: docker compose --profile later up -d\n", c.Name)
		}
		if len(c.Networks) < 2 || mode(c) == "" {
			continue
		}
		for _, a := range c.Networks {
			if a.Network != scenario.DefaultBridge {
				// The names that Compose uses if the project has the scenario's name.
				fmt.Fprintf(&b, "# In a project named %s, then: docker network connect %s_%s %s-%s-1\n",
					s.Name, s.Name, a.Network, s.Name, c.Name)
			}
		}
	}
	return b.String()
}

// mode is the network_mode of a container on a network that Compose does not create, or "".
func mode(c scenario.Container) string {
	if c.Share != "" {
		return "service:" + c.Share
	}
	for _, a := range c.Networks {
		switch a.Network {
		case scenario.DefaultBridge, scenario.HostNetwork, scenario.NoneNetwork:
			return a.Network
		}
	}
	return ""
}

func service(s *scenario.Scenario, c scenario.Container) *yaml.Node {
	n := mapping()
	if c.Image != "" {
		add(n, "image", scalar(c.Image))
	} else {
		add(n, "image", scalar("${IMAGE}"))
	}
	add(n, "init", literal("!!bool", "true")) // so that stopping it does not have to wait ten seconds
	if m := mode(c); m != "" {
		add(n, "network_mode", scalar(m))
	} else {
		add(n, "networks", attachments(s, c))
	}
	if c.Share == "" && mode(c) != scenario.HostNetwork {
		add(n, "hostname", scalar(c.Name))
	}
	if len(c.Expose) > 0 {
		ports := list()
		for _, p := range c.Expose {
			ports.Content = append(ports.Content, scalar(p.Docker()))
		}
		add(n, "expose", ports)
	}
	if len(c.Publish) > 0 {
		ports := &yaml.Node{Kind: yaml.SequenceNode}
		for _, p := range c.Publish {
			// The short form, because Compose 1.29 refuses host_ip in the long one.
			port := p.Port.Docker()
			if at := onHost(s, p); strings.Contains(at, ":") {
				port = "[" + at + "]::" + port
			} else if at != "" {
				port = at + "::" + port
			}
			ports.Content = append(ports.Content, scalar(port))
		}
		add(n, "ports", ports)
	}
	if len(c.Volumes) > 0 {
		volumes := list()
		for _, m := range c.Volumes {
			volumes.Content = append(volumes.Content, scalar(m.Volume+":"+m.Path))
		}
		add(n, "volumes", volumes)
	}
	if readOnly(s, c) {
		add(n, "read_only", literal("!!bool", "true"))
	}
	if c.Gateway {
		add(n, "extra_hosts", list(hostGateway))
	}
	if c.Health.Number != 0 {
		health := mapping()
		add(health, "test", list("CMD-SHELL", healthy(c.Health)))
		add(health, "interval", scalar("1s"))
		add(n, "healthcheck", health)
	}
	if command := serve(c.Listen); command != "" {
		add(n, "command", list("sh", "-c", command))
	} else {
		add(n, "command", list("sleep", "infinity"))
	}
	if c.Created {
		add(n, "profiles", list("later"))
	}
	return n
}

func attachments(s *scenario.Scenario, c scenario.Container) *yaml.Node {
	n := mapping()
	for _, a := range c.Networks {
		settings := mapping()
		if ip := address(s, a); ip != "" {
			add(settings, "ipv4_address", scalar(ip))
		}
		if len(a.Aliases) > 0 {
			add(settings, "aliases", list(a.Aliases...))
		}
		add(n, a.Network, settings)
	}
	return n
}

func network(s *scenario.Scenario, network scenario.Network) *yaml.Node {
	n := mapping()
	add(n, "driver", scalar(network.Driver))
	if network.Internal {
		add(n, "internal", literal("!!bool", "true"))
	}
	if network.Driver == fact.DriverOverlay {
		add(n, "attachable", literal("!!bool", "true"))
	}
	if network.IPv6 {
		add(n, "enable_ipv6", literal("!!bool", "true"))
	}
	if len(network.Options) > 0 || network.Parent != "" {
		options := mapping()
		if network.Parent != "" {
			add(options, "parent", scalar(hostEnd(s, network.Parent)))
		}
		for _, o := range network.Options {
			add(options, o.Name, text(o.Value))
		}
		add(n, "driver_opts", options)
	}
	entries := list()
	for _, prefix := range []string{subnet(s, network.Name), subnet6(s, network.Name)} {
		if prefix == "" {
			continue
		}
		entry := mapping()
		add(entry, "subnet", scalar(prefix))
		if network.Parent != "" {
			add(entry, "gateway", scalar(onWire(s, network.Parent, routerNumber)))
			add(entry, "ip_range", scalar(onWire(s, network.Parent, rangeNumber)+"/29"))
		}
		entries.Content = append(entries.Content, entry)
	}
	if len(entries.Content) > 0 {
		config := mapping()
		add(config, "config", entries)
		add(n, "ipam", config)
	}
	return n
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func literal(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// text is a string from the scenario. Compose would read a single dollar sign as the start of a variable.
func text(s string) *yaml.Node { return scalar(strings.ReplaceAll(s, "$", "$$")) }

func scalar(s string) *yaml.Node { return literal("!!str", s) }

func list(items ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, s := range items {
		n.Content = append(n.Content, scalar(s))
	}
	return n
}

func add(m *yaml.Node, key string, value *yaml.Node) {
	m.Content = append(m.Content, scalar(key), value)
}
