package survey

import (
	"net/netip"
	"testing"

	"netlab/netlab/fact"
)

// The simulated link takes no addresses that the host has a way to, such as those that a VPN client answers names with.
func TestLinkAddresses(t *testing.T) {
	for _, test := range []struct {
		name   string
		routes []string
		want   string // the range that the link is in; "" for none
	}{
		{"no routes", nil, "198.18.0.0/16"},
		{"default routes", []string{"0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0"}, "198.18.0.0/16"},
		{"a part of the range", []string{"198.18.0.0/17"}, "198.18.128.0/17"},
		{"the range of a VPN client", []string{"198.18.0.0/15"}, "198.51.100.0/24"},
		{"all of it in parts", []string{"198.18.0.0/17", "198.18.128.0/17"}, "198.51.100.0/24"},
		{"all", []string{"192.0.0.0/2"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := &fact.Stack{}
			for _, r := range test.routes {
				host.Routes = append(host.Routes, fact.Route{Destination: r, Link: "tun0"})
			}
			near, far, ok := linkAddresses(host)
			if ok != (test.want != "") {
				t.Fatalf("got %v and %v, %t", near, far, ok)
			}
			if !ok {
				return
			}
			within := netip.MustParsePrefix(test.want)
			if !within.Contains(near.Addr()) || !within.Contains(far.Addr()) || near.Addr() == far.Addr() ||
				near.Masked() != far.Masked() || near.Bits() != linkBits || near.Addr() == near.Masked().Addr() {
				t.Errorf("got %v and %v, want two hosts of a subnet in %v", near, far, within)
			}
		})
	}
}
