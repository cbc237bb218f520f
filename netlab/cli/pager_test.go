package cli

import (
	"io"
	"strings"
	"testing"
)

// Output that is longer than the screen goes through the pager, if a person sits there and has not refused it.
func TestPager(t *testing.T) {
	long, short := strings.Repeat("line\n", 24), strings.Repeat("line\n", 23)
	for _, tt := range []struct {
		name, text, pager string
		never, piped      bool
		want              string
	}{
		{name: "long", text: long, pager: "sed s/^/paged:/", want: strings.Repeat("paged:line\n", 24)},
		{name: "short", text: short, pager: "sed s/^/paged:/", want: short},
		{name: "--no-pager", text: long, pager: "sed s/^/paged:/", never: true, want: long},
		{name: "a pipe", text: long, pager: "sed s/^/paged:/", piped: true, want: long},
		{name: "no such pager", text: long, pager: "/nowhere/less", want: long},
		{name: "a pager left early", text: long, pager: "head -n 1", want: "line\n"},
	} {
		p := &person{}
		s := &printer{noPager: tt.never, streams: Streams{In: p, Out: p, Err: io.Discard, Env: func(name string) string {
			return map[string]string{"PAGER": tt.pager}[name]
		}}}
		if tt.piped {
			s.streams.Out = &p.Buffer
		}
		if err := s.show(func(w io.Writer) error { _, err := io.WriteString(w, tt.text); return err }); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := p.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
