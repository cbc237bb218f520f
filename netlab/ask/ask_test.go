package ask_test

import (
	"reflect"
	"testing"

	"netlab/netlab/ask"
)

// TestNames: a question names everything that its fields refer to, so that a lab reduced to some questions keeps what
// they need.
func TestNames(t *testing.T) {
	for _, kind := range ask.Kinds() {
		v := reflect.New(reflect.TypeOf(kind)).Elem()
		want := map[string]bool{}
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			ref := ask.Reference{Head: name}
			switch f := v.Field(i); f.Interface().(type) {
			case ask.Target:
				f.Set(reflect.ValueOf(ask.Target{Ref: ref}))
				want[name] = true
			case ask.Reference:
				f.Set(reflect.ValueOf(ref))
				want[name] = true
			}
		}
		for _, r := range ask.References(v.Interface().(ask.Question)) {
			delete(want, r.Head)
		}
		for name := range want {
			t.Errorf("%s does not name its %s", kind.Kind().Name, name)
		}
	}
}

// TestKindsAreComplete: every question that a lab can be asked is in the table, where the loader finds it.
func TestKindsAreComplete(t *testing.T) {
	listed := map[reflect.Type]bool{}
	for _, kind := range ask.Kinds() {
		listed[reflect.TypeOf(kind)] = true
	}
	lab := reflect.TypeFor[ask.Lab]()
	for i := range lab.NumMethod() {
		if asks := lab.Method(i).Type.In(1); !listed[asks] {
			t.Errorf("Kinds does not list %s", asks)
		}
	}
}

// TestSays: an action is told with all its objects, and one of a later version as it is written.
func TestSays(t *testing.T) {
	for _, tt := range []struct {
		action ask.Action
		want   string
	}{
		{ask.Action{Verb: ask.VerbConnect, Peer: "alice", Network: "back"}, "alice joins network back"},
		{ask.Action{Verb: ask.VerbEdit, Image: "shop", File: "main.txt"}, "main.txt of shop is changed"},
		{ask.Action{Verb: ask.VerbStop, Peer: "$2"}, "$2 is stopped"},
		{ask.Action{Verb: "freeze", Peer: "alice"}, "freeze alice"},
		{ask.Action{Verb: ask.VerbConnect, Peer: "alice"}, "connect alice"},
	} {
		if got := tt.action.Says(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.action, got, tt.want)
		}
	}
}
