package report

import (
	"path/filepath"
	"strings"
	"testing"

	"netlab/netlab/render"
)

// misdrawn lists what a reader would see as a mistake in the drawings that are visible: a text that leaves its box or
// its pill, two texts on each other, a text on a network's bar, a text cut short.
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
		// The height of a line of text is more than that of its letters.
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
				if (meet(t, r, 0) && !(t.x >= r.x && t.x + t.width <= r.x + r.width && t.y >= r.y && t.y + t.height <= r.y + r.height))
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

// Every drawing of every recording can be read, on a wide page and on a phone.
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
			if got := b.text(misdrawn); got != "" {
				t.Errorf("%s at %d pixels:\n%s", strings.TrimSuffix(filepath.Base(file), ".json"), width, got)
			}
		}
	}
}
