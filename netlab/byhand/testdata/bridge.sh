# bridge: The network you get when you name none
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
docker run -d --init --name alice --hostname alice --network bridge "$IMAGE" sleep infinity
docker run -d --init --name bob --hostname bob --network bridge -p 10.212.0.1::8080/tcp "$IMAGE" sleep infinity
docker exec -d bob sh -c '(while nc -l -p 8080; do :; done) & (while nc -l -p 41080; do :; done) & wait'
docker run -d --init --name carol --hostname carol --network back --expose 8080/tcp "$IMAGE" sleep infinity
docker exec -d carol sh -c 'while nc -l -p 8080; do :; done'
docker run -d --init --name dave --hostname dave --network bridge "$IMAGE" sleep infinity

# Has alice a network stack of her own?
# Expected: equals yes
docker exec alice readlink /proc/self/ns/net
readlink /proc/self/ns/net   # on the host

# Which interfaces does she have?
# Expected: equals lo eth0
docker exec alice ip link

# Where does her cable end?
# Expected: equals bridge.interface
docker exec alice cat /sys/class/net/eth0/iflink
ip link show type veth   # on the host

# Where does her address come from?
# Expected: within bridge.subnet
docker exec alice ip -4 address

# How large may her packets be?
# Expected: equals 1500
docker exec alice ip link

# Where does she send all other packets?
# Expected: equals bridge.gateway
docker exec alice ip route

# Which DNS servers does she ask by default?
# Expected: equals host.dns.servers
docker exec dave cat /etc/resolv.conf

# Does Docker's own DNS server answer?
# Expected: refused
docker exec alice nslookup bob 127.0.0.11

# Can alice find bob by name?
# Expected: name-not-found
docker exec alice nslookup bob

# Can alice reach bob by address?
# Expected: ok
docker exec alice ping -c 1 -W 2 "$(address bob bridge)"

# Whom does bob see when alice connects?
# Expected: ok, sees alice.ipv4
docker exec alice nc -v -w 2 "$(address bob bridge)" 8080

# Does localhost:8080 lead to bob?
# Expected: refused
docker exec alice nc -v -w 2 localhost 8080

# Can alice connect to bob's closed port 9?
# Expected: refused
docker exec alice nc -v -w 2 "$(address bob bridge)" 9

# Does her gateway answer?
# Expected: ok
docker exec alice ping -c 1 -W 2 "$(gateway alice bridge)"

# Can alice use a service on the host?
# Expected: ok, sees alice.ipv4
timeout 10 nc -l -p 50000 -s "$(gateway alice bridge)" &
docker exec alice nc -v -w 2 "$(gateway alice bridge)" 50000

# Can the host connect to bob?
# Expected: ok, sees bridge.gateway
nc -v -w 2 "$(address bob bridge)" 8080

# Whom does a computer outside see?
# Expected: ok, sees street.host
docker exec alice nc -v -w 2 10.212.0.2 80

# Who is on the way to that computer?
# Expected: contains bridge.gateway
docker exec alice traceroute -n 10.212.0.2

# Outside, does a closed port refuse?
# Expected: refused
docker exec alice nc -v -w 2 10.212.0.2 9

# And a computer that is switched off?
# Expected: timeout
docker exec alice nc -v -w 2 10.212.0.17 80

# And an address that no router knows?
# Expected: net-unreachable
docker exec alice nc -v -w 2 10.212.0.18 80

# From outside, does the host answer?
# Expected: ok, sees outside
timeout 10 nc -l -p 50001 -s 10.212.0.1 &
docker exec outside nc -v -w 2 10.212.0.1 50001

# From outside, is bob's port the host's?
# Expected: refused
docker exec outside nc -v -w 2 10.212.0.1 41080

# And by bob's own address?
# Expected: timeout
docker exec outside nc -v -w 2 "$(address bob bridge)" 41080

# Does a published port let outside in?
# Expected: ok, sees outside
docker exec outside nc -v -w 2 10.212.0.1 "$(hostport bob 8080/tcp 10.212.0.1)"

# Can alice reach carol on another bridge?
# Expected: timeout
docker exec alice nc -v -w 2 "$(address carol back)" 8080

# Does carol's gateway answer alice?
# Expected: ok
docker exec alice ping -c 1 -W 2 "$(gateway carol back)"

# Can the host connect to carol?
# Expected: ok, sees back.gateway
nc -v -w 2 "$(address carol back)" 8080

# May both listen on one port?
# Expected: ok
docker exec -d bob timeout 10 nc -l -p 50002
docker exec alice timeout 1 nc -l -p 50002

# Which host ports does carol's EXPOSE open?
# Expected: equals none
docker port carol

# From create to its first word
time docker run --rm --network bridge "$IMAGE" true

# Round trip to the peer
docker exec alice ping -c 20 -i 0.2 "$(address bob bridge)"

# Take it down
docker rm -f alice bob carol dave outside
docker network rm back
