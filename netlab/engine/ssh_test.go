package engine

import (
	"errors"
	"io/fs"
	"net"
	"syscall"
	"testing"
)

// An endedSSH is Docker's connection through an ssh that has ended.
type endedSSH struct{ net.Conn }

const sshSays = `command [ssh far docker system dial-stdio] has exited with exit status 255, make sure ` +
	`the URL is valid, and Docker 18.09 or later is installed on the remote host: ` +
	"stderr=ssh: Could not resolve hostname far"

func (endedSSH) Read([]byte) (int, error) { return 0, errors.New(sshSays) }

func (endedSSH) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

// TestSSHEnded: netlab says what ssh said, also if ssh ended before netlab sent anything.
func TestSSHEnded(t *testing.T) {
	_, err := sshConn{endedSSH{}}.Write([]byte("HEAD /_ping"))
	const want = "netlab cannot reach the Docker Engine at ssh://far: ssh: Could not resolve hostname far"
	if got := unusable("ssh://far", "", err).What; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
