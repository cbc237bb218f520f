package result

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxJSON limits what ReadJSON reads: far above any record, but small enough to be harmless.
const maxJSON = 64 << 20

// ReadJSON reads a record that netlab wrote as JSON, also in the format before this one. It rejects other formats and
// versions, several documents, more than 64 MiB, and records that are too large to draw. It ignores unknown fields,
// which newer versions of netlab may add to the same format.
func ReadJSON(r io.Reader) (*Record, error) {
	doc, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	if err != nil {
		return nil, fmt.Errorf("reading the result: %w", err)
	}
	if len(doc) > maxJSON {
		return nil, fmt.Errorf("reading the result: larger than %d MiB", maxJSON>>20)
	}
	if len(bytes.TrimSpace(doc)) == 0 {
		return nil, errors.New("reading the result: the file is empty")
	}
	// Check the format first: if netlab did not write the file, an error about a field would mislead.
	var head struct {
		Schema *string `json:"schema"`
		Kind   string  `json:"kind"`
	}
	if err := json.Unmarshal(doc, &head); err != nil {
		return nil, fmt.Errorf("reading the result: %w", at(doc, err))
	}
	if head.Schema == nil {
		return nil, fmt.Errorf("reading the result: not a result of netlab: it has no \"schema\": %q", Schema)
	}
	if *head.Schema != Schema && *head.Schema != schemaV1 {
		return nil, fmt.Errorf("reading the result: its schema is %q, this netlab reads %q and %q",
			*head.Schema, Schema, schemaV1)
	}
	if kinds := Kinds(); !slices.Contains(kinds, head.Kind) {
		return nil, fmt.Errorf("reading the result: its kind is %q, want one of %q", head.Kind, kinds)
	}
	rec, err := decode(doc, *head.Schema)
	if err != nil {
		return nil, fmt.Errorf("reading the result: %w", at(doc, err))
	}
	if err := withinLimits(&rec); err != nil {
		return nil, fmt.Errorf("reading the result: %w", err)
	}
	return &rec, nil
}

func decode(doc []byte, schema string) (r Record, err error) {
	if schema == schemaV1 {
		var v1 recordV1
		err = json.Unmarshal(doc, &v1)
		return v1.convert(), err
	}
	err = json.Unmarshal(doc, &r)
	return r, err
}

// at adds the line number to an error of encoding/json, which has only an offset.
func at(doc []byte, err error) error {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &typed):
		offset = typed.Offset
	}
	if offset < 0 || offset > int64(len(doc)) {
		return err
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(doc[:offset], []byte("\n")), err)
}
