package report

import (
	"strings"
	"testing"

	"netlab/netlab/glossary"
	"netlab/netlab/render"
)

func TestMark(t *testing.T) {
	for text, want := range map[string]string{
		"Both veth pairs end in the same Linux bridge.":   "Both [veth pairs] end in the same [Linux bridge].",
		"Outgoing traffic is masqueraded: it sees alice.": "Outgoing traffic is [masqueraded]: it sees alice.",
		"It listens on 127.0.0.1, not on 127.0.0.11.":     "It listens on [127.0.0.1], not on [127.0.0.11].",
		"no route, and again no route":                    "[no route], and again no route",
		"arp is no ARP, charp is none":                    "arp is no [ARP], charp is none",
		"route.gateway, my-route, /a/route, any-route":    "route.gateway, my-route, /a/route, any-route",
		"There is a route.":                               "There is a [route].",
		"alice joins the host":                            "alice joins the host",
		"":                                                "",
	} {
		got := ""
		for _, p := range newTerms().mark(text) {
			if p.Term != "" {
				p.Text = "[" + p.Text + "]"
			}
			got += p.Text
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// A flag stays whole, and a hyphen in a word or an address is not the start of one.
func TestFlags(t *testing.T) {
	for text, want := range map[string]string{
		"this name without --add-host. Docker":       "this name without [--add-host]. Docker",
		"She needs no -p. A sub-second":              "She needs no [-p]. A sub-second",
		"in a row (--retries=2), not br-web--netlab": "in a row ([--retries]=2), not br-web--netlab",
		"COPY --from=compile /out/shop-x /bin/shop":  "COPY [--from]=compile /out/shop-x /bin/shop",
		"docker-proxy": "docker-proxy",
		"":             "",
	} {
		got := ""
		for _, r := range flags(text) {
			if r.Flag {
				r.Text = "[" + r.Text + "]"
			}
			got += r.Text
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// The explanation of a word appears by hover and by keyboard, as netlab explain has it, and goes away again.
func wordsAreExplained(t *testing.T, b *browser) {
	veth, _, _ := glossary.Find("veth pair")
	page := drawn(t, recorded(t, "bridge"), render.Options{Recorded: true})
	tip := func() string {
		return b.text(`document.querySelector(".tip")?.checkVisibility() ? ` +
			`document.querySelector(".tip").innerText : ""`)
	}
	at := func(selector string) (x, y float64) {
		var spot struct{ X, Y float64 }
		b.eval(`(() => { const e = document.querySelector("`+selector+`"); e.scrollIntoView({block: "center"});
			const r = e.getClientRects()[0]; return {x: r.x + r.width / 2, y: r.y + r.height / 2}; })()`, &spot)
		return spot.X, spot.Y
	}
	move := func(x, y float64) {
		b.call("Input.dispatchMouseEvent", map[string]any{"type": "mouseMoved", "x": x, "y": y}, nil)
	}
	const aVeth = `a.term[href='#term-` // completed with the word's number
	for _, width := range []int{1280, 390} {
		b.open(page, width, 800)
		b.click(".steps .all")
		number := b.text(`[...document.querySelectorAll(".glossary dt")].find(e => e.textContent === "veth pair")` +
			`.nextElementSibling.id.slice("term-".length)`)
		selector := aVeth + number + `']`
		move(1, 1)
		if got := tip(); got != "" {
			t.Errorf("%d: before anybody asks, the page explains %q", width, got)
		}
		move(at(selector))
		if got := tip(); !strings.Contains(got, "veth pair") || !strings.Contains(got, veth.Text) {
			t.Errorf("%d: with the pointer on the word, the page says %q, want %q", width, got, veth.Text)
		}
		if inside := b.text(`(() => { const r = document.querySelector(".tip").getBoundingClientRect();
			return r.left >= 0 && r.top >= 0 && r.right <= innerWidth && r.bottom <= innerHeight; })()`); inside != "true" {
			t.Errorf("%d: the explanation is not all in view", width)
		}
		b.press("Escape")
		if got := tip(); got != "" {
			t.Errorf("%d: Escape leaves %q", width, got)
		}
		b.eval(`document.querySelector("`+selector+`").focus()`, nil)
		if got := tip(); !strings.Contains(got, veth.Text) {
			t.Errorf("%d: with the focus on the word, the page says %q", width, got)
		}
		b.press("Tab")
		if got := tip(); strings.Contains(got, veth.Text) {
			t.Errorf("%d: the explanation stays after the focus has left", width)
		}
	}
	b.media("print", "light")
	if got := b.text(`[...document.querySelectorAll(".glossary, .tip")].some(e => e.checkVisibility())`); got != "false" {
		t.Error("explanations take space on paper")
	}
}

// Every marked word leads to one explanation on the page, without a script too, and a page of six modes stays small.
func TestWordsLeadToTheirExplanation(t *testing.T) {
	for _, name := range []string{"bridge", "publish", "compare", "layers"} {
		page := string(drawn(t, recorded(t, name), render.Options{Recorded: true}))
		if len(page) > 600_000 {
			t.Errorf("%s has %d bytes, want at most 600000", name, len(page))
		}
		links := strings.Split(page, `<a class="term" href="#`)[1:]
		if len(links) < 5 {
			t.Errorf("%s explains %d words, want more", name, len(links))
		}
		for _, l := range links {
			id, _, _ := strings.Cut(l, `"`)
			if n := strings.Count(page, `<dd id="`+id+`">`); n != 1 {
				t.Errorf("%s: %s is explained %d times, want once", name, id, n)
			}
		}
		for _, text := range strings.Split(page, `<dd id="term-`)[1:] {
			if _, rest, _ := strings.Cut(text, ">"); strings.HasPrefix(rest, "<") {
				t.Errorf("%s: an empty explanation", name)
			}
		}
	}
}
