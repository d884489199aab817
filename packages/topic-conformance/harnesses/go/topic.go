// The topic contract in Go without dependencies: an example for teams that write their own implementation. main.go is
// the harness; tagged.go is needed only by the harness.

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"math"
	"math/big"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxDepth         = 64
	maxLength        = 16_777_216
	maxIntegerDigits = 4300
)

// TopicError is the error for invalid input. Path is the JSON Pointer to the invalid value.
type TopicError struct{ Code, Path string }

func (e *TopicError) Error() string {
	if e.Path == "" {
		return e.Code + " at the top level"
	}
	return e.Code + " at " + e.Path
}

var routeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// BuildTopic returns {route}:{params}.
func BuildTopic(route string, params any) (string, error) {
	if !routeName.MatchString(route) {
		return "", &TopicError{Code: "invalid_route"}
	}
	text, err := BuildTopicParams(params)
	return route + ":" + text, err
}

// BuildTopicParams returns the canonical text of a value made of nil, bool, string, int, int64, *big.Int, float64,
// []any and map[string]any. Integer types are ints of the contract. A float64 is always a float: 1.0 is written as
// "1.0".
func BuildTopicParams(value any) (string, error) {
	w := &writer{}
	if err := w.write(value); err != nil {
		return "", err
	}
	return w.text.String(), nil
}

type writer struct {
	text strings.Builder
	open []uintptr // the containers around the current value
	keys []string  // the path to the current value
}

func (w *writer) refuse(code string) error {
	path := ""
	for _, key := range w.keys {
		path += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
	}
	return &TopicError{code, path}
}

// Checked on every write: a small value with shared parts can produce a text of any length.
func (w *writer) append(text string) error {
	if w.text.Len()+len(text) > maxLength {
		return w.refuse("too_long")
	}
	w.text.WriteString(text)
	return nil
}

func (w *writer) write(value any) error {
	switch value := value.(type) {
	case nil:
		return w.append(`""`)
	case bool:
		return w.append(strconv.FormatBool(value))
	case string:
		if len(value) > maxLength {
			return w.refuse("too_long")
		}
		if !utf8.ValidString(value) {
			return w.refuse("unsupported_type")
		}
		return w.append(quote(value))
	case int:
		return w.append(strconv.Itoa(value))
	case int64:
		return w.append(strconv.FormatInt(value, 10))
	case *big.Int:
		if new(big.Int).Abs(value).Cmp(integerLimit) >= 0 {
			return w.refuse("integer_too_long")
		}
		return w.append(value.String())
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return w.refuse("not_finite")
		}
		return w.append(formatFloat(value))
	case []any:
		return w.array(value)
	case map[string]any:
		return w.object(value)
	default:
		return w.refuse("unsupported_type")
	}
}

var integerLimit = new(big.Int).Exp(big.NewInt(10), big.NewInt(maxIntegerDigits), nil)

func (w *writer) array(items []any) error {
	return w.container(reflect.ValueOf(items).Pointer(), len(items), "[", "]", func(index int) error {
		return w.member(strconv.Itoa(index), "", items[index])
	})
}

func (w *writer) object(members map[string]any) error {
	keys := make([]string, 0, len(members))
	for key := range members {
		keys = append(keys, key)
	}
	// Sorting by UTF-8 bytes is the same as sorting by code points.
	sort.Strings(keys)
	return w.container(reflect.ValueOf(members).Pointer(), len(keys), "{", "}", func(index int) error {
		key := keys[index]
		return w.member(key, quote(key)+":", members[key])
	})
}

func (w *writer) container(address uintptr, length int, start, end string, member func(index int) error) error {
	for _, other := range w.open {
		// Different empty slices can have the same address. An empty container is never a cycle.
		if other == address && length > 0 {
			return w.refuse("cycle")
		}
	}
	if len(w.open) >= maxDepth {
		return w.refuse("too_deep")
	}
	w.open = append(w.open, address)
	if err := w.append(start); err != nil {
		return err
	}
	for index := 0; index < length; index++ {
		if index > 0 {
			if err := w.append(","); err != nil {
				return err
			}
		}
		if err := member(index); err != nil {
			return err
		}
	}
	w.open = w.open[:len(w.open)-1]
	return w.append(end)
}

func (w *writer) member(key, before string, value any) error {
	w.keys = append(w.keys, key)
	if err := w.append(before); err != nil {
		return err
	}
	if err := w.write(value); err != nil {
		return err
	}
	w.keys = w.keys[:len(w.keys)-1]
	return nil
}

const hex = "0123456789abcdef"

// Escapes every UTF-16 unit outside printable ASCII.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		if at := strings.IndexRune("\"\\\n\r\t\f\b", r); at >= 0 {
			b.WriteString(`\` + `"\nrtfb`[at:at+1])
		} else if r >= 0x20 && r <= 0x7e {
			b.WriteRune(r)
		} else {
			for _, unit := range utf16.AppendRune(nil, r) {
				b.WriteString(`\u`)
				for shift := 12; shift >= 0; shift -= 4 {
					b.WriteByte(hex[unit>>shift&0xf])
				}
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Formats a float like repr in Python: shortest digits, an exponent below 1e-4 and from 1e16. Exponents have at least
// two digits in Go, too.
func formatFloat(value float64) string {
	if magnitude := math.Abs(value); magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16) {
		return strconv.FormatFloat(value, 'e', -1, 64)
	}
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// ParseTopic parses a topic. It accepts only canonical topics: building the result again must give the same text.
func ParseTopic(topic string) (route string, params any, err error) {
	route, text, found := strings.Cut(topic, ":")
	if !found {
		return "", nil, &TopicError{Code: "invalid_topic"}
	}
	if _, err := BuildTopic(route, nil); err != nil {
		return "", nil, err
	}
	params, err = parseParams(text)
	if err == nil {
		if built, err := BuildTopicParams(params); err == nil && built == text {
			return route, params, nil
		}
	}
	return "", nil, &TopicError{Code: "invalid_topic"}
}

func parseParams(text string) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, io.ErrUnexpectedEOF
	}
	return withNumbers(value)
}

// A number with a decimal point or an exponent is a float, any other number is an integer.
func withNumbers(value any) (any, error) {
	var err error
	switch value := value.(type) {
	case json.Number:
		if strings.ContainsAny(string(value), ".e") {
			return value.Float64()
		}
		// Longer integers are never canonical, and parsing them takes quadratic time.
		integer, ok := new(big.Int), len(value) <= maxIntegerDigits+1
		if ok {
			integer, ok = integer.SetString(string(value), 10)
		}
		if !ok {
			return nil, strconv.ErrRange
		}
		return integer, nil
	case []any:
		for index := range value {
			if value[index], err = withNumbers(value[index]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range value {
			if value[key], err = withNumbers(value[key]); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}
