# bridge: The network you get when you name none
# Set IMAGE first, to an image that you have, with sh, ip, nc, netstat, nslookup and ping.
# netlab brings an upstream DNS server of its own; by hand, your host's servers answer.

# address CONTAINER NETWORK and gateway CONTAINER NETWORK, from the engine
address() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").IPAddress}}" "$1"; }
gateway() { docker inspect -f "{{(index .NetworkSettings.Networks \"$2\").Gateway}}" "$1"; }

docker network create back
docker run -d --init --name alice --hostname alice --network bridge "$IMAGE" sleep infinity
docker run -d --init --name bob --hostname bob --network bridge "$IMAGE" sleep infinity
docker exec -d bob sh -c 'while nc -l -p 8080; do :; done'
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
docker exec -d bob timeout 10 nc -l -p 50001
docker exec alice timeout 1 nc -l -p 50001

# Which host ports does carol's EXPOSE open?
# Expected: equals none
docker port carol

# From create to its first word
time docker run --rm --network bridge "$IMAGE" true

# Round trip to the peer
docker exec alice ping -c 20 -i 0.2 "$(address bob bridge)"

# Take it down
docker rm -f alice bob carol dave
docker network rm back
