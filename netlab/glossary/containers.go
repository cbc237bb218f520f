package glossary

// containers are the terms of containers, images and the engine.
func containers() []Entry {
	return []Entry{
		{
			Word: "container",
			Text: `One or more processes that the kernel shows only their own world: their own file system,
				processes, hostname and network, each by a namespace. A cgroup limits what they can use, such as memory.`,
			Example: "containers-and-vms own-processes",
			Source:  "man 7 namespaces; man 7 cgroups",
			See:     []string{"containers-and-vms", "network namespace", "image"},
		},
		{
			Word: "engine", Also: []string{"Docker Engine", "Docker Desktop", "Podman"},
			Settings: []string{"engine.version", "engine.kind"},
			Text: `The program that creates containers and networks (dockerd). The docker command and netlab send
				it requests. Docker Desktop runs it in a virtual machine. Podman answers like it and differs in places.
				Versions 26 and 28 changed how some modes behave.`,
			Example: "bridge start", Live: "netlab doctor",
			Source: "docs.docker.com/engine/; docs.docker.com/engine/release-notes/28/",
			See:    []string{"host", "rootless"},
		},
		{
			Word: "kernel", Settings: []string{"engine.kernel"},
			Text: `The part of Linux that runs processes, keeps them apart and moves their packets. All containers
				of a host share its kernel. An image has none.`,
			Example: "containers-and-vms kernel",
			Source:  "man 7 namespaces",
			See:     []string{"container", "containers-and-vms"},
		},
		{
			Word: "PID namespace", Also: []string{"PID"},
			Text: `A PID is the number of a process. Each container has a PID namespace of its own, and its first
				process is number 1 there. The host sees the same process under another number.`,
			Example: "containers-and-vms host-pid",
			Source:  "man 7 pid_namespaces",
			See:     []string{"container"},
		},
		{
			Word: "UTS namespace", Also: []string{"UTS", "hostname"},
			Text: `What holds the hostname. Each container has its own, even in host mode, where the hostname is
				only a copy of the host's. UTS stands for Unix Time-sharing System, the name of a structure in the
				kernel.`,
			Example: "host own-uts",
			Source:  "man 7 uts_namespaces",
			See:     []string{"container", "host"},
		},
		{
			Word: "mount namespace", Also: []string{"IPC namespace", "IPC", "time namespace"},
			Text: `Further namespaces: mount gives a container its own file system, IPC its own shared memory and
				message queues. The time namespace stays the host's, because Docker creates none, so all containers share the host's
				uptime clock.`,
			Example: "containers-and-vms own-mounts",
			Source:  "man 7 namespaces",
			See:     []string{"container", "network namespace"},
		},
		{
			Word: "cgroup", Also: []string{"memory limit"},
			Text: `A control group: the kernel counts what its processes use, such as memory, and does not let them
				exceed a limit. A limit reserves nothing.`,
			Example: "containers-and-vms memory-limit",
			Source:  "man 7 cgroups; docs.docker.com/engine/containers/resource_constraints/",
			See:     []string{"container"},
		},
		{
			Word: "root", Also: []string{"USER", "user ID", "userns-remap"}, Settings: []string{"engine.userns-remap"},
			Text: `The user with ID 0, who may do everything that the container's capabilities allow. Programs in a
				container run as root unless the image's USER says otherwise. With userns-remap, root in a container is
				an ordinary user on the host.`,
			Example: "multi-stage uid",
			Source:  "docs.docker.com/reference/dockerfile/; docs.docker.com/engine/security/userns-remap/",
			See:     []string{"not permitted", "rootless"},
		},
		{
			Word: "rootless", Settings: []string{"engine.rootless"},
			Text: `An engine that runs as an ordinary user. The containers' host is then a network namespace of its
				own (RootlessKit), so container addresses cannot be reached from the real host. Overlay and macvlan do
				not work.`,
			Live:   "netlab doctor",
			Source: "docs.docker.com/engine/security/rootless/",
			See:    []string{"engine", "root"},
		},
		{
			Word: "image", Also: []string{"image ID", "registry", "base image"},
			Text: `What containers start from: a stack of read-only layers with a program and all that it needs,
				except a kernel. Its ID is a hash of its content. docker build makes images, registries such as Docker
				Hub distribute them.`,
			Example: "image-and-container one-image",
			Source:  "docs.docker.com/get-started/docker-overview/",
			See:     []string{"layer", "Dockerfile"},
		},
		{
			Word: "layer", Also: []string{"own layer", "docker diff"},
			Text: `The changes that one build step made to the files. An image is a stack of layers, each stored
				once for all images and containers that have it. A container adds a layer of its own, which docker diff
				lists and docker rm removes.`,
			Example: "image-and-container diff",
			Source:  "docs.docker.com/engine/storage/drivers/",
			See:     []string{"image", "layers", "volume"},
		},
		{
			Word: "volume",
			Text: `A folder that Docker keeps outside of all containers and mounts into them. It outlives them, so
				data belongs there.`,
			Example: "image-and-container volume",
			Source:  "docs.docker.com/engine/storage/volumes/",
			See:     []string{"layer", "image-and-container"},
		},
		{
			Word: "Dockerfile", Also: []string{"FROM", "COPY", "RUN", "CMD"},
			Text: `The recipe for an image, one instruction per line. FROM names the image to start with, COPY adds
				files, RUN runs a command, CMD says what a container starts.`,
			Example: "layers first",
			Source:  "docs.docker.com/reference/dockerfile/",
			See:     []string{"layers", "build cache", "stage"},
		},
		{
			Word: "build cache", Also: []string{"cache", "cached"},
			Text: `Docker keeps the layer of each build step. If the step, its files and all layers below are the
				same, the next build takes it from there ("cached"). After the first change, every later step is built
				again.`,
			Example: "layers late",
			Source:  "docs.docker.com/build/cache/",
			See:     []string{"layers"},
		},
		{
			Word: "stage",
			Text: `Each FROM of a Dockerfile begins a stage. Only the last stage becomes the image, plus what it
				copies from earlier ones (COPY --from).`,
			Example: "multi-stage compiler",
			Source:  "docs.docker.com/build/building/multi-stage/",
			See:     []string{"multi-stage", "Dockerfile"},
		},
		{
			Word: "HEALTHCHECK", Also: []string{"healthy", "unhealthy"},
			Text: `A command that Docker runs inside a container at intervals. If it fails several times in a row,
				the container is unhealthy. Docker only reports that. A healthy container may still be out of reach,
				because the command asks from inside.`,
			Example: "multi-stage healthy",
			Source:  "docs.docker.com/reference/dockerfile/",
			See:     []string{"multi-stage", "loopback"},
		},
		{
			Word: "containerd store", Settings: []string{"engine.containerd-store"},
			Text: `Where newer engines keep images: in containerd instead of Docker's own store. It counts whole
				disk blocks, so the same layer looks larger. New installations use it from version 29.`,
			Live:   "netlab doctor",
			Source: "docs.docker.com/engine/storage/containerd/",
			See:    []string{"layer", "image"},
		},
		{
			Word: "Compose", Also: []string{"Kubernetes"},
			Text: `docker compose starts the containers of a project from one file, on a network of their own,
				which is why names work there. Kubernetes, on the other hand, brings network plugins of its own and
				uses neither Docker's bridges nor its overlay.`,
			Example: "custom-bridge peer-by-name", Live: "netlab show custom-bridge --compose",
			Source: "docs.docker.com/compose/how-tos/networking/",
			See:    []string{"custom-bridge"},
		},
	}
}
