package scan

import (
	"netlab/netlab/result"
	"netlab/netlab/say"
)

// aside is a cause as a note, or nothing.
func aside(c *result.Cause) []result.Finding {
	if c == nil {
		return nil
	}
	return []result.Finding{found(result.Note, c)}
}

// desktopVM: what is found on the host is found in a virtual machine.
func desktopVM(f *Facts) []result.Finding { return aside(say.DesktopVM(f.Engine)) }

// rootlessBoundary: what is found on the host is found in a network namespace on the computer.
func rootlessBoundary(f *Facts) []result.Finding { return aside(say.RootlessBoundary(f.Engine)) }

// wslMirrored: Windows has the addresses and the ports of the host too.
func wslMirrored(f *Facts) []result.Finding { return aside(say.WSLMirrored(f.Engine, f.Host)) }
