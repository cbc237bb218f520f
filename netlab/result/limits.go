package result

import (
	"fmt"
	"reflect"
	"strings"

	"netlab/netlab/fact"
)

// Limits on a record, far above what any run writes. Without them a drawing, which places containers side by side and
// wraps texts into columns, could take minutes.
const (
	maxText  = 64 << 10 // bytes of one text
	maxDrawn = 1000     // containers, networks and the like of one lab, and labs of one record
	maxSteps = 10_000
	maxList  = 100_000 // of anything else
)

// withinLimits returns an error that names the first part of a record that is too large to draw.
func withinLimits(r *Record) error { return limit(reflect.ValueOf(r).Elem(), "") }

func limit(v reflect.Value, place string) error {
	switch v.Kind() {
	case reflect.String:
		if v.Len() > maxText {
			return fmt.Errorf("%s has %d bytes, and the limit is %d", place, v.Len(), maxText)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return limit(v.Elem(), place)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if err := limit(v.Field(i), strings.Trim(place+"."+name, ".")); err != nil {
				return err
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		if most := maxLength(v.Type().Elem()); v.Len() > most {
			return fmt.Errorf("%s has %d entries, and the limit is %d", place, v.Len(), most)
		}
		for i := range v.Len() {
			if err := limit(v.Index(i), fmt.Sprintf("%s[%d]", place, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxLength is the most items that a list of a type may have.
func maxLength(of reflect.Type) int {
	switch reflect.Zero(of).Interface().(type) {
	case Engine, Part, Scenario, fact.Peer, fact.Service, fact.Place, Image,
		fact.Wire, fact.Network, fact.Endpoint, string:
		return maxDrawn
	case Step:
		return maxSteps
	}
	return maxList
}
