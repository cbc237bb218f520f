package engine

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The daemons' output for these Dockerfiles, first without a cache and then with one.
const (
	built2010 = `{"stream":"Step 1/4 : FROM netlab/agent:9e12e902a6d3"}
{"stream":"\n"}
{"stream":" ---\u003e 7d5d7d28aad2\n"}
{"stream":"Step 2/4 : COPY a.txt /src/"}
{"stream":"\n"}
{"stream":" ---\u003e Using cache\n"}
{"stream":" ---\u003e cbb13210c31d\n"}
{"stream":"Step 3/4 : RUN ip addr"}
{"stream":"\n"}
{"stream":" ---\u003e Running in ab5877e93907\n"}
{"stream":"1  lo  loopback  up  mtu 65536  -  127.0.0.1/8\n"}
{"stream":"Removing intermediate container ab5877e93907\n"}
{"stream":" ---\u003e 74424e2615b8\n"}
{"stream":"Step 4/4 : USER 1000"}
{"stream":"\n"}
{"stream":" ---\u003e Running in dc819f0f47ce\n"}
{"stream":"Removing intermediate container dc819f0f47ce\n"}
{"stream":" ---\u003e c613f59cd8ef\n"}
{"aux":{"ID":"sha256:c613f59cd8ef8bd5a92451555c9bfb8a5793d85d3a3540a1176a84f1dc47f8bc"}}
{"stream":"Successfully built c613f59cd8ef\n"}
{"stream":"Successfully tagged netlab-x-shop:latest\n"}
`
	built285 = `{"stream":"Step 1/3 : FROM netlab/agent:9e12e902a6d3"}
{"stream":"\n"}
{"stream":" ---\u003e 7d5d7d28aad2\n"}
{"stream":"Step 2/3 : COPY a.txt /src/"}
{"stream":"\n"}
{"stream":" ---\u003e Using cache\n"}
{"stream":" ---\u003e 71589a682887\n"}
{"stream":"Step 3/3 : RUN ip addr"}
{"stream":"\n"}
{"stream":" ---\u003e Running in 046ed05515ad\n"}
{"stream":"1  lo  loopback  up  mtu 65536  -  127.0.0.1/8 ::1/128\n"}
{"stream":" ---\u003e Removed intermediate container 046ed05515ad\n"}
{"stream":" ---\u003e 29546ab34b64\n"}
{"aux":{"ID":"sha256:29546ab34b64aa1324e1ad486ad6763e0a787e7ccf101ea24c8bec14ad15cf29"}}
{"stream":"Successfully built 29546ab34b64\n"}
`
)

func TestFollow(t *testing.T) {
	tests := []struct {
		name, words string
		want        []BuildStep
		err         string
	}{
		{name: "20.10", words: built2010, want: []BuildStep{
			{Instruction: "FROM netlab/agent:9e12e902a6d3"},
			{Instruction: "COPY a.txt /src/", Cached: true},
			{Instruction: "RUN ip addr"},
			{Instruction: "USER 1000"},
		}},
		{name: "28.5", words: built285, want: []BuildStep{
			{Instruction: "FROM netlab/agent:9e12e902a6d3"},
			{Instruction: "COPY a.txt /src/", Cached: true},
			{Instruction: "RUN ip addr"},
		}},
		{
			name: "what a RUN prints is not the builder's word",
			words: `{"stream":"Step 1/2 : FROM netlab/agent:9e12e902a6d3"}
{"stream":"Step 2/2 : RUN help"}
{"stream":" ---\u003e Running in 046ed05515ad\n"}
{"stream":"Step 9/2 : RUN away\nit says ---\u003e Using cache\n"}
{"stream":"Successfully built 29546ab34b64\n"}
`,
			want: []BuildStep{{Instruction: "FROM netlab/agent:9e12e902a6d3"}, {Instruction: "RUN help"}},
		},
		{
			name: "a command fails, 20.10 and 28.5",
			words: `{"stream":"Step 1/2 : FROM netlab/agent:9e12e902a6d3"}
{"stream":"Step 2/2 : RUN no"}
{"errorDetail":{"code":2,"message":"The command '/bin/sh -c no' returned a non-zero code: 2"},` +
				`"error":"The command '/bin/sh -c no' returned a non-zero code: 2"}
`,
			want: []BuildStep{{Instruction: "FROM netlab/agent:9e12e902a6d3"}, {Instruction: "RUN no"}},
			err:  "The command '/bin/sh -c no' returned a non-zero code: 2",
		},
		{
			name:  "another builder",
			words: `{"stream":"STEP 1/2: FROM netlab/agent:9e12e902a6d3\n"}` + "\n" + `{"stream":"COMMIT netlab-x-shop\n"}`,
			err:   "the engine's reply is not from the classic builder",
		},
		{name: "cut off", words: `{"stream":"Ste`, err: "reading the engine's answer: unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := follow(strings.NewReader(tt.words), time.Now)
			for i := range got {
				got[i].Took = 0
			}
			said := ""
			if err != nil {
				said = err.Error()
			}
			if said != tt.err {
				t.Errorf("got error %q, want %q", said, tt.err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A step takes until the next one begins, the last one until the image is there.
func TestFollowTime(t *testing.T) {
	clock, now := []int{0, 1, 5, 7}, -1 // seconds, at each step and at the end
	steps, err := follow(strings.NewReader(built285), func() time.Time {
		now++
		return time.Unix(int64(clock[now]), 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []time.Duration
	for _, s := range steps {
		got = append(got, s.Took)
	}
	if diff := cmp.Diff([]time.Duration{time.Second, 4 * time.Second, 2 * time.Second}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The labels stand behind each base, so that everything that a build leaves carries them.
func TestBuildContext(t *testing.T) {
	label := labelInstruction(map[string]string{"netlab.session": "0123abcd", "netlab.owner": `b pid:[1] 7 $9"`})
	if want := `LABEL netlab.owner="b pid:[1] 7 \$9\"" netlab.session="0123abcd"`; label != want {
		t.Errorf("got %s, want %s", label, want)
	}
	spec := BuildSpec{
		Dockerfile: "# mine\nFROM netlab AS first\nRUN help\nFROM first\nFROM netlab\n",
		Files:      []BuildFile{{"a.txt", "one"}, {"src/b.txt", "two"}},
	}
	archive, err := spec.context("netlab/agent:1", "LABEL x=y")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Dockerfile": "# mine\nFROM netlab/agent:1 AS first\nLABEL x=y\nRUN help\nFROM first\nFROM netlab/agent:1\n" +
			"LABEL x=y\n",
		"a.txt": "one", "src/b.txt": "two",
	}
	if diff := cmp.Diff(want, untar(t, archive)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInstruction(t *testing.T) {
	for by, want := range map[string]string{
		"netlab":                       "FROM netlab",
		"/bin/sh -c fill /deps 8M":     "RUN fill /deps 8M",
		"/bin/sh -c #(nop)  USER 1000": "USER 1000",
		"/bin/sh -c #(nop) COPY file:2cc6f75217b6d0ad0246a0f00e7bb329 in /src/ ": "COPY /src/",
	} {
		if got := instruction(by); got != want {
			t.Errorf("%s: got %q, want %q", by, got, want)
		}
	}
}

func untar(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	files := map[string]string{}
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(content)
	}
}
