package why_test

import (
	"netlab/netlab/engine"
	"netlab/netlab/result"
)

// nameSetups are about DNS servers, and about IPv4 and IPv6.
func nameSetups() []setup {
	inner := []engine.NetworkSpec{{Name: "inner", Driver: "bridge", Internal: true}}
	other := on("other", "front")
	web := on("web", "front")
	const no, yes, mixed = result.Unreachable, result.Reachable, result.Ambiguous
	return []setup{
		{
			"a name of another DNS server", front(),
			[]peer{other.listens("tcp 0.0.0.0:80").serves("shop.example @other"), web.asks("@other")},
			"web", "shop.example:80", yes, nil, "", false,
		},
		{
			"no DNS server behind Docker's", front(),
			[]peer{other, web.asks("@other")},
			"web", "shop.example:80", no,
			[]string{"dns-upstream"},
			"name", false,
		},
		{
			"no DNS server on the default bridge", nil,
			[]peer{on("other"), on("web").asks("@other")},
			"web", "http://shop.example/", no,
			[]string{"dns-upstream"},
			"name", false,
		},
		{
			"no DNS server from an internal network", inner,
			[]peer{on("web", "inner")},
			"web", "shop.example:80", no,
			[]string{"dns-upstream"},
			"name", false,
		},
		{
			"both families", six("six", "fd00:6e65:7401::/64"),
			[]peer{on("web", "six"), on("db", "six").listens("tcp 0.0.0.0:80", "tcp [::]:80")},
			"web", "%db:80", yes, nil, "", false,
		},
		{
			"IPv4 only of both", six("six", "fd00:6e65:7402::/64"),
			[]peer{on("web", "six"), on("db", "six").listens("tcp 0.0.0.0:80")},
			"web", "%db:80", mixed,
			[]string{"ip-family-mismatch"},
			"listener", false,
		},
		{
			"IPv6 only of both", six("six", "fd00:6e65:7403::/64"),
			[]peer{on("web", "six"), on("db", "six").listens("tcp [::]:80")},
			"web", "%db:80", mixed,
			[]string{"ip-family-mismatch"},
			"listener", false,
		},
		{
			"localhost is ::1", six("six", "fd00:6e65:7404::/64"),
			[]peer{on("db", "six").listens("tcp 127.0.0.1:80")},
			"db", "localhost:80", mixed,
			[]string{"localhost-is-ipv6"},
			"listener", false,
		},
		{
			"127.0.0.1 is not ::1", six("six", "fd00:6e65:7405::/64"),
			[]peer{on("db", "six").listens("tcp [::1]:80")},
			"db", "127.0.0.1:80", no,
			[]string{"localhost-is-ipv6"},
			"listener", false,
		},
	}
}
