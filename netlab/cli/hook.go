package cli

// netlab hook: whether docker calls netlab after a command that failed. hook_reply.go has what netlab says then.

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/netlab/jsontext"
	"netlab/netlab/render"
)

// The members of the docker command's config.json that the hook needs.
var (
	hookCommands = []string{"plugins", "netlab", "error-hooks"}
	hookFeature  = []string{"features", "hooks"}
	hookMark     = []string{"plugins", "netlab", "added"} // what else netlab added: features.hooks
)

// hooked are the commands after which docker calls netlab.
const hooked = "run,compose up"

// hookOptions are the argument of netlab hook.
type hookOptions struct{ args []string }

func hookCommand(s *shared) *cobra.Command {
	var o hookOptions
	return &cobra.Command{
		Use:   "hook on|off|status",
		Short: "Let docker name the cause after a command that failed",
		Long: "With the hook on, docker calls netlab after docker run or docker compose up has\n" +
			"failed on a terminal. If the network is the reason, docker prints one line that\n" +
			"names it, and netlab why --last then shows the cause and the fix. netlab keeps\n" +
			"what it understood of that error in your cache folder, and no other text.\n\n" +
			"The hook is off until you turn it on. on adds it to the docker command's\n" +
			"config.json, off takes out what on added, and status shows whether it is on. All\n" +
			"else in the file stays as it is. It needs docker 29.3 or later, and netlab as its\n" +
			"plugin.",
		Example:   "  netlab hook on\n  netlab hook status\n  netlab hook off",
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"on", "off", "status"},
		RunE:      running(s, &o, &o.args, runHook),
	}
}

// A hookChange returns another text for the file of that name, and says what it changed in it.
type hookChange = func(text []byte, file string) (changed []byte, said string, err error)

// runHook turns the hook on or off, or shows whether it is.
func runHook(ctx context.Context, s *shared, o hookOptions) error {
	word := o.args[0]
	change, ok := map[string]hookChange{"on": hookOn, "off": hookOff, "status": hookStatus}[word]
	if !ok {
		return usagef("unknown word %q. Use on, off or status", word)
	}
	name := filepath.Join(s.docker.options().ConfigFolder(), "config.json")
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return usageError{err}
	}
	if len(bytes.TrimSpace(text)) == 0 { // docker takes it for one without settings
		text = []byte("{}\n")
	}
	changed, said, err := change(text, render.Plain(name))
	if err != nil {
		return usagef("%s: %w. netlab did not change it", name, err)
	}
	if !bytes.Equal(changed, text) {
		if err := replaceConfig(name, changed); err != nil {
			return err
		}
	}
	if word != "off" {
		said += hookProblems(ctx, s)
	}
	return write(s.streams.Out, verbatim(render.Fold(s.program().In(said), s.streams.width())))
}

// replaceConfig replaces the text of the file, or of the file that it links to, at once: docker never reads half of it.
func replaceConfig(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return usageError{err}
	}
	f := &resultFile{name: followed(name), mode: 0o600}
	if info, err := os.Stat(name); err == nil {
		f.mode = info.Mode().Perm()
	}
	return f.write(verbatim(string(text)))
}

// hookOn adds what is missing for the hook.
func hookOn(text []byte, file string) (changed []byte, said string, err error) {
	_, on, err := jsontext.Get(text, hookCommands...)
	if err != nil {
		return nil, "", err
	}
	feature, set, err := jsontext.Get(text, hookFeature...)
	if err != nil {
		return nil, "", err
	}
	changed = text
	add := func(value string, path []string) {
		if err == nil {
			changed, err = jsontext.Set(changed, value, path...)
			said += fmt.Sprintf("  %s: %q\n", strings.Join(path, "."), value)
		}
	}
	switch {
	case set && !isTrue(feature):
		return nil, "", fmt.Errorf("features.hooks is %q, so docker calls no hook. Change it to \"true\" first", feature)
	case on && set:
		return text, "The hook is already on, in " + file + "\n", nil
	case !on:
		add(hooked, hookCommands)
	}
	if !set {
		add("true", hookFeature)
		add(strings.Join(hookFeature, "."), hookMark)
	}
	return changed, "Added to " + file + "\n" + said + "When docker run or docker compose up fails because of the " +
		"network, docker names the cause. netlab hook off takes this out again.\n", err
}

// hookOff takes out what hookOn added.
func hookOff(text []byte, file string) (changed []byte, said string, err error) {
	changed = text
	take := func(path []string) {
		var there bool
		if err == nil {
			_, there, err = jsontext.Get(changed, path...)
		}
		if there {
			changed, err = jsontext.Remove(changed, path...)
			said += "  " + strings.Join(path, ".") + "\n"
		}
	}
	mark, added, err := jsontext.Get(text, hookMark...)
	take(hookCommands)
	take(hookMark)
	left := ""
	if added && mark == strings.Join(hookFeature, ".") {
		if others := otherHooks(changed); len(others) == 0 {
			take(hookFeature)
		} else {
			left = fmt.Sprintf("Left features.hooks, because of the hooks of %s.\n", strings.Join(others, ", "))
		}
	}
	if said == "" {
		return text, "The hook is off, in " + file + "\n", err
	}
	return changed, "Removed from " + file + "\n" + said + left, err
}

// otherHooks are the other plugins that docker calls.
func otherHooks(text []byte) []string {
	var config struct{ Plugins map[string]map[string]any }
	_ = json.Unmarshal(text, &config) // what is not as it should be is no hook for docker
	var names []string
	for name, settings := range config.Plugins {
		if settings["hooks"] != nil || settings["error-hooks"] != nil {
			names = append(names, render.Plain(name))
		}
	}
	slices.Sort(names)
	return names
}

// hookStatus says whether the hook is on, and changes nothing.
func hookStatus(text []byte, file string) (unchanged []byte, said string, err error) {
	commands, on, err := jsontext.Get(text, hookCommands...)
	if err != nil {
		return nil, "", err
	}
	feature, _, err := jsontext.Get(text, hookFeature...)
	switch {
	case !on:
		said = "The hook is off, in " + file + "\n"
	case !isTrue(feature):
		said = "The hook is in " + file + "\nBut docker calls no hooks: features.hooks there is not \"true\".\n"
	default:
		said = fmt.Sprintf("The hook is on for %q, in %s\n", render.Plain(commands), file)
	}
	return text, said, err
}

// isTrue reads a setting as docker does.
func isTrue(setting string) bool {
	is, err := strconv.ParseBool(setting)
	return err == nil && is
}

// dockerVersion finds the docker command's version in what it prints.
var dockerVersion = regexp.MustCompile(`Docker version (\d+)\.(\d+)[^, ]*`)

// hookProblems says what keeps docker from calling netlab, apart from its config.json.
func hookProblems(ctx context.Context, s *shared) string {
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	run := func(args ...string) string {
		// The docker that called the plugin (docker/cli, cli-plugins/metadata: ReexecEnvvar).
		docker := cmp.Or(s.streams.Env("DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND"), "docker")
		out, _ := exec.CommandContext(ctx, docker, args...).Output()
		return string(out)
	}
	var problems strings.Builder
	for _, name := range []string{"DOCKER_CLI_HOOKS", "DOCKER_CLI_HINTS"} { // the first decides
		if value := s.streams.Env(name); value != "" {
			if !isTrue(value) {
				fmt.Fprintf(&problems, "%s=%s in the environment keeps docker from calling hooks.\n", name, render.Plain(value))
			}
			break
		}
	}
	found := dockerVersion.FindStringSubmatch(run("--version"))
	if found == nil {
		return problems.String() + "netlab did not find the docker command, which must be version 29.3 or later.\n"
	}
	major, _ := strconv.Atoi(found[1])
	minor, _ := strconv.Atoi(found[2])
	if major < 29 || major == 29 && minor < 3 {
		fmt.Fprintf(&problems, "%s calls no hook after a command that failed. That needs 29.3 or later.\n", found[0])
	}
	if s.docker == nil && !strings.HasPrefix(run("netlab", "version"), "netlab ") {
		problems.WriteString("docker does not find netlab as its plugin, docker-netlab. The README says how to install it.\n")
	}
	return problems.String()
}
