package glossary_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"netlab/netlab/ask"
	"netlab/netlab/fact"
	"netlab/netlab/glossary"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/netlab/scan"
	"netlab/netlab/scenario"
	"netlab/netlab/why"
	"netlab/scenarios"
)

// recording reads a recording that ships with netlab.
func recording(t *testing.T, name string) *result.Record {
	t.Helper()
	text, ok := scenarios.Recording(name)
	if !ok {
		t.Fatalf("there is no recording %q", name)
	}
	r, err := result.ReadJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// outputs is what netlab shows of every recording, the sentences of every scenario, and every setting in words.
func outputs(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	o := render.Options{Width: 120, All: true, Packets: true}
	for _, name := range scenarios.Recordings() {
		r := recording(t, name)
		draw := render.Demo
		switch r.Kind {
		case result.KindCompare:
			draw = render.Compare
		case result.KindBench:
			draw = render.Bench
		}
		if err := draw(&b, r, o); err != nil {
			t.Fatal(err)
		}
	}
	odd := recording(t, "bridge")
	odd.Scenarios[0].Steps[0].Verdict, odd.Scenarios[0].Steps[1].Group = result.Surprise, "control"
	odd.Scenarios[0].Kernel = &result.Kernel{}
	for i, reason := range []string{"NETFILTER_DROP", "NO_SOCKET"} {
		odd.Scenarios[0].Steps[i].Observed.Lost = []probe.Loss{{Reason: reason, Packet: probe.PacketSYN, Packets: 2}}
	}
	if err := render.Demo(&b, odd, o); err != nil {
		t.Fatal(err)
	}
	for _, name := range scenarios.Names() {
		source, _ := scenarios.Source(name)
		sc, err := scenario.Load(name+".yaml", source)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, sc.Title, sc.Use, sc.Note)
		for _, st := range sc.Steps {
			if st.Check == nil {
				continue
			}
			fmt.Fprintln(&b, st.Check.Ask, st.Check.Because)
			for _, e := range st.Check.Expect {
				fmt.Fprintln(&b, e.Because)
			}
		}
	}
	var facts []fact.Label
	for _, name := range settings() {
		_, field, _ := strings.Cut(name, ".")
		for _, value := range append(slices.Clone(ask.Fact(field).Values.Words), ask.None) {
			facts = append(facts, fact.Label{Name: name, Value: value})
		}
	}
	if err := render.Doctor(&b, &result.Doctor{Engine: fact.Engine{Rootless: true}, Settings: facts}, o); err != nil {
		t.Fatal(err)
	}
	for _, r := range probe.Reasons() {
		fmt.Fprintln(&b, r.Phrase().Table, r.Phrase().Lesson, r.Phrase().Legend)
	}
	fmt.Fprintln(&b, strings.Join(slices.Concat(why.Causes(), scan.Causes()), " "))
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestEveryReasonHasAnEntry(t *testing.T) {
	for _, r := range probe.Reasons() {
		p := r.Phrase()
		for _, word := range []string{string(r), p.Table, p.Lesson} {
			e, _, ok := glossary.Find(word)
			if !ok || e.Word != p.Lesson {
				t.Errorf("%q is explained as %q, want %q", word, e.Word, p.Lesson)
			}
			if len(e.Text) < len(p.Legend)+40 {
				t.Errorf("%q is explained by no more than its legend: %q", word, e.Text)
			}
		}
	}
}

func TestEveryLessonHasAnEntry(t *testing.T) {
	want := scenarios.Names()
	var got []string
	for _, g := range glossary.Groups() {
		if g.Name == "MODES" || g.Name == "LESSONS" {
			for _, e := range g.Entries {
				got = append(got, e.Word)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, name := range want {
		if e, _, _ := glossary.Find(name); e.Word != name {
			t.Errorf("%q is explained as %q", name, e.Word)
		}
	}
}

// Every cause that netlab why or netlab scan names has a page, and there is no other page.
func TestEveryCauseHasAnEntry(t *testing.T) {
	want := slices.Concat(why.Causes(), scan.Causes())
	var got []string
	for _, e := range glossary.Entries() {
		if e.Cause == nil {
			continue
		}
		got = append(got, e.Word)
		if e.Cause.Symptom == "" || len(e.Cause.Hand) == 0 || len(e.Cause.Fixes) == 0 || e.Live == "" {
			t.Errorf("the page of %s is incomplete: %+v", e.Word, e.Cause)
		}
		if found, _, _ := glossary.Find(e.Word); found.Word != e.Word {
			t.Errorf("%q is explained as %q", e.Word, found.Word)
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEverySettingHasAnEntry(t *testing.T) {
	names := settings()
	for _, name := range scenarios.Recordings() {
		for _, e := range recording(t, name).Engines {
			for _, f := range e.Facts {
				names = append(names, f.Name)
			}
		}
	}
	for _, f := range names {
		if e, _, ok := glossary.Find(f); !ok || !strings.HasPrefix(f, "engine.") && len(e.Settings) == 0 {
			t.Errorf("%s has no entry", f)
		}
	}
	for _, e := range glossary.Entries() {
		for _, s := range e.Settings {
			if !slices.Contains(names, s) {
				t.Errorf("%s: there is no setting %q", e.Word, s)
			}
		}
	}
}

// Every word that is explained occurs in some output.
func TestEveryEntryOccurs(t *testing.T) {
	text := strings.ToLower(outputs(t) + " " + strings.Join(kernelReasons(t), " "))
	for _, e := range glossary.Entries() {
		if slices.Contains(scenarios.Names(), e.Word) {
			continue // a lesson's name is what one types
		}
		if !slices.ContainsFunc(e.Words(), func(w string) bool {
			return regexp.MustCompile(`(^|\W)` + regexp.QuoteMeta(strings.ToLower(w)) + `(e?s)?($|\W)`).MatchString(text)
		}) {
			t.Errorf("no output has one of %q", e.Words())
		}
	}
}

// technical matches what looks like a technical term: abbreviations and names in capitals, names with an underscore,
// files, and addresses with a meaning.
var technical = regexp.MustCompile(`\b[A-Z][A-Z0-9]+(-[A-Z]+)*\b|\b[a-z]+(_[a-z]+)+\b|/etc/[a-z.]+|` +
	`\b[a-z]+\.(conf|internal)\b|\b127\.0\.0\.1?1\b`)

// nouns are the terms that look like any other word.
var nouns = strings.Fields(`alias attached cache cached capture-point cgroup chain container control counter Compose
	frame gateway healthy host-gateway hop hostname hypervisor image interface ipvlan Kubernetes layer link listen
	localhost loopback macvlan masquerade masqueraded median neighbor network-namespace network-stack nftables overlay p99
	packet parent ping policy port proxy publishing published refused registry replica root round-trip route router
	routing-table rule service silence simulated-link skipped spread stage subnet surprise swarm task textbook throughput
	translated translation ufw unhealthy unpublished upstream veth virtual-IP virtual-machine volume`)

// notTerms are the words that look technical and have no entry, each with the reason.
var notTerms = map[string]string{
	"NO": "the answer", "MB": "a unit", "GNU": "part of a system's name", "IP": "known", "ID": "known", "API": "known",
	"ADDRESSES": "a heading", "BUILDING": "a heading", "CONTROLS": "a heading", "COST": "a heading", "FILES": "a heading",
	"HEALTH": "a heading", "LEFTOVERS": "a heading", "NAMES": "a heading",
	"DOCKER": "a chain, explained at FORWARD", "boot_id": "a file, as evidence", "vxlanid_list": "an option, as evidence",
}

// Every technical term of the outputs is explained.
func TestEveryTermHasAnEntry(t *testing.T) {
	text := outputs(t)
	heading := regexp.MustCompile(`\b[A-Z]{2,}( [A-Z]+)+\b`) // WHO CAN REACH ME
	titles := regexp.MustCompile(`\b[A-Z-]{4,}: `)           // CUSTOM-BRIDGE:
	terms := technical.FindAllString(titles.ReplaceAllString(heading.ReplaceAllString(text, ""), ""), -1)
	for _, n := range nouns {
		n = strings.ReplaceAll(n, "-", " ")
		if regexp.MustCompile(`(?i)\b` + n + `s?\b`).MatchString(text) {
			terms = append(terms, n)
		}
	}
	slices.Sort(terms)
	terms = slices.Compact(terms)
	if len(terms) < 100 {
		t.Errorf("found %d terms in the outputs, want all of them", len(terms))
	}
	for term := range notTerms {
		if !slices.Contains(terms, term) {
			t.Errorf("no output has %q, so it needs no exception", term)
		}
	}
	for _, term := range terms {
		if notTerms[term] != "" {
			continue
		}
		if _, near, ok := glossary.Find(term); !ok {
			t.Errorf("%q has no entry (near: %q)", term, near)
		}
	}
}

// Every example is in its recording, and every reason that a recording has, has an example with it.
func TestExamples(t *testing.T) {
	recorded := map[probe.Reason]bool{}
	for _, name := range scenarios.Recordings() {
		for _, sc := range recording(t, name).Scenarios {
			for _, st := range sc.Steps {
				if st.Observed != nil {
					recorded[st.Observed.Reason] = true
				}
			}
		}
	}
	shown := map[string]probe.Reason{}
	for _, e := range glossary.Entries() {
		name, _, id := e.Recorded()
		if e.Example == "" {
			r, isReason := probe.FindReason(e.Word)
			if e.Live == "" && (!isReason || recorded[r]) && !slices.Contains(kernelReasons(t), e.Word) {
				t.Errorf("%s has neither an example nor a command", e.Word)
			}
			continue
		}
		r := recording(t, name)
		var with, without bytes.Buffer
		if err := render.Explain(&with, e, r, render.Options{}); err != nil {
			t.Fatal(err)
		}
		if err := render.Explain(&without, e, nil, render.Options{}); err != nil {
			t.Fatal(err)
		}
		if with.Len() == without.Len() {
			t.Errorf("%s: the recording %s has no question %s", e.Word, name, id)
		}
		for _, sc := range r.Scenarios {
			for _, st := range sc.Steps {
				at, _, _ := strings.Cut(e.Example, " ")
				if st.Check == id && st.Observed != nil && (at == name || at == name+"/"+sc.Name) && shown[e.Word] == "" {
					shown[e.Word] = st.Observed.Reason
				}
			}
		}
	}
	for _, r := range probe.Reasons() {
		if word := r.Phrase().Lesson; recorded[r] && shown[word] != r {
			t.Errorf("the example of %q is %q", word, shown[word])
		}
	}
}

// A page fits a screen of 80 columns and 24 lines, with the prompt below it.
func TestPagesFitAScreen(t *testing.T) {
	for _, e := range glossary.Entries() {
		var r *result.Record
		if name, _, id := e.Recorded(); id != "" {
			r = recording(t, name)
		}
		for width, most := range map[int]int{80: 23, 40: 60} {
			var b bytes.Buffer
			if err := render.Explain(&b, e, r, render.Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
			if len(lines) > most {
				t.Errorf("%s has %d lines, want at most %d:\n%s", e.Word, len(lines), most, b.String())
			}
			for _, l := range lines {
				if n := len([]rune(l)); n > width {
					t.Errorf("%s: %d columns, want at most %d: %s", e.Word, n, width, l)
				}
			}
		}
	}
}

func TestSources(t *testing.T) {
	form := regexp.MustCompile(`^(docs\.docker\.com/\S+/|RFC \d{3,4}(, section [\d.]+)?|man [1-8] \S+|` +
		`(Linux|moby) (Documentation|drivers|include|net|cmd|daemon)/\S+|docs/\w+\.md of netlab)$`)
	for _, e := range glossary.Entries() {
		for _, source := range e.Sources() {
			if !form.MatchString(source) {
				t.Errorf("%s: source %q", e.Word, source)
			}
			if file, ok := strings.CutSuffix(source, " of netlab"); ok {
				if _, err := os.Stat(filepath.Join("..", "..", file)); err != nil {
					t.Errorf("%s: %v", e.Word, err)
				}
			}
		}
	}
}

// No word leads to two entries, and every related word leads to one.
func TestWords(t *testing.T) {
	owner := map[string]string{}
	for _, e := range glossary.Entries() {
		for _, w := range e.Words() {
			if key := strings.ToLower(w); owner[key] != "" {
				t.Errorf("%q is explained at %s and at %s", w, owner[key], e.Word)
			}
			owner[strings.ToLower(w)] = e.Word
			if found, _, ok := glossary.Find(w); !ok || found.Word != e.Word {
				t.Errorf("%q of %s finds %q", w, e.Word, found.Word)
			}
		}
		for _, see := range e.See {
			if found, _, ok := glossary.Find(see); !ok || found.Word != see || see == e.Word {
				t.Errorf("%s: see %q finds %q", e.Word, see, found.Word)
			}
		}
		if !strings.HasSuffix(e.Text, ".") || len(e.Text) < 80 || len(e.Text) > 400 {
			t.Errorf("%s has %d letters, want 80 to 400: %s", e.Word, len(e.Text), e.Text)
		}
	}
}

// settings lists what conditions can name: all facts of the engine, and those of a network for the default bridge.
func settings() []string {
	var names []string
	for _, f := range ask.EngineFields() {
		names = append(names, ask.EngineFact(f.Name))
	}
	for _, f := range ask.NetworkFacts() {
		names = append(names, scenario.DefaultBridge+"."+f.Name)
	}
	return names
}
