package why_test

// flowLabs have a program that sends UDP from one port all the time, and rules that have changed since it began.
func flowLabs() []lab {
	// sends begins to send, from a container or, if there is none, from the host.
	sends := func(from, to, port string) string {
		enter := ""
		if from != "" {
			enter = "nsenter -t {pid " + from + "} -n "
		}
		return enter + "bash -c 'exec 3<>/dev/udp/" + to + "/" + port + "; echo word >&3; " +
			"(while sleep .1; do echo word >&3; done) >/dev/null 2>&1 & echo $! >{saved}.pid'; "
	}
	const published, virtual = "{gateway front}", "198.51.100.53"
	first := "iptables -t nat -I OUTPUT -p udp -d " + published + " --dport 18514 -j DNAT --to {last front}:5140; "
	leads := func(to string) string {
		return "iptables -t nat -I PREROUTING -p udp -d " + virtual + " --dport 53 -j DNAT --to " + to + "; "
	}
	const end = "kill $(cat {saved}.pid) || true"
	return []lab{{
		name: "flows of UDP", networks: nets("front", "back"),
		peers: []peer{
			on("web", "front"),
			on("db", "front").listens("udp 0.0.0.0:5140").publishes("", 18514, "5140/udp"),
			on("dns", "back").listens("udp 0.0.0.0:53"),
		},
		walls: []wall{
			{
				name: "a flow that began with these rules", up: sends("", published, "18514"), down: end,
				from: "host", to: published + ":18514/udp", cause: itWorks,
			},
			{
				name: "a published port that led elsewhere before",
				up:   first + sends("", published, "18514") + "iptables -t nat -D OUTPUT 1", down: end,
				from: "host", to: published + ":18514/udp", cause: "conntrack-stale", mixed: true, repairs: end + "; sleep 1",
			},
			{
				name: "a virtual address that led elsewhere before",
				up: "iptables -I DOCKER-USER -p udp -j ACCEPT; " + leads("{last back}") + sends("web", virtual, "53") +
					leads("{ip dns}"), down: end,
				from: "web", to: virtual + ":53/udp", cause: "conntrack-stale",
			},
		},
	}}
}
