package byhand_test

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"netlab/netlab/byhand"
	"netlab/netlab/scenario"
	"netlab/scenarios"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write the golden files anew; read them before they are committed")

func TestGolden(t *testing.T) {
	for _, name := range scenarios.Names() {
		s := builtIn(t, name)
		golden(t, name+".sh", byhand.Docker(s))
		golden(t, name+".compose.yaml", byhand.Compose(s))
	}
}

// A POSIX shell reads every script as it is meant: this asks for its syntax only, nothing is run.
func TestDockerIsShell(t *testing.T) {
	for _, name := range scenarios.Names() {
		script(t, byhand.Docker(builtIn(t, name)))
	}
}

func TestComposeHasTheLab(t *testing.T) {
	for _, name := range scenarios.Names() {
		s := builtIn(t, name)
		var file struct {
			Services map[string]map[string]any
			Networks map[string]map[string]any
		}
		if err := yaml.Load([]byte(byhand.Compose(s)), &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := len(file.Services), len(s.Containers); got != want {
			t.Errorf("%s: %d services, want %d", name, got, want)
		}
		for _, c := range s.Containers {
			service, network := file.Services[c.Name], c.Networks[0].Network
			switch network {
			case "bridge", "host", "none":
				if got := service["network_mode"]; got != network {
					t.Errorf("%s: %s has network_mode %v, want %s", name, c.Name, got, network)
				}
			default:
				if _, ok := service["networks"].(map[string]any)[network]; !ok {
					t.Errorf("%s: %s is not on network %s", name, c.Name, network)
				}
				if file.Networks[network] == nil {
					t.Errorf("%s: network %s is not declared", name, network)
				}
			}
		}
	}
}

const rich = `
version: 1
name: rich
title: It's a lab; ` + "`rm`" + `
networks:
  web: {internal: true, options: {note: "a'; $(rm) b"}}
  back:
containers:
  alice: {networks: [web, back], listen: [tcp/80, udp/53]}
  bob: {networks: {back: {address: 4, aliases: [www]}, web: }, created: true, listen: [tcp/80]}
steps:
  - check: a
    ask: It's $(rm)?
    from: alice
    resolve: {name: example.org}
    type: AAAA
    server: {address: "fe80::1%$(rm)"}
    expect: ok
  - {check: b, ask: B?, from: host, connect: alice udp/free, expect: ok}
  - {check: c, ask: C?, from: alice, listen: tcp/free, expect: ok}
  - do: start bob
  - do: pause bob
`

func TestRich(t *testing.T) {
	s, err := scenario.Load("rich.yaml", []byte(rich))
	if err != nil {
		t.Fatal(err)
	}
	got := byhand.Docker(s)
	script(t, got)
	for _, want := range []string{
		`docker network create --internal --opt 'note=a'\''; $(rm) b' web`,
		`docker network create --subnet 10.213.1.0/28 back`,
		`docker network connect back alice`,
		`docker create --init --name bob --hostname bob --network back --ip 10.213.1.4` +
			` --network-alias www "$IMAGE" sleep infinity`,
		`docker network connect web bob`,
		`docker exec -d alice sh -c '(while nc -l -p 80; do :; done) & (while nc -l -p 53 -u; do :; done) & wait'`,
		`docker exec alice nslookup -type=AAAA example.org 'fe80::1%$(rm)'`,
		`nc -v -w 2 -u "$(address alice web)" 50000`,
		`docker exec alice timeout 1 nc -l -p 50001`,
		"docker start bob\ndocker exec -d bob sh -c 'while nc -l -p 80; do :; done'",
		"docker pause bob",
		"docker rm -f alice bob\ndocker network rm web back",
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("the script has no line %s:\n%s", want, got)
		}
	}
	var file struct {
		Services map[string]struct {
			Profiles []string
			Networks map[string]struct {
				Address string `yaml:"ipv4_address"`
				Aliases []string
			}
		}
		Networks map[string]struct {
			Internal bool
			Options  map[string]string `yaml:"driver_opts"`
		}
	}
	if err := yaml.Load([]byte(byhand.Compose(s)), &file); err != nil {
		t.Fatal(err)
	}
	bob := file.Services["bob"]
	if diff := cmp.Diff([]string{"later"}, bob.Profiles); diff != "" {
		t.Errorf("bob's profiles (-want +got):\n%s", diff)
	}
	if bob.Networks["back"].Address != "10.213.1.4" || len(bob.Networks["back"].Aliases) != 1 {
		t.Errorf("bob on back is %+v", bob.Networks["back"])
	}
	web := file.Networks["web"]
	if want := "a'; $$(rm) b"; !web.Internal || web.Options["note"] != want {
		t.Errorf("web is %+v, want internal and the option %q", web, want)
	}
}

// Compose cannot put one container on the default bridge and on a network of its own, so the file says what to type.
func TestComposeOfTwoKindsOfNetwork(t *testing.T) {
	s := &scenario.Scenario{
		Name: "two", Networks: []scenario.Network{{Name: "web", Driver: "bridge"}},
		Containers: []scenario.Container{
			{Name: "alice", Networks: []scenario.Attachment{{Network: "bridge"}, {Network: "web"}}},
		},
	}
	got := byhand.Compose(s)
	const then = "docker network connect two_web two-alice-1"
	if !strings.Contains(got, "network_mode: bridge") || !strings.Contains(got, then) {
		t.Errorf("got\n%s", got)
	}
}

func builtIn(t *testing.T, name string) *scenario.Scenario {
	t.Helper()
	data, _ := scenarios.Source(name)
	s, err := scenario.Load(name+".yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func script(t *testing.T, text string) {
	t.Helper()
	c := exec.Command("sh", "-n")
	c.Stdin = strings.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("sh -n: %v\n%s\n%s", err, out, text)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
