package cli

// The error that netlab why --last asks about: one that the docker command printed, or that the engine remembers.

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"netlab/netlab/engine"
	"netlab/netlab/fact"
	"netlab/netlab/pasted"
	"netlab/netlab/render"
)

// A lastError is an error of the engine's about the network. Of its text there is only what package pasted understood:
// the rest may have a password.
type lastError struct {
	At   time.Time     `json:"at"`
	Line pasted.Engine `json:"line"`
}

// networkError returns what the engine says about the network in a text, or nil. If it gives no reason that netlab
// knows, there is nothing to find out.
func networkError(text string) *pasted.Engine {
	line, _ := pasted.Parse(text)
	if line.Engine == nil || line.Engine.Says == pasted.SetupFailed {
		return nil
	}
	return line.Engine
}

// maxKept is how much of the file is read.
const maxKept = 64 << 10

// lastFile is where the hook keeps the last error, in the user's folder for what may be lost.
func lastFile() (string, error) {
	folder, err := os.UserCacheDir()
	return filepath.Join(folder, "netlab", "last-error.json"), err
}

// keep writes the error to the file, which only the user can read.
func (l *lastError) keep() error {
	name, err := lastFile()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f := &resultFile{name: name, mode: 0o600}
	return f.replace(func(w io.Writer) error { return json.NewEncoder(w).Encode(l) })
}

// keptError reads the file. It returns nil if there is none.
func keptError() *lastError {
	name, err := lastFile()
	if err != nil {
		return nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer file.Close()
	var l lastError
	if err := json.NewDecoder(io.LimitReader(file, maxKept)).Decode(&l); err != nil || l.Line.Says == "" {
		return nil
	}
	return &l
}

// unstarted returns the newest of the containers that the engine could not start because of the network, and what the
// engine says about it. The engine remembers that until it has started the container.
func unstarted(containers []fact.Container, wanted func(*fact.Container) bool) (*fact.Container, *pasted.Engine) {
	var newest *fact.Container
	var line *pasted.Engine
	for i := range containers {
		c := &containers[i]
		if c.Running() || c.Lab != "" || newest != nil && !c.Created.After(newest.Created) || !wanted(c) {
			continue
		}
		if says := networkError(c.Error); says != nil {
			newest, line = c, says
		}
	}
	return newest, line
}

// askLast returns the later of the error that the hook kept, and the one with which the engine could not start a
// container, and says on stderr which it is.
func askLast(ctx context.Context, p *printer, eng *engine.Engine) (*pasted.Line, error) {
	kept := keptError()
	containers, err := eng.Containers(ctx)
	if err != nil {
		return nil, err
	}
	c, says := unstarted(containers, func(c *fact.Container) bool { return kept == nil || c.Created.After(kept.At) })
	switch {
	case c != nil:
		p.say("The engine could not start %s.", render.Plain(c.Name))
		return &pasted.Line{Engine: says}, nil
	case kept != nil:
		p.say("This is about the error that docker printed on %s.", kept.At.Local().Format("January 2 at 15:04:05"))
		return &pasted.Line{Engine: &kept.Line}, nil
	}
	return nil, usageError{errors.New("there is no error to ask about: the hook has kept none, and the engine has no " +
		"container that it could not start because of the network. See netlab hook status")}
}
