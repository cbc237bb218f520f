package cli

// netlab and netlab demo on their own: pick a lesson from a list.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/scenarios"
)

// pickHint says which keys pick a lesson.
const pickHint = "Arrow keys or a number choose, Enter starts, q leaves. "

// runPick lets a person pick a lesson, and runs it. If no engine answers, it offers the recordings. Without a terminal,
// or on a very short one, it lists the lessons.
func runPick(ctx context.Context, s *shared, o demoOptions) error {
	lessons, err := builtInLessons()
	if err != nil {
		return err
	}
	_, height := s.streams.size()
	if !s.streams.interactive() || height < len(lessons)+6 { // three headings, two lines about the engine, one for keys
		return write(s.streams.Out, func(w io.Writer) error { return render.List(w, lessons, s.page()) })
	}
	c := s.console()
	about, err := aboutEngine(ctx, s, c)
	var unusable *engine.Unusable
	recorded := errors.As(err, &unusable)
	switch {
	case recorded:
		about = "These are recordings, because " + unusable.What + ":"
		lessons = slices.DeleteFunc(lessons, func(m render.Mode) bool {
			return !slices.Contains(scenarios.Recordings(), m.Name)
		})
	case err != nil:
		return err
	}
	picked, err := c.pick(ctx, about, lessons, s.page())
	switch {
	case err != nil || picked == "":
		return err
	case recorded:
		r := replayOptions{args: []string{picked}, resultOptions: resultOptions{output: o.output}, all: o.all}
		return runReplay(ctx, s, r)
	}
	o.lessons = []string{picked}
	return runDemo(ctx, s, o)
}

// aboutEngine says in one line which engine answers.
func aboutEngine(ctx context.Context, s *shared, c *console) (about string, err error) {
	c.Phase("connecting to the engine")
	defer c.clear()
	err = s.withEngine(ctx, func(_ context.Context, eng *engine.Engine) error {
		e := eng.Fact()
		about = fmt.Sprintf("Engine %s, %s. Pick a lesson:", e.Version, e.System())
		return nil
	})
	return about, err
}

// pick shows the lessons, and waits until a person has picked one. It returns its name; "" if none was picked.
func (c *console) pick(ctx context.Context, about string, lessons []render.Mode, o render.Options) (string, error) {
	marked, number := 0, 0 // number is what the digits typed so far make
	for wait := c.keys.key; ; wait = c.keys.next {
		var menu bytes.Buffer
		if err := render.Menu(&menu, about, lessons, marked, o); err != nil {
			return "", err
		}
		menu.WriteString(pickHint)
		lines := bytes.Count(menu.Bytes(), []byte("\n"))
		if err := c.draw(func(w io.Writer) error { _, err := menu.WriteTo(w); return err }); err != nil {
			return "", err
		}
		k, err := wait(ctx)
		erase := fmt.Sprintf("\r\x1b[%dA\x1b[J", lines) // up to the menu's first line, and everything below it
		if failed := c.draw(func(w io.Writer) error { _, err := io.WriteString(w, erase); return err }); failed != nil {
			return "", failed
		}
		if err != nil {
			return "", err
		}
		digit := int(k - '0')
		switch {
		case k == keyEnter:
			return lessons[marked].Name, nil
		case ends(k):
			return "", nil
		case k == keyDown:
			marked = (marked + 1) % len(lessons)
		case k == keyUp:
			marked = (marked + len(lessons) - 1) % len(lessons)
		case digit >= 0 && digit <= 9:
			if number = number*10 + digit; number > len(lessons) {
				number = digit
			}
			if number > 0 && number <= len(lessons) {
				marked = number - 1
			}
			continue
		}
		number = 0
	}
}
