package result

import (
	"slices"
	"time"

	"netlab/netlab/probe"
)

// NothingFailed is the verdict of a Why that waited for a failure and saw none.
const NothingFailed = "nothing-failed"

// A Live is what netlab saw while it waited for a failure of the programs in a network namespace.
type Live struct {
	ForUS int64 `json:"for_us"`

	Connections int `json:"connections"` // TCP connections that the programs began
	Lookups     int `json:"lookups"`     // names that they asked DNS servers for
	Waiting     int `json:"waiting"`     // of both, those that had no answer in the end
	Second      int `json:"second"`      // connections that only a second address of a name accepted
	Missed      int `json:"missed"`      // packets that netlab could not look at

	Failed   *probe.Failure `json:"failed,omitempty"`    // what the rest of the answer is about; absent if nothing failed
	FailedAt *time.Time     `json:"failed_at,omitempty"` // on the clock of netlab's machine

	Moments []Moment `json:"moments"` // in their order; never null
}

// Listened reports whether netlab could listen at all. Otherwise it is unknown whether anything failed.
func (l *Live) Listened() bool {
	return slices.ContainsFunc(l.Moments, func(m Moment) bool { return m.Kind == MomentListens })
}
