package glossary

// swarm are the terms of Swarm and of its overlay networks.
func swarm() []Entry {
	return []Entry{
		{
			Word: "swarm", Also: []string{"node"}, Settings: []string{"engine.swarm"},
			Text: `Several Docker engines, the nodes, that work as one. Overlay networks need a swarm, even of one
				node. --init-swarm makes this engine one while the lab is up, and undoes it afterwards.`,
			Example: "overlay address", Live: "netlab demo overlay --init-swarm",
			Source: "docs.docker.com/engine/swarm/",
			See:    []string{"overlay", "service"},
		},
		{
			Word: "VXLAN", Also: []string{"VXLAN ID"},
			Text: `A way to carry Ethernet frames inside UDP packets, from host to host on port 4789. Each overlay
				network has an ID of its own, so hosts can tell their packets apart. The outer packet takes 50 bytes,
				which is why the MTU inside is 1450.`,
			Example: "overlay vxlan",
			Source:  "RFC 7348; Linux drivers/net/vxlan/",
			See:     []string{"overlay", "MTU"},
		},
		{
			Word: "docker_gwbridge",
			Text: `The Linux bridge through which containers on overlay networks reach outside. Each gets a second
				interface on it, eth1, with the default route. Packets between its containers are dropped. It stays on
				the host after the swarm is gone, so netlab removes it if it created it.`,
			Example: "overlay gateway",
			Source:  "docs.docker.com/engine/network/drivers/overlay/",
			See:     []string{"overlay", "default gateway", "masquerade"},
		},
		{
			Word: "service",
			Text: `In a lesson about swarm: a number of identical containers, its tasks, that the swarm keeps running
				under one name. Elsewhere a service is simply a program that answers on a port, such as a web server.`,
			Example: "overlay service-name",
			Source:  "docs.docker.com/engine/swarm/how-swarm-mode-works/services/",
			See:     []string{"task", "virtual IP", "dnsrr"},
		},
		{
			Word: "task", Also: []string{"replica"},
			Text: `One container of a service, on any node. A service with two replicas has two tasks. The name
				tasks.NAME resolves to the addresses of all of them.`,
			Example: "overlay service-tasks",
			Source:  "docs.docker.com/engine/swarm/how-swarm-mode-works/services/",
			See:     []string{"service", "virtual IP"},
		},
		{
			Word: "virtual IP", Also: []string{"VIP"},
			Text: `The address that a service's name resolves to. It stays the same while tasks come and go, and
				the kernel (IPVS) sends each new connection to one of them in turn.`,
			Example: "overlay service-name",
			Source:  "docs.docker.com/engine/swarm/networking/",
			See:     []string{"service", "IPVS", "dnsrr"},
		},
		{
			Word: "IPVS", Settings: []string{"engine.ipvs"},
			Text: `The load balancer in the Linux kernel. Swarm uses it for virtual IPs. On a kernel without it,
				questions that use a virtual IP are skipped, and services need the endpoint mode dnsrr.`,
			Example: "overlay service-vip",
			Source:  "Linux net/netfilter/ipvs/",
			See:     []string{"virtual IP"},
		},
		{
			Word: "dnsrr", Also: []string{"endpoint mode"},
			Text: `DNS round robin, the other endpoint mode of a service: no virtual IP, and the name resolves to
				the addresses of all tasks. The client picks one.`,
			Example: "overlay service-dnsrr",
			Source:  "docs.docker.com/engine/swarm/networking/",
			See:     []string{"service", "virtual IP"},
		},
	}
}
