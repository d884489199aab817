// A starter harness: connects the serializer in topic.cpp to `topic-conformance run`. Copy this folder, replace
// topic.cpp with your own implementation, and run:
//
//     g++ -std=c++17 -O2 -o topic-harness *.cpp
//     npx topic-conformance run -- ./topic-harness
//
// docs/line-protocol.md describes the messages.
#include <iostream>

#include "tagged.hpp"

using topic::Array;
using topic::Object;
using topic::Value;

// A Value is a tree of plain data with UTF-8 strings: it cannot contain itself, a shared part, a lone surrogate or any
// other type, so those features (docs/vectors.md) are not declared.
const char* const hello =
    R"({"type":"hello","protocol":1,"name":"cpp-starter","language":"C++","version":"1.0.0",)"
    R"("features":["batch","bigint","error-codes","float","length-limit","parse"]})";

const std::string& text_of(const Object& message, const char* name) {
  return std::get<std::string>(message.at(name));
}

std::string build(const Object& message) {
  const std::string& op = text_of(message, "op");
  Value value = from_tagged(message.at("input"));
  if (op == "params") return topic::build_topic_params(value);
  if (op == "topic") return topic::build_topic(text_of(message, "route"), value);
  if (op != "parse") throw std::invalid_argument("unknown op " + op);
  auto [route, params] = topic::parse_topic(std::get<std::string>(value));
  return topic::build_topic(route, params);
}

std::string start_of(const char* type, const Object& message) {
  return "{\"type\":\"" + std::string(type) + "\",\"seq\":" + std::to_string(std::get<std::int64_t>(message.at("seq")));
}

std::string run_case(const Object& message) {
  std::string start = start_of("result", message);
  try {
    return start + ",\"text\":" + topic::quote(build(message)).value() + "}";
  } catch (const topic::Error& error) {
    // Any other exception ends the process, and the runner reports a crash.
    std::string reason = topic::quote(error.what()).value();
    return start + ",\"error\":\"" + error.code + "\",\"message\":" + reason + "}";
  }
}

std::string run_batch(const Object& message) {
  std::string results;
  for (const Value& input : std::get<Array>(message.at("inputs"))) {
    if (!results.empty()) results += ',';
    try {
      results += topic::quote(topic::build_topic_params(from_tagged(input))).value();
    } catch (const topic::Error& error) {
      results += "{\"error\":\"" + error.code + "\"}";
    }
  }
  return start_of("batch", message) + ",\"results\":[" + results + "]}";
}

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    Object message = std::get<Object>(topic::parse_json(line).value());
    const std::string& type = text_of(message, "type");
    if (type == "bye") break;
    std::cout << (type == "hello" ? hello : type == "batch" ? run_batch(message) : run_case(message)) << std::endl;
  }
}
