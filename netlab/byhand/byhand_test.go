package byhand_test

import (
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/byhand"
	"netlab/netlab/scenario"
	"netlab/scenarios"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write the golden files again; read them before they are committed")

// The whole text for a lab with one of everything.
func TestGolden(t *testing.T) {
	world := load(t, "testdata/world.yaml")
	golden(t, "world.sh", byhand.Docker(world))
	golden(t, "world.compose.yaml", byhand.Compose(world))
}

// Every question of the built-in scenarios has a command that answers it, and says what to expect.
func TestDockerAnswersEveryCheck(t *testing.T) {
	for _, name := range scenarios.Names() {
		s := builtIn(t, name)
		text := byhand.Docker(s)
		for _, step := range s.Steps {
			if step.Check == nil {
				continue
			}
			_, after, found := strings.Cut(text, "\n# "+step.Check.Ask+"\n# Expected: ")
			if !found {
				t.Errorf("%s: %s is not asked", name, step.ID())
				continue
			}
			text = after
			block, _, _ := strings.Cut(after, "\n\n")
			isCommand := func(line string) bool { return !strings.HasPrefix(line, "#") }
			if !slices.ContainsFunc(strings.Split(block, "\n")[1:], isCommand) {
				t.Errorf("%s: nothing to type for %s", name, step.ID())
			}
		}
	}
}

// A POSIX shell can parse every script. This only checks the syntax and runs nothing.
func TestDockerIsShell(t *testing.T) {
	for _, name := range scenarios.Names() {
		script(t, byhand.Docker(builtIn(t, name)))
	}
	script(t, byhand.Docker(load(t, "testdata/world.yaml")))
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
			service := file.Services[c.Name]
			if c.Share != "" {
				if got, want := service["network_mode"], "service:"+c.Share; got != want {
					t.Errorf("%s: %s has network_mode %v, want %s", name, c.Name, got, want)
				}
				continue
			}
			switch network := c.Networks[0].Network; network {
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
		`docker exec -d alice sh -c '(nc -n -v -l -p 80 -s :: -k 2>>/dev/shm/seen) &` +
			` (while nc -n -v -l -p 53 -u -w 2 -s :: 2>>/dev/shm/seen; do :; done) & wait'`,
		`docker exec alice nslookup -type=AAAA example.org 'fe80::1%$(rm)'`,
		`nc -v -w 2 -u "$(address alice web)" 50000 </dev/null`,
		`docker exec alice timeout 1 nc -n -v -l -p 50001 -s ::`,
		"docker start bob\ndocker exec -d bob sh -c 'nc -n -v -l -p 80 -s :: -k 2>>/dev/shm/seen'",
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

// Compose cannot attach one container to both the default bridge and a network of its own, so the file says what to
// type.
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

// What a student types for a lab with outside computers, in order.
func TestDockerOfTheWorldOutside(t *testing.T) {
	got := byhand.Docker(load(t, "testdata/world.yaml"))
	rest := got
	for _, want := range []string{
		"ip link add wire0 type veth peer name wire0m",
		`ip link set wire0m netns "$(docker inspect -f '{{.State.Pid}}' outside)" name eth0`,
		"ip address add 10.212.0.1/28 dev wire0",
		"docker exec outside ip address add 10.212.0.2/28 dev eth0",
		"docker exec -d outside sh -c 'nc -n -v -l -p 80 -s :: -k 2>>/dev/shm/seen'",
		"ip address add fd00:212:3::1/64 dev wire2 nodad",
		"docker exec peer ip route add fd00::/8 via fd00:212:3::1",
		"docker network create --opt com.docker.network.driver.mtu=1400 --ipv6 --subnet fd00:213:0::/64 web",
		"docker network create --driver macvlan --opt parent=wire1 --subnet 10.212.1.0/28 --gateway 10.212.1.3" +
			" --ip-range 10.212.1.8/29 home",
		"docker network create --driver overlay --attachable mesh",
		"docker run -d --init --name alice --hostname alice --network web --add-host" +
			` host.docker.internal:host-gateway "$IMAGE" sleep infinity`,
		// bob before tail, which needs him.
		"docker run -d --init --name bob --hostname bob --network web -p 10.212.0.1::8080/tcp -p 127.0.0.1::8080/tcp" +
			` -p 8080/tcp -p '[fd00:212:3::1]'::8080/tcp --health-interval 1s` +
			` --health-cmd 'nc -z -w 1 localhost 8080' "$IMAGE" sleep infinity`,
		`docker run -d --init --name tail --network container:bob "$IMAGE" sleep infinity`,
		"docker exec -d tail sh -c 'nc -n -v -l -p 9000 -s 127.0.0.1 -k 2>>/dev/shm/seen'",
		"docker create --init --name erin --hostname erin --network web" +
			` -p 10.212.0.1:"$(hostport bob 8080/tcp 10.212.0.1)":8080/tcp "$IMAGE" sleep infinity`,
		`docker run -d --init --name lee --hostname lee --network home --ip 10.212.1.4 "$IMAGE" sleep infinity`,
		`docker exec outside nc -v -w 2 10.212.0.1 "$(hostport bob 8080/tcp 10.212.0.1)"`,
		`nc -v -w 2 127.0.0.1 "$(hostport bob 8080/tcp 127.0.0.1)" </dev/null`,
		"docker exec alice traceroute -n 10.212.0.3",
		`docker exec pc arping -c 1 -I eth0 "$(address lee home)"`,
		"docker exec alice nc -v -w 2 10.212.0.17 80",
		`docker exec alice ping -c 1 -W 2 -M do -s 1372 "$(address bob web)"`,
		`docker exec alice ping -c 1 -W 2 -M do -s 1373 "$(address bob web)"`,
		`docker exec alice ping -c 1 -W 2 -M do -s $(($(docker exec bob cat /sys/class/net/eth0/mtu) -36))` +
			` "$(address bob web)"`,
		`docker exec alice ping -c 1 -W 2 "$(address6 bob web)"`,
		"docker exec alice ping -c 1 -W 2 fd00:213:0::1",
		`docker exec peer nc -v -w 2 fd00:212:3::1 "$(hostport bob 8080/tcp fd00:212:3::1)"`,
		"docker exec alice ping -c 1 -W 2 fd00:212:3::2",
		"docker exec alice nc -v -w 2 host.docker.internal 50000",
		"docker exec lee ping -c 1 -W 2 10.212.1.1",
		"docker exec mia ping -c 1 -W 2" +
			` "$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' docker_gwbridge)"`,
		`ping -c 1 -W 2 "$(outer mia)"`,
		"docker exec tail readlink /proc/self/ns/net",
		"docker start erin\n\n# Does frank start?", // erin does not run, so nothing can be started in it
		"docker exec -d frank sh -c 'nc -n -v -l -p 80 -s :: -k 2>>/dev/shm/seen'",
		`time docker run --rm --network container:bob "$IMAGE" true`,
		"docker rm -f alice tail bob erin frank lee mia outside pc peer",
	} {
		_, after, found := strings.Cut(rest, want+"\n")
		if !found {
			t.Fatalf("the script does not say, here, %s:\n%s", want, rest)
		}
		rest = after
	}
}

func TestComposeOfTheWorldOutside(t *testing.T) {
	text := byhand.Compose(load(t, "testdata/world.yaml"))
	for _, want := range []string{
		"# Compose cannot make a simulated link. Create uplink (wire0", "swarm init", "# erin ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the file does not say %q:\n%s", want, text)
		}
	}
	var file struct {
		Services map[string]struct {
			Mode        string `yaml:"network_mode"`
			Ports       []string
			Hosts       []string `yaml:"extra_hosts"`
			Healthcheck struct{ Test []string }
		}
		Networks map[string]struct {
			Driver     string
			Attachable bool
			IPv6       bool              `yaml:"enable_ipv6"`
			Options    map[string]string `yaml:"driver_opts"`
			IPAM       struct{ Config []map[string]string }
		}
	}
	if err := yaml.Load([]byte(text), &file); err != nil {
		t.Fatal(err)
	}
	ports := []string{"10.212.0.1::8080/tcp", "127.0.0.1::8080/tcp", "8080/tcp", "[fd00:212:3::1]::8080/tcp"}
	if diff := cmp.Diff(ports, file.Services["bob"].Ports); diff != "" {
		t.Errorf("bob's ports (-want +got):\n%s", diff)
	}
	if got := file.Services["tail"].Mode; got != "service:bob" {
		t.Errorf("tail has network_mode %q", got)
	}
	if diff := cmp.Diff([]string{"host.docker.internal:host-gateway"}, file.Services["alice"].Hosts); diff != "" {
		t.Errorf("alice's hosts (-want +got):\n%s", diff)
	}
	health := []string{"CMD-SHELL", "nc -z -w 1 localhost 8080"}
	if diff := cmp.Diff(health, file.Services["bob"].Healthcheck.Test); diff != "" {
		t.Errorf("bob's health (-want +got):\n%s", diff)
	}
	home := file.Networks["home"]
	lan := []map[string]string{{"subnet": "10.212.1.0/28", "gateway": "10.212.1.3", "ip_range": "10.212.1.8/29"}}
	if diff := cmp.Diff(lan, home.IPAM.Config); diff != "" {
		t.Errorf("home's addresses (-want +got):\n%s", diff)
	}
	if home.Driver != "macvlan" || home.Options["parent"] != "wire1" {
		t.Errorf("home is %+v", home)
	}
	if mesh := file.Networks["mesh"]; mesh.Driver != "overlay" || !mesh.Attachable {
		t.Errorf("mesh is %+v", mesh)
	}
	if web := file.Networks["web"]; !web.IPv6 || web.IPAM.Config[0]["subnet"] != "fd00:213:0::/64" {
		t.Errorf("web is %+v", web)
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

func load(t *testing.T, file string) *scenario.Scenario {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Load(file, data)
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
