package report

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/result/asktest"
)

// misdrawn lists visible mistakes in the drawings on screen: a text that leaves its box or its pill, overlapping texts,
// a text on a network's bar, a text cut short.
const misdrawn = `(() => {
	const bad = [];
	const box = (e) => e.getBBox();
	const meet = (a, b, by) => a.x + a.width > b.x + by && b.x + b.width > a.x + by &&
		a.y + a.height > b.y + by && b.y + b.height > a.y + by;
	for (const svg of document.querySelectorAll("svg.scene")) {
		if (svg.getClientRects().length === 0) continue;
		const where = svg.getAttribute("class") + ": ";
		const within = (b) => b.x >= 0 && b.y >= 0 && b.x + b.width <= svg.viewBox.baseVal.width &&
			b.y + b.height <= svg.viewBox.baseVal.height;
		// A line of text is higher than its letters.
		const texts = [...svg.querySelectorAll(":scope > text")].map((e) => {
			const b = box(e);
			return {text: e.firstChild.textContent, x: b.x, width: b.width, y: b.y + 3, height: b.height - 6};
		});
		const rects = [...svg.querySelectorAll(".peer > rect, .core > rect, .machine > rect, .volume > rect")].map(box);
		const bars = [...svg.querySelectorAll(".bar > line:not(.casing)")].map(box);
		texts.forEach((t, i) => {
			if (t.text.endsWith("…")) bad.push(where + t.text + " is cut short");
			if (!within(t)) bad.push(where + t.text + " leaves the drawing");
			for (const r of rects) {
				const inside = t.x >= r.x && t.x + t.width <= r.x + r.width && t.y >= r.y && t.y + t.height <= r.y + r.height;
				if (meet(t, r, 0) && !inside)
					bad.push(where + t.text + " crosses the border of a box");
			}
			for (const b of bars) {
				if (t.x < b.x + 3 && t.x + t.width > b.x - 3 && t.y < b.y + b.height && t.y + t.height > b.y)
					bad.push(where + t.text + " is on a bar");
			}
			for (const o of texts.slice(i + 1)) {
				if (meet(t, o, 0)) bad.push(where + t.text + " and " + o.text + " overlap");
			}
		});
		const cross = (lines, width, what) => {
			for (let [a, b] of lines) {
				const at = {x: Math.min(a[0], b[0]) - width / 2, y: Math.min(a[1], b[1]) - width / 2,
					width: Math.abs(a[0] - b[0]) + width, height: Math.abs(a[1] - b[1]) + width};
				for (const t of texts) if (meet(at, t, 0)) bad.push(where + what + " crosses " + t.text);
			}
		};
		cross([...svg.querySelectorAll("line.cable")].map((l) => [[l.x1.baseVal.value, l.y1.baseVal.value],
			[l.x2.baseVal.value, l.y2.baseVal.value]]), 1.75, "a cable");
		for (const way of svg.querySelectorAll(".way")) {
			const run = way.querySelector("polyline.run");
			const points = run ? [...run.points].map((p) => [p.x, p.y]) : [];
			cross(points.slice(1).map((p, i) => [points[i], p]), 4.5, "a path");
		}
		for (const g of svg.querySelectorAll(".mark")) {
			g.classList.add("lit");
			const pill = box(g.querySelector("rect")), word = box(g.querySelector("text"));
			const [x, y] = g.getAttribute("transform").match(/[\d.-]+/g).map(Number);
			if (word.x < pill.x + 3 || word.x + word.width > pill.x + pill.width - 3)
				bad.push(where + g.textContent.trim() + " is wider than its pill");
			const at = {x: x, y: y, width: pill.width, height: pill.height};
			if (!within(at)) bad.push(where + g.textContent.trim() + " leaves the drawing");
			for (const t of texts) {
				if (meet(at, t, 1)) bad.push(where + g.textContent.trim() + " covers " + t.text);
			}
			g.classList.remove("lit");
		}
	}
	return [...new Set(bad)].join("\n");
})()`

// Every drawing of every recording is legible, on a wide page and on a phone.
func drawingsAreLegible(t *testing.T, b *browser) {
	files, err := filepath.Glob("../../scenarios/recorded/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		page := drawn(t, read(t, file), render.Options{All: true, Recorded: true})
		b.open(page, 1280, 800)
		for _, width := range []int{1280, 390} {
			b.size(width, 800)
			b.eval(`document.body.classList.remove("scripted")`, nil) // shows all drawings of a lesson
			if got := b.text(misdrawn); got != "" {
				t.Errorf("%s at %d pixels:\n%s", strings.TrimSuffix(filepath.Base(file), ".json"), width, got)
			}
		}
	}
}

// A revealed answer can be read without scrolling. It appears below the bar and the drawing of a phone, and ends above
// the window's lower edge unless it is longer than the room between them.
func answersAreInView(t *testing.T, b *browser) {
	const hidden = `(() => {
		const q = document.querySelector(".question.chosen"), r = q.getBoundingClientRect();
		const phone = innerWidth < 897, figure = q.closest(".lesson").querySelector("figure");
		const top = Math.max(document.querySelector(".steps").getBoundingClientRect().bottom,
			phone && figure ? figure.getBoundingClientRect().bottom : 0);
		if (r.top < top - 1) return "begins " + Math.round(top - r.top) + " pixels too high";
		if (r.height <= innerHeight - top && r.bottom > innerHeight) return "ends below the window";
		return "";
	})()`
	for _, name := range []string{"bridge", "publish", "multi-homed"} {
		b.open(drawn(t, recorded(t, name), render.Options{All: true, Recorded: true}), 1280, 800)
		for _, size := range [][2]int{{1280, 800}, {390, 844}} {
			b.size(size[0], size[1])
			b.eval(`scrollTo(0, 0)`, nil)
			for b.text(`document.querySelector(".steps .back").disabled`) == "false" {
				b.click(".steps .back")
			}
			for n := 1; ; n++ {
				b.press("Enter")
				if got := b.text(hidden); got != "" {
					t.Errorf("%s at %d by %d: answer %d %s", name, size[0], size[1], n, got)
				}
				b.press("Enter")
				if b.text(`document.querySelector(".steps .on").disabled`) == "true" {
					break
				}
				b.press("ArrowRight")
			}
		}
	}
}

// The drawing next to a question shows the lab at that question.
func drawingsFollowActions(t *testing.T, b *browser) {
	r := twoBridges()
	alice := r.Scenarios[0].Peers[0]
	joined := alice
	joined.Network = append(slices.Clone(alice.Network), fact.Endpoint{
		Network: "netlab-s-back", Driver: "bridge", Link: "eth1", IPv4: "10.2.0.9",
	})
	bob := *peerOf(r, "bob")
	again := bob
	again.Network = slices.Clone(bob.Network)
	again.Network[0].IPv4 = "10.1.0.77"
	r.Kind = result.KindRun
	question := func(id string) result.Step {
		return result.Step{
			Check: id, Lesson: true, Ask: "Can alice reach bob?", From: "alice", Asks: asktest.Ping("bob"),
			Observed: &result.Observed{Reason: probe.OK}, Verdict: result.AsExpected,
		}
	}
	r.Scenarios[0].Steps = []result.Step{
		question("first"),
		{Do: &ask.Action{Verb: ask.VerbConnect, Peer: "alice", Network: "back"}, Changed: &joined},
		question("joined"),
		{Do: &ask.Action{Verb: ask.VerbStop, Peer: "bob"}},
		question("stopped"),
		{Do: &ask.Action{Verb: ask.VerbStart, Peer: "bob"}, Changed: &again},
		question("again"),
		{Do: &ask.Action{Verb: ask.VerbDisconnect, Peer: "alice", Network: "back"}, Changed: &alice},
		question("left"),
	}
	b.open(drawn(t, r, render.Options{}), 1280, 800)
	old := bob.Network[0].IPv4
	for i, tt := range []struct{ has, hasNot []string }{
		{has: []string{old}, hasNot: []string{"10.2.0.9", "stopped"}},
		{has: []string{old, "eth1 10.2.0.9"}},
		{has: []string{"stopped", "eth1 10.2.0.9"}, hasNot: []string{old}},
		{has: []string{"10.1.0.77"}, hasNot: []string{old, "stopped"}},
		{has: []string{"10.1.0.77"}, hasNot: []string{"10.2.0.9"}},
	} {
		if i > 0 {
			b.press("ArrowRight")
		}
		got := b.text(`[...document.querySelectorAll(".scene.wide text")]
			.filter(e => e.checkVisibility() && e.getClientRects().length > 0).map(e => e.textContent).join(" | ")`)
		for _, want := range tt.has {
			if !strings.Contains(got, want) {
				t.Errorf("question %d: the drawing has no %q: %s", i+1, want, got)
			}
		}
		for _, no := range tt.hasNot {
			if strings.Contains(got, no) {
				t.Errorf("question %d: the drawing still has %q: %s", i+1, no, got)
			}
		}
	}
	// On paper every drawing appears, with its caption.
	b.media("print", "light")
	if got := b.text(`[...document.querySelectorAll(".when")].filter(e => e.checkVisibility()).length`); got != "5" {
		t.Errorf("paper has %s drawings, want 5", got)
	}
	b.media("", "light")
}

// A record from an older version does not have the addresses after a start. The drawing shows none, and says so.
func TestOlderRecordsShowNoStaleAddress(t *testing.T) {
	r := twoBridges()
	r.Scenarios[0].Peers = append(r.Scenarios[0].Peers, fact.Peer{Name: "erin", Mode: "bridge"})
	l := newLab(r, &r.Scenarios[0])
	for _, do := range []ask.Action{
		{Verb: ask.VerbStop, Peer: "bob"}, {Verb: ask.VerbStart, Peer: "erin"}, {Verb: ask.VerbStart, Peer: "bob"},
	} {
		l.act(&result.Step{Do: &do})
	}
	for _, b := range l.draw(r, wide()).Boxes {
		var lines []string
		for _, line := range b.Texts {
			lines = append(lines, line.Text)
		}
		if len(lines) == 0 || lines[0] != "bob" && lines[0] != "erin" {
			continue
		}
		if got := strings.Join(lines, ", "); !strings.Contains(got, "addresses not recorded") ||
			strings.Contains(got, "10.1.0.3") || strings.Contains(got, "not started yet") {
			t.Errorf("its box says %q", got)
		}
	}
}

// A lesson has one drawing if its actions change nothing in it.
func TestOneDrawingWhereNothingChanges(t *testing.T) {
	l := newLesson(recorded(t, "image-and-container"), 0, "part-1", render.Options{All: true})
	if len(l.States) != 1 {
		t.Errorf("it has %d drawings, want 1", len(l.States))
	}
}

func peerOf(r *result.Record, name string) *fact.Peer {
	i := slices.IndexFunc(r.Scenarios[0].Peers, func(p fact.Peer) bool { return p.Name == name })
	return &r.Scenarios[0].Peers[i]
}

// A question that starts a container is followed by a drawing with it, as after an action.
func TestDrawingAfterAStartingQuestion(t *testing.T) {
	r := twoBridges()
	fred := fact.Peer{Name: "fred", Mode: "bridge"}
	r.Scenarios[0].Peers = append(r.Scenarios[0].Peers, fred)
	fred.Network = []fact.Endpoint{{Network: "netlab-s-web", Driver: "bridge", Link: "eth0", IPv4: "10.1.0.9"}}
	question := func(id, from string, asks result.Question) result.Step {
		return result.Step{
			Check: id, Lesson: true, Ask: id, From: from, Asks: asks, Verdict: result.AsExpected,
			Observed: &result.Observed{Reason: probe.OK},
		}
	}
	starts := question("starts", "", asktest.Start("fred"))
	starts.Changed = &fred
	r.Scenarios[0].Steps = []result.Step{starts, question("reached", "alice", asktest.Ping("fred"))}
	l := newLesson(r, 0, "part-1", render.Options{})
	if len(l.States) != 2 || l.States[1].Caption != "After fred is started" {
		t.Fatalf("it has %d drawings, the last one %q", len(l.States), l.States[len(l.States)-1].Caption)
	}
	for i, want := range []string{"not started yet", "eth0 10.1.0.9"} {
		var texts []string
		for _, b := range l.States[l.Items[i].State].Scenes[0].Boxes {
			for _, line := range b.Texts {
				texts = append(texts, line.Text)
			}
		}
		if got := strings.Join(texts, " | "); !strings.Contains(got, want) {
			t.Errorf("the drawing of question %d has no %q: %s", i+1, want, got)
		}
	}
}
