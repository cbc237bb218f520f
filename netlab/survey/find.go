package survey

import (
	"fmt"
	"slices"
	"strings"

	"netlab/netlab/fact"
)

// A Mistake is an error in what the user wrote. The engine's own Mistakes are about labs: why --watch must tell them
// from a container that is gone.
type Mistake struct{ what string }

func (m *Mistake) Error() string { return m.what }

// Mistakef returns a [Mistake].
func Mistakef(format string, args ...any) error { return &Mistake{fmt.Sprintf(format, args...)} }

// Find returns the containers that a key names: by name, by id or its beginning, as project/service, as a service of
// the asker's own project, or as a service of any. ok reports whether it is a name, and not an id.
func Find(containers []fact.Container, key string, from *fact.Container) (found []*fact.Container, byName bool) {
	project, service, both := strings.Cut(key, "/")
	match := func(is func(c *fact.Container) bool) bool {
		for i := range containers {
			if is(&containers[i]) {
				found = append(found, &containers[i])
			}
		}
		return len(found) > 0
	}
	switch {
	case both:
		match(func(c *fact.Container) bool { return c.Project == project && c.Service == service })
		return found, true
	case match(func(c *fact.Container) bool { return c.Name == key }):
		return found, true
	case from != nil && from.Project != "" &&
		match(func(c *fact.Container) bool { return c.Project == from.Project && c.Service == key }):
		return found, true
	case match(func(c *fact.Container) bool { return c.Service == key && c.Project != "" }):
		return found, true
	case len(key) >= 4 && match(func(c *fact.Container) bool { return strings.HasPrefix(c.ID, key) }):
		return found, false
	}
	return nil, true
}

// OneOf returns the container that a key names. The error is a [Mistake] if there is none, or more than one.
func OneOf(containers []fact.Container, key string) (*fact.Container, error) {
	found, _ := Find(containers, key, nil)
	switch len(found) {
	case 0:
		return nil, Mistakef("this engine has no container or service %q", key)
	case 1:
		return found[0], nil
	}
	names := make([]string, 0, len(found))
	for _, c := range found {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return nil, Mistakef("%q can be %s. Name one of them", key, strings.Join(names, " or "))
}
