package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"netlab/netlab/probe"
	"netlab/netlab/result"
)

func proven(source, text string) []probe.Evidence {
	return []probe.Evidence{{Source: source, Text: text}}
}

// unreachable is the answer to a question whose server listens on loopback only.
func unreachable() *result.Why {
	return &result.Why{
		Schema: result.Schema, Kind: result.KindWhy, From: "web", To: "db:5432", Verdict: result.Unreachable,
		Chain: []result.Hop{
			{Hop: "name", State: result.HopOK, Text: "db is 172.20.0.3", Evidence: proven("127.0.0.11",
				"db: 172.20.0.3 in 0.4 ms")},
			{Hop: "route", State: result.HopOK, Text: "eth0, same network", Evidence: proven("web", "sends from 172.20.0.2")},
			{Hop: "neighbor", State: result.HopOK, Text: "at 02:42:ac:14:00:03", Evidence: proven("neighbors of web",
				"reachable")},
			{Hop: "filter", State: result.HopOK, Text: "nothing dropped", Evidence: proven("db", "1 SYN sent, 1 arrived")},
			{Hop: "listener", State: result.HopNo, Text: "refused by db", Evidence: proven("sockets of db", "127.0.0.1:5432")},
			{Hop: "reply", State: result.HopOK, Text: "the refusal came back", Evidence: proven("web",
				"RST from 172.20.0.3, 0.2 ms")},
		},
		Causes: []result.Cause{
			{
				ID: "listens-on-loopback", Title: "db listens on 127.0.0.1:5432 only, so only db itself can connect.", Object: "db",
				Evidence: append(proven("sockets of db", "127.0.0.1:5432"),
					proven("docker inspect db", "it is healthy, but its health check runs inside it")...),
				Fix: []result.Fix{{Class: result.FixApplication, Say: "Listen on 0.0.0.0 (postgres: listen_addresses = '*')."}},
			},
			{
				ID: "name-on-default-bridge", Title: "web and db share only the default bridge.", Object: "bridge",
				Fix: []result.Fix{
					{
						Class: result.FixDocker, Say: "Give both a network of their own.",
						Run: "docker network create app && docker network connect app web && docker network connect app db",
					},
					{Class: result.FixCompose, Say: "Remove network_mode from both services."},
				},
			},
		},
	}
}

func TestWhy(t *testing.T) {
	unknown := &result.Why{
		From: "web", To: "203.0.113.9:80", Verdict: result.Unknown, Causes: []result.Cause{},
		Chain: []result.Hop{{Hop: "filter", State: result.HopUnknown, Text: "no answer"}},
		Unseen: []string{
			"netlab cannot see beyond this host. A capture at 203.0.113.9 would show whether the packets arrive.",
		},
	}
	sized := &result.Why{
		From: "web", To: "203.0.113.9:443", Size: 1400, Verdict: result.Unreachable,
		Chain: []result.Hop{
			{Hop: "reply", State: result.HopOK, Text: "the SYN-ACK came back", Evidence: proven("web", "4.1 ms")},
			{
				Hop: "size", State: result.HopNo, Text: "1400 bytes get lost",
				Evidence: append(proven("web", "an echo of 1400 bytes with DF to 203.0.113.9: no answer for 0.2 s"),
					proven("web", "an echo of 1300 bytes: answered")...),
			},
		},
		Causes: []result.Cause{{
			ID: "mtu-too-large", Object: "wire0", Direction: result.Request,
			Title: "Packets of 1400 bytes from web do not get to 203.0.113.9: " +
				"wire0 of the host carries only 1300. No error says so, so TCP does not send smaller ones.",
			Evidence: proven("links of the host", "wire0, on the way, has mtu 1300"),
		}},
	}
	said := unreachable()
	said.Said = &result.Said{Text: "refused, db:5432, at 172.20.0.9", Now: "db is now 172.20.0.3."}
	for name, r := range map[string]*result.Why{
		"why": unreachable(), "why-unknown": unknown, "why-said": said, "why-size": sized,
	} {
		for _, width := range []int{60, 80, 120} {
			file := fmt.Sprintf("%s-%d.txt", name, width)
			t.Run(file, func(t *testing.T) {
				golden(t, file, func(w io.Writer) error { return Why(w, r, Options{Width: width}) })
			})
		}
	}
}

// heard is what netlab saw in half a minute without a failure.
func heard() *result.Why {
	return &result.Why{
		From: "web", Verdict: result.NothingFailed, Causes: []result.Cause{},
		Live: &result.Live{ForUS: 30_012_345, Connections: 12, Lookups: 1, Moments: []result.Moment{
			{Kind: result.MomentListens, Text: "to connections and DNS lookups by web"},
		}},
	}
}

func TestLive(t *testing.T) {
	at := time.Date(2026, 11, 29, 14, 2, 11, 0, time.Local)
	failed := unreachable()
	failed.Said = &result.Said{Text: "refused, db:5432, at 172.20.0.3"}
	failed.Live = &result.Live{Failed: &probe.Failure{Network: "tcp"}, FailedAt: &at}
	failed.Causes[0].Evidence = append(failed.Causes[0].Evidence,
		proven("packets of web", "to db:5432 (172.20.0.3): RST from 172.20.0.3")...)
	some, none, filtered, stopped := heard(), heard(), heard(), heard()
	some.Live.Waiting, some.Live.Second, some.Live.Missed = 2, 1, 14
	none.Live.Connections, none.Live.Lookups = 0, 0
	filtered.To = "db:5432"
	filtered.Live.Moments = append(filtered.Live.Moments,
		result.Moment{Kind: result.MomentFails, Text: "web → api:80: RST"},
		result.Moment{Kind: result.MomentEvent, Text: "web started"}, filtered.Live.Moments[0])
	stopped.Live.Moments = nil
	for name, r := range map[string]*result.Why{
		"live": failed, "live-quiet": heard(), "live-some": some, "live-none": none, "live-other": filtered,
		"live-stopped": stopped,
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", func(w io.Writer) error { return Live(w, r, Options{Width: 80}) })
		})
	}
}

// A command is copied, so its lines make the same words when a shell has joined them.
func TestWhyCommand(t *testing.T) {
	for _, width := range []int{40, 60, 80, 120} {
		var b bytes.Buffer
		if err := Why(&b, unreachable(), Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(b.String(), "    docker network create")
		var lines []string
		for line := range strings.Lines("docker network create" + rest) {
			if strings.HasPrefix(line, "Fix") {
				break
			}
			lines = append(lines, strings.TrimSuffix(strings.TrimSpace(line), `\`))
		}
		got := strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
		if want := unreachable().Causes[1].Fix[0].Run; got != want {
			t.Errorf("%d columns: got %q, want %q", width, got, want)
		}
	}
}

// Names, labels and DNS answers of others never reach the terminal as they are.
func TestWhyHostile(t *testing.T) {
	const evil = "a\x1b[2Jb\u202ec\r\n"
	r := unreachable()
	r.From, r.To, r.Unseen = evil, evil, []string{evil}
	r.Said = &result.Said{Text: evil, Now: evil}
	for i := range r.Chain {
		r.Chain[i].Text, r.Chain[i].Evidence = evil, proven(evil, evil)
	}
	for i := range r.Causes {
		c := &r.Causes[i]
		c.Title, c.Evidence = evil, proven(evil, evil)
		for j := range c.Fix {
			c.Fix[j].Say, c.Fix[j].Run = evil, evil
		}
	}
	for _, draw := range []func(io.Writer) error{
		func(w io.Writer) error { return Why(w, r, Options{Width: 40}) },
		func(w io.Writer) error { return Why(w, r, Options{Width: 100}) },
		func(w io.Writer) error { return JSON(w, r) },
	} {
		var b bytes.Buffer
		if err := draw(&b); err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexAny(b.String(), "\x1b\u202e\r"); i >= 0 {
			t.Errorf("got %q", b.String()[i:min(i+20, b.Len())])
		}
	}
}
