package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is the width of help text in columns.
const helpWidth = 80

// ownHelp gives all commands help in netlab's words and in 80 columns, including those that cobra adds.
func ownHelp(root *cobra.Command) {
	root.PersistentFlags().BoolP("help", "h", false, "show the help of a command")
	root.Flags().Bool("version", false, "print netlab's version")
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", ".FlagUsagesWrapped 80 "))
	root.SetHelpCommandGroupID(groupOther)
	root.InitDefaultHelpCmd()
	fill(root)
	for _, c := range root.Commands() {
		if c.Name() == "help" {
			c.Short = "Show the help of a command"
			c.Long = "Shows the help of a command, as netlab COMMAND --help does."
		}
	}
}

// fill fills the lines of the help of a command and of the commands below it.
func fill(c *cobra.Command) {
	c.Long = filled(c.Long)
	for _, sub := range c.Commands() {
		fill(sub)
	}
}

// filled breaks the lines of each paragraph where they are full. It leaves lines that are indented.
func filled(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, p := range paragraphs {
		if strings.HasPrefix(p, " ") {
			continue
		}
		var b strings.Builder
		used := 0
		for word := range strings.FieldsSeq(p) {
			switch {
			case used > 0 && used+1+len(word) > helpWidth:
				b.WriteString("\n")
				used = 0
			case used > 0:
				b.WriteString(" ")
				used++
			}
			b.WriteString(word)
			used += len(word)
		}
		paragraphs[i] = b.String()
	}
	return strings.Join(paragraphs, "\n\n")
}
