// A starter harness: connects the serializer in topic.go to `topic-conformance run`. Copy this folder, replace topic.go
// with your own implementation, and run:
//
//	npx topic-conformance run --hello-timeout-ms 120000 -- go run -C path/to/folder .
//
// docs/line-protocol.md describes the messages.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
)

// encoding/json matches member names without regard to case.
type message struct {
	Type, Op, Route string
	Seq             int
	Input           any
	Inputs          []any
}

func build(m message) (string, error) {
	value := fromTagged(m.Input)
	switch m.Op {
	case "params":
		return BuildTopicParams(value)
	case "topic":
		return BuildTopic(m.Route, value)
	case "parse":
		route, params, err := ParseTopic(value.(string))
		if err != nil {
			return "", err
		}
		return BuildTopic(route, params)
	}
	panic("unknown op " + m.Op)
}

func runCase(m message) map[string]any {
	result := map[string]any{"type": "result", "seq": m.Seq}
	text, err := build(m)
	var refusal *TopicError
	if errors.As(err, &refusal) {
		result["error"], result["message"] = refusal.Code, refusal.Error()
	} else if err != nil {
		panic(err)
	} else {
		result["text"] = text
	}
	return result
}

func runBatch(m message) map[string]any {
	results := make([]any, len(m.Inputs))
	for index, input := range m.Inputs {
		result := runCase(message{Op: "params", Input: input})
		results[index] = result["text"]
		if code, isRefused := result["error"]; isRefused {
			results[index] = map[string]any{"error": code}
		}
	}
	return map[string]any{"type": "batch", "seq": m.Seq, "results": results}
}

func hello() map[string]any {
	return map[string]any{
		"type": "hello", "protocol": 1, "name": "go-starter", "language": runtime.Version(), "version": "1.0.0",
		"features": append(tagFeatures, "batch", "error-codes", "length-limit", "parse"),
	}
}

func main() {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	in.UseNumber()
	for {
		var m message
		err := in.Decode(&m)
		if err == io.EOF || m.Type == "bye" {
			return
		}
		reply := hello()
		switch m.Type {
		case "case":
			reply = runCase(m)
		case "batch":
			reply = runBatch(m)
		}
		if err = errors.Join(err, out.Encode(reply)); err != nil {
			panic(err)
		}
	}
}
