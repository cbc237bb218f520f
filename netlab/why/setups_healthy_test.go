package why_test

import (
	"slices"
	"strconv"

	"netlab/netlab/engine"
	"netlab/netlab/result"
)

// allSetups are those that any engine can have.
func allSetups() []setup { return slices.Concat(healthySetups(), noteSetups(), setups(), nameSetups()) }

// healthySetups work, and nothing is said against them.
func healthySetups() []setup {
	inner := []engine.NetworkSpec{{Name: "inner", Driver: "bridge", Internal: true}}
	web, db := on("web", "front"), on("db", "front").listens("tcp 0.0.0.0:80")
	both := on("db", "front").listens("tcp 0.0.0.0:80", "tcp [::]:80") // localhost is ::1 too, on engines from 26 on
	thawed, again := db, db
	thawed.state, again.state = "unpaused", "restarted"
	sidecar := peer{name: "side", share: "db", listen: []string{"tcp 0.0.0.0:81"}}
	server := on("server", "host").listens("tcp 0.0.0.0:" + strconv.Itoa(hostPort5))
	const yes = result.Reachable
	return []setup{
		{"by name", front(), []peer{web, db}, "web", "%db:80", yes, nil, "", false},
		{
			"by alias", front(),
			[]peer{web, on("db", "front:api").listens("tcp 0.0.0.0:80")},
			"web", "api:80", yes, nil, "", false,
		},
		{"without a port", front(), []peer{web, db}, "web", "%db", yes, nil, "", false},
		{
			"by address on the default bridge", nil,
			[]peer{on("web"), on("db").listens("tcp 0.0.0.0:80")},
			"web", "@db:80", yes, nil, "", false,
		},
		{"its own localhost", front(), []peer{both}, "db", "localhost:80", yes, nil, "", false},
		{"a URL", front(), []peer{web, db}, "web", "http://%db/", yes, nil, "", false},
		{
			"UDP", front(),
			[]peer{web, on("db", "front").listens("udp 0.0.0.0:53")},
			"web", "%db:53/udp", yes, nil, "", false,
		},
		{
			"inside an internal network", inner,
			[]peer{on("web", "inner"), on("db", "inner").listens("tcp 0.0.0.0:80")},
			"web", "%db:80", yes, nil, "", false,
		},
		{
			"published, from the host", front(),
			[]peer{db.publishes("", hostPort1, "80/tcp")},
			"host", "localhost:" + strconv.Itoa(hostPort1), yes, nil, "", false,
		},
		{
			"the second of two networks", nets("back", "front"),
			[]peer{web, on("db", "back", "front").listens("tcp 0.0.0.0:80")},
			"web", "%db:80", yes, nil, "", false,
		},
		{
			"published on the host's loopback, from the host", front(),
			[]peer{db.publishes("127.0.0.1", hostPort1, "80/tcp")},
			"host", "127.0.0.1:" + strconv.Itoa(hostPort1), yes, nil, "", false,
		},
		{"a server on the host", front(), []peer{web, server}, "web", "host:" + strconv.Itoa(hostPort5), yes, nil, "", false},
		{
			"from a container in host mode", front(),
			[]peer{on("web", "host"), db},
			"web", "@db:80", yes, nil, "", false,
		},
		{"paused, and resumed", front(), []peer{web, thawed}, "web", "%db:80", yes, nil, "", false},
		{"restarted", front(), []peer{web, again}, "web", "%db:80", yes, nil, "", false},
		{"a sidecar's server", front(), []peer{web, db, sidecar}, "web", "%db:81", yes, nil, "", false},
		{"from a sidecar to its parent", front(), []peer{both, sidecar}, "side", "localhost:80", yes, nil, "", false},
		{
			"from a sidecar to another container", front(),
			[]peer{on("db", "front"), on("other", "front").listens("tcp 0.0.0.0:80"), sidecar},
			"side", "%other:80", yes, nil, "", false,
		},
		{
			"two projects on one network", front(),
			[]peer{
				on("other", "front"), on("api", "front:api").inProject("shop").listens("tcp 0.0.0.0:80"),
				on("web", "front").inProject("blog"),
			},
			"web", "%shop/api:80", yes, nil, "", false,
		},
		{
			"a proxy that leaves the name out", front(),
			[]peer{db, on("web", "front").with("HTTP_PROXY=http://proxy.example:3128", "no_proxy=localhost,%db")},
			"web", "http://%db", yes, nil, "", false,
		},
		{
			"a proxy for another protocol", front(),
			[]peer{
				on("db", "front").listens("tcp 0.0.0.0:5432"),
				on("web", "front").with("HTTP_PROXY=http://proxy.example:3128"),
			},
			"web", "%db:5432", yes, nil, "", false,
		},
	}
}

// noteSetups work, and yet something is to be said about them.
func noteSetups() []setup {
	web, db := on("web", "front"), on("db", "front").listens("tcp 0.0.0.0:80")
	const yes = result.Reachable
	return []setup{
		{
			"a proxy for everything", front(),
			[]peer{db, on("web", "front").with("HTTP_PROXY=http://proxy.example:3128")},
			"web", "http://%db", yes,
			[]string{"proxy-variables"},
			"", false,
		},
		{
			"a proxy that leaves out something else, by address", nil,
			[]peer{
				on("db").listens("tcp 0.0.0.0:80"),
				on("web").with("https_proxy=http://me:secret@proxy.example:3128", "NO_PROXY=localhost,.example,10.0.0.0/32"),
			},
			"web", "https://@db:80", yes,
			[]string{"proxy-variables"},
			"", false,
		},
		{
			"published, by another container", nets("front", "back"),
			[]peer{on("web", "back"), db.publishes("", hostPort2, "80/tcp")},
			"web", "host:" + strconv.Itoa(hostPort2), yes,
			[]string{"client-address-hidden"},
			"", false,
		},
		{
			"published, by a neighbor", front(),
			[]peer{web, db.publishes("", hostPort2, "80/tcp")},
			"web", "host:" + strconv.Itoa(hostPort2), yes,
			[]string{"client-address-hidden"},
			"", false,
		},
	}
}
