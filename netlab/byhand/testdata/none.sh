# none: A container with no network at all
# Set IMAGE first, to an image that you have, with sh, ip, nc, netstat, nslookup and ping.

# address CONTAINER NETWORK and gateway CONTAINER NETWORK, from the engine
address() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"; }
gateway() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").Gateway}}" "$1"; }

docker run -d --init --name alice --hostname alice --network none "$IMAGE" sleep infinity
docker exec -d alice sh -c 'while nc -l -p 8080; do :; done'
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
docker exec -d bob timeout 10 nc -l -p 50001
docker exec alice timeout 1 nc -l -p 50001

# From create to its first word
time docker run --rm --network none "$IMAGE" true

# Take it down
docker rm -f alice bob
