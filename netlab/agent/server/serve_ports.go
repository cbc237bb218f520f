//go:build linux

package server

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"

	"netlab/netlab/probe"
	"netlab/netlab/safely"
)

// ServePorts answers every holder of the token on the ports, "8080/tcp", until ctx ends, and takes no questions. The
// agent uses it in a task of a swarm service, because nothing can attach to the task's input. It returns right away
// if it cannot listen on one of the ports.
func ServePorts(ctx context.Context, token string, ports []string) error {
	listeners, err := parsePorts(token, ports)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ctx = safely.With(ctx, func(err error) { cancel(err) })
	var open sync.WaitGroup
	for i, q := range listeners {
		open.Go(safely.In(ctx, func() {
			listen(ctx, q, func(o probe.Outcome) {
				if o.Reason != probe.OK {
					cancel(fmt.Errorf("listening on %s: %s %s", ports[i], o.Reason, o.Detail))
				}
			}, func(netip.Addr, string) {})
		}))
	}
	<-ctx.Done()
	open.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func parsePorts(token string, ports []string) ([]probe.Listen, error) {
	listens := make([]probe.Listen, 0, len(ports))
	for _, p := range ports {
		number, network, _ := strings.Cut(p, "/")
		port, err := strconv.ParseUint(number, 10, 16)
		if err != nil || network != "tcp" && network != "udp" {
			return nil, fmt.Errorf("no port: %q; write 8080/tcp", p)
		}
		listens = append(listens, probe.Listen{Network: network, Port: int(port), Token: token})
	}
	return listens, nil
}
