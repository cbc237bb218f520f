package result

// The causes that why and scan share, or two tables. Every other id is in one table.
const (
	CauseAliasShared           = "alias-shared"
	CauseConntrackStale        = "conntrack-stale"
	CauseDNSUpstream           = "dns-upstream"
	CauseDesktopVM             = "desktop-vm"
	CauseDockerRulesMissing    = "docker-rules-missing"
	CauseFirewall              = "firewall"
	CauseForwardingOff         = "forwarding-off"
	CauseHostsEntryWrong       = "hosts-entry-wrong"
	CauseICCDisabled           = "icc-disabled"
	CauseListenBacklogFull     = "listen-backlog-full"
	CauseListensOnLoopback     = "listens-on-loopback"
	CauseMTUTooLarge           = "mtu-too-large"
	CauseMacvlanParentDown     = "macvlan-parent-down"
	CauseMasqueradeMissing     = "masquerade-missing"
	CauseNetworkIDStale        = "network-id-stale"
	CauseNotRunning            = "not-running"
	CausePolicyRoute           = "policy-route"
	CausePoolExhausted         = "pool-exhausted"
	CausePublishedNobodyBehind = "published-nobody-behind"
	CauseRootlessBoundary      = "rootless-boundary"
	CauseSubnetOverlap         = "subnet-overlap"
	CauseWSLMirrored           = "wsl-mirrored"
)

// ItWorks stands for no cause at all: the port answered, and the answer came back.
const ItWorks = "it-works"
