package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"netlab/netlab/glossary"
	"netlab/netlab/render"
	"netlab/netlab/result"
	"netlab/scenarios"
)

// explainOptions are the arguments and flags of netlab explain.
type explainOptions struct {
	words  []string // of one term
	output string
}

func explainCommand(s *shared) *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:   "explain [WORD]",
		Short: "Explain a word that netlab uses",
		Long: "Explains an answer, a mode, a lesson, a setting or a technical term, with an\n" +
			"example from a recording, the command that shows it live, and the source. Lists\n" +
			"all words if none is given. Needs no engine.",
		Example:           "  netlab explain no route\n  netlab explain veth\n  netlab explain bridge.mtu",
		RunE:              running(s, &o, &o.words, runExplain),
		ValidArgsFunction: completeWord,
	}
	formatFlag(cmd, &o.output, formatTable, formatJSON)
	return cmd
}

// runExplain explains a word, with its example, or lists everything that can be explained.
func runExplain(_ context.Context, s *shared, o explainOptions) error {
	if len(o.words) == 0 {
		groups := glossary.Groups()
		return s.show(func(w io.Writer) error {
			if o.output == formatJSON {
				return asJSON(w, groups)
			}
			return render.Words(w, groups, s.page())
		})
	}
	word := strings.Join(o.words, " ")
	e, near, ok := glossary.Find(word)
	if !ok {
		return usagef("unknown word %q. %s", word, hint(word, near))
	}
	var r *result.Record
	if recording, _, id := e.Recorded(); id != "" {
		text, _ := scenarios.Recording(recording)
		var err error
		if r, err = result.ReadJSON(bytes.NewReader(text)); err != nil {
			return err
		}
	}
	return s.show(func(w io.Writer) error {
		if o.output == formatJSON {
			return asJSON(w, e)
		}
		return render.Explain(w, e, r, s.page())
	})
}

// mostHints is how many words a message suggests.
const mostHints = 6

// hint names the words that may be meant: those that begin like word, or else those that are spelled almost like it.
func hint(word string, begun []string) string {
	near := begun
	if len(near) == 0 {
		for _, e := range glossary.Entries() {
			if slices.ContainsFunc(e.Words(), func(w string) bool { return isNear(hyphened(word), hyphened(w)) }) {
				near = append(near, e.Word)
			}
		}
	}
	return didYouMean(near[:min(len(near), mostHints)], "netlab explain lists all words")
}

// hyphened is a word as one argument that a shell takes as it is.
func hyphened(word string) string {
	return strings.NewReplacer(", ", "-", " ", "-", "'", "").Replace(strings.ToLower(word))
}

func completeWord(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var words []string
	if len(args) == 0 {
		for _, e := range glossary.Entries() {
			for _, w := range e.Words() {
				if !strings.HasPrefix(w, "-") { // a shell would take it for a flag
					words = append(words, hyphened(w))
				}
			}
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func asJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
