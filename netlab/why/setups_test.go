package why_test

import (
	"slices"
	"strconv"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/result"
)

// The ports of the host that the set-ups publish.
const (
	hostPort1 = 47811
	hostPort2 = 47812
	hostPort3 = 47813
	hostPort4 = 47814
	hostPort5 = 47818
)

func setups() []setup {
	silent := []engine.NetworkSpec{{
		Name: "silent", Driver: "bridge",
		Options: []fact.Label{{Name: "com.docker.network.bridge.enable_icc", Value: "false"}},
	}}
	inner := []engine.NetworkSpec{{Name: "inner", Driver: "bridge", Internal: true}}
	web, db := on("web", "front"), on("db", "front").listens("tcp 0.0.0.0:80")
	moved := web
	moved.hosts = []string{"%db:^back"}
	swapped := web
	swapped.hosts = []string{"%db:@other"}
	frozen, gone := db, db
	frozen.state, gone.state = "paused", "exited"
	exposing := db
	exposing.expose = []string{"80/tcp"}
	far := on("db", "back").listens("tcp 0.0.0.0:80")
	const no, yes, never, mixed = result.Unreachable, result.Reachable, result.Unknown, result.Ambiguous
	return []setup{
		{
			"IPv6 only", front(),
			[]peer{web, on("db", "front").listens("tcp [::]:80")},
			"web", "%db:80", no,
			[]string{"ip-family-mismatch"},
			"listener", false,
		},
		{
			"no names on the default bridge", nil,
			[]peer{on("web"), on("db").listens("tcp 0.0.0.0:80")},
			"web", "%db:80", no,
			[]string{"name-on-default-bridge"},
			"name", true,
		},
		{
			"the default bridge besides another network", nets("front"),
			[]peer{on("web", "bridge", "front"), on("db").listens("tcp 0.0.0.0:80")},
			"web", "%db:80", no,
			[]string{"name-on-default-bridge"},
			"name", true,
		},
		{
			"the name is on another network", nets("front", "back"),
			[]peer{web, far},
			"web", "%db:80", no,
			[]string{"name-not-on-shared-network"},
			"name", true,
		},
		{
			"from the default bridge", nets("back"),
			[]peer{on("web"), far},
			"web", "%db:80", no,
			[]string{"name-not-on-shared-network"},
			"name", true,
		},
		{
			"one letter", front(),
			[]peer{web, on("database", "front").listens("tcp 0.0.0.0:80")},
			"web", "databse:80", no,
			[]string{"name-misspelt"},
			"name", false,
		},
		{
			"an alias with two letters swapped", front(),
			[]peer{web, on("db", "front:backend").listens("tcp 0.0.0.0:80")},
			"web", "bakcend:80", no,
			[]string{"name-misspelt"},
			"name", false,
		},
		{
			"two owners", front(),
			[]peer{web, on("one", "front:api").listens("tcp 0.0.0.0:80"), on("two", "front:api").listens("tcp 0.0.0.0:80")},
			"web", "api:80", mixed,
			[]string{"alias-shared"},
			"", false,
		},
		{
			"two owners, one of them deaf", front(),
			[]peer{web, on("one", "front:api"), on("two", "front:api").listens("tcp 0.0.0.0:80")},
			"web", "api:80", mixed,
			[]string{"alias-shared", "nothing-listens"},
			"listener", false,
		},
		{
			"a line in /etc/hosts", nets("front", "back"),
			[]peer{moved, db},
			"web", "%db:80", no,
			[]string{"hosts-entry-wrong"},
			"filter", false,
		},
		{
			"a line in /etc/hosts for another container", front(),
			[]peer{db, on("other", "front").listens("tcp 0.0.0.0:80"), swapped},
			"web", "%db:80", no,
			[]string{"hosts-entry-wrong"},
			"", false,
		},
		{
			"localhost", front(),
			[]peer{web, exposing},
			"web", "localhost:80", no,
			[]string{"localhost-is-this-container"},
			"listener", false,
		},
		{
			"127.0.0.1", front(),
			[]peer{web, db},
			"web", "127.0.0.1:80", no,
			[]string{"localhost-is-this-container"},
			"listener", false,
		},
		{
			"a server on the host, at localhost", front(),
			[]peer{web, on("server", "host").listens("tcp 0.0.0.0:" + strconv.Itoa(hostPort5))},
			"web", "localhost:" + strconv.Itoa(hostPort5), no,
			[]string{"localhost-is-this-container"},
			"listener", false,
		},
		{
			"the host has no name", front(),
			[]peer{web},
			"web", "host.docker.internal:80", no,
			[]string{"host-gateway-name-missing"},
			"name", false,
		},
		{
			"the host has no name on the default bridge", nil,
			[]peer{on("web")},
			"web", "http://host.docker.internal/", no,
			[]string{"host-gateway-name-missing"},
			"name", false,
		},

		{"another port", front(), []peer{web, db}, "web", "%db:81", no, []string{"wrong-port"}, "listener", false},
		{
			"another port of two", front(),
			[]peer{web, on("db", "front").listens("tcp 0.0.0.0:80", "tcp 0.0.0.0:443")},
			"web", "https://%db:8443", no,
			[]string{"wrong-port"},
			"listener", false,
		},
		{
			"loopback", front(),
			[]peer{web, on("db", "front").listens("tcp 127.0.0.1:80")},
			"web", "%db:80", no,
			[]string{"listens-on-loopback"},
			"listener", false,
		},
		{
			"loopback behind a published port", front(),
			[]peer{on("db", "front").listens("tcp 127.0.0.1:80").publishes("", hostPort1, "80/tcp")},
			"host", "localhost:" + strconv.Itoa(hostPort1), no,
			[]string{"listens-on-loopback"},
			"listener", false,
		},
		{
			"no server", front(),
			[]peer{web, on("db", "front")},
			"web", "%db:80", no,
			[]string{"nothing-listens"},
			"listener", false,
		},
		{
			"no server in itself", front(),
			[]peer{web},
			"web", "%web:80", no,
			[]string{"nothing-listens"},
			"listener", false,
		},
		{
			"a server that accepts nothing", front(),
			[]peer{web, stuck("db", "front")},
			"web", "%db:80", no,
			[]string{"listen-backlog-full"},
			"", false,
		},
		{
			"a server that accepts nothing, behind a published port", front(),
			[]peer{web, stuck("db", "front").publishes("", hostPort1, "80/tcp")},
			"host", "localhost:" + strconv.Itoa(hostPort1), no,
			[]string{"listen-backlog-full"},
			"listener", false,
		},
		{
			"TCP for UDP", front(),
			[]peer{web, on("db", "front").listens("udp 0.0.0.0:53")},
			"web", "%db:53", no,
			[]string{"protocol-mismatch"},
			"listener", false,
		},
		{
			"UDP for TCP", front(),
			[]peer{web, db},
			"web", "%db:80/udp", no,
			[]string{"protocol-mismatch"},
			"listener", false,
		},
		{
			"the host's port inside", front(),
			[]peer{web, db.publishes("", hostPort1, "80/tcp")},
			"web", "%db:" + strconv.Itoa(hostPort1), no,
			[]string{"published-port-used-inside"},
			"listener", false,
		},
		{
			"the host's port of two inside", front(),
			[]peer{
				web,
				on("db", "front").listens("tcp 0.0.0.0:80", "tcp 0.0.0.0:81").
					publishes("", hostPort1, "80/tcp").publishes("", hostPort2, "81/tcp"),
			},
			"web", "%db:" + strconv.Itoa(hostPort2), no,
			[]string{"published-port-used-inside"},
			"listener", false,
		},
		{
			"the container's port outside", front(),
			[]peer{on("db", "front").listens("tcp 0.0.0.0:47899").publishes("", hostPort3, "47899/tcp")},
			"host", "%db:47899", no,
			[]string{"container-port-used-outside"},
			"listener", false,
		},
		{
			"the container's port at localhost", front(),
			[]peer{on("db", "front").listens("tcp 0.0.0.0:47899").publishes("", hostPort3, "47899/tcp")},
			"host", "localhost:47899", no,
			[]string{"container-port-used-outside"},
			"listener", false,
		},
		{
			"not published", front(),
			[]peer{on("db", "front").listens("tcp 0.0.0.0:47899")},
			"host", "%db:47899", no,
			[]string{"port-not-published"},
			"listener", false,
		},
		{
			"not published, loopback", nil,
			[]peer{on("db").listens("tcp 127.0.0.1:47899")},
			"host", "%db:47899", no,
			[]string{"port-not-published", "listens-on-loopback"},
			"listener", false,
		},
		{
			"published for the host only", nets("front", "back"),
			[]peer{on("web", "back"), db.publishes("127.0.0.1", hostPort4, "80/tcp")},
			"web", "host:" + strconv.Itoa(hostPort4), no,
			[]string{"published-on-loopback-only"},
			"listener", false,
		},
		{
			"nothing behind the published port", front(),
			[]peer{on("db", "front").listens("tcp 0.0.0.0:81").publishes("", hostPort1, "80/tcp")},
			"host", "localhost:" + strconv.Itoa(hostPort1), no,
			[]string{"published-nobody-behind"},
			"listener", false,
		},
		{
			"no server behind the published port", nil,
			[]peer{on("db").publishes("", hostPort1, "80/tcp")},
			"host", "%db:" + strconv.Itoa(hostPort1), no,
			[]string{"published-nobody-behind"},
			"listener", false,
		},

		{
			"an address on another network", nets("front", "back"),
			[]peer{web, far},
			"web", "@db:80", no,
			[]string{"different-networks"},
			"filter", true,
		},
		{
			"an address from the default bridge", nets("back"),
			[]peer{on("web"), far},
			"web", "@db:80", no,
			[]string{"different-networks"},
			"filter", true,
		},
		{
			"no network", front(),
			[]peer{on("web", "none"), db},
			"web", "@db:80", no,
			[]string{"no-network"},
			"route", false,
		},
		{
			"no network there", front(),
			[]peer{web, on("db", "none").listens("tcp 0.0.0.0:80")},
			"web", "%db:80", no,
			[]string{"no-network"},
			"name", false,
		},
		{"stopped", front(), []peer{web, gone}, "web", "%db:80", no, []string{"not-running"}, "name", false},
		{"paused", front(), []peer{web, frozen}, "web", "%db:80", no, []string{"not-running"}, "listener", true},
		{
			"a stopped asker", front(),
			[]peer{{name: "web", networks: []string{"front"}, state: "exited"}, db},
			"web", "%db:80", no,
			[]string{"not-running"},
			"", false,
		},
		{
			"forbidden neighbors", silent,
			[]peer{on("web", "silent"), on("db", "silent").listens("tcp 0.0.0.0:80")},
			"web", "%db:80", no,
			[]string{"icc-disabled"},
			"filter", true,
		},
		{
			"forbidden neighbors, on another network too", append(nets("back"), silent...),
			[]peer{on("web", "back", "silent"), on("db", "silent").listens("udp 0.0.0.0:53")},
			"web", "@db:53/udp", no,
			[]string{"icc-disabled"},
			"filter", false,
		},

		{
			"no way out", inner,
			[]peer{on("web", "inner")},
			"web", "203.0.113.9:80", no,
			[]string{"internal-network"},
			"filter", false,
		},
		{
			"no way out of two networks",
			append(slices.Clone(inner), engine.NetworkSpec{Name: "inner2", Driver: "bridge", Internal: true}),
			[]peer{on("web", "inner", "inner2")},
			"web", "http://203.0.113.9/", no,
			[]string{"internal-network"},
			"filter", false,
		},

		{
			"IPv6 from a network without it", front(),
			[]peer{on("web", "front")},
			"web", "[2001:db8::9]:80", no,
			[]string{"no-route"},
			"route", false,
		},
		{
			"IPv6 by UDP from the default bridge", nil,
			[]peer{on("web")},
			"web", "[2001:db8::9]:53/udp", no,
			[]string{"no-route"},
			"route", false,
		},

		{ // of a DNS server that answers, which the room's may not do in time
			"an unknown name", front(),
			[]peer{on("other", "front").serves("shop.example @other"), web.asks("@other")},
			"web", "nowhere.example:80", never, nil, "name", false,
		},
	}
}
