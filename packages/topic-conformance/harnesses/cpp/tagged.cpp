#include "tagged.hpp"

#include <cstdlib>

using topic::Array;
using topic::Object;
using topic::Value;

namespace {

std::string from_utf16(const std::string& hex) {
  std::string escaped = "\"";
  for (std::size_t at = 0; at < hex.size(); at += 4) escaped += "\\u" + hex.substr(at, 4);
  return std::get<std::string>(topic::parse_json(escaped + '"').value());
}

Value from_digits(const std::string& digits) { return topic::parse_json(digits).value(); }

Value nest(const std::string& kind, std::int64_t depth) {
  bool is_array = kind == "array";
  Value value = is_array ? Value(Array()) : Value(Object());
  for (; depth > 1; depth--) {
    Array outer;
    if (is_array) outer.push_back(std::move(value));
    value = is_array ? Value(std::move(outer)) : Value(Object{{"a", std::move(value)}});
  }
  return value;
}

Value from_tag(const std::string& tag, const Value& argument) {
  if (tag == "$float") return std::strtod(std::get<std::string>(argument).c_str(), nullptr);
  if (tag == "$int") return from_digits(std::get<std::string>(argument));
  if (tag == "$utf16") return from_utf16(std::get<std::string>(argument));
  const Array& items = std::get<Array>(argument);
  if (tag == "$object") {
    Object members;
    for (const Value& item : items) {
      const Array& pair = std::get<Array>(item);
      members.emplace(std::get<std::string>(from_tagged(pair.at(0))), from_tagged(pair.at(1)));
    }
    return members;
  }
  const std::string& text = std::get<std::string>(items.at(0));
  std::int64_t count = std::get<std::int64_t>(items.at(1));
  if (tag == "$nest") return nest(text, count);
  if (tag == "$repeat") {
    std::string repeated;
    for (; count > 0; count--) repeated += text;
    return repeated;
  }
  throw std::invalid_argument("unsupported tag " + tag);
}

}  // namespace

Value from_tagged(const Value& tagged) {
  if (const Array* items = std::get_if<Array>(&tagged)) {
    Array result;
    for (const Value& item : *items) result.push_back(from_tagged(item));
    return result;
  }
  const Object* members = std::get_if<Object>(&tagged);
  if (members == nullptr) return tagged;
  if (members->size() == 1 && members->begin()->first.rfind('$', 0) == 0) {
    return from_tag(members->begin()->first, members->begin()->second);
  }
  Object result;
  for (const auto& [key, value] : *members) result.emplace(key, from_tagged(value));
  return result;
}
