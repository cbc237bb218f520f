//go:build linux

package server

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// How sizes are tried. Each is sent several times, because any packet may get lost.
const (
	sizeTries   = 3
	sizesAtOnce = 15
	sizeApart   = time.Millisecond       // so that no buffer on the way overflows
	sizeWait    = 200 * time.Millisecond // for replies, at least
)

// size answers probe.Size.
func size(ctx context.Context, q probe.Size) probe.Outcome {
	addr, err := netip.ParseAddr(q.Address)
	if err != nil || q.Bytes < probe.LeastSize || q.Bytes > probe.MostSize {
		return broken("%q is not an address, or %d no size from %d to %d", q.Address, q.Bytes, probe.LeastSize,
			probe.MostSize)
	}
	addr = addr.Unmap()
	p, err := openPinger(ctx, addr)
	if err != nil {
		return probe.Outcome{Reason: pingDenied(err), Detail: "no ICMP socket: " + err.Error()}
	}
	defer p.socket.close()
	s := &sizer{pinger: p, least: icmpHeaders(addr), answered: map[int]bool{}, failed: map[int]*echoError{}}
	s.buf = make([]byte, q.Bytes+128) // the IP header of a raw reply is at most 60 bytes
	o := s.try(q.Bytes)
	o.Evidence = p.evidence()
	if path := pathTo(addr); path != nil {
		path.Sent = len(s.sent)
		path.observe(addr)
		o.Path = &path.Path
	}
	return o
}

// icmpHeaders are the bytes of an echo request without data.
func icmpHeaders(to netip.Addr) int {
	const ip4, ip6, echo = 20, 40, 8
	if to.Is6() {
		return ip6 + echo
	}
	return ip4 + echo
}

// A sizer sends echo requests of several sizes, and notes which of them are answered.
type sizer struct {
	*pinger
	least    int // the smallest size: headers only
	buf      []byte
	sent     []sentEcho
	answered map[int]bool
	failed   map[int]*echoError // sizes about which an error came
	took     time.Duration      // the longest round trip
	waited   time.Duration      // the longest wait for replies
	others   othersErrors
}

// A sentEcho is an echo request; its index is its sequence number.
type sentEcho struct {
	size int
	at   time.Time
}

// try tries a size and, if it is not answered, finds the largest one that is.
func (s *sizer) try(bytes int) probe.Outcome {
	// The kernel's estimate of the path's MTU must not matter, because it may be old.
	err := s.discoverMTU(unix.IP_PMTUDISC_PROBE)
	host := waitForHost(s.peer.Addr())
	if err == nil {
		err = s.connect(host)
	}
	if err == nil {
		err = s.round(func(waited time.Duration) (time.Duration, error) {
			if s.answered[s.least] {
				return s.patience(waited)
			}
			return host(waited)
		}, s.least, bytes)
	}
	if err != nil || !s.answered[s.least] {
		return s.because(s.least, err)
	}
	took, most := s.took, bytes
	if own := s.failed[bytes]; own != nil && own.local() {
		most = own.mtu() + 1 // what the interface carries is sent first
	}
	largest, err := s.search(most)
	if err != nil {
		return s.because(bytes, err)
	}
	o := probe.Outcome{Reason: probe.OK, TookUS: max(took.Microseconds(), 1)}
	if largest < bytes {
		o = s.because(bytes, nil)
	}
	o.Value = strconv.Itoa(largest)
	return o
}

// search returns the largest size below most that is answered, or most itself if it was.
func (s *sizer) search(most int) (int, error) {
	if s.answered[most] {
		return most, nil
	}
	low, high := s.least, most
	for first := true; high-low > 1; first = false {
		var sizes []int
		step := max((high-low)/(sizesAtOnce+1), 1)
		for n := high - step; n > low && len(sizes) < sizesAtOnce; n -= step {
			sizes = append(sizes, n)
		}
		if first {
			sizes = []int{high - 1} // an interface, or a link that is one byte too small
		}
		if err := s.round(s.patience, sizes...); err != nil {
			return 0, err
		}
		slices.Sort(sizes)
		for _, n := range sizes {
			if !s.answered[n] {
				high = n
				break
			}
			low = n
		}
	}
	return low, nil
}

// patience waits for the last replies.
func (s *sizer) patience(waited time.Duration) (time.Duration, error) {
	return waitFor(max(sizeWait, 3*s.took))(waited)
}

// round sends each of some sizes until it is answered, or an error comes, or its tries are used up.
func (s *sizer) round(last patience, sizes ...int) error {
	pending := func(size int) bool { return !s.answered[size] && s.failed[size] == nil }
	for range sizeTries {
		for _, size := range slices.DeleteFunc(slices.Clone(sizes), func(n int) bool { return !pending(n) }) {
			if err := s.sendOne(size); err != nil {
				return err
			}
			if err := s.collect(waitFor(sizeApart), nil); err != nil {
				return err
			}
		}
	}
	start := time.Now()
	err := s.collect(last, func() bool { return slices.ContainsFunc(sizes, pending) })
	s.waited = max(s.waited, time.Since(start))
	return err
}

// sendOne sends a request of a size. The error is about all sizes.
func (s *sizer) sendOne(size int) error {
	packet, err := s.request(uint16(len(s.sent)), size-s.least)
	if err != nil {
		return err
	}
	s.sent = append(s.sent, sentEcho{size, time.Now()})
	for {
		err := s.send(packet)
		if err == nil || errors.Is(err, unix.ENOBUFS) { // the other end of a veth pair did not take it (veth_xmit)
			return nil
		}
		local, err := s.note(err)
		switch {
		case err != nil:
			return err
		case local != nil: // this very packet is larger than its interface carries
			s.failed[size] = local
			return nil
		}
	}
}

// collect notes replies and errors until patience runs out, or nothing is pending any more (if pending is not nil).
func (s *sizer) collect(wait patience, pending func() bool) error {
	start := time.Now()
	since := func(time.Duration) (time.Duration, error) { return wait(time.Since(start)) }
	for pending == nil || pending() {
		n, err := s.receive(s.buf, since)
		var quiet *silence
		switch {
		case errors.As(err, &quiet):
			return nil
		case err != nil:
			if _, err := s.note(err); err != nil {
				return err
			}
			continue
		}
		if seq, ok := s.reply(s.buf[:n]); ok && int(seq) < len(s.sent) {
			echo := s.sent[seq]
			s.answered[echo.size] = true
			s.took = max(s.took, time.Since(echo.at))
		}
	}
	return nil
}

// note reads the reports that came with a socket error, and notes those about one size. It returns an error of the
// asker's own kernel about the packet that is being sent, or an error about all sizes. (The kernel queues a report
// before it sets the error, so an error may come after its report was read.)
func (s *sizer) note(err error) (local *echoError, about error) {
	own, ours := s.sift(err, &s.others)
	if ours && len(own) == 0 {
		return nil, err
	}
	s.others += othersErrors(len(own))
	for _, r := range own {
		one := &echoError{syscall.Errno(r.Errno), []report{r}}
		switch {
		case one.local():
			local = one
		case r.Origin == unix.SO_EE_ORIGIN_LOCAL:
			return nil, one
		case len(r.packet) >= 8:
			if seq := int(binary.BigEndian.Uint16(r.packet[6:])); seq < len(s.sent) {
				s.failed[s.sent[seq].size] = one
			}
		}
	}
	return local, nil
}

// local reports whether the asker's own kernel says that a packet is larger than its interface carries.
func (e *echoError) local() bool {
	return len(e.reports) > 0 && e.reports[0].Origin == unix.SO_EE_ORIGIN_LOCAL && errors.Is(e.error, unix.EMSGSIZE)
}

// mtu is the MTU that an error names.
func (e *echoError) mtu() int { return int(e.reports[0].Info) }

// because is the outcome for a size that was not answered. err is one about all sizes, or nil.
func (s *sizer) because(size int, err error) probe.Outcome {
	var about *echoError
	switch one := s.failed[size]; {
	case err == nil && one != nil:
		about, err = one, one
	case err == nil:
		err = &silence{waited: s.waited}
	case errors.As(err, &about):
	}
	if about == nil {
		return s.failure(err, nil)
	}
	return s.failure(err, about.reports)
}
