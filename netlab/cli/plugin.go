package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"netlab/netlab/engine"
	"netlab/netlab/render"
)

// plugin is the name under which the docker command finds netlab as a plugin.
const plugin = "docker-netlab"

// dockerFlags are the docker command's own flags, as docker passes them to a plugin: docker --context far netlab demo.
type dockerFlags struct {
	config, context string
	hosts           []string
	tls, verify     bool
	files           engine.TLS

	typed []string // the flags as they were given
}

// arguments removes the program's name. For a plugin it also reads docker's own flags and removes the word "netlab"
// that follows them, or follows docker's help or completion. Otherwise the flags are nil.
// (docker/cli, cli-plugins/manager/manager.go: PluginRunCommand.)
func arguments(args []string) ([]string, *dockerFlags, error) {
	if len(args) == 0 {
		return nil, nil, nil
	}
	rest := slices.Clone(args[1:])
	if strings.TrimSuffix(filepath.Base(args[0]), ".exe") != plugin {
		return rest, nil, nil
	}
	d := &dockerFlags{}
	f := d.command().Flags()
	if err := f.Parse(rest); err != nil {
		return nil, d, usagef("%w; see docker --help", err)
	}
	if len(d.hosts) > 1 {
		return nil, d, usagef("docker takes only one -H")
	}
	d.verify = d.verify || f.Changed("tlsverify")
	d.tls = d.tls || d.verify || f.Changed("tlscacert") || f.Changed("tlscert") || f.Changed("tlskey")
	d.typed = rest[:len(rest)-f.NArg()]
	rest = f.Args()
	if i := slices.Index(rest, "netlab"); i == 0 || i == 1 && beforePlugin(rest[0]) {
		rest = slices.Delete(rest, i, i+1)
	}
	return rest, d, nil
}

// beforePlugin reports whether docker may put the word before the plugin's name.
func beforePlugin(word string) bool {
	return slices.Contains([]string{"help", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, word)
}

// command returns a command with docker's global flags. (docker/cli, cli/flags/options.go: InstallFlags.)
func (d *dockerFlags) command() *cobra.Command {
	docker := &cobra.Command{Use: "docker"}
	f := docker.Flags()
	f.SetInterspersed(false)
	f.StringVar(&d.config, "config", "", "")
	f.StringVarP(&d.context, "context", "c", "", "")
	f.StringArrayVarP(&d.hosts, "host", "H", nil, "")
	f.BoolVar(&d.tls, "tls", false, "")
	f.BoolVar(&d.verify, "tlsverify", false, "")
	f.StringVar(&d.files.CA, "tlscacert", "", "")
	f.StringVar(&d.files.Cert, "tlscert", "", "")
	f.StringVar(&d.files.Key, "tlskey", "", "")
	f.BoolP("debug", "D", false, "") // for docker's own messages, like the next one
	f.StringP("log-level", "l", "info", "")
	return docker
}

// options returns the options for the engine that docker's flags select; d may be nil.
func (d *dockerFlags) options() engine.Options {
	if d == nil {
		return engine.Options{}
	}
	o := engine.Options{Config: d.config, Context: d.context}
	if len(d.hosts) > 0 {
		o.Host = d.hosts[0]
	}
	if d.tls {
		files := d.files
		files.Verify = d.verify
		o.TLS = &files
	}
	return o
}

// pluginName is how the user calls the plugin.
const pluginName = "docker netlab"

// asPlugin makes the help of all commands say "docker netlab". For plugins, docker provides completion.
func asPlugin(root *cobra.Command) {
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: pluginName}
	root.CompletionOptions.DisableDefaultCmd = true
	help := root.HelpFunc()
	root.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		var text strings.Builder
		out := cmd.OutOrStdout()
		cmd.SetOut(&text)
		help(cmd, args)
		cmd.SetOut(out)
		_, _ = io.WriteString(out, refold(render.Program{Name: pluginName}.In(text.String()))) // as cobra's help does
	})
}

// description finds the column where the description of a flag or command starts in help text.
var description = regexp.MustCompile(`^ .*\S {2,}\S`)

// refold wraps the lines of a help text that became too long. In a paragraph the rest moves to the next line, a flag's
// description continues below itself, and an example continues after a backslash.
func refold(text string) string {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if len(lines[i]) <= helpWidth {
			continue
		}
		cut := strings.LastIndex(lines[i][:helpWidth-1], " ")
		head, rest := lines[i][:cut], lines[i][cut+1:]
		switch at := description.FindString(lines[i]); {
		case at != "":
			rest = strings.Repeat(" ", len(at)-1) + rest
		case strings.HasPrefix(head, " "):
			head, rest = head+" \\", "    "+rest
		case i+1 < len(lines) && lines[i+1] != "":
			lines[i], lines[i+1] = head, rest+" "+lines[i+1]
			continue
		}
		lines[i] = head
		lines = slices.Insert(lines, i+1, rest)
	}
	return strings.Join(lines, "\n")
}

// metadata is what docker asks every plugin for: who it is.
func metadata(version string) func(io.Writer) error {
	return verbatim(fmt.Sprintf(`{"SchemaVersion":"0.1.0","Vendor":"netlab","Version":%q,`+
		`"ShortDescription":"Explore Docker's network modes"}`+"\n", version))
}
