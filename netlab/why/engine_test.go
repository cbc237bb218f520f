package why

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

const (
	goneID  = "4bcc12b01a8dfbf43e45318ecaaa79651e64a6aa7f483b3be00abb1738c42272"
	ownerID = "6c25bf895a9447476ecad026b05c1d8f0d4f34246ccb745c63828e18d78db25e"
)

// anEngine has a container that publishes port 8080, one that could not, a program on port 9090 of the host, and
// networks that use up its only pool.
func anEngine() EngineFacts {
	bridge := func(name, subnet string) fact.Network {
		return fact.Network{ID: strings.Repeat(name[:1], 64), Name: name, Driver: "bridge", Interface: "br", Subnet: subnet}
	}
	docker := fact.Firewall{
		{Family: "ip", Table: "filter", Name: "DOCKER"},
		{Family: "ip", Table: "nat", Name: "DOCKER"},
		{Family: "ip", Table: "raw", Name: "PREROUTING"},
	}
	return EngineFacts{
		Inventory: survey.Inventory{
			Engine: fact.Engine{Version: "28.5.2", Kind: fact.KindEngine},
			Pools:  []fact.Pool{{Base: netip.MustParsePrefix("10.9.0.0/22"), Size: 24}},
			Containers: []fact.Container{
				{
					Name: "web", ID: ownerID, State: "running", Mode: "shop_default", Project: "shop",
					Ports:     []fact.Binding{{Port: "80/tcp", HostIP: "0.0.0.0", HostPort: 8080}},
					Endpoints: []fact.ContainerEndpoint{{Network: "shop_default", ID: strings.Repeat("s", 64), IPv4: "10.9.0.2"}},
				},
				{
					Name: "admin", State: "created", Mode: "shop_default", Project: "shop",
					Ports:     []fact.Binding{{Port: "81/tcp", HostIP: "0.0.0.0", HostPort: 8080}},
					Endpoints: []fact.ContainerEndpoint{{Network: "shop_default", ID: strings.Repeat("s", 64)}},
				},
				{Name: "late", State: "created", Mode: "nowhere"},
				{
					Name: "old", State: "exited", Mode: "front",
					Endpoints: []fact.ContainerEndpoint{{Network: "front", ID: goneID}},
				},
				{Name: "sidecar", State: "created", Mode: "container:" + goneID},
			},
			Networks: []fact.Network{
				bridge("shop_default", "10.9.0.0/24"), bridge("front", "10.9.1.0/24"), bridge("unused", "10.9.2.0/24"),
			},
			Host: &fact.Stack{
				Sockets: []fact.Socket{
					{Network: "tcp", Address: "0.0.0.0:8080"},
					{Network: "tcp", Address: "127.0.0.1:9090"},
					{Network: "tcp", Address: "0.0.0.0:8081"},
				},
				Routes: []fact.Route{{Destination: "10.9.3.0/24", Link: "tun0"}, {Destination: "10.64.0.0/24", Link: "eth1"}},
			},
		},
		Firewall: &docker,
	}
}

// TestEngineLines has recorded facts for each line of the engine.
func TestEngineLines(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		change     func(*EngineFacts)
		verdict    string
		want       []string // what the answer says
	}{
		{
			"a container has the port",
			"driver failed programming external connectivity on endpoint admin (x): Bind for 0.0.0.0:8080 failed: port is " +
				"already allocated", nil, result.Unreachable,
			[]string{
				"port-taken", "cannot publish port 8080", "web has port 8080 of the host",
				"host port 8080 on 0.0.0.0 forwards to 80/tcp",
				"service of the same project, shop", "-p 8082:81", "docker stop web",
			},
		},
		{
			"a container has the port on every address", "Bind for 127.0.0.1:8080 failed: port is already allocated", nil,
			result.Unreachable,
			[]string{"port-taken", "cannot publish port 127.0.0.1:8080", "web has port 8080"},
		},
		{
			"a program has the port",
			"Error starting userland proxy: listen tcp4 0.0.0.0:9090: bind: address already in use", nil, result.Unreachable,
			[]string{"port-taken", "A program on the host has port 9090", "127.0.0.1:9090/tcp", "ss -ltnp 'sport = :9090'"},
		},
		{
			"a program has it by another address",
			"failed to bind host port for 127.0.0.2:9090:172.17.0.2:80/tcp: address already in use", nil, result.Reachable,
			[]string{"Now nothing holds the port"},
		},
		{
			"another protocol", "Error starting userland proxy: listen udp4 0.0.0.0:9090: bind: address already in use", nil,
			result.Reachable,
			[]string{"Now nothing holds the port"},
		},
		{
			"the port is free", "Bind for 0.0.0.0:7777 failed: port is already allocated", nil, result.Reachable,
			[]string{"Now nothing holds the port"},
		},
		{
			"a port that cannot be looked at", "Bind for 0.0.0.0:7777 failed: port is already allocated",
			func(f *EngineFacts) { f.Host = nil }, result.Unknown,
			[]string{"ss -ltnp"},
		},
		{
			"a port of Docker Desktop", "Bind for 0.0.0.0:7777 failed: port is already allocated",
			func(f *EngineFacts) { f.Engine.Kind = fact.KindDesktop }, result.Unknown,
			[]string{"your own computer"},
		},

		{
			"no subnet is left",
			"failed to create network blog_default: Error response from daemon: all predefined address pools have been fully " +
				"subnetted", nil, result.Unreachable,
			[]string{
				"pool-exhausted", "cannot create the network blog_default", "have 4 subnets, and none is free",
				"DefaultAddressPools: 10.9.0.0/22 in /24", "taken by 3 networks: front 10.9.1.0/24, shop_default 10.9.0.0/24",
				"10.9.3.0/24 dev tun0", "docker network rm unused", "docker network create --subnet 10.64.1.0/24 blog_default",
			},
		},
		{
			"a subnet is free again", "could not find an available, non-overlapping IPv4 address pool among the defaults",
			func(f *EngineFacts) { f.Networks = f.Networks[:1] }, result.Reachable,
			[]string{"Now 2 of 4 subnets are free."},
		},
		{
			"the built-in pools", "all predefined address pools have been fully subnetted",
			func(f *EngineFacts) { f.Pools = nil }, result.Reachable,
			[]string{"Now 31 of 31 subnets are free."},
		},

		{
			"an overlap", "Pool overlaps with other one on this address space: 10.9.0.0/23", nil, result.Unreachable,
			[]string{
				"subnet-overlap", "10.9.0.0/23 overlaps with the subnet of shop_default and of front.",
				"--subnet 10.64.1.",
			},
		},
		{
			"an overlap of a network that nothing uses", "Pool overlaps with other one on this address space: 10.9.2.0/25", nil,
			result.Unreachable,
			[]string{"subnet-overlap", "subnet of unused.", "docker network rm unused"},
		},
		{
			"an overlap with nothing named", "Pool overlaps with other one on this address space", nil, result.Unknown,
			[]string{"does not say which subnet", "shop_default 10.9.0.0/24, front 10.9.1.0/24"},
		},
		{
			"no overlap any longer", "Pool overlaps with other one on this address space: 10.88.0.0/16", nil, result.Reachable,
			[]string{"Now no network overlaps it."},
		},
		{
			"two bridges",
			"cannot create network " + goneID + " (br-x): conflicts with network " + strings.Repeat("f", 64) + " (br-y): " +
				"networks have overlapping IPv4", nil, result.Unreachable,
			[]string{"subnet-overlap", "cannot create the network", "overlaps with that of front", "10.9.1.0/24"},
		},

		{
			"a network by id", "Error response from daemon: network " + goneID + " not found", nil, result.Unreachable,
			[]string{"network-id-stale", "cannot find the network 4bcc12b01a8d", "old cannot start", "docker network connect"},
		},
		{
			"a network by an id that nothing has", "network " + strings.Repeat("e", 64) + " not found", nil, result.Unknown,
			[]string{"No container on this engine refers to the ID."},
		},
		{
			"a network by name", "network nowhere not found", nil, result.Unreachable,
			[]string{"network-id-stale", "no network called nowhere", "State.Status is created", "network create nowhere"},
		},
		{
			"a network of Compose", "network default not found", nil, result.Unreachable,
			[]string{"network-id-stale", "one is called shop_default", "Use the network shop_default."},
		},
		{"a network that is back", "network front not found", nil, result.Reachable, []string{"Now the engine has it."}},

		{
			"a parent that has ended", "cannot join network of a non running container: old", nil, result.Unreachable,
			[]string{"not-running", "cannot join the network of old", "State.Status is exited"},
		},
		{
			"a parent that is gone", "cannot join network of a non running container: " + goneID, nil, result.Unreachable,
			[]string{"not-running", "The container 4bcc12b01a8d is gone", "docker inspect sidecar", "--force-recreate"},
		},
		{
			"a parent that is back", "cannot join network of a non running container: " + ownerID, nil, result.Reachable,
			[]string{"web does not run", "Now it runs."},
		},

		{
			"no table raw", "Unable to enable DIRECT ACCESS FILTERING - DROP rule: (iptables failed: iptables --wait -t raw",
			func(f *EngineFacts) { *f.Firewall = (*f.Firewall)[:2] }, result.Unreachable,
			[]string{"raw-table-missing", "28.5.2", "the tables filter, nat, and no table raw", "modprobe iptable_raw"},
		},
		{
			"a table raw", "Unable to enable DIRECT ACCESS FILTERING - DROP rule: (iptables failed: iptables --wait -t raw", nil,
			result.Reachable,
			[]string{"Now the host's firewall has a table raw."},
		},
		{
			"a firewall that cannot be read", "iptables: No chain/target/match by that name",
			func(f *EngineFacts) { f.Firewall = nil }, result.Unknown,
			[]string{"iptables -t nat -L"},
		},
		{
			"no chain", "iptables: No chain/target/match by that name",
			func(f *EngineFacts) { *f.Firewall = (*f.Firewall)[:1] }, result.Unreachable,
			[]string{"docker-rules-missing", "no chain DOCKER in table nat", "systemctl restart docker"},
		},
		{
			"chains", "iptables: No chain/target/match by that name", nil, result.Reachable, []string{"are there."},
		},

		{
			"an endpoint of one that runs", "endpoint with name web already exists in network shop_default", nil, result.Unknown,
			[]string{"web is on shop_default with the address 10.9.0.2"},
		},
		{
			"an endpoint of one that is gone", "endpoint with name gone already exists in network shop_default", nil,
			result.Unknown,
			[]string{"docker network disconnect -f shop_default gone"},
		},
		{
			"a chosen address",
			"user specified IP address is supported only when connecting to networks with user configured subnets", nil,
			result.Unknown,
			[]string{"--subnet", "cannot name the one"},
		},
		{
			"a chosen address on a network with a name",
			"invalid config for network front: invalid endpoint settings: user specified IP address is supported only when " +
				"connecting to networks with user configured subnets", nil,
			result.Unknown,
			[]string{"front has no subnet of yours", "front was not."},
		},
		{
			"a taken address", "Error response from daemon: Address already in use", nil, result.Unknown,
			[]string{"docker network inspect"},
		},
		{
			"something else", "driver failed programming external connectivity on endpoint web (x): no", nil, result.Unknown,
			[]string{"set up the network of web", "journalctl"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line, ok := pasted.Parse(tt.line)
			if !ok || line.Engine == nil {
				t.Fatalf("the line is not understood: %+v", line)
			}
			f := anEngine()
			f.Line = *line.Engine
			if tt.change != nil {
				tt.change(&f)
			}
			got := DiagnoseEngine(&f)
			text := strings.ReplaceAll(fmt.Sprintf("%+v %+v", *got, *got.Said), "\n", " ")
			if got.Verdict != tt.verdict || got.From != result.FromEngine || got.To == "" || got.Said.Text == "" {
				t.Errorf("got %s, want %s: %s", got.Verdict, tt.verdict, text)
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) && !strings.Contains("cannot "+got.To, want) {
					t.Errorf("%q is missing: %s", want, text)
				}
			}
			if (got.Verdict == result.Unreachable) != (len(got.Causes) == 1) ||
				(got.Verdict == result.Unknown) != (got.Unseen != nil) {
				t.Errorf("the verdict does not fit: %s", text)
			}
			for _, c := range got.Causes {
				if len(c.Evidence) == 0 || len(c.Fix) == 0 || c.Title == "" || c.Object == "" {
					t.Errorf("%s has no evidence, fix, title or object: %+v", c.ID, c)
				}
			}
		})
	}
}

// TestAbout: a line says what it is about without an engine.
func TestAbout(t *testing.T) {
	for text, want := range map[string]string{
		"Bind for 127.0.0.1:8080 failed: port is already allocated":  "port 127.0.0.1:8080 of the host is taken",
		"all predefined address pools have been fully subnetted":     "no subnet is free in the address pools",
		"Error response from daemon: network shop_default not found": "there is no network shop_default",
		"cannot join network of a non running container: db":         "db does not run",
		"iptables: No chain/target/match by that name":               "iptables does not have a chain of Docker's",
	} {
		line, _ := pasted.Parse(text)
		if line.Engine == nil {
			t.Fatalf("%s is not understood", text)
		}
		if got := About(*line.Engine); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestEngineLinesAreAnswered: everything that the engine can say has one rule.
func TestEngineLinesAreAnswered(t *testing.T) {
	seen := map[string]int{}
	for _, r := range engineRules() {
		seen[r.says]++
	}
	want := map[string]int{
		pasted.PortTaken: 1, pasted.PoolExhausted: 1, pasted.PoolOverlap: 1, pasted.NetworkMissing: 1,
		pasted.ParentStopped:   1,
		pasted.RawTableMissing: 1, pasted.ChainMissing: 1, pasted.EndpointExists: 1, pasted.NoUserSubnet: 1,
		pasted.AddressTaken: 1, pasted.SetupFailed: 1,
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestEngineCommandsAreSafe: a name that a shell would take for more than a name is in no command.
func TestEngineCommandsAreSafe(t *testing.T) {
	f := anEngine()
	f.Networks[2].Name, f.Networks[2].ID = "$(reboot)", "abcdefabcdef"
	f.Containers[0].Name = "-x;reboot"
	for _, line := range []string{
		"Bind for 0.0.0.0:8080 failed: port is already allocated", "all predefined address pools have been fully subnetted",
		"Pool overlaps with other one on this address space: 10.9.2.0/25",
	} {
		l, _ := pasted.Parse(line)
		f.Line = *l.Engine
		for _, c := range DiagnoseEngine(&f).Causes {
			for _, fix := range c.Fix {
				if strings.Contains(fix.Run, "reboot") {
					t.Errorf("%s: %s", line, fix.Run)
				}
			}
		}
	}
}
