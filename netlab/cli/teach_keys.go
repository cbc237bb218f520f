package cli

// The keys of a class, between answers and in labs.

import (
	"context"
	"fmt"
	"io"
	"strings"

	"netlab/netlab/engine"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// A standing lab is up and can open a shell.
type standing struct {
	session  session
	scenario *result.Scenario
}

const classKeys = `  Enter, space, right   continue
  b, left               go back to an earlier section as it was measured
  s                     skip the next section, or the one about to start
  r                     measure this section again
  n                     show the teacher's note
  x                     open a prompt in the lab, once its answers are shown
  q                     end the class`

const stepKeys = `  Enter, space, right   show the answer
  s                     leave this section
  b, left               go back to the section before
  q                     end the class
`

// goesOn reports whether the key continues.
func goesOn(k key) bool { return k == keyEnter || k == ' ' || k == keyRight }

// ask waits for a key that says where to go. A key shows the teacher's note, because the class sees this screen.
func (c *class) ask(ctx context.Context, what string, d *standing, note string) (move, error) {
	prompt := func() { c.words("", what+". ? lists the keys.") }
	for prompt(); ; {
		k, err := c.keys.key(ctx)
		switch {
		case err != nil:
			return 0, err
		case goesOn(k):
			return moveOn, nil
		}
		switch k {
		case 'b', keyLeft:
			return moveBack, nil
		case 's':
			return moveSkip, nil
		case 'r':
			return moveAgain, nil
		case 'q', keyEnd:
			return moveEnd, nil
		case 'x':
			if err := c.enter(ctx, d); err != nil {
				return 0, err
			}
			prompt()
		case 'n':
			if note == "" {
				note = "This section has no note."
			}
			c.words("", note)
		case '?':
			c.shared.say(classKeys)
		default:
			c.shared.say("That key does nothing here. ? lists the keys.")
		}
	}
}

// enter opens a shell in a container of the lab. If that fails, it says so and the class goes on.
func (c *class) enter(ctx context.Context, d *standing) error {
	if d == nil {
		c.shared.say("No lab is up. Press x once the answers are shown.")
		return nil
	}
	name, err := c.which(ctx, d.scenario)
	if err != nil || name == "" {
		return err
	}
	c.shared.say("A prompt in %s. help lists its commands, exit leaves it.", name)
	screen := &lastByte{w: c.streams.Out, last: '\n'}
	err = c.keys.lend(ctx, func(in io.Reader) error {
		return d.session.Shell(ctx, name, engine.Terminal{In: in, Out: screen, Size: c.streams.size})
	})
	if screen.last != '\n' { // Ctrl-D left the shell in the middle of a line
		c.shared.say("")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		c.words("", failure(err))
	}
	return nil
}

// A lastByte remembers the last byte written through it.
type lastByte struct {
	w    io.Writer
	last byte
}

func (l *lastByte) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.last = p[len(p)-1]
	}
	return l.w.Write(p)
}

// which asks which container to enter: the only one, or one chosen by its number; "" for none.
func (c *class) which(ctx context.Context, sc *result.Scenario) (string, error) {
	var names, choices []string
	for _, p := range sc.Peers {
		if p.Role == "" && len(names) < 9 {
			names = append(names, p.Name)
			choices = append(choices, fmt.Sprintf("%d %s", len(names), render.Plain(p.Name)))
		}
	}
	if len(names) == 1 {
		return names[0], nil
	}
	c.words("", "Container? "+strings.Join(choices, "  "))
	k, err := c.keys.key(ctx)
	if i := int(k - '1'); err == nil && i >= 0 && i < len(names) {
		return names[i], nil
	}
	return "", err
}

// words prints a message to the teacher on stderr, dimmed if possible.
func (c *class) words(first, text string) {
	o := c.options
	o.Color = o.Color && terminalOf(c.streams.Err) != nil
	c.clear()
	_ = render.ClassWords(c.streams.Err, first, text, o) // there is no other place to report this error
}
