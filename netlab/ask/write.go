package ask

import (
	"context"
	"strconv"

	"netlab/netlab/probe"
)

// A Write writes a file in the asker: a line of text, or so many bytes.
type Write struct {
	Path  string `json:"path"`
	Text  string `json:"text,omitempty"` // "" if Bytes gives the size
	Bytes int    `json:"bytes,omitempty"`
}

// A File reads a file in the asker.
type File struct {
	Path string `json:"path"`
}

// Kind returns the properties of writing a file.
func (Write) Kind() Kind {
	return Kind{
		Name: "write", Doc: "write a file in the container that asks: /note", Example: "/note", Group: Files,
		Wants: WantsYesNo, Answer: NoAnswer, Changes: true,
	}
}

func (q Write) String() string {
	bytes := ""
	if q.Bytes > 0 {
		bytes = strconv.Itoa(q.Bytes)
	}
	return words([]string{"write", q.Path}, [2]string{"bytes", bytes})
}

// Ask writes the file.
func (q Write) Ask(ctx context.Context, l Lab) probe.Outcome { return l.Write(ctx, q) }

// Kind returns the properties of reading a file.
func (File) Kind() Kind {
	return Kind{
		Name: "file", Doc: "read a file in the container that asks: /note", Example: "/note", Group: Files,
		Wants: WantsYesNo,
	}
}

func (q File) String() string { return "file " + q.Path }

// Ask reads the file.
func (q File) Ask(ctx context.Context, l Lab) probe.Outcome { return l.File(ctx, q) }
