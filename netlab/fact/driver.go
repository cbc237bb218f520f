package fact

// The drivers of Docker networks.
const (
	DriverBridge  = "bridge"
	DriverHost    = "host"
	DriverIPvlan  = "ipvlan"
	DriverMacvlan = "macvlan"
	DriverNone    = "null" // of the network none
	DriverOverlay = "overlay"
)

// GatewayBridge is the bridge that connects containers on overlay networks to everything outside.
const GatewayBridge = "docker_gwbridge"

// OptionMTU is a network's option for the MTU of its containers.
const OptionMTU = "com.docker.network.driver.mtu"

// The gateway modes of a bridge network. Without an option it is nat.
const (
	GatewayNAT            = "nat"
	GatewayNATUnprotected = "nat-unprotected"
	GatewayRouted         = "routed"
	GatewayIsolated       = "isolated"
)

// OnParent reports whether a network's containers use an interface of the host directly, without a Docker bridge.
func (n Network) OnParent() bool { return n.Driver == DriverMacvlan || n.Driver == DriverIPvlan }

// Nowhere reports whether an endpoint is on the network none, which connects nothing.
func (e Endpoint) Nowhere() bool { return e.Driver == DriverNone || e.Network == "none" }
