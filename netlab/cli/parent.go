package cli

import (
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"netlab/netlab/scenario"
)

// lanOptions are the flags that put a macvlan or ipvlan network on a real LAN.
type lanOptions struct{ parent, subnet, gateway, ipRange string }

func (o *lanOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.parent, "parent", "",
		"macvlan, ipvlan: use the real LAN of this\ninterface of the host instead of a wire")
	f.StringVar(&o.subnet, "subnet", "", "the LAN's subnet, 192.168.1.0/24")
	f.StringVar(&o.gateway, "gateway", "", "its router, 192.168.1.1")
	f.StringVar(&o.ipRange, "ip-range", "",
		"addresses in it that nobody has, and that\nDHCP does not give: 192.168.1.240/29")
}

// lan reads the flags; nil where they do not ask for a real LAN.
func (o *lanOptions) lan() (*scenario.LAN, error) {
	if o.parent == "" {
		if o.subnet+o.gateway+o.ipRange != "" {
			return nil, usagef("--subnet, --gateway and --ip-range belong to --parent")
		}
		return nil, nil //nolint:nilnil // no LAN is an answer
	}
	if o.subnet == "" || o.gateway == "" || o.ipRange == "" {
		return nil, usagef("--parent needs --subnet, --gateway and --ip-range: on a real LAN only you know which " +
			"addresses are free")
	}
	subnet, err := netip.ParsePrefix(o.subnet)
	if err != nil || !subnet.Addr().Is4() {
		return nil, usagef("--subnet %q is no IPv4 subnet, such as 192.168.1.0/24", o.subnet)
	}
	within, err := netip.ParsePrefix(o.ipRange)
	if err != nil || within.Bits() < subnet.Bits() || !subnet.Contains(within.Addr()) {
		return nil, usagef("--ip-range %q is no part of %s", o.ipRange, subnet)
	}
	gateway, err := netip.ParseAddr(o.gateway)
	if err != nil || !subnet.Contains(gateway) {
		return nil, usagef("--gateway %q is no address of %s", o.gateway, subnet)
	}
	return &scenario.LAN{
		Interface: o.parent, Subnet: subnet.Masked(), Gateway: gateway, Range: within.Masked(),
	}, nil
}

// onLAN puts the scenarios on the real LAN, where one is wanted.
func (s *shared) onLAN(all []*scenario.Scenario, o *lanOptions) error {
	for _, sc := range all {
		if o.parent != "" && !sc.HasParent() { // before what else it needs
			return usagef("--parent belongs to macvlan and ipvlan, and %s has no such network", sc.Name)
		}
	}
	lan, err := o.lan()
	if err != nil || lan == nil {
		return err
	}
	for i, sc := range all {
		if name := sc.ChoosesOnParent(); name != "" {
			return usagef("--parent takes its addresses from --ip-range, and in %s %s chooses its own", sc.Name, name)
		}
		all[i] = sc.OnLAN(*lan)
	}
	if strings.HasPrefix(lan.Interface, "wl") { // what systemd and the kernel call a wireless card
		s.say("%s looks like Wi-Fi. Most access points drop frames from a second MAC address.", lan.Interface)
	}
	return nil
}
