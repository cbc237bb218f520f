# host: No network of its own, the host's instead
# Set IMAGE first, to an image that you have, with sh, ip, nc, netstat, nslookup and ping.
# netlab brings an upstream DNS server of its own; by hand, your host's servers answer.

# address CONTAINER NETWORK and gateway CONTAINER NETWORK, from the engine
address() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"; }
gateway() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").Gateway}}" "$1"; }

docker network create back
docker run -d --init --name alice --network host "$IMAGE" sleep infinity
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

# Can alice reach carol on another bridge?
# Expected: ok, sees back.gateway
docker exec alice nc -v -w 2 "$(address carol back)" 8080

# May two such servers use one port?
# Expected: in-use
docker exec -d dave timeout 10 nc -l -p 50003 -s 127.0.0.1
docker exec alice timeout 1 nc -l -p 50003 -s 127.0.0.1

# And if one of them is on the bridge?
# Expected: ok
docker exec -d bob timeout 10 nc -l -p 50004 -s 127.0.0.1
docker exec alice timeout 1 nc -l -p 50004 -s 127.0.0.1

# From create to its first word
time docker run --rm --network host "$IMAGE" true

# Round trip to the peer
docker exec alice ping -c 20 -i 0.2 "$(address bob bridge)"

# Take it down
docker rm -f alice bob carol dave
docker network rm back
