package result

import "netlab/netlab/probe"

// A Prediction is what someone predicted before a check's answer was shown.
type Prediction struct {
	Choices []Choice `json:"choices"`          // as shown: "yes", "refused", …, "something else"
	Choice  string   `json:"choice,omitempty"` // what was chosen, or ""
	Answer  string   `json:"answer,omitempty"` // what was measured; "" if nothing could be measured
	Right   bool     `json:"right"`            // whether Choice is Answer
}

// A Choice is a possible answer: a reason, or a value without one. A record has only its words.
type Choice struct {
	Reason probe.Reason
	Text   string
}

// MarshalText returns the words of c.
func (c Choice) MarshalText() ([]byte, error) { return []byte(c.Text), nil }

// UnmarshalText reads the words of c.
func (c *Choice) UnmarshalText(text []byte) error {
	c.Text = string(text)
	return nil
}

// Counts reports whether the prediction can be right or wrong.
func (p *Prediction) Counts() bool { return p != nil && p.Choice != "" && p.Answer != "" }

// A Score is how many predictions matched the measurements.
type Score struct {
	Right, Of int
	Groups    []GroupScore // in the order in which their first questions were asked
}

// A GroupScore is the score for one group of questions.
type GroupScore struct {
	Group     string
	Right, Of int
}

// Score counts the predictions of all steps.
func (r *Record) Score() Score {
	var s Score
	for _, sc := range r.Scenarios {
		for _, st := range sc.Steps {
			if st.Predicted.Counts() {
				s.add(st.Group, st.Predicted.Right)
			}
		}
	}
	return s
}

func (s *Score) add(group string, right bool) {
	at := -1
	for i, g := range s.Groups {
		if g.Group == group {
			at = i
		}
	}
	if at < 0 {
		at = len(s.Groups)
		s.Groups = append(s.Groups, GroupScore{Group: group})
	}
	s.Of++
	s.Groups[at].Of++
	if right {
		s.Right++
		s.Groups[at].Right++
	}
}

// MostMissed lists the groups with the most wrong predictions. It returns several if they are tied, and none if all
// predictions were right.
func (s Score) MostMissed() []GroupScore {
	var most []GroupScore
	missed := 1
	for _, g := range s.Groups {
		switch n := g.Of - g.Right; {
		case n > missed:
			missed, most = n, []GroupScore{g}
		case n == missed:
			most = append(most, g)
		}
	}
	return most
}
