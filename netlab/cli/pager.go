package cli

// Output that is longer than the screen goes through a pager, and -o html may go to the browser.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"netlab/netlab/render"
)

// show writes a command's output. On a terminal it goes through a pager if it is longer than the screen: $PAGER, or
// less, set up as git does it.
func (s *shared) show(draw func(io.Writer) error) error {
	_, height := s.streams.size()
	if !s.streams.interactive() || height == 0 || s.noPager {
		return write(s.streams.Out, draw)
	}
	var text bytes.Buffer
	if err := write(&text, draw); err != nil {
		return err
	}
	if bytes.Count(text.Bytes(), []byte("\n")) >= height && s.throughPager(text.Bytes()) {
		return nil
	}
	return write(s.streams.Out, func(w io.Writer) error {
		_, err := w.Write(text.Bytes())
		return err
	})
}

// throughPager shows the text in a pager, and reports whether there is one.
func (s *shared) throughPager(text []byte) bool {
	command := strings.Fields(s.streams.Env("PAGER"))
	if len(command) == 0 {
		command = []string{"less"}
	}
	// Ctrl-C is the pager's, which a person ends with q.
	pager := exec.CommandContext(context.Background(), command[0], command[1:]...)
	pager.Stdin, pager.Stdout, pager.Stderr = bytes.NewReader(text), s.streams.Out, s.streams.Err
	if s.streams.Env("LESS") == "" {
		pager.Env = append(os.Environ(), "LESS=FRX") // ends if all fits, passes colors, leaves the text on the screen
	}
	if pager.Start() != nil {
		return false
	}
	_ = pager.Wait() // a pager that is left early is no error
	return true
}

// open writes a page to a file and opens it in the browser. The file stays, because the browser reads it later.
func (s *shared) open(draw func(io.Writer) error) error {
	file, err := os.CreateTemp("", "netlab-*.html")
	if err == nil {
		err = errors.Join(draw(file), file.Close())
	}
	if err != nil {
		return outputError{fmt.Errorf("writing the page: %w", err)}
	}
	command := []string{"xdg-open"}
	switch runtime.GOOS {
	case "darwin":
		command = []string{"open"}
	case "windows":
		command = []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	// It may live as long as the browser, so it is neither ended nor waited for.
	browser := exec.CommandContext(context.Background(), command[0], append(command[1:], file.Name())...)
	if err := browser.Start(); err != nil {
		s.say("No browser to open: %v. The page is in %s", err, render.Plain(file.Name()))
		return nil
	}
	s.say("Opened %s", render.Plain(file.Name()))
	return browser.Process.Release()
}
