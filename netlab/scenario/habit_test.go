package scenario

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

const labHead = "version: 1\nname: x\n"

// A key that people know from Compose files gets one message that says what to write instead.
func TestHabits(t *testing.T) {
	step := "steps: [{check: a, ask: Is it there?, from: a, ping: a, expect: ok}]\n"
	for name, test := range map[string]struct{ file, want string }{
		"a Compose file": {
			"services:\n  web:\n    image: nginx\n    ports: [\"80:80\"]\n    volumes: [a:/b]\nnetworks:\n  x: {}\n",
			"this is a Compose file, not a scenario",
		},
		"ports":        {"containers: {a: {networks: [bridge], ports: [\"80:80\"]}}\n" + step, "publish: [tcp/8080]"},
		"network_mode": {"containers: {a: {networks: [bridge], network_mode: host}}\n" + step, "networks: [host]"},
		"extra_hosts":  {"containers: {a: {networks: [bridge], extra_hosts: [x]}}\n" + step, "host-gateway: true"},
		"hostname":     {"containers: {a: {networks: [bridge], hostname: b}}\n" + step, "hostname is its name"},
		"external": {
			"networks: {n: {external: true}}\ncontainers: {a: {networks: [n]}}\n" + step, "netlab creates the networks",
		},
		"ipv4_address": {
			"networks: {n: }\ncontainers: {a: {networks: {n: {ipv4_address: 10.0.0.5}}}}\n" + step, "address: 5",
		},
		"a port by number": {"containers: {a: {networks: [bridge], listen: [80]}}\n" + step, "write tcp/80 or udp/80"},
		"a tab": {
			"containers:\n\ta: {networks: [bridge]}\n" + step, "YAML is indented with spaces, and this is a tab",
		},
	} {
		head := labHead
		if strings.HasPrefix(test.file, "services") {
			head = ""
		}
		_, err := Load("x.yaml", []byte(head+test.file))
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if got := strings.Count(err.Error(), "x.yaml:"); got != 1 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %d errors, want one with %q:\n%s", name, got, test.want, err)
		}
	}
}

// No habit may be a key of the language.
func TestHabitsAreNoKeys(t *testing.T) {
	l := newLoader(document{})
	for _, f := range []form{
		containerForm(l, &Container{}), networkForm(l, &Network{}), attachmentForm(l, "", &Attachment{}),
	} {
		if len(habits(f.a)) == 0 {
			t.Errorf("there are none in %s", f.a)
		}
		for _, h := range habits(f.a) {
			if slices.Contains(f.names(), h.key) {
				t.Errorf("%q is a key of %s", h.key, f.a)
			}
		}
	}
}

func TestUTF16(t *testing.T) {
	const file = labHead + "title: Größe\ncontainers: {a: {networks: [bridge]}}\n" +
		"steps: [{check: a, ask: Is it there?, from: a, ping: a, expect: ok}]\n"
	for name, swap := range map[string]bool{"little-endian": false, "big-endian": true} {
		data := []byte{0xff, 0xfe}
		for _, unit := range utf16.Encode([]rune(file)) {
			data = append(data, byte(unit), byte(unit>>8))
		}
		if swap {
			for i := 0; i+1 < len(data); i += 2 {
				data[i], data[i+1] = data[i+1], data[i]
			}
		}
		s, err := Load("x.yaml", data)
		if err != nil || s.Title != "Größe" {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}
