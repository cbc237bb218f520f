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

// TestFields: a question's fields with these names are found, and its kind has the properties that they imply.
func TestFields(t *testing.T) {
	target := ask.PeerTarget("bob")
	for _, kind := range ask.Kinds() {
		v := reflect.New(reflect.TypeOf(kind)).Elem()
		for _, name := range []string{"Server", "Through"} {
			if f := v.FieldByName(name); f.IsValid() {
				f.Set(reflect.ValueOf(target))
			}
		}
		if f := v.FieldByName("Thing"); f.IsValid() {
			f.SetString("links")
		}
		has := func(name string) bool { return v.FieldByName(name).IsValid() }
		q := v.Interface().(ask.Question)
		through, _ := ask.Through(q)
		if ask.Server(q).IsZero() == has("Server") || through.IsZero() == has("Through") ||
			(ask.ThingOf(q) == "") == has("Thing") {
			t.Errorf("%s: Server, Through or ThingOf does not find its field", q.Kind().Name)
		}
		reaches := false
		for i := range v.NumField() {
			f := v.Type().Field(i)
			reaches = reaches || f.Type == reflect.TypeFor[ask.Target]() && f.Name != "At" // where it listens
		}
		switch k := q.Kind(); {
		case k.Resolves != has("Server"):
			t.Errorf("%s: Resolves is %t", k.Name, k.Resolves)
		case k.Sends != (reaches || has("Service")):
			t.Errorf("%s: Sends is %t", k.Name, k.Sends)
		case k.Sends && !k.Sockets:
			t.Errorf("%s sends without sockets", k.Name)
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
