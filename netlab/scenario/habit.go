package scenario

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"go.yaml.in/yaml/v4"
)

// What people write out of habit, from Compose files and docker commands, and what netlab has instead.

type habit struct{ key, instead string }

// habits lists keys of Compose files and flags of docker run, each with what to write here instead, by the mapping
// they appear in. Suggesting a key that merely looks similar would mislead: external is not internal.
func habits(what string) []habit {
	switch what {
	case "a container":
		return []habit{
			{"ports", `a published port is "publish: [tcp/8080]"`},
			{"network_mode", `write "networks: [host]" or "networks: [none]", and "share: NAME" for container:NAME`},
			{"network", `write "networks: [NAME]"`},
			{"ipv4_address", `write "networks: {NAME: {address: 5}}", the fifth address of the network`},
			{"ip", `write "networks: {NAME: {address: 5}}", the fifth address of the network`},
			{"extra_hosts", `write "host-gateway: true" for host.docker.internal`},
			{"hostname", "a container's hostname is its name"},
			{"container_name", "the key above is the container's name"},
			{"aliases", `write "networks: {NAME: {aliases: [api]}}"`},
			{"command", `netlab's own agent runs in every container, and "listen" opens its ports`},
			{"entrypoint", `netlab's own agent runs in every container, and "listen" opens its ports`},
			{"healthcheck", `write "health: tcp/8080"`},
			{"depends_on", "all containers are up before the first question"},
			{"build", `write "images: {NAME: {dockerfile: …}}" at the top, and a step "build: NAME"`},
		}
	case "a container's network":
		return []habit{
			{"ipv4_address", `write "address: 5", the fifth address of the network`},
			{"ip", `write "address: 5", the fifth address of the network`},
		}
	case "a network":
		return []habit{
			{"external", "netlab creates the networks of a lab itself, and bridge, host and none are always there"},
			{"name", "the key above is the network's name"},
			{"subnet", "netlab chooses a free subnet"},
			{"ipam", "netlab chooses a free subnet"},
			{"enable_ipv6", `write "ipv6: true"`},
			{"driver_opts", `write "options: {…}"`},
			{"attachable", "an overlay network of a lab is always attachable"},
		}
	}
	return nil
}

// instead suggests what to write in place of an unknown key: by habits, or by the closest known key.
func instead(what, key string, known []string) string {
	for _, h := range habits(what) {
		if h.key == key {
			return ": " + h.instead
		}
	}
	return closest(key, known)
}

// isCompose reports whether the file is a Compose file and not a scenario.
func isCompose(root *yaml.Node) bool {
	return hasKey(root, "services") && !hasKey(root, "steps") && !hasKey(root, "containers")
}

// utf8Of returns a file as UTF-8. Some Windows editors write UTF-16 with a byte order mark (Unicode 2.6, D98).
func utf8Of(data []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return bytes.TrimPrefix(data, []byte("\uFEFF"))
	}
	var units []uint16
	for at := 2; at+1 < len(data); at += 2 {
		units = append(units, order.Uint16(data[at:]))
	}
	return []byte(string(utf16.Decode(units)))
}

// tabs records an error for each line that is indented with tabs, which YAML does not allow.
func (d *document) tabs() {
	for i, line := range d.lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
		if at := strings.IndexByte(indent, '\t'); at >= 0 && strings.TrimSpace(line) != "" {
			d.errorAt(i+1, at+1, "YAML is indented with spaces, and this is a tab")
			return
		}
	}
}
