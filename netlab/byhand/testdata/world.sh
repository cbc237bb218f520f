# world: Everything beyond bridges
# Set IMAGE first, to an image that you have, with sh, ip, netstat, nslookup, ping and
# OpenBSD's nc (Debian: iproute2, net-tools, dnsutils, iputils-ping, netcat-openbsd).
# It needs traceroute and arping too.
# It needs the ping from iputils, which can forbid fragments (-M do).

# address CONTAINER NETWORK and gateway CONTAINER NETWORK, from the engine
address() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"; }
first() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").Gateway}}" "$1"; }
address6() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").GlobalIPv6Address}}" "$1"; }
# From version 26 on, a container on an internal network has no gateway, and only the network tells it.
gateway() { g=$(first "$1" "$2"); [ -n "$g" ] || g=$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' "$2"); echo "$g"; }
# seen CONTAINER: who called a server there since forget CONTAINER
forget() { docker exec "$1" sh -c ': >/dev/shm/seen'; }
seen() { for i in 1 2 3; do sleep 0.3; docker exec "$1" grep received /dev/shm/seen && return; done; }
# listening PORT COMMAND: waits until COMMAND lists that port, in at most 20 tries
listening() { p=$1; shift; for i in $(seq 20); do "$@" 2>/dev/null | grep ":$p " >/dev/null && break; sleep 0.1; done; }
# outer CONTAINER: its address on docker_gwbridge, which the engine does not report
outer() { docker exec "$1" ip -4 -o address show eth1 | sed 's/.*inet \([0-9.]*\).*/\1/'; }
# hostport CONTAINER PORT [ADDRESS]: the number of a published port on the host, at that address
hostport() { docker port "$1" "$2" | sed -n "s/^\[*${3:-.*}\]*://p" | head -n 1; }

# The simulated link uplink. The ip commands without docker need root on the Docker host.
docker run -d --init --name outside --hostname outside --network none --cap-add NET_ADMIN --sysctl net.ipv4.ip_forward=1 "$IMAGE" sleep infinity
ip link add wire0 type veth peer name wire0m
ip link set wire0m netns "$(docker inspect -f '{{.State.Pid}}' outside)" name eth0
ip address add 10.212.0.1/28 dev wire0
ip link set wire0 up
docker exec outside ip address add 10.212.0.2/28 dev eth0
docker exec outside ip address add 10.212.0.3/28 dev eth0
docker exec outside ip link set eth0 up
# Behind the machine: one address that never answers, and no route to any other.
ip route add 10.212.0.16/28 via 10.212.0.3
docker exec outside ip route add blackhole 10.212.0.17
# The route back to Docker's networks, which an outside computer has only if it is configured.
for to in 172.16.0.0/12 192.168.0.0/16 10.213.0.0/16; do docker exec outside ip route add "$to" via 10.212.0.1; done
docker exec -d outside sh -c 'nc -n -v -l -p 80 -s :: -k 2>>/dev/shm/seen'

# The simulated link lan. The ip commands without docker need root on the Docker host.
docker run -d --init --name pc --hostname pc --network none --cap-add NET_ADMIN --sysctl net.ipv4.ip_forward=1 "$IMAGE" sleep infinity
ip link add wire1 type veth peer name wire1m
ip link set wire1m netns "$(docker inspect -f '{{.State.Pid}}' pc)" name eth0
ip address add 10.212.1.1/28 dev wire1
ip link set wire1 up
docker exec pc ip address add 10.212.1.2/28 dev eth0
docker exec pc ip address add 10.212.1.3/28 dev eth0
docker exec pc ip link set eth0 up
# Behind the machine: one address that never answers, and no route to any other.
ip route add 10.212.1.16/28 via 10.212.1.3
docker exec pc ip route add blackhole 10.212.1.17
# The route back to Docker's networks, which an outside computer has only if it is configured.
for to in 172.16.0.0/12 192.168.0.0/16 10.213.0.0/16; do docker exec pc ip route add "$to" via 10.212.1.1; done

# The simulated link six. The ip commands without docker need root on the Docker host.
docker run -d --init --name peer --hostname peer --network none --cap-add NET_ADMIN --sysctl net.ipv4.ip_forward=1 --sysctl net.ipv6.conf.all.disable_ipv6=0 --sysctl net.ipv6.conf.default.disable_ipv6=0 "$IMAGE" sleep infinity
ip link add wire2 type veth peer name wire2m
ip link set wire2m netns "$(docker inspect -f '{{.State.Pid}}' peer)" name eth0
ip address add 10.212.2.1/28 dev wire2
ip link set wire2 up
docker exec peer ip address add 10.212.2.2/28 dev eth0
docker exec peer ip address add 10.212.2.3/28 dev eth0
docker exec peer ip link set eth0 up
ip address add fd00:212:3::1/64 dev wire2 nodad
docker exec peer ip address add fd00:212:3::2/64 dev eth0 nodad
docker exec peer ip route add fd00::/8 via fd00:212:3::1
# Behind the machine: one address that never answers, and no route to any other.
ip route add 10.212.2.16/28 via 10.212.2.3
docker exec peer ip route add blackhole 10.212.2.17
# The route back to Docker's networks, which an outside computer has only if it is configured.
for to in 172.16.0.0/12 192.168.0.0/16 10.213.0.0/16; do docker exec peer ip route add "$to" via 10.212.2.1; done

# An overlay network needs a swarm: docker swarm init --advertise-addr 127.0.0.1
docker network create --opt com.docker.network.driver.mtu=1400 --ipv6 --subnet fd00:213:0::/64 web
docker network create --driver macvlan --opt parent=wire1 --subnet 10.212.1.0/28 --gateway 10.212.1.3 --ip-range 10.212.1.8/29 home
docker network create --driver overlay --attachable mesh
docker run -d --init --name alice --hostname alice --network web --add-host host.docker.internal:host-gateway "$IMAGE" sleep infinity
docker run -d --init --name bob --hostname bob --network web -p 10.212.0.1::8080/tcp -p 127.0.0.1::8080/tcp -p 8080/tcp -p '[fd00:212:3::1]'::8080/tcp --health-interval 1s --health-cmd 'nc -z -w 1 localhost 8080' "$IMAGE" sleep infinity
docker exec -d bob sh -c 'nc -n -v -l -p 8080 -s :: -k 2>>/dev/shm/seen'
docker run -d --init --name tail --network container:bob "$IMAGE" sleep infinity
docker exec -d tail sh -c 'nc -n -v -l -p 9000 -s 127.0.0.1 -k 2>>/dev/shm/seen'
docker create --init --name erin --hostname erin --network web -p 10.212.0.1:"$(hostport bob 8080/tcp 10.212.0.1)":8080/tcp "$IMAGE" sleep infinity
docker create --init --name frank --hostname frank --network web "$IMAGE" sleep infinity
docker run -d --init --name lee --hostname lee --network home --ip 10.212.1.4 "$IMAGE" sleep infinity
docker run -d --init --name mia --hostname mia --network mesh "$IMAGE" sleep infinity

# Published?
# Expected: ok, sees outside
forget bob
docker exec outside nc -v -w 2 10.212.0.1 "$(hostport bob 8080/tcp 10.212.0.1)"
seen bob

# And inside?
# Expected: ok
nc -v -w 2 127.0.0.1 "$(hostport bob 8080/tcp 127.0.0.1)" </dev/null

# Which chains?
# Expected: ok
# The rules that counted, as root on the Docker host. One with -j CHAIN sent packets to that chain.
before=$(mktemp); iptables-save -c | grep -v '^#' > "$before"
docker exec outside nc -v -w 2 10.212.0.1 "$(hostport bob 8080/tcp 10.212.0.1)"
iptables-save -c | grep -v '^#' | diff "$before" -; rm "$before"

# Who is on the way?
# Expected: ok
docker exec alice traceroute -n 10.212.0.3

# Whose MAC?
# Expected: equals lee.link.mac
docker exec pc arping -c 1 -I eth0 "$(address lee home)"

# Silence?
# Expected: timeout
docker exec alice nc -v -w 2 10.212.0.17 80

# Does it fit?
# Expected: ok
docker exec alice ping -c 1 -W 2 -M do -s 1372 "$(address bob web)"

# One more?
# Expected: too-big
docker exec alice ping -c 1 -W 2 -M do -s 1373 "$(address bob web)"

# Its own?
# Expected: ok
docker exec alice ping -c 1 -W 2 -M do -s $(($(docker exec bob cat /sys/class/net/eth0/mtu) -36)) "$(address bob web)"

# By IPv6?
# Expected: ok
docker exec alice ping -c 1 -W 2 "$(address6 bob web)"

# And the gateway?
# Expected: ok
docker exec alice ping -c 1 -W 2 fd00:213:0::1

# Published?
# Expected: ok
docker exec peer nc -v -w 2 fd00:212:3::1 "$(hostport bob 8080/tcp fd00:212:3::1)"

# And outwards?
# Expected: ok
docker exec alice ping -c 1 -W 2 fd00:212:3::2

# The host by name?
# Expected: ok
timeout 10 nc -n -v -l -p 50000 -s "$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' bridge)" </dev/null &
listening 50000 ss -lntu
docker exec alice nc -v -w 2 host.docker.internal 50000

# lee and the host?
# Expected: host-unreachable
docker exec lee ping -c 1 -W 2 10.212.1.1

# mia and the host?
# Expected: ok
docker exec mia ping -c 1 -W 2 "$(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' docker_gwbridge)"

# And back?
# Expected: ok
ping -c 1 -W 2 "$(outer mia)"

# Which VXLAN?
# Expected: equals mesh.vxlan
docker network inspect -f '{{index .Options "com.docker.network.driver.overlay.vxlanid_list"}}' mesh

# Does tail share?
# Expected: equals bob.netns
docker exec tail readlink /proc/self/ns/net

# Healthy?
# Expected: equals healthy
docker inspect -f '{{with .State.Health}}{{.Status}}{{end}}' bob

# The same port?
# Expected: in-use
docker start erin

# Does frank start?
# Expected: ok
docker start frank
docker exec -d frank sh -c 'nc -n -v -l -p 80 -s :: -k 2>>/dev/shm/seen'

# Time from create to ready
time docker run --rm --network container:bob "$IMAGE" true

# Remove it
docker rm -f alice tail bob erin frank lee mia outside pc peer
docker network rm web home mesh
