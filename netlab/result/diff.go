package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"netlab/netlab/fact"
)

// KindDiff is the kind of a Diff, which is a document of its own, and no [Record].
const KindDiff = "diff"

// Absent is the state of a port in a Change that one of the two matrices does not have: nothing listened there.
const Absent = "absent"

// A Diff is what changed between two matrices.
type Diff struct {
	Schema   string   `json:"schema"`
	Kind     string   `json:"kind"`
	Old      Side     `json:"old"`
	New      Side     `json:"new"`
	Gone     []string `json:"gone"`     // containers that only the old matrix has; never null
	Came     []string `json:"came"`     // containers that only the new one has; never null
	Compared int      `json:"compared"` // how many pairs both have
	Changed  int      `json:"changed"`  // in how many of them an answer changed
	Changes  []Change `json:"changes"`  // never null
}

// A Side is one of the two matrices.
type Side struct {
	File    string      `json:"file"`
	Netlab  string      `json:"netlab"`
	Started time.Time   `json:"started"`
	Engine  fact.Engine `json:"engine"`
}

// What a Change is about.
const (
	ByAddress = "address"
	ByName    = "name"
	ByPort    = "port"
)

// A Change is one answer that differs. The containers have their names in the new matrix.
type Change struct {
	From    string `json:"from"`
	To      string `json:"to"`
	What    string `json:"what"`
	Port    int    `json:"port,omitempty"`
	Network string `json:"network,omitempty"`
	Old     Answer `json:"old"`
	New     Answer `json:"new"`
}

// maxMembers limits the containers of a matrix that is read from a file: far more than an engine can run.
const maxMembers = 2000

// ReadMatrix reads a matrix that netlab wrote as JSON. It rejects other documents, more than 64 MiB, and pairs of
// containers that it does not have.
func ReadMatrix(r io.Reader) (*Matrix, error) {
	doc, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the matrix: %w", err)
	case len(doc) > maxJSON:
		return nil, fmt.Errorf("reading the matrix: larger than %d MiB", maxJSON>>20)
	}
	var head struct {
		Schema string `json:"schema"`
		Kind   string `json:"kind"`
	}
	if err := json.Unmarshal(doc, &head); err != nil {
		return nil, fmt.Errorf("reading the matrix: %w", at(doc, err))
	}
	if head.Schema != Schema || head.Kind != KindMatrix {
		return nil, fmt.Errorf("reading the matrix: its schema is %q and its kind %q, want %q and %q",
			head.Schema, head.Kind, Schema, KindMatrix)
	}
	var m Matrix
	if err := json.Unmarshal(doc, &m); err != nil {
		return nil, fmt.Errorf("reading the matrix: %w", at(doc, err))
	}
	if len(m.Containers) > maxMembers {
		return nil, fmt.Errorf("reading the matrix: more than %d containers", maxMembers)
	}
	names, pairs := map[string]bool{}, map[[2]string]bool{}
	for _, c := range m.Containers {
		if names[c.Name] {
			return nil, fmt.Errorf("reading the matrix: two containers are called %q", c.Name)
		}
		names[c.Name] = true
	}
	for _, c := range m.Cells {
		pair := [2]string{c.From, c.To}
		if !names[c.From] || !names[c.To] || c.From == c.To || pairs[pair] {
			return nil, errors.New("reading the matrix: its cells are not the pairs of its containers")
		}
		pairs[pair] = true
	}
	return &m, nil
}
