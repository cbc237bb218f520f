package cli

import (
	"net/netip"
	"strings"

	"github.com/spf13/cobra"

	"netlab/netlab/scenario"
)

// lanOptions are the flags that connect a macvlan or ipvlan network to a real LAN.
type lanOptions struct{ parent, subnet, gateway, ipRange string }

func (o *lanOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.parent, "parent", "",
		"macvlan, ipvlan: use the real LAN on this host `interface` instead of a simulated link")
	f.StringVar(&o.subnet, "subnet", "", "with --parent: the LAN's `subnet`, such as 192.168.1.0/24")
	f.StringVar(&o.gateway, "gateway", "", "with --parent: the LAN's `router`, such as 192.168.1.1")
	f.StringVar(&o.ipRange, "ip-range", "",
		"with --parent: a free `range` in the subnet, outside the DHCP range, such as 192.168.1.240/29")
}

// lan returns the LAN that the flags describe, or nil if they ask for none.
func (o lanOptions) lan() (*scenario.LAN, error) {
	if o.parent == "" {
		if o.subnet+o.gateway+o.ipRange != "" {
			return nil, usagef("--subnet, --gateway and --ip-range need --parent")
		}
		return nil, nil // nil means no LAN
	}
	if o.subnet == "" || o.gateway == "" || o.ipRange == "" {
		return nil, usagef("--parent needs --subnet, --gateway and --ip-range: only you know which addresses " +
			"of a real LAN are free")
	}
	subnet, err := netip.ParsePrefix(o.subnet)
	if err != nil || !subnet.Addr().Is4() {
		return nil, usagef("--subnet %q is not an IPv4 subnet such as 192.168.1.0/24", o.subnet)
	}
	within, err := netip.ParsePrefix(o.ipRange)
	if err != nil || within.Bits() < subnet.Bits() || !subnet.Contains(within.Addr()) {
		return nil, usagef("--ip-range %q is not inside %s", o.ipRange, subnet)
	}
	gateway, err := netip.ParseAddr(o.gateway)
	if err != nil || !subnet.Contains(gateway) {
		return nil, usagef("--gateway %q is not an address in %s", o.gateway, subnet)
	}
	return &scenario.LAN{
		Interface: o.parent, Subnet: subnet.Masked(), Gateway: gateway, Range: within.Masked(),
	}, nil
}

// onLAN connects the scenarios to the real LAN, if the flags ask for it.
func onLAN(p *printer, scenarios []*scenario.Scenario, o lanOptions) error {
	for _, sc := range scenarios {
		if o.parent != "" && !sc.HasParent() { // check this before anything else that --parent needs
			return usagef("--parent works only with macvlan and ipvlan networks, and %s has none", sc.Name)
		}
	}
	lan, err := o.lan()
	if err != nil || lan == nil {
		return err
	}
	for i, sc := range scenarios {
		if name := sc.ChoosesOnParent(); name != "" {
			return usagef("--parent takes addresses from --ip-range, but in %s %s sets its own", sc.Name, name)
		}
		scenarios[i] = sc.OnLAN(*lan)
	}
	if strings.HasPrefix(lan.Interface, "wl") { // systemd's and the kernel's prefix for wireless cards
		p.say("%s looks like Wi-Fi. Most access points drop frames from a second MAC address.", lan.Interface)
	}
	return nil
}
