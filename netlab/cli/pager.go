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
func (p *printer) show(draw func(io.Writer) error) error {
	_, height := p.streams.size()
	if !p.streams.interactive() || height == 0 || p.noPager {
		return write(p.streams.Out, draw)
	}
	var text bytes.Buffer
	if err := write(&text, draw); err != nil {
		return err
	}
	if bytes.Count(text.Bytes(), []byte("\n")) >= height && p.throughPager(text.Bytes()) {
		return nil
	}
	return write(p.streams.Out, verbatim(text.String()))
}

// throughPager shows the text in a pager, and reports whether there is one.
func (p *printer) throughPager(text []byte) bool {
	command := strings.Fields(p.streams.Env("PAGER"))
	if len(command) == 0 {
		command = []string{"less"}
	}
	// Ctrl-C is the pager's, which a person ends with q.
	pager := exec.CommandContext(context.Background(), command[0], command[1:]...)
	pager.Stdin, pager.Stdout, pager.Stderr = bytes.NewReader(text), p.streams.Out, p.streams.Err
	if p.streams.Env("LESS") == "" {
		pager.Env = append(os.Environ(), "LESS=FRX") // ends if all fits, passes colors, leaves the text on the screen
	}
	if pager.Start() != nil {
		return false
	}
	_ = pager.Wait() // a pager that is left early is no error
	return true
}

// open writes a page to a file and opens it in the browser. The file stays, because the browser reads it later.
func (p *printer) open(draw func(io.Writer) error) error {
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
		p.say("No browser to open: %v. The page is in %s", err, render.Plain(file.Name()))
		return nil
	}
	p.say("Opened %s", render.Plain(file.Name()))
	return browser.Process.Release()
}
