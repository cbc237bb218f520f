#!/bin/sh
# The eight questions of `netlab demo bridge`, asked by hand: the opponent of BenchmarkDemoBridge.
#
# IMAGE is the agent's image, NAME the beginning of all names, and ON_HOST a command that enters the network namespace
# of the engine's host, or nothing. Needs root, for the link to the outside computer.
set -u
start() {
  name=$1
  shift
  docker run -d --name "$NAME-$name" --hostname "$name" -e NETLAB_TOKEN=x "$@" >/dev/null
}
address() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$NAME-$1"; }
gateway() { docker inspect -f '{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}' "$NAME-$1"; }
alice() { docker exec "$NAME-alice" "$@"; }

docker network create "$NAME-back" >/dev/null
start alice --dns 127.0.0.1 "$IMAGE" serve-ports 9999/tcp
start bob "$IMAGE" serve-ports 8080/tcp
start carol --network "$NAME-back" "$IMAGE" serve-ports 8080/tcp
start host --network host "$IMAGE" serve-ports 28080/tcp
start outside --network none --cap-add NET_ADMIN "$IMAGE" serve-ports 80/tcp
id=$(docker inspect -f '{{.Id}}' "$NAME-outside")
process=$(grep -l "$id" /proc/[0-9]*/cgroup 2>/dev/null | head -n 1 | cut -d / -f 3)
$ON_HOST ip link add nlscript0 type veth peer name nlscript1
$ON_HOST ip link set nlscript1 netns "$process" name eth0
$ON_HOST ip address add 198.18.255.1/30 dev nlscript0
$ON_HOST ip link set nlscript0 up
nsenter --net="/proc/$process/ns/net" sh -c \
  'ip address add 198.18.255.2/30 dev eth0; ip link set eth0 up; ip route add default via 198.18.255.1'

bob=$(address bob)
alice dns bob
alice ping -c 1 "$bob"
alice get localhost:8080
alice get "$bob:9"
alice get "$(gateway alice):28080"
alice get 198.18.255.2:80
alice get "$(address carol):8080"
alice ping -c 1 "$(gateway carol)"

for name in alice bob carol host outside; do set -- "$@" "$NAME-$name"; done
docker rm -f "$@" >/dev/null
docker network rm "$NAME-back" >/dev/null
