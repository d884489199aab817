package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// The features (docs/vectors.md) that fromTagged supports. A Go string is UTF-8 and cannot contain a lone surrogate, Go
// has no undefined, and its numbers are always typed, so those features are not declared.
var tagFeatures = []string{
	"bigint", "cycle", "float", "shared",
	"host-bytes", "host-date", "host-decimal", "host-error", "host-function", "host-instance", "host-map",
	"host-non-string-key", "host-complex",
}

var hosts = map[string]any{
	"bytes":          []byte{1},
	"complex":        complex(0, 1),
	"date":           time.Unix(0, 0),
	"decimal":        big.NewFloat(1.5),
	"error":          fmt.Errorf("a"),
	"function":       func() {},
	"instance":       struct{ A int }{1},
	"map":            map[string]int{"a": 1},
	"non-string-key": map[any]any{1: "a"},
}

// fromTagged converts a tagged value, decoded by json.Decoder with UseNumber, to a Go value. It panics for an
// unsupported tag: that ends the process, and the runner reports a crash.
func fromTagged(tagged any) any {
	switch tagged := tagged.(type) {
	case json.Number:
		return integer(string(tagged))
	case []any:
		items := make([]any, len(tagged))
		for index, item := range tagged {
			items[index] = fromTagged(item)
		}
		return items
	case map[string]any:
		members := make(map[string]any, len(tagged))
		for key, item := range tagged {
			if len(tagged) == 1 && strings.HasPrefix(key, "$") {
				return fromTag(key, item)
			}
			members[key] = fromTagged(item)
		}
		return members
	default:
		return tagged
	}
}

func fromTag(tag string, argument any) any {
	switch tag {
	case "$float":
		value, err := strconv.ParseFloat(argument.(string), 64)
		if err != nil && !math.IsInf(value, 0) {
			panic(err)
		}
		return value
	case "$int":
		return integer(argument.(string))
	case "$utf16":
		return fromUTF16(argument.(string))
	case "$object":
		members := map[string]any{}
		for _, member := range argument.([]any) {
			pair := member.([]any)
			members[fromTagged(pair[0]).(string)] = fromTagged(pair[1])
		}
		return members
	case "$repeat":
		pair := argument.([]any)
		return strings.Repeat(pair[0].(string), count(pair[1]))
	case "$nest":
		pair := argument.([]any)
		if pair[0] == "array" {
			return stack([]any{}, count(pair[1])-1, func(inner any) any { return []any{inner} })
		}
		return stack(map[string]any{}, count(pair[1])-1, func(inner any) any { return map[string]any{"a": inner} })
	case "$shared":
		triple := argument.([]any)
		value, levels := fromTagged(triple[2]), count(triple[1])
		if triple[0] == "array" {
			return stack(value, levels, func(inner any) any { return []any{inner, inner} })
		}
		return stack(value, levels, func(inner any) any { return map[string]any{"a": inner, "b": inner} })
	case "$cycle":
		if argument == "array" {
			items := make([]any, 1)
			items[0] = items
			return items
		}
		members := map[string]any{}
		members["self"] = members
		return members
	case "$host":
		if value, ok := hosts[argument.(string)]; ok {
			return value
		}
	}
	panic(fmt.Sprintf("unsupported tag %s %v", tag, argument))
}

func stack(value any, levels int, around func(inner any) any) any {
	for ; levels > 0; levels-- {
		value = around(value)
	}
	return value
}

func integer(digits string) any {
	if value, err := strconv.ParseInt(digits, 10, 64); err == nil {
		return value
	}
	value, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		panic("invalid integer: " + digits)
	}
	return value
}

func count(number any) int {
	value, err := strconv.Atoi(string(number.(json.Number)))
	if err != nil {
		panic(err)
	}
	return value
}

func fromUTF16(hex string) string {
	units := make([]uint16, 0, len(hex)/4)
	for ; len(hex) >= 4; hex = hex[4:] {
		unit, err := strconv.ParseUint(hex[:4], 16, 16)
		if err != nil {
			panic(err)
		}
		units = append(units, uint16(unit))
	}
	return string(utf16.Decode(units))
}
