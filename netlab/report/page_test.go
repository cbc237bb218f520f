package report

import (
	"fmt"
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

// These tests share one browser, because starting it takes longer than all of them.
func TestInABrowser(t *testing.T) {
	b := newBrowser(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T, *browser)
	}{
		{"lesson", lessonSteps},
		{"without script and on paper", lessonWithoutScript},
		{"phone", pagesFitAPhone},
		{"paper", footsShareASheet},
		{"comparison", comparisonTellsReasons},
		{"drawings", drawingsAreLegible},
		{"answers in view", answersAreInView},
		{"actions", drawingsFollowActions},
		{"packets", packetsMove},
		{"contrast", textHasContrast},
		{"hostile", hostileTextIsText},
		{"policy", policyStopsScripts},
		{"words", wordsAreExplained},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b.t = t
			b.media("", "light")
			tt.test(t, b)
		})
		b.t = t
	}
}

// What a person does with a lesson: steps through it with the keys, guesses, asks for the answer, sees the path.
func lessonSteps(t *testing.T, b *browser) {
	r := recorded(t, "bridge")
	sc := &r.Scenarios[0]
	sc.Places = nil // as if --packets had not been there
	for i := range sc.Steps {
		sc.Steps[i].Packets = nil
	}
	b.open(drawn(t, r, render.Options{Recorded: true}), 1280, 800)

	const chosen = `document.querySelector(".question.chosen")`
	ask := func() string { return b.text(chosen + `.querySelector(".ask").innerText.trim()`) }
	visible := func(selector string) bool {
		return b.text(`[...document.querySelectorAll("`+selector+`")].some(e => e.getClientRects().length > 0)`) == "true"
	}
	if visible(".answer") {
		t.Error("an answer is to be seen before anybody asked for it")
	}
	if visible(".way") || visible(".mark") {
		t.Error("a path is lit before its answer was asked for")
	}
	b.press("ArrowRight")
	if got := ask(); !strings.Contains(got, "Can alice reach bob by address?") {
		t.Errorf("the right arrow led to %q", got)
	}
	if got := b.text(`document.querySelector(".where").textContent`); got != "2 of 8" {
		t.Errorf("the bar says %q", got)
	}
	if got := b.text(`document.activeElement === ` + chosen); got != "true" {
		t.Error("the focus is not on the chosen question")
	}
	b.press("ArrowLeft")
	if got := ask(); !strings.Contains(got, "Can alice find bob by name?") {
		t.Errorf("the left arrow led to %q", got)
	}

	for _, key := range []string{"Enter", " "} {
		b.press(key)
		if !visible(".chosen .answer") {
			t.Errorf("the key %q showed no answer", key)
		}
		b.press(key)
		if visible(".chosen .answer") {
			t.Errorf("the key %q did not hide the answer again", key)
		}
	}

	// The seventh question: no answer between two bridges.
	for range 6 {
		b.press("ArrowRight")
	}
	b.press("Enter")
	if got := b.text(chosen + `.querySelector(".answer").innerText`); !strings.Contains(got, "NO no answer") {
		t.Errorf("the answer is %q", got)
	}
	end := b.text(`[...document.querySelectorAll(".scene.wide .mark.lit")].map(e => e.textContent.trim())`)
	if end != "no answer" {
		t.Errorf("the mark at the end of the path says %q", end)
	}
	lit := b.text(`[...document.querySelectorAll(".scene.wide [data-node].lit")].length`)
	if lit != "2" { // no capture shows what happened after the bridge
		t.Errorf("%s places are lit, want alice and docker0", lit)
	}
	caption := b.text(`document.querySelector("figcaption .path").innerText`)
	if !strings.Contains(caption, "alice → docker0. No answer.") {
		t.Errorf("the path in words is %q", caption)
	}
	// Once per lesson, not next to each answer.
	if got := b.text(`document.querySelector("main").textContent.split("not captured").length - 1`); got != "1" {
		t.Errorf("the page says %s times that packets were not captured, want once", got)
	}

	// The buttons do what the keys do.
	b.click(".steps .on")
	if got := ask(); !strings.Contains(got, "Does carol's gateway answer alice?") {
		t.Errorf("the button led to %q", got)
	}
	b.click(".chosen ~ .question .reveal, .question .reveal")
	b.click(".steps .all")
	if got := b.text(`[...document.querySelectorAll(".answer")].filter(e => !e.checkVisibility()).length`); got != "0" {
		t.Errorf("after \"show all answers\" %s are hidden", got)
	}
}

// Without a script, and on paper, every answer is visible.
func lessonWithoutScript(t *testing.T, b *browser) {
	page := drawn(t, recorded(t, "bridge"), render.Options{Recorded: true})
	hidden := `[...document.querySelectorAll(".answer")].filter(e => !e.checkVisibility()).length + " of " +
		document.querySelectorAll(".answer").length`

	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true}, nil)
	b.open(page, 1280, 800)
	if got := b.text(hidden); got != "0 of 8" {
		t.Errorf("without a script %s answers are hidden", got)
	}
	if got := b.text(`document.querySelector(".steps").checkVisibility()`); got != "false" {
		t.Error("without a script there are buttons that do nothing")
	}

	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": false}, nil)
	b.open(page, 1280, 800)
	b.media("print", "dark")
	if got := b.text(hidden); got != "0 of 8" {
		t.Errorf("on paper %s answers are hidden", got)
	}
	if got := b.text(`getComputedStyle(document.body).backgroundColor`); got != "rgb(255, 255, 255)" {
		t.Errorf("paper is %s", got)
	}
}

// No page is wider than a phone.
func pagesFitAPhone(t *testing.T, b *browser) {
	records := map[string]*result.Record{"hostile": hostileRecord(result.KindRun)} // with packets and long words
	for _, name := range []string{"bridge", "macvlan", "overlay", "publish", "compare", "dual-stack"} {
		records[name] = recorded(t, name)
	}
	for name, r := range records {
		b.open(drawn(t, r, render.Options{All: true, Recorded: true}), 360, 740)
		b.eval(`document.querySelectorAll(".answer").forEach(e => e.hidden = false)`, nil)
		b.eval(`document.querySelectorAll("details").forEach(e => e.open = true)`, nil)
		if got := b.text(`document.documentElement.scrollWidth`); got != "360" {
			t.Errorf("%s: the page is %s pixels wide on a phone with 360", name, got)
		}
	}
}

// contrast lists the texts with too little contrast for WCAG 2.2, 1.4.3 (AA).
const contrast = `(() => {
	const rgb = (c) => c.match(/[\d.]+/g).map(Number);
	const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
	const light = (c) => c.slice(0, 3).map((v) => linear(v / 255))
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const ground = (e) => {
		for (; e; e = e.parentElement) {
			const c = rgb(getComputedStyle(e).backgroundColor);
			if (c.length === 3 || c[3] === 1) return c;
		}
		return [255, 255, 255];
	};
	const bad = new Set();
	for (const e of document.body.querySelectorAll("*")) {
		const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
		if (!text || e.closest("svg, script, :disabled") || !e.checkVisibility()) continue;
		const style = getComputedStyle(e), a = light(rgb(style.color)), b = light(ground(e));
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < 4.5) bad.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
	}
	return [...bad].join(", ");
})()`

func textHasContrast(t *testing.T, b *browser) {
	for _, name := range []string{"bridge", "compare"} {
		b.open(drawn(t, recorded(t, name), render.Options{}), 1280, 800)
		if name == "bridge" {
			b.click(".steps .all")
		}
		for _, scheme := range []string{"light", "dark"} {
			b.media("", scheme)
			if got := b.text(contrast); got != "" {
				t.Errorf("%s, %s: hard to read: %s", name, scheme, got)
			}
		}
	}
}

func comparisonTellsReasons(t *testing.T, b *browser) {
	b.open(drawn(t, recorded(t, "compare"), render.Options{Recorded: true}), 1280, 800)
	row := `[...document.querySelectorAll(".side tr")].find(r => r.cells[0].innerText.trim() === "peer by name")`
	b.eval(row+`.cells[1].firstElementChild.id = "wanted"`, nil)
	b.click("#wanted")
	reason := func() string { return b.text(`document.querySelector(".reason").innerText`) }
	if got := reason(); !strings.Contains(got, "bridge: Can alice find bob by name?") ||
		!strings.Contains(got, "has no Docker DNS") {
		t.Errorf("a click on bridge's answer shows %q", got)
	}
	// The drawings of the two modes explain the difference.
	sides := func() string {
		return b.text(`[...document.querySelectorAll(".reason .sides section")].map((s) => s.querySelector("h4").textContent +
			" " + s.querySelector("strong").textContent + " " +
			[...s.querySelectorAll("svg .mark.lit")].filter((e) => e.checkVisibility() && e.getClientRects().length > 0)
				.map((e) => e.textContent.trim()))`)
	}
	if got, want := sides(), "bridge NO unknown,custom-bridge yes stays inside"; got != want {
		t.Errorf("the two drawings say %q, want %q", got, want)
	}
	b.click(".reason .others button:last-of-type")
	if got, want := sides(), "bridge NO unknown,none NO no route"; got != want {
		t.Errorf("compared with none, the two drawings say %q, want %q", got, want)
	}
	b.eval(`document.querySelector("#wanted").focus()`, nil)
	b.press("ArrowRight")
	if got := reason(); !strings.Contains(got, "custom-bridge: Can alice find bob by name?") {
		t.Errorf("the right arrow shows %q", got)
	}
	b.press("Escape")
	if got := b.text(`document.querySelector(".reason").checkVisibility()`); got != "false" {
		t.Error("Escape left the reason open")
	}
	// The drawings do not overlap while the page scrolls.
	if got := b.text(`(() => {
		scrollTo(0, document.querySelector(".side").offsetTop);
		const at = [...document.querySelectorAll(".labs figure")].map((f) => f.getBoundingClientRect());
		scrollTo(0, 0);
		return at.some((a, i) => at.slice(i + 1).some((b) => a.right > b.left && b.right > a.left &&
			a.bottom > b.top && b.bottom > a.top));
	})()`); got != "false" {
		t.Error("the drawings above the table slide over each other")
	}
	// Paper shows the reasons, because no cell can be clicked.
	const printed = `document.querySelector(".reasons").checkVisibility()`
	if got := b.text(printed); got != "false" {
		t.Error("the reasons for paper are on the screen")
	}
	b.media("print", "light")
	if got := b.text(printed); got != "true" {
		t.Error("on paper there are no reasons")
	}
	b.media("", "light")
	// The first column stays when the table scrolls.
	b.size(360, 740)
	b.eval(`document.querySelector(".scroll").scrollLeft = 200`, nil)
	if got := b.text(row + `.cells[0].getBoundingClientRect().left < 30`); got != "true" {
		t.Error("the questions scrolled away")
	}
}

// hostile is text that does harm unless it is written as text.
func hostile(n int) string {
	return fmt.Sprintf("<script>window.harm=%d</script>\"'><img src=x onerror=window.harm=%[1]d>"+
		"</style></svg>{{.}}\x1b[2J\u202e\x00javascript:harm", n)
}

func hostileRecord(kind string) *result.Record {
	n := 0
	h := func() string { n++; return hostile(n) }
	name := h()
	sc := result.Scenario{
		Name: h(), Title: h(), Command: h(), Use: h(), Note: h(), Session: h(), Swarm: h(),
		Networks: []fact.Network{
			{Name: name, Driver: "bridge", Interface: h(), Subnet: h(), Gateway: h()},
			{Name: h(), Driver: "macvlan", Interface: "eth0" + name, Subnet: h()},
			{Name: h(), Driver: h()},
		},
		Host: &result.Host{Addresses: []string{h()}},
		Wires: []fact.Wire{{
			Name: h(), Machine: "m" + name, Interface: "eth0" + name, Address: h(), Router: h(), Host: h(),
		}},
		Peers: []fact.Peer{
			{
				Name: name, Container: h(), Mode: h(), Port: h(), Published: []string{h(), h(), h(), h()},
				Network: []fact.Endpoint{{Network: name, Driver: "bridge", Link: h(), IPv4: h(), IPv6: h()}},
			},
			{Name: h(), Shares: name},
			{Name: h(), Mode: "host"},
			{Name: "m" + name, Role: fact.RoleMachine},
		},
		Places: []fact.Place{{Name: name, Kind: fact.PlaceContainer, Peer: name}},
		Steps: []result.Step{
			{Do: &ask.Action{Verb: ask.VerbConnect, Peer: name, Network: "x"}},
			{Do: &ask.Action{Verb: h(), Peer: h()}, Verdict: result.Broken, Why: h()},
			{
				Check: "c", Lesson: true, Group: h(), Ask: h(), From: name, Asks: asktest.Ping(name), Because: h(), Try: h(),
				Condition: []fact.Label{{Name: h(), Value: h()}}, Expect: asktest.Expect(h(), h()), Verdict: result.AsExpected,
				Observed: &result.Observed{
					Reason: probe.Reason(h()), Value: h(), Detail: h(),
					Evidence: []probe.Evidence{{Source: h(), Text: h()}}, Stages: []probe.Stage{{State: h(), What: h()}},
				},
				Packets: []result.Packet{{Number: 1, Place: name, Kind: h(), From: h(), To: h(), Text: h()}},
			},
		},
	}
	other := sc
	other.Steps = slices.Clone(sc.Steps)
	return &result.Record{
		Kind: kind, Netlab: h(), Title: h(),
		Engines:   []result.Engine{{Engine: fact.Engine{Version: h(), OS: h(), Name: h()}}},
		Scenarios: []result.Scenario{sc, other, {Name: h(), Skipped: h()}},
		Leftovers: []result.Leftover{{Type: h(), Name: h()}}, Audited: true,
		Parts: []result.Part{{Title: h(), Kind: result.KindRun, Scenarios: 1, Failed: h()}},
		Bench: &result.Bench{Reference: h(), Rounds: 5, Figures: []result.Figure{
			{
				Mode: h(), Path: result.PathHost, Via: h(), Measure: result.MeasureEcho, Unit: h(),
				Median: 1, Low: -1, High: 1e300, Ratio: 2,
			},
			{Mode: h(), Path: result.PathHost, Via: h(), Measure: result.MeasureEcho, Verdict: h(), Why: h()},
		}},
	}
}

// Everything that a record says is written as text.
func hostileTextIsText(t *testing.T, b *browser) {
	for _, kind := range []string{result.KindRun, result.KindCompare, result.KindClass, result.KindBench} {
		page := drawn(t, hostileRecord(kind), render.Options{All: true})
		for _, r := range string(page) {
			if r < ' ' && r != '\n' || r == '\u202e' {
				t.Errorf("%s: the page has a raw %U", kind, r)
			}
		}
		b.open(page, 1280, 800)
		for range 3 {
			b.press("Enter")
			b.press("ArrowRight")
		}
		b.eval(`new Promise(done => setTimeout(done, 50))`, nil)
		for what, script := range map[string]string{
			"ran":              `window.harm`,
			"has an image":     `document.querySelector("img") || undefined`,
			"has more scripts": `document.scripts.length === 1 ? undefined : document.scripts.length`,
			"has a bad link":   `[...document.links].find(a => a.protocol !== "file:")`,
		} {
			if got := b.text(script); got != "undefined" {
				t.Errorf("%s: the page %s: %s", kind, what, got)
			}
		}
		if got := b.text(`document.body.innerText.includes("<script>window.harm=")`); got != "true" {
			t.Errorf("%s: the hostile text is not shown", kind)
		}
	}
}

// The content policy alone blocks a script, even if a mistake of ours lets one into the page.
func policyStopsScripts(t *testing.T, b *browser) {
	page := string(drawn(t, recorded(t, "none"), render.Options{}))
	page = strings.Replace(page, "<main>", `<main><script>window.harm = 1</script><b onclick="window.harm = 2">x</b>`, 1)
	b.open([]byte(page), 1280, 800)
	b.eval(`document.querySelector("b[onclick]").click()`, nil)
	if got := b.text(`window.harm`); got != "undefined" {
		t.Errorf("a foreign script ran: %s", got)
	}
	if got := b.text(`document.body.classList.contains("stepping")`); got != "true" {
		t.Error("the page's own script did not run")
	}
}

// A comparison of six modes fits into an email.
func TestSizeOfAComparison(t *testing.T) {
	if n := len(drawn(t, recorded(t, "compare"), render.Options{})); n > 400_000 {
		t.Errorf("the report of the comparison has %d bytes, want 400,000 at most", n)
	}
}

// A page loads nothing, so it works offline and reading it is private.
func TestReportLoadsNothing(t *testing.T) {
	page := string(drawn(t, recorded(t, "compare"), render.Options{}))
	for _, word := range []string{"http:", "https:", "@import", "url(", " src="} {
		if i := strings.Index(page, word); i >= 0 {
			t.Errorf("the page has %q: %s", word, page[max(0, i-80):i+80])
		}
	}
}
