package cli_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A hanging engine is the usual one, except that it never answers one kind of call: "POST /containers/ID/attach".
type hanging struct {
	address string
	kind    string        // "" for none
	held    chan struct{} // closed when such a call arrives

	mu    sync.Mutex
	kinds map[string]bool // all kinds of calls that were made
	once  sync.Once
}

func hang(t *testing.T, socket, kind string) *hanging {
	t.Helper()
	h := &hanging{kind: kind, held: make(chan struct{}), kinds: map[string]bool{}}
	loads := kind == "" || strings.Contains(kind, "/images/")
	var asking sync.Mutex
	first := func() bool {
		asking.Lock()
		defer asking.Unlock()
		was := loads
		loads = false
		return was
	}
	h.address = handled(t, socket, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		asked := kindOf(r)
		h.mu.Lock()
		h.kinds[asked] = true
		h.mu.Unlock()
		switch {
		case asked == kind:
			h.once.Do(func() { close(h.held) })
			<-r.Context().Done()
		case asked == "GET /images/ID/json" && first():
			// Like an engine that never received the agent's image.
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"message": "no such image"}`)
		default:
			pass.ServeHTTP(w, r)
		}
	})
	return h
}

// handled returns the address of a proxy in front of an engine's socket that passes each request to handle first.
func handled(
	t *testing.T, socket string, handle func(w http.ResponseWriter, r *http.Request, pass http.Handler),
) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "netlab") // a test's own folder makes a path that is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	listener, err := net.Listen("unix", filepath.Join(folder, "s"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "docker"})
	proxy.FlushInterval = -1
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, proxy) })}
	t.Cleanup(func() { server.Close() })
	go func() { _ = server.Serve(listener) }()
	return "unix://" + listener.Addr().String()
}

var named = regexp.MustCompile(`^/(containers|networks|images|volumes|exec|services|tasks|nodes)/(.+?)(/[a-z]+)?$`)

// kindOf is a call without its API version and its object.
func kindOf(r *http.Request) string {
	path := regexp.MustCompile(`^/v1\.[0-9]+`).ReplaceAllString(r.URL.Path, "")
	if !slices.Contains([]string{"create", "json", "load"}, path[strings.LastIndex(path, "/")+1:]) ||
		strings.Count(path, "/") > 2 {
		path = named.ReplaceAllString(path, "/$1/ID$3")
	}
	return r.Method + " " + path
}

// TestIntegrationHangs makes an engine hang on each kind of call that lessons make, one after the other. netlab ends
// soon after --timeout, or says what it waits for and ends on Ctrl-C.
func TestIntegrationHangs(t *testing.T) {
	d, netlab := newDocker(t), program(t)
	socket := strings.TrimPrefix(d.api.DaemonHost(), "unix://")
	lessons := []string{"multi-homed", "bridge", "image-and-container", "multi-stage", "testdata/cases/paused.yaml"}
	by := map[string]string{} // kind to the first lesson that makes such a call
	for _, lesson := range lessons {
		h := hang(t, socket, "")
		if c := start(t, d, netlab, "demo", lesson, "--all", "-H", h.address); c.end(t) != 0 {
			t.Fatalf("%s, with nothing held: %s%s", lesson, &c.out, &c.err)
		}
		t.Logf("%s asks %v", lesson, slices.Sorted(maps.Keys(h.kinds)))
		for kind := range h.kinds {
			if by[kind] == "" {
				by[kind] = lesson
			}
		}
	}
	for _, kind := range []string{
		"POST /containers/ID/attach", "POST /containers/ID/stop", "POST /images/load", "POST /containers/ID/pause",
		"POST /containers/ID/unpause",
	} {
		if by[kind] == "" {
			t.Errorf("no lesson asks %s; there are %v", kind, slices.Sorted(maps.Keys(by)))
		}
	}
	var wg sync.WaitGroup
	atOnce := make(chan struct{}, 8)
	for _, kind := range slices.Sorted(maps.Keys(by)) {
		wg.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			for limit := 4 * time.Second; ; limit *= 3 {
				err := hangs(t, d, netlab, socket, kind, by[kind], limit)
				if errors.Is(err, errNotAsked) && limit < time.Minute {
					continue
				}
				if err != nil {
					t.Errorf("%s hangs, in %s: %v", kind, by[kind], err)
				}
				return
			}
		})
	}
	// Someone who does not wait for --timeout presses Ctrl-C twice.
	for _, kind := range []string{"POST /containers/create", "POST /containers/ID/attach", "DELETE /containers/ID"} {
		wg.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			if err := interruptedTwice(t, d, netlab, socket, kind); err != nil {
				t.Errorf("%s hangs, and Ctrl-C is pressed: %v", kind, err)
			}
		})
	}
	wg.Wait()
}

// interruptedTwice runs a lesson on an engine that hangs on one kind of call, and interrupts it. netlab says what it
// waits for, and ends on the second interrupt.
func interruptedTwice(t *testing.T, d docker, netlab, socket, kind string) error {
	t.Helper()
	h := hang(t, socket, kind)
	c := exec.Command(netlab, "demo", "none", "--only", "loopback", "-H", h.address)
	var words screen
	c.Stderr = &words
	if err := c.Start(); err != nil {
		return err
	}
	t.Cleanup(func() { d.remove(c.Process.Pid) })
	defer time.AfterFunc(2*time.Minute, func() { _ = c.Process.Kill() }).Stop()
	ended := make(chan struct{})
	go func() {
		_ = c.Wait() // its state says how it ended
		close(ended)
	}()
	select {
	case <-h.held:
	case <-ended:
		return fmt.Errorf("it did not ask: %s", &words)
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	said := "still waiting for the engine at " + h.address + " to "
	for over := time.After(30 * time.Second); !strings.Contains(words.String(), said); {
		select {
		case <-ended: // without help, because nothing depends on that call
			if code := c.ProcessState.ExitCode(); code != 130 || !strings.Contains(words.String(), "Interrupted.") {
				return fmt.Errorf("exit code %d: %s", code, &words)
			}
			return nil
		case <-time.After(50 * time.Millisecond):
		case <-over:
			return fmt.Errorf("it waits without saying for what: %s", &words)
		}
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(20 * time.Second):
		return errors.New("it goes on after the second Ctrl-C")
	}
}

var errNotAsked = errors.New("it was not asked")

// hangs runs a lesson on an engine that hangs on one kind of call. It returns errNotAsked if --timeout came before that
// call.
func hangs(
	t *testing.T, d docker, netlab, socket, kind, lesson string, limit time.Duration, flags ...string,
) error {
	t.Helper()
	h := hang(t, socket, kind)
	args := append([]string{"demo", lesson, "--all", "-H", h.address, "--timeout", limit.String()}, flags...)
	c := exec.Command(netlab, args...)
	var words screen
	c.Stderr = &words
	if err := c.Start(); err != nil {
		return err
	}
	t.Cleanup(func() { d.remove(c.Process.Pid) })
	defer time.AfterFunc(3*time.Minute, func() { _ = c.Process.Kill() }).Stop()
	ended := make(chan struct{})
	go func() {
		_ = c.Wait() // its state says how it ended
		close(ended)
	}()
	select {
	case <-h.held:
	case <-ended:
		if c.ProcessState.Success() {
			return fmt.Errorf("it came to its end, and did not ask: %s", &words)
		}
		return errNotAsked
	}
	said := "still waiting for the engine at " + h.address + " to "
	for over := time.After(limit + 10*time.Second); !strings.Contains(words.String(), said); {
		select {
		case <-ended:
			// Without help: with the exit code of an unusable engine or, if the call did not matter, with success.
			if code := c.ProcessState.ExitCode(); code != 3 && code != 0 {
				return fmt.Errorf("exit code %d: %s", code, &words)
			}
			return nil
		case <-time.After(50 * time.Millisecond):
		case <-over:
			return fmt.Errorf("10 s after --timeout it waits without a word: %s", &words)
		}
	}
	if !strings.Contains(words.String(), "Ctrl-C gives up") || !strings.Contains(words.String(), " clean then removes") {
		return fmt.Errorf("it does not say what can be done: %s", &words)
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	select {
	case <-ended:
		return nil
	case <-time.After(20 * time.Second):
		return errors.New("it goes on after Ctrl-C")
	}
}
