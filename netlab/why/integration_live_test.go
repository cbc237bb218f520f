package why_test

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/docker/docker/client"
	gocmp "github.com/google/go-cmp/cmp"

	"netlab/netlab/engine"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
	"netlab/netlab/why"
)

// A program is what a container's own program does while netlab listens.
type program func(w *world)

// connects opens a connection as programs do. Whether it works is not its business.
func connects(from, network, to string, port int) program {
	return func(w *world) {
		w.does(from, probe.Question{Connect: &probe.Connect{Network: network, Host: w.fill(to), Port: port, Token: "word"}})
	}
}

func looksUp(from, name string) program {
	return func(w *world) { w.does(from, probe.Question{Resolve: &probe.Resolve{Name: w.fill(name)}}) }
}

func (w *world) does(from string, q probe.Question) {
	if _, err := w.agents[from].Ask(w.t.Context(), q); err != nil {
		w.t.Errorf("%s: %v", from, err)
	}
}

// live waits for a failure while programs run, and then asks why. also is called at each moment.
func (w *world) live(wait why.Wait, also func(result.Moment), programs ...program) *result.Why {
	w.t.Helper()
	reader, err := why.Open(w.t.Context(), w.engine)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := reader.Close(context.Background()); err != nil {
			w.t.Error(err)
		}
	}()
	wait.From, wait.To, wait.For = w.fill(wait.From), w.fill(wait.To), cmp.Or(wait.For, time.Minute)
	before := w.shape()
	started := false
	heard, err := reader.Listen(w.t.Context(), wait, func(m result.Moment) {
		if m.Kind == result.MomentListens && !started {
			started = true
			for _, p := range programs {
				p(w)
			}
			before = w.shape()
		}
		if also != nil {
			also(m)
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	got := heard.Quiet()
	if heard.Failure != nil {
		if got, err = reader.Explain(w.t.Context(), heard); err != nil {
			w.t.Fatal(err)
		}
	}
	if diff := gocmp.Diff(before, w.shape()); also == nil && diff != "" {
		w.t.Errorf("listening and asking changed something (-before +after):\n%s", diff)
	}
	if err := asktest.Follows(result.KindWhy, got); err != nil {
		w.t.Errorf("the document does not follow its schema: %v", err)
	}
	return got
}

// liveWorld has a container with an alias, one on another network, and a DNS server that knows only one name.
func liveWorld(t *testing.T, eng *engine.Engine, api *client.Client) *world {
	t.Helper()
	return build(t, eng, api, setup{networks: nets("front", "back"), peers: []peer{
		on("ignorant", "front").serves("other.example 10.9.0.8"),
		on("web", "front").asks("@ignorant"),
		on("db", "front:database").listens("tcp 0.0.0.0:80", "tcp 0.0.0.0:81"),
		on("far", "back").listens("tcp 0.0.0.0:80"),
		{name: "late", networks: []string{"front"}, state: "exited"},
	}})
}

// tellsFailures: each kind of failure is seen and explained, whatever else works meanwhile.
func tellsFailures(t *testing.T, w *world) {
	works := []program{connects("web", "tcp", "database", 80), looksUp("web", "other.example")}
	for _, tt := range []struct {
		name    string
		program program
		want    probe.Failure
		cause   string
	}{
		{
			"refused", connects("web", "tcp", "database", 9),
			probe.Failure{Network: "tcp", Address: "@db", Port: 9, Name: "database", Reason: probe.Refused},
			"wrong-port",
		},
		{
			"no answer", connects("web", "tcp", "@far", 80),
			probe.Failure{Network: "tcp", Address: "@far", Port: 80, Reason: probe.Timeout},
			"different-networks",
		},
		{
			"no neighbor", connects("web", "tcp", "^front", 80),
			probe.Failure{Network: "tcp", Address: "^front", Port: 80, Reason: probe.HostUnreachable},
			"",
		},
		{
			"on loopback", connects("web", "tcp", "127.0.0.1", 80),
			probe.Failure{Network: "tcp", Address: "127.0.0.1", Port: 80, Reason: probe.Refused},
			"localhost-is-this-container",
		},
		{
			"a datagram", connects("web", "udp", "@db", 9),
			probe.Failure{Network: "udp", Address: "@db", Port: 9, Reason: probe.Refused},
			"nothing-listens",
		},
		{
			"an unknown name", looksUp("web", "databsae"),
			probe.Failure{Network: "dns", Address: "127.0.0.11", Name: "databsae", Reason: probe.NameNotFound},
			"name-misspelt",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := *w
			w.t = t
			got := w.live(why.Wait{From: "%web"}, nil, append(works, tt.program)...)
			if got.Live == nil || got.Live.Failed == nil {
				t.Fatalf("nothing was seen to fail: %+v", got)
			}
			seen := *got.Live.Failed
			if seen.Detail == "" {
				t.Error("it does not say what was seen")
			}
			seen.Detail, seen.TookUS = "", 0
			tt.want.Address = w.fill(tt.want.Address)
			if tt.want.Name == "" {
				seen.Name = "" // the address may have been looked up by name before
			}
			if diff := gocmp.Diff(tt.want, seen); diff != "" {
				t.Errorf("seen (-want +got):\n%s", diff)
			}
			if got.Said == nil {
				t.Error("the answer does not say what failed")
			}
			if tt.cause == "" {
				return
			}
			if got.Verdict != result.Unreachable || len(got.Causes) == 0 || got.Causes[0].ID != tt.cause {
				t.Errorf("got %s with %+v, want %s", got.Verdict, got.Causes, tt.cause)
			}
		})
	}
}

func TestIntegrationLive(t *testing.T) {
	eng, api := connect(t)
	w := liveWorld(t, eng, api)
	tellsFailures(t, w)
	t.Run("what works is no failure", func(t *testing.T) {
		w := *w
		w.t = t
		got := w.live(why.Wait{From: "%web", For: 5 * time.Second}, nil,
			connects("web", "tcp", "database", 80), connects("web", "tcp", "@db", 81), looksUp("web", "other.example"))
		if l := got.Live; got.Verdict != result.NothingFailed || l == nil || l.Failed != nil || l.Connections != 2 ||
			l.Lookups != 2 || l.Waiting != 0 {
			t.Errorf("got %s with %+v, want nothing failed of 2 connections and 2 lookups", got.Verdict, got.Live)
		}
	})
	t.Run("only what was asked for", func(t *testing.T) {
		w := *w
		w.t = t
		got := w.live(why.Wait{From: "%web", To: "%db:10"}, nil,
			connects("web", "tcp", "@db", 9), connects("web", "tcp", "127.0.0.1", 10), connects("web", "tcp", "@db", 10))
		if f := got.Live.Failed; f == nil || f.Port != 10 || f.Address != w.fill("@db") {
			t.Errorf("got %+v, want port 10 of db", f)
		}
		fails := 0
		for _, m := range got.Live.Moments {
			if m.Kind == result.MomentFails {
				fails++
			}
		}
		if fails < 2 {
			t.Errorf("the other failures are not mentioned: %+v", got.Live.Moments)
		}
	})
	t.Run("it works now", func(t *testing.T) {
		w := *w
		w.t = t
		opens := func(m result.Moment) {
			if m.Kind != result.MomentFails {
				return
			}
			q := probe.Question{Listen: &probe.Listen{Network: "tcp", Address: "0.0.0.0", Port: 11, Token: "word"}}
			replies, err := w.agents["db"].Stream(t.Context(), q)
			if err != nil {
				t.Error(err)
				return
			}
			<-replies
		}
		got := w.live(why.Wait{From: "%web"}, opens, connects("web", "tcp", "database", 11))
		if got.Verdict != result.Ambiguous || got.Said == nil || got.Said.Now != "Now it answers." {
			t.Errorf("got %s with %+v, want ambiguous, as it answers now", got.Verdict, got.Said)
		}
	})
	t.Run("the host", func(t *testing.T) {
		w := *w
		w.t = t
		got := w.live(why.Wait{From: "host", For: 2 * time.Second}, nil, connects("web", "tcp", "@db", 9),
			connects("web", "tcp", "^front", 9))
		for _, m := range got.Live.Moments {
			if m.Kind == result.MomentFails && strings.Contains(m.Text, w.fill("@db")) {
				t.Errorf("what a container sends is taken for the host's: %s", m.Text)
			}
		}
	})
	t.Run("the container starts, and starts again", func(t *testing.T) {
		w := *w
		w.t = t
		listened := 0
		again := make(chan error, 2)
		got := w.live(why.Wait{From: "%late"}, func(m result.Moment) {
			switch {
			case m.Kind == result.MomentEvent && listened == 0 && len(again) == 0:
				again <- w.restart("late")
			case m.Kind != result.MomentListens:
			case listened == 0:
				listened++
				go func() { again <- w.restart("late") }()
			default:
				listened++
				for range 2 {
					if err := <-again; err != nil {
						t.Error(err)
					}
				}
				connects("late", "tcp", "@db", 9)(&w)
			}
		})
		if f := got.Live.Failed; f == nil || f.Port != 9 || listened != 2 {
			t.Errorf("got %+v after listening %d times, want port 9 after 2", f, listened)
		}
		if got.Verdict != result.Unreachable {
			t.Errorf("got %s with %+v", got.Verdict, got.Causes)
		}
	})
}

// restart ends a container, if it runs, and starts it.
func (w *world) restart(name string) error {
	if err := w.peers[name].Stop(w.t.Context()); err != nil {
		return err
	}
	agent, err := w.peers[name].Start(w.t.Context())
	if err == nil {
		w.agents[name] = agent
	}
	return err
}
