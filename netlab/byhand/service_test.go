package byhand_test

import (
	"strings"
	"testing"

	"netlab/netlab/byhand"
	"netlab/netlab/scenario"
)

// A swarm service is created, reached by its names and its virtual IP, and removed before its network.
func TestServices(t *testing.T) {
	s, err := scenario.Load("lab.yaml", []byte(`
version: 1
name: lab
networks: {mesh: {driver: overlay}}
services:
  shop: {network: mesh, replicas: 2, listen: [tcp/8080, udp/53]}
  ring: {network: mesh, endpoint: dnsrr}
containers: {mia: {networks: [mesh]}}
steps:
  - {check: a, ask: A?, from: mia, resolve: shop.tasks.name, expect: {equals: shop.tasks.ipv4}}
  - {check: b, ask: B?, from: mia, connect: ring.name tcp/80, expect: ok}
  - {check: c, ask: C?, from: mia, balance: shop tcp/8080, needs: ipvs, expect: ok}
`))
	if err != nil {
		t.Fatal(err)
	}
	const vip = `"$(docker service inspect -f '{{(index .Endpoint.VirtualIPs 0).Addr}}' shop | cut -d/ -f1)"`
	docker := byhand.Docker(s)
	for _, want := range []string{
		`docker service create --name shop --network mesh --replicas 2 "$IMAGE" sh -c` +
			` '(nc -n -v -l -p 8080 -s :: -k 2>>/dev/shm/seen) &` +
			` (while nc -n -v -l -p 53 -u -w 2 -s :: 2>>/dev/shm/seen; do :; done) & wait'` + "\n",
		`docker service create --name ring --network mesh --replicas 1 --endpoint-mode dnsrr "$IMAGE" sleep infinity` + "\n",
		"docker exec mia nslookup tasks.shop\n",
		"docker exec mia nc -v -w 2 ring 80\n",
		strings.Repeat("docker exec mia nc -v -w 2 "+vip+" 8080\n", 2),
		"docker service rm shop\ndocker service rm ring\ndocker rm -f mia\n",
		`for n in mesh; do until docker network rm "$n"; do sleep 1; done; done` + "\n",
	} {
		if !strings.Contains(docker, want) {
			t.Errorf("the commands lack %q:\n%s", want, docker)
		}
	}
	if compose := byhand.Compose(s); !strings.Contains(compose, "# shop is a swarm service, which docker compose") {
		t.Errorf("the Compose file says nothing of the service:\n%s", compose)
	}
}
