//go:build linux

package applet

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"netlab/netlab/probe"
)

// maxFile limits how much of a file cat shows, in bytes.
const maxFile = 64 << 10

// cat prints files unchanged, except for anything that a terminal would interpret as a command.
func (a applets) cat(ctx context.Context, args []string) int {
	_, names := options(args, "")
	if len(names) == 0 {
		return Usage
	}
	for _, name := range names {
		if o := a.outcome(ctx, probe.Question{Read: &probe.Read{Path: name}}); !o.Reason.Positive() {
			return a.verdict(o, "")
		}
		file, err := os.Open(name)
		if err != nil {
			fmt.Fprintf(a.Err, "cat: %s\n", clean(err.Error()))
			return No
		}
		lines := bufio.NewScanner(io.LimitReader(file, maxFile))
		lines.Buffer(nil, maxFile+1)
		for lines.Scan() {
			fmt.Fprintln(a.Out, clean(strings.ReplaceAll(lines.Text(), "\t", "    ")))
		}
		file.Close()
	}
	return Yes
}

// write creates a file with one line.
func (a applets) write(ctx context.Context, args []string) int {
	if len(args) < 2 {
		return Usage
	}
	text := strings.Join(args[1:], " ")
	o := a.outcome(ctx, probe.Question{Write: &probe.Write{Path: args[0], Text: text}})
	return a.verdict(o, "written")
}

// echo prints its arguments, or writes them to the file after a ">".
func (a applets) echo(ctx context.Context, args []string) int {
	i := slices.Index(args, ">")
	if i < 0 {
		fmt.Fprintln(a.Out, clean(unquote(args)))
		return Yes
	}
	if i != len(args)-2 {
		return Usage
	}
	return a.write(ctx, []string{args[i+1], unquote(args[:i])})
}

func unquote(words []string) string { return strings.Trim(strings.Join(words, " "), `"'`) }

// ls lists folders, one name per line, with a slash after the name of a folder.
func (a applets) ls(_ context.Context, args []string) int {
	_, folders := options(args, "")
	if len(folders) == 0 {
		folders = []string{"."}
	}
	for _, folder := range folders {
		entries, err := os.ReadDir(folder)
		if err != nil {
			fmt.Fprintf(a.Err, "ls: %s\n", clean(err.Error()))
			return No
		}
		for _, e := range entries {
			name := clean(e.Name())
			if e.IsDir() {
				name += "/"
			}
			fmt.Fprintln(a.Out, name)
		}
	}
	return Yes
}
