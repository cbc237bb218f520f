package cli_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"netlab/netlab/result"
)

// delay returns the address of a proxy to the engine that delays everything by each, in both directions.
func delay(t *testing.T, socket string, each time.Duration) (address string) {
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
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", socket)
			if err != nil {
				near.Close()
				continue
			}
			go carry(far.(*net.UnixConn), near, each)
			go carry(near.(*net.UnixConn), far, each)
		}
	}()
	return "unix://" + listener.Addr().String()
}

// carry copies from one side to the other and delays each piece by each.
func carry(to *net.UnixConn, from io.Reader, each time.Duration) {
	type piece struct {
		at   time.Time
		data []byte
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			data := make([]byte, 64<<10)
			n, err := from.Read(data)
			if n > 0 {
				pieces <- piece{time.Now().Add(each), data[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.at))
		_, _ = to.Write(p.data) // fails if the other side is gone; from then ends soon
	}
	_ = to.CloseWrite()
}

// TestIntegrationStartBehindDelay: a container on a distant engine starts as quickly as on a local one.
func TestIntegrationStartBehindDelay(t *testing.T) {
	const each = 250 * time.Millisecond
	d, netlab := newDocker(t), program(t)
	file := filepath.Join(t.TempDir(), "start.yaml")
	if err := os.WriteFile(file, []byte(`version: 1
name: start
containers:
  alice: {networks: [none]}
steps:
  - {measure: start, from: alice, time: start}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	took := func(host string) time.Duration {
		c := start(t, d, netlab, "run", file, "-H", host, "-o", "json")
		if code := c.end(t); code != 0 {
			t.Fatalf("exit %d: %s", code, &c.err)
		}
		r, err := result.ReadJSON(strings.NewReader(c.out.String()))
		if err != nil {
			t.Fatal(err)
		}
		t.Log(&c.err)
		return time.Duration(r.Scenarios[0].Steps[0].Observed.MedianUS) * time.Microsecond
	}
	home := d.api.DaemonHost()
	here, there := took(home), took(delay(t, strings.TrimPrefix(home, "unix://"), each))
	// Creating and starting take one round trip each.
	if there > here+4*each {
		t.Errorf("the start took %s here and %s behind a delay of %s each way", here, there, each)
	}
	if here <= 0 || there <= 0 {
		t.Errorf("the start took %s here and %s there", here, there)
	}
	t.Logf("the start took %s here and %s there", here, there)
}
