package cli

import "golang.org/x/sys/unix"

// How a terminal's settings are read and written (termios(3), ioctl_tty(2)).
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)
