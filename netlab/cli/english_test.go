package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"netlab/netlab/probe"
	"netlab/scenarios"
)

// What a person reads is plain English in American spelling. These are words and constructions that slip in from other
// languages or from older versions of netlab.
var (
	notEnglish = regexp.MustCompile(`(?i)\bwhom\b|\b(of|in|as) wh(ich|om)\b|\bnobody\b|\banew\b|\bwithout a word\b|` +
		`\bsa(ys|id) (so )?at once\b|\bnot any more\b|` +
		`\bno-(name|host|dns|addr|route|file)\b|\bdns-err\b|\bthe textbook says\b|\bthe one that\b|\bof netlab's\b|` +
		`\bcomes? to no end\b|\b(behaviour|colour|neighbour|labelled|favour)`)
	notIdiomatic = regexp.MustCompile(`(?i)\bby IPv[46]|\bwould tell[.;]|\bno \w+ but\b|[0-9] %(\W|$)|` +
		`\b(\w+'s|her|his) own kernel\b|\bis no (port|matrix|cause|failure)\b`)
	// Which and netlab's are fine before a noun.
	goodBeforeNoun = regexp.MustCompile(`(the )?order in which|of netlab's( own)? \w+`)
	aCause         = regexp.MustCompile(`published-nobody-behind|no-route`)
	notALink       = regexp.MustCompile(`(?i)\b(street|wire)s?\b`)
	noQuestion     = regexp.MustCompile(`^(Has|Have|May|And|Of|On|As)\b`)
	turnedRound    = regexp.MustCompile(`\b(Which|What|How many)\b.* (has|have) (she|he|it|alice|bob|carol|dave)\b`)
	noReason       = regexp.MustCompile(`^(Yes|No)\b|;`)
	aKey           = regexp.MustCompile(`--no-wire|--wire|cable wire|\bwires:|\bfrom wires\b|\bof wires\b|\bwires\b`)
)

// isPlain checks a text. It ignores the names of keys and flags.
func isPlain(t *testing.T, where, text string) {
	t.Helper()
	if found := notEnglish.FindString(text); found != "" {
		t.Errorf("%s: %q in %q", where, found, text)
	}
	if found := notIdiomatic.FindString(text); found != "" {
		t.Errorf("%s: %q in %q", where, found, text)
	}
	if found := notALink.FindString(aKey.ReplaceAllString(text, "")); found != "" {
		t.Errorf("%s: %q in %q", where, found, text)
	}
}

// TestScenariosInPlainEnglish reads every sentence of the built-in scenarios and plans.
func TestScenariosInPlainEnglish(t *testing.T) {
	prose := []string{"title", "use", "note", "ask", "because", "pause"}
	read := 0
	var walk func(where, key string, n *yaml.Node)
	walk = func(where, key string, n *yaml.Node) {
		if n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(where, n.Content[i].Value, n.Content[i+1])
			}
			return
		}
		for _, child := range n.Content {
			walk(where, key, child)
		}
		if n.Kind != yaml.ScalarNode || !slices.Contains(prose, key) {
			return
		}
		read++
		isPlain(t, where, n.Value)
		switch {
		case key == "ask" && (noQuestion.MatchString(n.Value) || turnedRound.MatchString(n.Value)):
			t.Errorf("%s: not a question in plain English: %q", where, n.Value)
		case key == "because" && noReason.MatchString(n.Value):
			t.Errorf("%s: a reason is a sentence, without yes or no or a semicolon: %q", where, n.Value)
		}
	}
	sources := map[string][]byte{"the plan": scenarios.Plan(), "the comparison": scenarios.Modes()}
	for _, name := range scenarios.Names() {
		sources[name], _ = scenarios.Source(name)
	}
	for name, source := range sources {
		var file yaml.Node
		if err := yaml.Unmarshal(source, &file); err != nil {
			t.Fatal(err)
		}
		walk(name, "", &file)
	}
	if read < 500 {
		t.Errorf("read %d sentences, want all of them", read)
	}
}

// TestHelpInPlainEnglish reads the help of every command and flag, and the legend of the reasons.
func TestHelpInPlainEnglish(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, text := range []string{c.Short, c.Long, c.Example} {
			isPlain(t, c.CommandPath(), text)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) { isPlain(t, c.CommandPath()+" --"+f.Name, f.Usage) })
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	s := &shared{printer: printer{streams: Streams{Out: io.Discard, Err: io.Discard}}, version: "test"}
	walk(rootCommand(s))
	for _, r := range probe.Reasons() {
		p := r.Phrase()
		for _, text := range []string{p.Table, p.Lesson, p.Legend} {
			isPlain(t, string(r), text)
		}
	}
}

// TestDocsInPlainEnglish reads the README and the docs, except the table of answers that a test writes.
func TestDocsInPlainEnglish(t *testing.T) {
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(docs) < 6 {
		t.Fatalf("got the docs %v, %v", docs, err)
	}
	for _, path := range append(docs, "../../README.md") {
		if filepath.Base(path) == "engines.md" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for paragraph := range strings.SplitSeq(string(text), "\n\n") {
			prose := goodBeforeNoun.ReplaceAllString(strings.Join(strings.Fields(paragraph), " "), "")
			isPlain(t, path, aCause.ReplaceAllString(prose, ""))
		}
	}
}

// TestTemplatesInPlainEnglish reads the templates of the documents and of the pages.
func TestTemplatesInPlainEnglish(t *testing.T) {
	for pattern, want := range map[string]int{"../render/markdown/*.tmpl": 7, "../report/*.html": 3} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < want {
			t.Fatalf("got the templates %v, %v", files, err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				isPlain(t, path, strings.ReplaceAll(line, "aria-labelledby", ""))
			}
		}
	}
}

// TestTextsInPlainEnglish reads every comment in the code, and every string in the program that is a text: errors,
// messages, table words. A single word is a name or a key, not a text.
func TestTextsInPlainEnglish(t *testing.T) {
	read := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		set := token.NewFileSet()
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, path, source, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, c := range file.Comments {
			text := goodBeforeNoun.ReplaceAllString(strings.Join(strings.Fields(c.Text()), " "), "")
			if found := notEnglish.FindString(text); found != "" {
				t.Errorf("%s: %q in the comment %q", set.Position(c.Pos()), found, text)
			}
		}
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if field, isField := n.(*ast.Field); isField && field.Tag != nil {
				field.Tag = nil
			}
			literal, isLiteral := n.(*ast.BasicLit)
			if !isLiteral || literal.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(literal.Value); err == nil && strings.Contains(text, " ") {
				read++
				isPlain(t, set.Position(literal.Pos()).String(), text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 1000 {
		t.Errorf("read %d texts, want all of them", read)
	}
}
