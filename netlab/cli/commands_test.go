package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A command is a function of its options, without flags. These need no engine, or must refuse before they ask one.
func TestCommandsOfOptions(t *testing.T) {
	file := func(name, text string) string {
		t.Helper()
		name = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	const matrix = `{
		"schema": "netlab.result/v2", "kind": "matrix", "containers": [{"name": "a"}, {"name": "b"}], "cells": [
		{"from": "a", "to": "b", "by_address": {"state": "ok"}, "by_name": {"state": "ok"}, "ports": []},
		{"from": "b", "to": "a", "by_address": {"state": "STATE"}, "by_name": {"state": "ok"}, "ports": []}]}`
	before := file("before.json", strings.ReplaceAll(matrix, "STATE", "ok"))
	after := file("after.json", strings.ReplaceAll(matrix, "STATE", "no"))
	wrong := file("wrong.yaml", "netlab: 1\n")
	for name, tt := range map[string]struct {
		run   func(context.Context, *shared) error
		code  int
		out   string // part of the output; "" if there is none
		words string // part of the message; "" if there is none
	}{
		"list": {
			with(runList, listOptions{}), exitOK,
			"custom-bridge", "",
		},
		"list as JSON": {
			with(runList, listOptions{output: formatJSON}), exitOK,
			`"custom-bridge"`, "",
		},
		"show": {
			with(runShow, showOptions{args: one("bridge")}), exitOK,
			"containers:\n", "",
		},
		"show --docker": {
			with(runShow, showOptions{args: one("bridge"), docker: true}), exitOK,
			"docker run", "",
		},
		"show --compose": {
			with(runShow, showOptions{args: one("bridge"), compose: true}), exitOK,
			"services:\n", "",
		},
		"show nothing": {
			with(runShow, showOptions{args: one("brigde")}), exitUsage,
			"", "Did you mean bridge?",
		},
		"show no Compose": {
			with(runShow, showOptions{args: one("layers"), compose: true}), exitUsage,
			"", "no containers",
		},
		"validate": {
			with(runValidate, validateOptions{files: one("bridge")}), exitOK,
			"bridge: ok, ", "",
		},
		"validate wrong": {
			with(runValidate, validateOptions{files: []string{"bridge", wrong}}), exitUsage,
			"", "wrong.yaml:1",
		},
		"replay": {
			with(runReplay, replayOptions{args: one("bridge")}), exitOK,
			"alice", "",
		},
		"replay nothing": {
			with(runReplay, replayOptions{args: one("x")}), exitUsage,
			"", "netlab ships recordings of",
		},
		"diff of equals": {
			with(runDiff, diffOptions{files: []string{before, before}}), exitOK,
			"None of 2 pairs changed", "",
		},
		"diff": {
			with(runDiff, diffOptions{files: []string{before, after}}), exitSurprise,
			"1 of 2 pairs changed", "",
		},
		"diff of text": {
			with(runDiff, diffOptions{files: []string{before, wrong}}), exitUsage,
			"", "wrong.yaml: reading",
		},
		"worksheet": {
			with(runWorksheet, sheetOptions{modes: one("bridge")}), exitOK,
			"☐", "",
		},
		"worksheet --key": {
			with(runWorksheet, sheetOptions{modes: one("bridge"), recorded: true, key: true}), exitOK,
			"☒", "",
		},
		"worksheet alone": {
			with(runWorksheet, sheetOptions{}), exitUsage,
			"", "needs a MODE or --from",
		},
		"schema": {
			with(runSchema, schemaOptions{args: one("plan")}), exitOK,
			`"$schema"`, "",
		},
		"schema of what": {
			with(runSchema, schemaOptions{args: one("x")}), exitUsage,
			"", "Use scenario, ",
		},
		"explain": {
			with(runExplain, explainOptions{}), exitOK,
			"masquerade", "",
		},
		"explain a word": {
			with(runExplain, explainOptions{words: []string{"no", "route"}}), exitOK,
			"netlab ", "",
		},
		"explain a typo": {
			with(runExplain, explainOptions{words: one("masqeurade")}), exitUsage,
			"", "mean masquerade?",
		},
		"class --print": {
			with(runClass, classOptions{print: true}), exitOK,
			"parts:\n", "",
		},
		"class in a pipe": {
			with(runClass, classOptions{from: 1}), exitUsage,
			"", "needs a terminal",
		},
		"demo in a pipe": {
			with(runDemo, demoOptions{}), exitOK,
			"custom-bridge", "", // lists the lessons
		},
		"demo --keep": {
			with(runDemo, demoOptions{lessons: one("layers"), keep: true}), exitUsage,
			"", "layers has none",
		},
		"compare": {
			with(runCompare, compareOptions{lessons: []string{"bridge", "layers"}}), exitUsage,
			"", "no check in common",
		},
		"bench": {
			with(runBench, benchOptions{}), exitUsage,
			"", "--rounds must be 1 to 100",
		},
		"why": {
			with(runWhy, whyOptions{args: one("web")}), exitUsage,
			"", "where to?",
		},
		"why --size": {
			with(runWhy, whyOptions{args: []string{"a", "b:1/udp"}, size: 100}), exitUsage,
			"", "--size is for TCP",
		},
		"matrix": {
			with(runMatrix, matrixOptions{containers: one("a"), project: "b"}), exitUsage,
			"", "not both",
		},
		"scan": {
			with(runScan, scanOptions{containers: one("a"), project: "b"}), exitUsage,
			"", "not both",
		},
		"hook": {
			with(runHook, hookOptions{args: one("of")}), exitUsage,
			"", "Use on, off or status",
		},
		"doctor": {
			with(runDoctor, doctorOptions{}), exitEngine,
			"", "no Docker Engine answers at",
		},
		"down": {
			with(runDown, downOptions{args: one("x")}), exitEngine,
			"", "no Docker Engine answers at",
		},
		"clean": {
			with(runClean, cleanOptions{}), exitEngine,
			"", "no Docker Engine answers at",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out, words bytes.Buffer
			streams := Streams{In: strings.NewReader(""), Out: &out, Err: &words, Env: func(string) string { return "" }}
			s := &shared{printer: printer{streams: streams}}
			s.host, s.timeout = "unix:///nowhere/docker.sock", time.Minute
			code := s.exitCode(t.Context(), tt.run(t.Context(), s))
			if code != tt.code || !has(out.String(), tt.out) || !has(words.String(), tt.words) {
				t.Errorf("exit code %d, want %d with %q and %q\n%s%s", code, tt.code, tt.out, tt.words, &out, &words)
			}
		})
	}
}

// with returns a command with its options.
func with[O any](run func(context.Context, *shared, O) error, o O) func(context.Context, *shared) error {
	return func(ctx context.Context, s *shared) error { return run(ctx, s, o) }
}

// one is one argument.
func one(arg string) []string { return []string{arg} }

// has reports whether a text has the part, or is empty if there is none.
func has(text, part string) bool { return strings.Contains(text, part) && (part != "" || text == "") }
