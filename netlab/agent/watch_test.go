package agent_test

import (
	"testing"

	"netlab/netlab/agent"
	"netlab/netlab/probe"
)

// What the agent had seen before it was told to stop counts, even if the word about it comes later.
func TestWatchHasEverythingOnceItStopped(t *testing.T) {
	c, f := dial(t)
	go func() {
		asked, _ := f.next()
		f.say(agent.Reply{ID: asked.ID, Outcome: &probe.Outcome{Reason: probe.OK}})
		told, _ := f.next()
		if !told.Cancel || told.ID != asked.ID {
			t.Errorf("stopping question %d, the agent read %+v", asked.ID, told)
		}
		for range 3 {
			f.say(agent.Reply{ID: asked.ID, Seen: &probe.Seen{}})
		}
		f.say(agent.Reply{ID: asked.ID, End: true})
	}()
	seen := 0
	stop, err := c.Watch(t.Context(), ping("bob"), func(agent.Reply) { seen++ })
	if err != nil {
		t.Fatal(err)
	}
	if stop(); seen != 3 {
		t.Errorf("%d replies were seen, want 3", seen)
	}
}

func TestWatchSaysWhyNothingIsWatched(t *testing.T) {
	c, f := dial(t)
	go func() {
		asked, _ := f.next()
		f.say(agent.Reply{ID: asked.ID, Outcome: &probe.Outcome{Reason: probe.Denied, Detail: "not permitted"}})
		f.next()
		f.say(agent.Reply{ID: asked.ID, End: true})
		f.next()
		f.out.Close()
	}()
	for _, want := range []string{"not permitted", agent.ErrGone.Error()} {
		if _, err := c.Watch(t.Context(), ping("bob"), nil); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
