package why_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/result"
	"netlab/netlab/why"
)

// A container leaves its network and comes back while it is watched.
func TestIntegrationWatch(t *testing.T) {
	eng, api := connect(t)
	w := build(t, eng, api, setup{networks: front(), peers: []peer{
		on("web", "front"), on("db", "front:api").listens("tcp 0.0.0.0:80"),
	}})
	reader, err := why.Open(t.Context(), eng)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := reader.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	ctx, enough := context.WithCancel(t.Context())
	defer enough()
	db := w.peers["db"]
	var seen []string // a minute is the limit: it ends when db is back, and the engine has said both
	got, err := reader.Watch(ctx, w.peers["web"].Name(), "api:80", time.Minute, func(m result.Moment) {
		seen = append(seen, m.Kind+": "+m.Text)
		switch {
		case len(seen) == 1:
			err = db.Disconnect(ctx, w.networks["front"])
		case m.Kind == result.MomentFails:
			err = db.Connect(ctx, engine.Attachment{Network: w.networks["front"], Aliases: []string{"api"}})
		}
		all := strings.Join(seen, "\n")
		if strings.Contains(all, " left front") && strings.Contains(all, " joined front") &&
			strings.Contains(all, "works: answered again by ") {
			enough()
		}
		if err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if ctx.Err() == nil {
		t.Errorf("in a minute, it saw only:\n%s", strings.Join(seen, "\n"))
	}
	if got.Verdict != result.Ambiguous || got.Watch == nil || len(got.Watch.Series) < 2 {
		t.Fatalf("got %s with %+v, want ambiguous with the name and the port", got.Verdict, got.Watch)
	}
	for _, s := range got.Watch.Series {
		if s.Asked == 0 || s.Failed == s.Asked {
			t.Errorf("%s %s: %d of %d failed", s.What, s.Source, s.Failed, s.Asked)
		}
	}
}
