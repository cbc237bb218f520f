//go:build linux

package server

import (
	"context"
	"os"
	"reflect"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"netlab/netlab/probe"
)

// TestEveryQuestion: the agent answers every question that probe has, apart from the witness's.
func TestEveryQuestion(t *testing.T) {
	t.Parallel()
	fields := reflect.TypeFor[probe.Question]()
	for i := range fields.NumField() {
		var q probe.Question
		reflect.ValueOf(&q).Elem().Field(i).Set(reflect.New(fields.Field(i).Type.Elem()))
		t.Run(fields.Field(i).Name, func(t *testing.T) {
			b := newBareBox(t, unix.CLONE_NEWNET|unix.CLONE_NEWUTS|unix.CLONE_NEWPID, os.Args[0])
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
			defer stop()
			o, err := b.Ask(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			if witness := q.Drops != nil; witness != (o.Detail == unknown) {
				t.Errorf("got %s: %s", o.Reason, o.Detail)
			}
		})
	}
}
