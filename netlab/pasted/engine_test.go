package pasted

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestEngine has the words of engines 20.10, 26.1, 28.5 and 29, of Docker Desktop and of Compose.
func TestEngine(t *testing.T) {
	const id = "4bcc12b01a8dfbf43e45318ecaaa79651e64a6aa7f483b3be00abb1738c42272"
	const id2 = "6c25bf895a9447476ecad026b05c1d8f0d4f34246ccb745c63828e18d78db25e"
	for _, tt := range []struct {
		name, line string
		want       Engine
	}{
		{
			"a port, 20.10",
			`docker: Error response from daemon: driver failed programming external connectivity on endpoint web (` + id +
				`): Bind for 0.0.0.0:8080 failed: port is already allocated.`,
			Engine{Says: PortTaken, HostIP: "0.0.0.0", Port: 8080, Endpoint: "web"},
		},
		{
			"a port, 28",
			`Error response from daemon: failed to set up container networking: driver failed programming external ` +
				`connectivity on endpoint shop-web-1 (` + id + `): Bind for 0.0.0.0:8080 failed: port is already allocated`,
			Engine{Says: PortTaken, HostIP: "0.0.0.0", Port: 8080, Endpoint: "shop-web-1"},
		},
		{
			"a port alone", `Bind for 0.0.0.0:8080 failed: port is already allocated`,
			Engine{Says: PortTaken, HostIP: "0.0.0.0", Port: 8080},
		},
		{
			"a port of IPv6", `Bind for :::8080 failed: port is already allocated`,
			Engine{Says: PortTaken, HostIP: "::", Port: 8080},
		},
		{
			"a port of IPv6 in brackets", `Bind for [::1]:8080 failed: port is already allocated`,
			Engine{Says: PortTaken, HostIP: "::1", Port: 8080},
		},
		{
			"a process, 20.10 and 26",
			`driver failed programming external connectivity on endpoint web (` + id + `): Error starting userland proxy: ` +
				`listen tcp4 0.0.0.0:8080: bind: address already in use.`,
			Engine{Says: PortTaken, Protocol: "tcp", HostIP: "0.0.0.0", Port: 8080, Endpoint: "web"},
		},
		{
			"a process, UDP", `Error starting userland proxy: listen udp4 0.0.0.0:53: bind: address already in use`,
			Engine{Says: PortTaken, Protocol: "udp", HostIP: "0.0.0.0", Port: 53},
		},
		{
			"a process, 28",
			`failed to set up container networking: driver failed programming external connectivity on endpoint web (` + id +
				`): failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use`,
			Engine{Says: PortTaken, Protocol: "tcp", HostIP: "0.0.0.0", Port: 8080, Endpoint: "web"},
		},
		{
			"a process, 29", `failed to bind host port 127.0.0.1:8080/tcp: address already in use`,
			Engine{Says: PortTaken, Protocol: "tcp", HostIP: "127.0.0.1", Port: 8080},
		},
		{
			"Docker Desktop",
			`ports are not available: exposing port TCP 0.0.0.0:8080 -> 127.0.0.1:0: listen tcp 0.0.0.0:8080: bind: address ` +
				`already in use`,
			Engine{Says: PortTaken, Protocol: "tcp", HostIP: "0.0.0.0", Port: 8080},
		},
		{
			"a server in Go", `listen tcp :8080: bind: address already in use`,
			Engine{Says: PortTaken, Protocol: "tcp", Port: 8080},
		},
		{
			"a server in Node", `Error: listen EADDRINUSE: address already in use :::3000`,
			Engine{Says: PortTaken, HostIP: "::", Port: 3000},
		},

		{
			"no subnet", `Error response from daemon: all predefined address pools have been fully subnetted`,
			Engine{Says: PoolExhausted},
		},
		{
			"no subnet, in Compose",
			`failed to create network shop_default: Error response from daemon: all predefined address pools have been fully ` +
				`subnetted`,
			Engine{Says: PoolExhausted, Network: "shop_default"},
		},
		{
			"no subnet, 20.10",
			"Creating network \"shop_default\" with the default driver\nERROR: could not find an available, non-overlapping " +
				"IPv4 address pool among the defaults to assign to the network",
			Engine{Says: PoolExhausted, Network: "shop_default"},
		},
		{
			"an overlap", `Error response from daemon: Pool overlaps with other one on this address space`,
			Engine{Says: PoolOverlap},
		},
		{
			"an overlap, and the command",
			"$ docker network create --subnet 172.18.7.0/16 app\nError response from daemon: invalid pool request: Pool " +
				"overlaps with other one on this address space",
			Engine{Says: PoolOverlap, Subnet: netip.MustParsePrefix("172.18.0.0/16")},
		},
		{
			"two bridges",
			`cannot create network ` + id + ` (br-4bcc12b01a8d): conflicts with network ` + id2 + ` (br-6c25bf895a94): ` +
				`networks have overlapping IPv4`,
			Engine{Says: PoolOverlap, Network: id, Other: id2},
		},

		{
			"a network by id", `Error response from daemon: network ` + id + ` not found`,
			Engine{Says: NetworkMissing, Network: id},
		},
		{
			"a network by name, 28",
			`docker: Error response from daemon: failed to set up container networking: network shop_default not found`,
			Engine{Says: NetworkMissing, Network: "shop_default"},
		},
		{
			"a network of Compose", `network shop declared as external, but could not be found`,
			Engine{Says: NetworkMissing, Network: "shop"},
		},
		{"a network of the CLI", `Error: No such network: shop`, Engine{Says: NetworkMissing, Network: "shop"}},

		{
			"a parent, 20.10 and 26", `Error response from daemon: cannot join network of a non running container: ` + id,
			Engine{Says: ParentStopped, Parent: id},
		},
		{
			"a parent, 28",
			`cannot join network namespace of a non running container: container vpn is exited`,
			Engine{Says: ParentStopped, Parent: "vpn"},
		},
		{
			"a parent that is gone", `joining network namespace of container: No such container: ` + id,
			Engine{Says: ParentStopped, Parent: id},
		},
		{
			"a link", `Cannot link to a non running container: /db AS /web/db`,
			Engine{Says: ParentStopped, Parent: "db"},
		},

		{
			"no raw table, 28",
			`failed to set up container networking: driver failed programming external connectivity on endpoint web (` + id +
				`): Unable to enable DIRECT ACCESS FILTERING - DROP rule: (iptables failed: iptables --wait -t raw -A PREROUTING ` +
				`-p tcp -d 172.18.0.2 --dport 80 ! -i br-4bcc12b01a8d -j DROP: iptables v1.8.4 (legacy): can't initialize ` +
				"iptables table `raw': Table does not exist (do you need to insmod?)",
			Engine{Says: RawTableMissing, Endpoint: "web"},
		},
		{
			"no raw table, a loopback port",
			`Unable to enable LOOPBACK FILTERING - DROP rule: (iptables failed: iptables --wait -t raw -A PREROUTING -p tcp ` +
				`-d 127.0.0.1 --dport 3306 ! -i lo -j DROP: iptables v1.8.4 (legacy): can't initialize iptables table`,
			Engine{Says: RawTableMissing},
		},
		{
			"no chain",
			`driver failed programming external connectivity on endpoint web (` + id + `): (iptables failed: iptables --wait ` +
				`-t nat -A DOCKER -p tcp -d 0/0 --dport 8080 -j DNAT: iptables: No chain/target/match by that name. (exit status ` +
				`1))`,
			Engine{Says: ChainMissing, Endpoint: "web"},
		},
		{
			"no chain of nftables", `iptables v1.8.2 (nf_tables): Chain 'DOCKER' does not exist (exit status 1)`,
			Engine{Says: ChainMissing},
		},
		{
			"an endpoint", `Error response from daemon: endpoint with name web already exists in network shop_default.`,
			Engine{Says: EndpointExists, Endpoint: "web", Network: "shop_default"},
		},
		{
			"a chosen address",
			`user specified IP address is supported only when connecting to networks with user configured subnets`,
			Engine{Says: NoUserSubnet},
		},
		{
			"a chosen address, 28",
			"invalid config for network app: invalid endpoint settings:\nuser specified IP address is supported only when " +
				"connecting to networks with user configured subnets",
			Engine{Says: NoUserSubnet, Network: "app"},
		},
		{
			"a taken address", `docker: Error response from daemon: Address already in use.`,
			Engine{Says: AddressTaken},
		},
		{
			"something else",
			`failed to set up container networking: driver failed programming external connectivity on endpoint web (` + id +
				`): the moon is full`,
			Engine{Says: SetupFailed, Endpoint: "web"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, line := range []string{tt.line, "\x1b[31m" + tt.line + "\x1b[0m\n"} {
				got, ok := Parse(line)
				if !ok || got.Engine == nil {
					t.Fatalf("not understood: %+v", got)
				}
				if diff := cmp.Diff(tt.want, *got.Engine, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			}
		})
	}
}
