# none: A container with no network at all
# Set IMAGE first, to an image that you have, with sh, ip, nc, netstat, nslookup and ping.

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

docker run -d --init --name alice --hostname alice --network none -p 127.0.0.1::8080/tcp "$IMAGE" sleep infinity
docker exec -d alice sh -c '(while nc -l -p 8080; do :; done) & (while nc -l -p 41080; do :; done) & wait'
docker run -d --init --name bob --hostname bob --network bridge "$IMAGE" sleep infinity
docker exec -d bob sh -c 'while nc -l -p 8080; do :; done'

# Has alice a network stack of her own?
# Expected: equals yes
docker exec alice readlink /proc/self/ns/net
readlink /proc/self/ns/net   # on the host

# Which interfaces does she have?
# Expected: equals lo
docker exec alice ip link

# Which networks does she know a way to?
# Expected: equals none
docker exec alice ip route

# Can alice talk to herself?
# Expected: ok, sees 127.0.0.1
docker exec alice nc -v -w 2 localhost 8080

# Does her own closed port 9 refuse?
# Expected: refused
docker exec alice nc -v -w 2 localhost 9

# Can alice reach bob, who is on the bridge?
# Expected: net-unreachable
docker exec alice ping -c 1 -W 2 "$(address bob bridge)"

# Can alice use a service on the host?
# Expected: net-unreachable
timeout 10 nc -l -p 50000 -s "$(gateway bob bridge)" &
docker exec alice nc -v -w 2 "$(gateway bob bridge)" 50000

# Can alice reach a computer outside?
# Expected: net-unreachable
docker exec alice nc -v -w 2 10.212.0.2 80

# Can bob?
# Expected: ok, sees street.host
docker exec bob nc -v -w 2 10.212.0.2 80

# From outside, does the host answer?
# Expected: ok, sees outside
timeout 10 nc -l -p 50001 -s 10.212.0.1 &
docker exec outside nc -v -w 2 10.212.0.1 50001

# From outside, is alice's port the host's?
# Expected: refused
docker exec outside nc -v -w 2 10.212.0.1 41080

# What did publishing her port give?
# Expected: equals none
docker port alice

# Can alice find bob by name?
# Expected: net-unreachable
docker exec alice nslookup bob

# Does she know her own name?
# Expected: lacks alice.hostname
docker exec alice cat /etc/hosts

# Can the host connect to bob?
# Expected: ok, sees bridge.gateway
nc -v -w 2 "$(address bob bridge)" 8080

# May both listen on one port?
# Expected: ok
docker exec -d bob timeout 10 nc -l -p 50002
docker exec alice timeout 1 nc -l -p 50002

# From create to its first word
time docker run --rm --network none "$IMAGE" true

# Take it down
docker rm -f alice bob outside
