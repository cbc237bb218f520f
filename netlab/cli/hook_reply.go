package cli

// What netlab says when docker calls it after a command that failed.
//
// From version 29.3 on, docker runs `docker-netlab netlab docker-cli-plugin-hooks REQUEST` after a command that
// plugins.netlab.error-hooks in its config.json names, if its stdout is a terminal and features.hooks is true
// (docker/cli, cli-plugins/manager/hooks.go, cli/command/cli.go: HooksEnabled). The request is JSON with the command
// that matched, the names of its flags, and the error; the reply has a text, which docker prints below "What's next:"
// (cli-plugins/hooks/hook_types.go, printer.go). docker prints nothing if the text is empty or the plugin fails.
//
// The error is that of the docker command itself. Of a plugin such as Compose, docker knows only the exit code
// (cmd/docker/docker.go: tryPluginRun, cmdErrorMessage), so netlab asks the engine. docker's own flags, such as
// --context, are not in the request, so this is the engine of the environment and of config.json.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"netlab/netlab/fact"
	"netlab/netlab/safely"
	"netlab/netlab/why"
)

// hookSubcommand is what docker calls.
const hookSubcommand = "docker-cli-plugin-hooks"

// hookPatience is how long docker's user may have to wait.
const hookPatience = 800 * time.Millisecond

// answerHook writes the reply to docker's request. It never fails: the user's own command is what matters.
func answerHook(ctx context.Context, s *shared, args []string) int {
	ctx, stop := context.WithTimeout(ctx, hookPatience)
	defer stop()
	reply := make(chan string, 1)
	var work sync.WaitGroup
	var failed error // the user does not want to know
	work.Go(safely.Into(&failed, func() error {
		reply <- hookReply(ctx, s, strings.Join(args, " "))
		return nil
	}))
	text := ""
	select {
	case text = <-reply:
	case <-ctx.Done(): // the engine does not answer, and connecting to it may take longer than ctx allows
	}
	_ = write(s.streams.Out, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(struct {
			Type     int // the only one is 0, "next steps"
			Template string
		}{Template: text})
	})
	return exitOK
}

// hookReply returns what docker is to print, or "" if the command did not fail because of the network. What it says is
// kept for netlab why --last.
func hookReply(ctx context.Context, s *shared, request string) string {
	var r struct{ RootCmd, CommandError string }
	if err := json.Unmarshal([]byte(request), &r); err != nil || r.CommandError == "" {
		return ""
	}
	line, failed := networkError(r.CommandError), ""
	if line == nil && strings.HasPrefix(r.RootCmd, "compose") {
		eng, err := s.connect(ctx)
		if err != nil {
			return ""
		}
		defer eng.Close()
		containers, err := eng.Containers(ctx)
		if err != nil {
			return ""
		}
		c, says := unstarted(containers, ofProjectHere)
		if c == nil {
			return ""
		}
		line, failed = says, c.Name+" did not start: "
	}
	if line == nil {
		return ""
	}
	if err := (&lastError{At: time.Now(), Line: *line}).keep(); err != nil {
		return "" // netlab why --last would not know of it
	}
	text := fmt.Sprintf("netlab: %s%s. To see why: netlab why --last", failed, why.About(*line))
	return s.program().In(strings.ReplaceAll(text, "{{", "")) // docker takes it for a template
}

// ofProjectHere reports whether Compose, called in the current folder, takes the container for one of its own.
func ofProjectHere(c *fact.Container) bool {
	here, err := os.Getwd()
	if err != nil || c.Folder == "" {
		return false
	}
	up, err := filepath.Rel(c.Folder, here)
	return err == nil && filepath.IsLocal(up)
}
