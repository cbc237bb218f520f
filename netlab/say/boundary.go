package say

import (
	"strings"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
)

// What netlab calls the host need not be the computer that the user sees. Each of these is nil if it is.

// DesktopVM is the cause desktop-vm: Docker Desktop runs the engine in a virtual machine.
func DesktopVM(e fact.Engine) *result.Cause {
	if e.Kind != fact.KindDesktop {
		return nil
	}
	return &result.Cause{
		Title:  "The host is Docker Desktop's virtual machine, and not your computer.",
		Object: "the host", Direction: result.Request,
		Evidence: []probe.Evidence{Seen("docker info", "OperatingSystem is %s", e.OS)},
		Fix: []result.Fix{
			Fix(result.FixApplication, "On your computer, use published ports at localhost. It has no route to the addresses "+
				"of containers."),
			Fix(result.FixApplication, "From a container, your computer is host.docker.internal."),
		},
	}
}

// RootlessBoundary is the cause rootless-boundary: the engine runs in RootlessKit's network namespace.
func RootlessBoundary(e fact.Engine) *result.Cause {
	if !e.Rootless {
		return nil
	}
	return &result.Cause{
		Title:  "The host is RootlessKit's network namespace, and not the computer itself.",
		Object: "the host", Direction: result.Request,
		Evidence: []probe.Evidence{Seen("docker info", "SecurityOptions has name=rootless")},
		Fix: []result.Fix{
			Fix(result.FixDocker, "On the computer, use published ports. It has no route to the addresses of containers."),
			Fix(result.FixHost, "For containers to reach its localhost: start the engine with "+
				"DOCKERD_ROOTLESS_ROOTLESSKIT_DISABLE_HOST_LOOPBACK=false, and use 10.0.2.2."),
		},
	}
}

// WSLMirrored is the cause wsl-mirrored: the host shares its interfaces and ports with Windows. A link loopback0 is by
// what the engine itself knows that mode (moby, libnetwork/drivers/bridge: isRunningUnderWSL2MirroredMode). host is the
// host's network namespace, or nil.
func WSLMirrored(e fact.Engine, host *fact.Stack) *result.Cause {
	const link = "loopback0"
	if e.Kind == fact.KindDesktop || host == nil || host.Link(link) == nil ||
		!strings.Contains(strings.ToLower(e.Kernel), "microsoft") {
		return nil
	}
	cause := &result.Cause{
		Title:  "The host is WSL in mirrored mode, which shares addresses and ports with Windows.",
		Object: "the host", Direction: result.Request,
		Evidence: []probe.Evidence{
			Seen("docker version", "KernelVersion is %s", e.Kernel), Seen("links of the host", "it has %s", link),
		},
		Fix: []result.Fix{
			Fix(result.FixHost, "For other computers, allow the published ports in the Hyper-V firewall of Windows too."),
		},
	}
	if !e.AtLeast(28) {
		cause.Fix = append(cause.Fix, Fix(result.FixHost, "For Windows to reach published ports at localhost, use Docker "+
			"Engine 27.3 or later."))
	}
	return cause
}
