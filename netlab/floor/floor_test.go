package floor

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// floor makes the bare API calls that create, start, attach and remove the containers and networks of a record, all
// at once, and then waits as long as the record's longest answer took. It returns when all containers were up.
func floor(b *testing.B, r *result.Record) (up time.Duration) {
	b.Helper()
	api, err := client.NewClientWithOpts(client.FromEnv, client.WithAPIVersionNegotiation())
	if err != nil {
		b.Fatal(err)
	}
	defer api.Close()
	f, start := &bare{b: b, api: api, ids: map[string]string{}}, time.Now()
	var networks, peers group
	swarmed := slices.ContainsFunc(r.Scenarios, func(sc result.Scenario) bool { return sc.Swarm != "" })
	if swarmed {
		f.initSwarm()
	}
	seen := map[string]bool{} // the modes of a comparison share some objects
	count := 0
	each := func(kind, object string, f func(name string)) {
		if key := kind + " " + object; !seen[key] {
			seen[key] = true
			count++
			f(name(count))
		}
	}
	for _, sc := range r.Scenarios {
		for _, n := range sc.Networks {
			if n.Name != "bridge" && n.Driver != "macvlan" { // a macvlan network needs a parent, which is netlab's link
				each("network", n.Name, func(name string) { networks.run(func() { f.createNetwork(n, name) }) })
			}
		}
	}
	networks.wait()
	each("helper", "that sees the host, and adds its links", func(name string) {
		peers.run(func() { f.start("host", name) })
	})
	for _, sc := range r.Scenarios {
		for _, p := range sc.Peers {
			each("container", p.Container, func(name string) { peers.run(func() { f.start(place(p), name) }) })
		}
	}
	peers.wait()
	up = time.Since(start)
	time.Sleep(longestWait(r))
	f.removeAll()
	if swarmed {
		f.leaveSwarm()
	}
	return up
}

// place is the network that the floor's counterpart of a peer is created on.
func place(p fact.Peer) string {
	switch {
	case p.Mode == "macvlan", p.Role == fact.RoleMachine:
		return "none"
	case len(p.Network) > 0:
		return p.Network[0].Network
	}
	return p.Mode
}

type bare struct {
	b   *testing.B
	api *client.Client

	mu         sync.Mutex
	ids        map[string]string // Docker network in the record -> in the floor
	containers []string
}

func (f *bare) createNetwork(n fact.Network, name string) {
	made, err := f.api.NetworkCreate(context.Background(), name, network.CreateOptions{
		Driver: n.Driver, Attachable: n.Driver == "overlay",
		IPAM: &network.IPAM{Config: []network.IPAMConfig{{Subnet: n.Subnet}}},
	})
	if err != nil {
		f.b.Error(err)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ids[n.Name] = made.ID
}

func (f *bare) initSwarm() {
	_, err := f.api.SwarmInit(context.Background(), swarm.InitRequest{
		ListenAddr: "127.0.0.1:2377", AdvertiseAddr: "127.0.0.1:2377", DataPathAddr: "127.0.0.1",
	})
	if err != nil {
		f.b.Fatal(err)
	}
}

func (f *bare) leaveSwarm() {
	if err := f.api.SwarmLeave(context.Background(), true); err != nil {
		f.b.Error(err)
	}
	if err := f.api.NetworkRemove(context.Background(), "docker_gwbridge"); err != nil {
		f.b.Error(err)
	}
}

func (f *bare) start(at, name string) {
	ctx := context.Background()
	f.mu.Lock()
	if id, ok := f.ids[at]; ok {
		at = id
	}
	f.mu.Unlock()
	made, err := f.api.ContainerCreate(ctx,
		&container.Config{Image: engine.ImageRef(), OpenStdin: true, StdinOnce: true, AttachStdin: true, AttachStdout: true},
		&container.HostConfig{
			NetworkMode: container.NetworkMode(at), AutoRemove: true, ReadonlyRootfs: true,
			LogConfig: container.LogConfig{Type: "none"},
		}, nil, nil, name)
	if err != nil {
		f.b.Error(err)
		return
	}
	f.mu.Lock()
	f.containers = append(f.containers, made.ID)
	f.mu.Unlock()
	stream, err := f.api.ContainerAttach(ctx, made.ID, container.AttachOptions{Stream: true, Stdin: true, Stdout: true})
	if err != nil {
		f.b.Error(err)
		return
	}
	defer stream.Close()
	if err := f.api.ContainerStart(ctx, made.ID, container.StartOptions{}); err != nil {
		f.b.Error(err)
		return
	}
	if _, err := bufio.NewReader(stream.Reader).ReadString('\n'); err != nil {
		f.b.Error(fmt.Errorf("waiting for the first word: %w", err))
	}
}

func (f *bare) removeAll() {
	ctx := context.Background()
	var containers, networks group
	for _, id := range f.containers {
		containers.run(func() {
			_ = f.api.ContainerRemove(ctx, id, container.RemoveOptions{Force: true}) // it may already be gone
			gone, failed := f.api.ContainerWait(ctx, id, container.WaitConditionRemoved)
			select {
			case <-gone:
			case <-failed:
			}
		})
	}
	containers.wait()
	for _, id := range f.ids {
		networks.run(func() {
			err := f.api.NetworkRemove(ctx, id)
			for tries := 0; err != nil && tries < 100; tries++ { // an overlay stays in use for a moment
				time.Sleep(20 * time.Millisecond)
				err = f.api.NetworkRemove(ctx, id)
			}
			if err != nil {
				f.b.Error(err)
			}
		})
	}
	networks.wait()
}

type group struct{ sync.WaitGroup }

func (g *group) run(f func()) { g.Go(f) }
func (g *group) wait()        { g.Wait() }
