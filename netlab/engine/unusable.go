package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"github.com/docker/docker/client"
)

// livesLimit is how long to wait for an engine that hung up in the middle of an answer.
const livesLimit = 2 * time.Second

// Unusable means that netlab has no engine to work with: none answers, the user has no permission, it is too old, or
// it stopped answering during the run.
type Unusable struct {
	What string // one clear sentence without a period
	Hint string // what to do
	Err  error  // from the client; nil if the engine answered but is unsuitable
}

// Error returns the sentence.
func (u *Unusable) Error() string { return u.What }

// Unwrap returns the client's error.
func (u *Unusable) Unwrap() error { return u.Err }

// unusable describes the error of a call that got no answer.
func unusable(host, context string, err error) *Unusable {
	var (
		u    = &Unusable{Err: err}
		cert *tls.CertificateVerificationError
		ca   x509.UnknownAuthorityError
	)
	at := "at " + host
	if context != "" {
		at += fmt.Sprintf(" (docker context %q)", context)
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		u.What = "this user has no permission to use the Docker Engine " + at
		u.Hint = "run `sudo usermod -aG docker $USER` and log in again, or run netlab as root"
	case strings.HasPrefix(host, "ssh://"):
		u.What = fmt.Sprintf("netlab cannot reach the Docker Engine %s: %s", at, sshSaid(err))
		u.Hint = fmt.Sprintf("check that `docker -H %s version` works", host)
	case errors.As(err, &cert), errors.As(err, &ca), isTLS(err):
		u.What = fmt.Sprintf("the Docker Engine %s and netlab do not agree on TLS: %s", at, oneLine(err))
		u.Hint = "check DOCKER_CERT_PATH and DOCKER_TLS_VERIFY, or the certificates of the docker context"
	case !isGone(err) && !isTimeout(err):
		u.What = fmt.Sprintf("the Docker Engine %s replied with an error: %s", at, oneLine(err))
		u.Hint = "check that `docker version` works"
	default:
		u.What = "no Docker Engine answers " + at
		u.Hint = "Start Docker (`sudo systemctl start docker`, or Docker Desktop), or choose another engine with " +
			"--context or DOCKER_HOST"
	}
	return u
}

// isTLS detects a plain client at a TLS port, or the reverse, by text, because neither side has an error type for it.
func isTLS(err error) bool {
	text := err.Error()
	for _, sign := range []string{
		"HTTP request to an HTTPS server", "HTTP response to HTTPS client", "TLS-enabled daemon without TLS",
		"tls: ", "client certification settings",
	} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

func isTimeout(err error) bool { return isLate(err) || errors.Is(err, context.Canceled) }

func isLate(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

// A brokenOff is the error of a connection that ended before the whole answer had arrived.
type brokenOff struct {
	error
	began bool // a part of the answer had arrived
}

func (b *brokenOff) Unwrap() error { return b.error }

// brokeOff marks the error of a connection that ended too early. A decoder's error would not show that: to the
// decoder, the answer ended.
func brokeOff(err error, began bool) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &brokenOff{err, began}
	}
	return err
}

// isGone reports whether a call got no answer because there is no engine at the other end, or no longer.
func isGone(err error) bool {
	if isTimeout(err) {
		return false
	}
	var off *brokenOff
	if client.IsErrConnectionFailed(err) || errors.As(err, &off) || sshEnded.MatchString(err.Error()) {
		return true
	}
	for _, sign := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, syscall.ENOENT} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}

// isGarbled reports whether an answer came but could not be read: it is not JSON, or ends in the middle.
func isGarbled(err error) bool {
	var (
		syntax *json.SyntaxError
		types  *json.UnmarshalTypeError
	)
	return errors.As(err, &syntax) || errors.As(err, &types) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// garbled describes the error of such an answer.
func garbled(host string, err error) *Unusable {
	return &Unusable{
		What: fmt.Sprintf("an answer of the Docker Engine at %s was cut off or not understood: %s", host, oneLine(err)),
		Hint: "check what is between netlab and the engine, such as a proxy", Err: err,
	}
}

// blame describes the error of a call. If no answer came in time, or only a part of one, it pings the engine: either
// the engine is gone, or it is running and hangs or sent a bad answer.
func blame(api client.APIClient, host, context string, err error) *Unusable {
	var off *brokenOff
	if isLate(err) && lives(api) {
		return &Unusable{
			What: "the Docker Engine at " + host + " answers a ping, but does not say in time what it is",
			Hint: "if `docker info` hangs too, restart the engine (`sudo systemctl restart docker`, or Docker Desktop)",
			Err:  err,
		}
	}
	if isTimeout(err) || !isGarbled(err) || errors.As(err, &off) && (!off.began || !lives(api)) {
		return unusable(host, context, err)
	}
	return garbled(host, err)
}

// lives reports whether the engine answers a ping.
func lives(api client.APIClient) bool {
	ctx, stop := context.WithTimeout(context.Background(), livesLimit)
	defer stop()
	_, err := api.Ping(ctx)
	return err == nil
}

// oneLine returns the last line of an error that has several, which is where ssh reports the problem.
func oneLine(err error) string {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	return strings.TrimSuffix(strings.TrimSpace(lines[len(lines)-1]), ".")
}
