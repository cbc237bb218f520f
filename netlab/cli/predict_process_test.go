//go:build linux

package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/result"
)

// A student sits at a terminal that runs netlab.
type student struct {
	*exec.Cmd
	t      *testing.T
	pty    *os.File // the student's side
	screen screen
	shown  chan struct{} // closed when the screen has everything
}

// A screen keeps what was shown.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func sit(t *testing.T, d docker, program string, args ...string) *student {
	t.Helper()
	pty, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pty.Close() })
	number, err := unix.IoctlGetInt(int(pty.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(pty.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	s := &student{Cmd: exec.Command(program, args...), t: t, pty: pty, shown: make(chan struct{})}
	s.Stdin, s.Stdout, s.Stderr = terminal, terminal, terminal
	s.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Process.Kill()
		d.remove(s.Process.Pid)
	})
	go func() {
		defer close(s.shown)
		_, _ = io.Copy(&s.screen, pty) // returns when the terminal closes
	}()
	return s
}

// press presses keys after the text has appeared a number of times.
func (s *student) press(keys, after string, times int) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); strings.Count(s.screen.String(), after) < times || !s.raw(); {
		if time.Now().After(end) {
			s.t.Fatalf("%q was not shown %d times:\n%s", after, times, &s.screen)
		}
		time.Sleep(5 * time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond) // netlab first discards what was typed before it waits
	if _, err := s.pty.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

func (s *student) raw() bool {
	mode, err := unix.IoctlGetTermios(int(s.pty.Fd()), unix.TCGETS)
	return err == nil && mode.Lflag&unix.ICANON == 0
}

// end waits for netlab and returns its exit code.
func (s *student) end() int {
	s.t.Helper()
	hung := time.AfterFunc(30*time.Second, func() { _ = s.Process.Kill() })
	defer hung.Stop()
	_ = s.Wait() // the exit code says how it ended
	<-s.shown
	if s.raw() {
		s.t.Error("it left the terminal raw")
	}
	return s.ProcessState.ExitCode()
}

const guessPrompt = "stops guessing): "

func TestIntegrationPredict(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	t.Run("keys", func(t *testing.T) { predict(t, d, netlab) })
	t.Run("Ctrl-C", func(t *testing.T) { interruptPrediction(t, d, netlab) })
}

func predict(t *testing.T, d docker, netlab string) {
	saved := filepath.Join(t.TempDir(), "r.json")
	s := sit(t, d, netlab, "demo", "none", "--only", "loopback,own-stack", "--predict", "--save", saved)
	s.press("\x1b[A", guessPrompt, 1) // not an answer
	s.press("?", guessPrompt, 2)
	s.press("1", guessPrompt, 3)
	s.press("\r", guessPrompt, 4)
	if code := s.end(); code != 0 {
		t.Errorf("got exit code %d, want 0:\n%s", code, &s.screen)
	}
	var r result.Record
	if text, err := os.ReadFile(saved); err != nil || json.Unmarshal(text, &r) != nil {
		t.Fatalf("reading what was saved: %v", err)
	}
	var predicted []*result.Prediction
	for _, st := range r.Scenarios[0].Steps {
		if st.Predicted != nil {
			predicted = append(predicted, st.Predicted)
		}
	}
	if len(predicted) != 1 || predicted[0].Choice != predicted[0].Choices[0].Text || predicted[0].Answer == "" {
		t.Errorf("saved is %+v", predicted)
	}
	if score := fmt.Sprintf("Predicted: %d of 1 right.", r.Score().Right); !strings.Contains(s.screen.String(), score) {
		t.Errorf("%q is not shown:\n%s", score, &s.screen)
	}
}

// interruptPrediction: a raw terminal passes Ctrl-C on as a key. It ends netlab like the signal does elsewhere.
func interruptPrediction(t *testing.T, d docker, netlab string) {
	s := sit(t, d, netlab, "demo", "none", "--only", "loopback", "--predict")
	s.press("\x03", guessPrompt, 1)
	const removed = "Interrupted. Removed 1 container. Nothing is left.\r\n"
	if code := s.end(); code != 130 || !strings.Contains(s.screen.String(), removed) {
		t.Errorf("got exit code %d, want 130, and that it was interrupted:\n%s", code, &s.screen)
	}
	if left := d.madeBy(s.Process.Pid); len(left) > 0 {
		t.Errorf("left on the engine: %s", strings.Join(left, ", "))
	}
}
