package glossary

// netlab are netlab's own words, and those of its measurements.
func netlab() []Entry {
	return []Entry{
		{
			Word: "lab",
			Text: `The containers, networks and links that netlab creates for a lesson, and removes afterwards.
				With --stay it is up until you press Enter, with --keep until netlab down.`,
			Example: "bridge start", Live: "netlab demo bridge --stay",
			Source: "docs/scenario.md of netlab",
			See:    []string{"simulated link", "outside computer"},
		},
		{
			Word: "outside computer", Also: []string{"outside", "pc"},
			Text: `A container that plays a computer on the host's LAN. It is on no Docker network. It shows what a
				real computer would see, without the internet.`,
			Example: "bridge outside",
			Source:  "docs/scenario.md of netlab",
			See:     []string{"simulated link", "LAN"},
		},
		{
			Word: "simulated link",
			Text: `A veth pair between the host and an outside computer. To the host it is one more network card.
				It disappears with the lab, and no packet on it leaves your computer. --no-wire leaves it out.`,
			Example: "bridge outside-host",
			Source:  "docs/scenario.md of netlab",
			See:     []string{"outside computer", "veth pair"},
		},
		{
			Word: "expected", Also: []string{"as expected", "textbook"},
			Text: `The answer that Docker's documented behavior predicts for this engine and its settings. If a
				setting makes an unusual answer the expected one, the answer has a mark (!), and a line below names the
				setting. Sentences marked "textbook" are not measured.`,
			Example: "bridge peer-by-name", Live: "netlab demo bridge",
			Source: "docs/scenario.md of netlab",
			See:    []string{"surprise", "control"},
		},
		{
			Word: "surprise",
			Text: `An answer that differs from the expected one. netlab shows both, and the settings that may
				explain it. It then exits with status 1.`,
			Live:   "netlab doctor",
			Source: "docs/scenario.md of netlab",
			See:    []string{"expected", "control"},
		},
		{
			Word: "control",
			Text: `A second question that must succeed in the same run, so that a "no" proves something. If the
				host can connect to carol, she is up, and something on the way is why alice gets no answer from her.`,
			Example: "bridge host-to-other",
			Source:  "docs/scenario.md of netlab",
			See:     []string{"expected", "no answer"},
		},
		{
			Word: "asker",
			Text: `The container or the computer that asks a question. The same question can have a different
				answer from elsewhere: a name on another network, a port from outside.`,
			Example: "multi-homed name-on-back",
			Source:  "docs/scenario.md of netlab",
			See:     []string{"lab"},
		},
		{
			Word: "capture point", Also: []string{"frame", "packet"},
			Text: `An interface where netlab captures packets: in a container, at a bridge, at the host's end of a
				link. With --packets, each packet is listed with the capture points that saw it, in order. A packet
				that does not reach the next capture point was dropped between the two. A frame is a packet as
				Ethernet carries it.`,
			Example: "bridge other-network", Live: "netlab demo bridge --packets",
			Source: "docs/packets.md of netlab",
			See:    []string{"no answer", "masquerade"},
		},
		{
			Word: "round trip", Also: []string{"ping to peer"},
			Text: `The time from sending a packet to receiving the answer. Between containers of one host no cable
				is involved, so it is far below a millisecond.`,
			Example: "bridge round-trip",
			Source:  "docs/bench.md of netlab",
			See:     []string{"median", "ICMP"},
		},
		{
			Word: "median", Also: []string{"p99", "spread"},
			Text: `The value in the middle: half of the measurements are lower, half higher. p99 is the value that
				99 of 100 do not exceed. The spread goes from the lowest round to the highest.`,
			Example: "bridge round-trip", Live: "netlab bench",
			Source: "docs/bench.md of netlab",
			See:    []string{"too close to call"},
		},
		{
			Word: "too close to call", Also: []string{"too close"},
			Text: `The rounds of two modes overlap and neither was ahead often enough, so this run cannot say which is faster. It
				does not mean that they are equal.`,
			Live:   "netlab bench",
			Source: "docs/bench.md of netlab",
			See:    []string{"median", "throughput"},
		},
		{
			Word: "throughput",
			Text: `How much data arrives per second, over one TCP stream or several at once. Between containers the
				processor sets the limit, so close other programs before you compare.`,
			Live:   "netlab bench",
			Source: "docs/bench.md of netlab",
			See:    []string{"round trip", "too close to call"},
		},
	}
}
