# custom-bridge: A bridge network of your own
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

docker network create --subnet 10.213.0.0/28 web
docker network create back
docker run -d --init --name alice --hostname alice --network web --ip 10.213.0.3 "$IMAGE" sleep infinity
docker run -d --init --name bob --hostname bob --network web --network-alias www -p 10.212.0.1::8080/tcp "$IMAGE" sleep infinity
docker exec -d bob sh -c '(while nc -l -p 8080; do :; done) & (while nc -l -p 41080; do :; done) & wait'
docker run -d --init --name carol --hostname carol --network back "$IMAGE" sleep infinity
docker exec -d carol sh -c 'while nc -l -p 8080; do :; done'
docker create --init --name erin --hostname erin --network web "$IMAGE" sleep infinity

# Has alice a network stack of her own?
# Expected: equals yes
docker exec alice readlink /proc/self/ns/net
readlink /proc/self/ns/net   # on the host

# Where does her cable end?
# Expected: equals web.interface
docker exec alice cat /sys/class/net/eth0/iflink
ip link show type veth   # on the host

# Is her address the one that was chosen?
# Expected: equals alice.web.chosen
docker exec alice ip -4 address

# How large may her packets be?
# Expected: equals 1500
docker exec alice ip link

# Where does she send all other packets?
# Expected: equals web.gateway
docker exec alice ip route

# Which DNS server does she ask?
# Expected: equals 127.0.0.11
docker exec alice cat /etc/resolv.conf

# Who listens on 127.0.0.11 in her namespace?
# Expected: contains 127.0.0.11
docker exec alice netstat -lntu

# Can alice find bob by name?
# Expected: equals bob.web.ipv4
docker exec alice nslookup bob

# And by bob's alias?
# Expected: equals bob.web.ipv4
docker exec alice nslookup www

# And by bob's short container id?
# Expected: equals bob.web.ipv4
docker exec alice nslookup "$(docker inspect -f '{{slice .Id 0 12}}' bob)"

# Which name belongs to bob's address?
# Expected: equals bob.web.fqdn
docker exec alice nslookup "$(address bob web)"

# What of a name that nobody has?
# Expected: name-not-found
docker exec alice nslookup nobody-has-this-name

# Can alice find carol of another network?
# Expected: name-not-found
docker exec alice nslookup carol

# Does carol find her own name?
# Expected: equals carol.back.ipv4
docker exec carol nslookup carol

# Can alice reach bob by address?
# Expected: ok
docker exec alice ping -c 1 -W 2 "$(address bob web)"

# Whom does bob see when alice connects?
# Expected: ok, sees alice.web.ipv4
docker exec alice nc -v -w 2 "$(address bob web)" 8080

# Does localhost:8080 lead to bob?
# Expected: refused
docker exec alice nc -v -w 2 localhost 8080

# Can alice connect to bob's closed port 9?
# Expected: refused
docker exec alice nc -v -w 2 "$(address bob web)" 9

# Can alice use a service on the host?
# Expected: ok, sees alice.web.ipv4
timeout 10 nc -l -p 50000 -s "$(gateway alice web)" &
docker exec alice nc -v -w 2 "$(gateway alice web)" 50000

# Can the host connect to bob?
# Expected: ok, sees web.gateway
nc -v -w 2 "$(address bob web)" 8080

# Whom does a computer outside see?
# Expected: ok, sees street.host
docker exec alice nc -v -w 2 10.212.0.2 80

# Who is on the way to that computer?
# Expected: contains web.gateway
docker exec alice traceroute -n 10.212.0.2

# From outside, does the host answer?
# Expected: ok, sees outside
timeout 10 nc -l -p 50001 -s 10.212.0.1 &
docker exec outside nc -v -w 2 10.212.0.1 50001

# From outside, is bob's port the host's?
# Expected: refused
docker exec outside nc -v -w 2 10.212.0.1 41080

# And by bob's own address?
# Expected: timeout
docker exec outside nc -v -w 2 "$(address bob web)" 41080

# Does a published port let outside in?
# Expected: ok, sees outside
docker exec outside nc -v -w 2 10.212.0.1 "$(hostport bob 8080/tcp 10.212.0.1)"

# Can alice reach carol by address?
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

# From create to its first word
time docker run --rm --network web "$IMAGE" true

# Round trip to the peer
docker exec alice ping -c 20 -i 0.2 "$(address bob web)"

docker network connect back alice

# Now on carol's network, can alice reach her?
# Expected: ok, sees alice.back.ipv4
docker exec alice nc -v -w 2 "$(address carol back)" 8080

# And finds her by name?
# Expected: equals carol.back.ipv4
docker exec alice nslookup carol

docker stop bob

docker start erin

docker start bob
docker exec -d bob sh -c '(while nc -l -p 8080; do :; done) & (while nc -l -p 41080; do :; done) & wait'

# Has bob still his address after a restart?
# Expected: differs from bob.first.ipv4
docker exec bob ip -4 address

# Does his name still lead to him?
# Expected: equals bob.ipv4
docker exec alice nslookup bob

# Take it down
docker rm -f alice bob carol erin outside
docker network rm web back
