package scenario

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"netlab/netlab/ask"

	"go.yaml.in/yaml/v4"
)

const (
	maxVolumes = 4
	maxFile    = 16 << 20 // bytes: what fits into a lab container's memory, which holds what was just written
	maxLine    = 100      // characters in a written line, which the screen shows
)

// pathPattern is a plain absolute path.
var pathPattern = regexp.MustCompile(`^(/[A-Za-z0-9_.-]{1,60}){1,8}$`)

// volumes reads the names of the volumes that the lab creates.
func (l *loader) volumes(n *yaml.Node) {
	entries, _ := l.definitions(n, "volumes", "volumes", maxVolumes)
	for _, e := range entries {
		l.free(e.key, "volume")
		l.s.Volumes = append(l.s.Volumes, l.name(e.key, "volume"))
		if e.value.Tag != "!!null" {
			l.errorf(e.value, `a volume is a name without a value: "notes:"`)
		}
	}
}

// mounts reads which volumes a container uses, and at which paths.
func (l *loader) mounts(n *yaml.Node) []Mount {
	m, ok := l.mapping(n, "a container's volumes", nil)
	if !ok {
		return nil
	}
	var mounts []Mount
	for _, e := range m.entries {
		if !slices.Contains(l.s.Volumes, e.key.Value) {
			l.errorf(e.key, "unknown volume %s%s", quote(e.key.Value), closest(e.key.Value, l.s.Volumes))
		}
		mount := Mount{Volume: e.key.Value, Path: l.pathOf(e.value, "a volume's path")}
		if slices.ContainsFunc(mounts, func(other Mount) bool { return other.Path == mount.Path && mount.Path != "" }) {
			l.errorf(e.value, "another volume is already mounted at %s", mount.Path)
		}
		if ofSystem(mount.Path) {
			l.errorf(e.value, "%s belongs to the system. Use another path", mount.Path)
		}
		mounts = append(mounts, mount)
	}
	return mounts
}

// pathOf reads an absolute path in a container, or "" if it is not one.
func (d *document) pathOf(n *yaml.Node, what string) string {
	s, ok := d.text(n, what)
	switch {
	case !ok:
	case !pathPattern.MatchString(s) || path.Clean(s) != s:
		d.errorf(n, "%s must be a path such as /notes/first (letters, digits, _, . and -), not %s", what, quote(s))
	default:
		return s
	}
	return ""
}

// ofSystem reports whether a write to a path could change the host's kernel or the agent.
func ofSystem(path string) bool {
	top, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return slices.Contains([]string{"bin", "dev", "etc", "host", "proc", "sys"}, top)
}

// write reads the file that a check writes, and its content.
func (a *asking) write(e entry) ask.Question {
	q := ask.Write{Path: a.pathOf(e.value, e.key.Value)}
	a.onlyContainer(e.key)
	if ofSystem(q.Path) {
		a.errorf(e.value, "%s belongs to the system. Use another path", q.Path)
	}
	text, bytes := a.get("text"), a.get("bytes")
	switch {
	case (text == nil) == (bytes == nil):
		a.errorf(e.key, `a write needs "text" or "bytes"`)
	case bytes != nil:
		q.Bytes = a.number(whole(bytes), 1, maxFile)
	default:
		q.Text = a.prose(text, "text")
		if len([]rune(q.Text)) > maxLine {
			a.errorf(text, "text has %d characters, but at most %d can be shown", len([]rune(q.Text)), maxLine)
		}
	}
	return q
}

// onlyContainer records an error for an asker without files that a check may look at: on the host, netlab only sees a
// helper's files.
func (a *asking) onlyContainer(n *yaml.Node) {
	if a.from != nil && a.from.spec == nil {
		a.errorf(n, "%s is not a container, and only containers have files here", a.from.title())
	}
}

// guest returns a container that uses p's network namespace, or nil.
func (l *loader) guest(p *peer) *peer {
	for _, name := range l.order {
		if other := l.peers[name]; other.shares == p {
			return other
		}
	}
	return nil
}

func (c *Container) networkNames() []string {
	var names []string
	for _, a := range c.Networks {
		names = append(names, a.Network)
	}
	return names
}
