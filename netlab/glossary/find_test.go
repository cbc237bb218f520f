package glossary_test

import (
	"slices"
	"testing"

	"netlab/netlab/glossary"
)

func TestFind(t *testing.T) {
	for word, want := range map[string]string{
		"no route":             "no route",
		"NO  ROUTE":            "no route",
		"no-answer":            "no answer",
		"net-unreachable":      "no route",
		"timeout":              "no answer",
		"veth":                 "veth pair",
		"veths":                "veth pair",
		"userl":                "userland proxy",
		"networks stack":       "",
		"network stacks":       "network stack",
		"Policies":             "policy",
		"caches":               "build cache",
		"aliases":              "alias",
		"MTU":                  "MTU",
		"web.mtu":              "MTU",
		"engine.dns":           "upstream server",
		"embedded DNS":         "Docker's DNS server",
		"127.0.0.11":           "Docker's DNS server",
		"custom bridge":        "custom-bridge",
		"dockers-dns-server":   "Docker's DNS server",
		"accepted then closed": "accepted, then closed",
		"layer":                "layer",
		"layers":               "layers",
		"docker-gwbridge":      "docker_gwbridge",
		"NETFILTER_DROP":       "NETFILTER_DROP",
		"netfilter drop":       "NETFILTER_DROP",
		"neigh_dead":           "NEIGH_FAILED",

		"SKB_DROP_REASON_NO_SOCKET": "NO_SOCKET",
		"":                          "",
		"no":                        "", "quantum entanglement": "",
	} {
		e, near, ok := glossary.Find(word)
		if e.Word != want || ok != (want != "") {
			t.Errorf("%q finds %q, want %q (near: %q)", word, e.Word, want, near)
		}
	}
	if _, near, _ := glossary.Find("no"); !slices.Contains(near, "no route") || !slices.Contains(near, "no answer") {
		t.Errorf(`"no" may be %q, want all that begin like it`, near)
	}
}
