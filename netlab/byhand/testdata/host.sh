# host: No network of its own, the host's instead
# Set IMAGE first, to an image that you have, with sh, ip, nc, netstat, nslookup and ping.
# It needs traceroute and arping too.
# netlab brings an upstream DNS server of its own; by hand, your host's servers answer.

# address CONTAINER NETWORK and gateway CONTAINER NETWORK, from the engine
address() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"; }
gateway() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").Gateway}}" "$1"; }
# hostport CONTAINER PORT [ADDRESS]: the number that a published port has on the host, at that address
hostport() { docker port "$1" "$2" | sed -n "s/^${3:-.*}://p" | head -n 1; }

# The wire street. The ip commands without docker need root on the Docker host.
docker run -d --init --name outside --hostname outside --network none --cap-add NET_ADMIN --sysctl net.ipv4.ip_forward=1 "$IMAGE" sleep infinity
ip link add wire0 type veth peer name wire0m
ip link set wire0m netns "$(docker inspect -f '{{.State.Pid}}' outside)" name eth0
ip address add 10.212.0.1/28 dev wire0
ip link set wire0 up
docker exec outside ip address add 10.212.0.2/28 dev eth0
docker exec outside ip address add 10.212.0.3/28 dev eth0
docker exec outside ip link set eth0 up
# Behind the machine: one address that is silent, and for all others it has no way.
ip route add 10.212.0.16/28 via 10.212.0.3
docker exec outside ip route add blackhole 10.212.0.17
# And the way back to Docker's networks, which a computer outside has only where it was given one.
for to in 172.16.0.0/12 192.168.0.0/16 10.213.0.0/16; do docker exec outside ip route add "$to" via 10.212.0.1; done
docker exec -d outside sh -c 'while nc -l -p 80; do :; done'

docker network create back
docker run -d --init --name alice --network host -p 127.0.0.1::8080/tcp "$IMAGE" sleep infinity
docker run -d --init --name bob --hostname bob --network bridge "$IMAGE" sleep infinity
docker exec -d bob sh -c 'while nc -l -p 8080; do :; done'
docker run -d --init --name carol --hostname carol --network back "$IMAGE" sleep infinity
docker exec -d carol sh -c 'while nc -l -p 8080; do :; done'
docker run -d --init --name dave --network host "$IMAGE" sleep infinity

# Has alice a network stack of her own?
# Expected: equals no
docker exec alice readlink /proc/self/ns/net
readlink /proc/self/ns/net   # on the host

# Has bob, who is on the bridge?
# Expected: equals yes
docker exec bob readlink /proc/self/ns/net
readlink /proc/self/ns/net   # on the host

# Does she see the host's interfaces?
# Expected: contains bridge.interface
docker exec alice ip link

# What is her hostname?
# Expected: equals host.hostname
docker exec alice hostname

# Is it the host's own hostname, shared?
# Expected: equals yes
docker exec alice readlink /proc/self/ns/uts
readlink /proc/self/ns/uts   # on the host

# Which DNS servers does such a container ask?
# Expected: lacks 127.0.0.11
docker exec dave cat /etc/resolv.conf

# Can alice find bob by name?
# Expected: name-not-found
docker exec alice nslookup bob

# Can alice reach bob, who is on the bridge?
# Expected: ok, sees bridge.gateway
docker exec alice nc -v -w 2 "$(address bob bridge)" 8080

# Is her localhost the host's?
# Expected: ok, sees 127.0.0.1
timeout 10 nc -l -p 50000 -s 127.0.0.1 &
docker exec alice nc -v -w 2 127.0.0.1 50000

# Does her own server listen on the host?
# Expected: ok, sees 127.0.0.1
docker exec -d alice timeout 10 nc -l -p 50001 -s 127.0.0.1
nc -v -w 2 127.0.0.1 50001

# Does bob reach her at the bridge's address?
# Expected: ok, sees bob.ipv4
docker exec -d alice timeout 10 nc -l -p 50002 -s "$(gateway bob bridge)"
docker exec bob nc -v -w 2 "$(gateway bob bridge)" 50002

# Whom does a computer outside see?
# Expected: ok, sees street.host
docker exec alice nc -v -w 2 10.212.0.2 80

# Who is on the way to that computer?
# Expected: equals outside
docker exec alice traceroute -n 10.212.0.2

# From outside, does the host answer?
# Expected: ok, sees outside
timeout 10 nc -l -p 50003 -s 10.212.0.1 &
docker exec outside nc -v -w 2 10.212.0.1 50003

# From outside, is alice's port the host's?
# Expected: ok, sees outside
docker exec -d alice timeout 10 nc -l -p 50004 -s 10.212.0.1
docker exec outside nc -v -w 2 10.212.0.1 50004

# What did publishing her port give?
# Expected: equals none
docker port alice

# Can alice reach carol on another bridge?
# Expected: ok, sees back.gateway
docker exec alice nc -v -w 2 "$(address carol back)" 8080

# May two such servers use one port?
# Expected: in-use
docker exec -d dave timeout 10 nc -l -p 50005 -s 127.0.0.1
docker exec alice timeout 1 nc -l -p 50005 -s 127.0.0.1

# And if one of them is on the bridge?
# Expected: ok
docker exec -d bob timeout 10 nc -l -p 50006 -s 127.0.0.1
docker exec alice timeout 1 nc -l -p 50006 -s 127.0.0.1

# From create to its first word
time docker run --rm --network host "$IMAGE" true

# Round trip to the peer
docker exec alice ping -c 20 -i 0.2 "$(address bob bridge)"

# Take it down
docker rm -f alice bob carol dave outside
docker network rm back
