//go:build linux

package applet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

// shell runs a prompt that only knows the applets.
func (a applets) shell(ctx context.Context, args []string) int {
	switch {
	case len(args) == 2 && args[0] == "-c":
		return a.line(ctx, args[1])
	case len(args) > 0:
		return Usage
	}
	readLine := linesOf(a.In)
	if a.Terminal != nil {
		fmt.Fprintln(a.Out, "A small prompt, not a full shell. help lists its commands, exit leaves it.")
		readLine = a.Terminal.readLine
	}
	for code := Yes; ; {
		line, err := readLine()
		if errors.Is(err, io.EOF) {
			return code
		}
		if err != nil {
			fmt.Fprintf(a.Err, "sh: reading: %v\n", err)
			return No
		}
		if isExit(line) {
			return code
		}
		code = a.line(ctx, line)
	}
}

func isExit(line string) bool {
	return slices.Contains([]string{"exit", "quit", "logout", "bye", ":q"}, strings.TrimSpace(line))
}

// linesOf returns a function that reads the lines of a pipe. The error after the last line is io.EOF.
func linesOf(in io.Reader) func() (string, error) {
	lines := bufio.NewScanner(in)
	return func() (string, error) {
		if lines.Scan() {
			return lines.Text(), nil
		}
		if err := lines.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}
}

// line runs one line of the shell. Ctrl-C ends the command, not the shell.
func (a applets) line(ctx context.Context, line string) int {
	words := strings.Fields(line)
	if len(words) == 0 {
		return Yes
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	switch name := words[0]; name {
	case "?", "man", "commands":
		return a.help(ctx, nil)
	case "sh", "bash":
		if len(words) == 1 {
			return Yes // it already runs
		}
	}
	return a.run(ctx, words[0], words[1:])
}
