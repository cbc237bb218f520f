package result

// A Prediction is what somebody said before a check's answer was shown.
type Prediction struct {
	Choices []string `json:"choices"`          // as they stood there: "yes", "refused", …, "something else"
	Choice  string   `json:"choice,omitempty"` // the one that was taken; "" where none was
	Answer  string   `json:"answer,omitempty"` // the one that was measured; "" where nothing could be
	Right   bool     `json:"right"`            // Choice is Answer
}

// Counts reports whether the prediction is one that can be right or wrong.
func (p *Prediction) Counts() bool { return p != nil && p.Choice != "" && p.Answer != "" }

// A Score says how many predictions were as measured.
type Score struct {
	Right, Of int
	Groups    []GroupScore // in the order in which they were asked first
}

// A GroupScore is that of one group of questions.
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

// MostMissed lists the groups in which most predictions were wrong: several where as many were in each, none where all
// were right.
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
