package run

import (
	"testing"

	"netlab/netlab/ask"
)

func TestHolds(t *testing.T) {
	tests := []struct {
		test, measured, expected string
		want                     bool
	}{
		{ask.Equals, "a b", "a b", true},
		{ask.Equals, "a b", "a", false},
		{ask.Sees, "10.0.0.1", "10.0.0.1", true},
		{ask.Sees, "10.0.0.1", "10.0.0.10", false},
		{ask.Differs, "a", "b", true},
		{ask.Differs, "a", "a", false},
		{ask.Contains, "lo eth0", "eth0", true},
		{ask.Contains, "lo eth01", "eth0", false}, // whole words
		{ask.Contains, "", "eth0", false},
		{ask.Lacks, "lo eth01", "eth0", true},
		{ask.Lacks, "lo eth0", "eth0", false},
		{ask.Within, "10.1.2.3", "10.1.2.0/28", true},
		{ask.Within, "10.1.2.16", "10.1.2.0/28", false},
		{ask.Within, "none", "10.1.2.0/28", false},
		{ask.AtLeast, "9", "10", false},
		{ask.AtLeast, "10", "10", true},
		{ask.AtLeast, "100", "20", true},
		{ask.AtLeast, "none", "0", false},
		{ask.AtMost, "9", "10", true},
		{ask.AtMost, "10", "10", true},
		{ask.AtMost, "100", "20", false},
		{ask.AtMost, "5", "none", false},
		{ask.Within, "10.1.2.3", "none", false},
		{"unheard-of", "a", "a", false},
	}
	for _, tt := range tests {
		if got := holds(tt.test, tt.measured, tt.expected); got != tt.want {
			t.Errorf("%q %s %q: got %v, want %v", tt.measured, tt.test, tt.expected, got, tt.want)
		}
	}
}

func TestCompare(t *testing.T) {
	tests := []struct {
		measured, op, value string
		want                bool
	}{
		{"20.10.24+dfsg1", ">=", "20.10", true},
		{"20.10.24+dfsg1", "=", "20.10", true}, // it is a 20.10
		{"20.10.24+dfsg1", ">", "20.10", false},
		{"20.10.24+dfsg1", "<", "26", true}, // as numbers; as text 20 and 3 would be the wrong way round
		{"26.1.5", ">=", "28", false},
		{"28.5.2", ">=", "28", true},
		{"28.0.0-rc.1", ">=", "28", true},
		{"100.0", ">", "28", true},
		{"1500", "!=", "1500", false},
		{"900", "<", "1500", true},
		{"true", "=", "true", true},
		{"true", "=", "false", false},
		{"engine", "!=", "desktop", true},
		{"1500", "~", "1500", false},
	}
	for _, tt := range tests {
		if got := compare(tt.measured, tt.op, tt.value); got != tt.want {
			t.Errorf("%s %s %s: got %v, want %v", tt.measured, tt.op, tt.value, got, tt.want)
		}
	}
}
