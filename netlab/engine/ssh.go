package engine

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"syscall"
)

type dialing = func(ctx context.Context, network, address string) (net.Conn, error)

func dialSSH(next dialing) dialing {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := next(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return sshConn{conn}, nil
	}
}

// An sshConn is Docker's connection through ssh. If ssh has ended, that says why when it is read, but not when it is
// written to.
type sshConn struct{ net.Conn }

func (c sshConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		if _, said := c.Read(make([]byte, 1)); said != nil {
			err = said
		}
	}
	return n, err
}

// CloseWrite tells an attached container that its input has ended.
func (c sshConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// sshEnded matches the error of a call over ssh when ssh has ended. Docker gives only this text. (docker/cli,
// cli/connhelper/commandconn: handleEOF.)
var sshEnded = regexp.MustCompile(`(?s)command \[ssh .*\] (?:has exited with|did not exit after) (.*?)[,:] ` +
	`.*stderr=(.*)`)

// sshSaid returns ssh's own message from such an error, or the whole error.
func sshSaid(err error) string {
	part := sshEnded.FindStringSubmatch(err.Error())
	switch {
	case part == nil:
		return oneLine(err)
	case strings.Trim(part[2], "\" \r\n") == "":
		return "ssh ended with " + part[1]
	}
	return oneLine(errors.New(part[2]))
}
