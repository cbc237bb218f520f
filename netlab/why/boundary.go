package why

import (
	"slices"

	"netlab/netlab/result"
	"netlab/netlab/say"
	"netlab/netlab/survey"
)

// atHost reports whether a question is about the host, which need not be the computer that the user sees.
func (f *Facts) atHost() bool {
	return f.From.OnHost() || f.From.Outside || f.Target.Key == survey.HostWord ||
		slices.ContainsFunc(f.Tries, func(t Try) bool { return t.Kind == OnHost })
}

// aside makes a cause a note, if the question is about the host.
func aside(f *Facts, c *result.Cause) *result.Cause {
	if c == nil || !f.atHost() {
		return nil
	}
	c.Note = true
	return c
}

// desktopVM: what is true of the host is true of a virtual machine.
func desktopVM(f *Facts) *result.Cause { return aside(f, say.DesktopVM(f.Engine)) }

// rootlessBoundary: what is true of the host is true of a network namespace on the computer.
func rootlessBoundary(f *Facts) *result.Cause { return aside(f, say.RootlessBoundary(f.Engine)) }

// wslMirrored: Windows has the addresses and the ports of the host too.
func wslMirrored(f *Facts) *result.Cause { return aside(f, say.WSLMirrored(f.Engine, f.Host)) }
