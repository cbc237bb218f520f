package cli

import "golang.org/x/sys/unix"

// The requests that read and write a terminal's settings (termios(3), ioctl_tty(2)).
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)
