#include "topic.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace topic {
namespace {

constexpr std::size_t max_depth = 64;
constexpr std::size_t max_length = 16'777'216;
constexpr std::size_t max_integer_digits = 4300;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void check_route(const std::string& name) {
  bool valid = !name.empty() && is_alphanumeric(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
  });
  if (!valid) throw Error("invalid_route", "");
}

// Formats a float like repr in Python: shortest digits, an exponent below 1e-4 and from 1e16. to_chars without a
// precision writes the shortest digits, and at least two digits of an exponent.
std::string format_float(double value) {
  char buffer[32];
  double magnitude = std::abs(value);
  bool has_exponent = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16);
  auto format = has_exponent ? std::chars_format::scientific : std::chars_format::fixed;
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr);
  return has_exponent || text.find('.') != std::string::npos ? text : text + ".0";
}

struct Writer {
  std::string text;
  // The keys and indexes that lead to the current value, one for each open container.
  std::vector<std::string> path;

  [[noreturn]] void refuse(const char* code) const {
    std::string pointer;
    for (const std::string& key : path) {
      pointer += '/';
      for (char c : key) pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    }
    throw Error(code, pointer);
  }

  void append(std::string_view piece) {
    if (text.size() + piece.size() > max_length) refuse("too_long");
    text += piece;
  }

  void operator()(std::nullptr_t) { append("\"\""); }
  void operator()(bool value) { append(value ? "true" : "false"); }
  void operator()(std::int64_t value) { append(std::to_string(value)); }

  void operator()(const BigInt& value) {
    std::size_t sign = value.digits[0] == '-' ? 1 : 0;
    if (value.digits.size() - sign > max_integer_digits) refuse("integer_too_long");
    append(value.digits);
  }

  void operator()(double value) {
    if (!std::isfinite(value)) refuse("not_finite");
    append(format_float(value));
  }

  void operator()(const std::string& value) {
    // Checked before escaping, because a character has at most four bytes and at least one in the text.
    if (value.size() > 4 * max_length) refuse("too_long");
    std::optional<std::string> quoted = quote(value);
    if (!quoted) refuse("unsupported_type");
    append(*quoted);
  }

  void operator()(const Array& items) {
    open('[');
    for (std::size_t index = 0; index < items.size(); index++) {
      member(index, std::to_string(index), items[index], false);
    }
    append("]");
  }

  void operator()(const Object& members) {
    open('{');
    std::size_t index = 0;
    for (const auto& [key, value] : members) member(index++, key, value, true);
    append("}");
  }

  void open(char bracket) {
    if (path.size() >= max_depth) refuse("too_deep");
    append(std::string_view(&bracket, 1));
  }

  void member(std::size_t index, const std::string& key, const Value& value, bool with_key) {
    if (index > 0) append(",");
    path.push_back(key);
    if (with_key) {
      (*this)(key);
      append(":");
    }
    write(value);
    path.pop_back();
  }

  void write(const Value& value) {
    // std::visit accepts a class derived from a variant only since C++20 (P2162).
    std::visit(*this, static_cast<const Value::variant&>(value));
  }
};

void append_unit(std::string& text, unsigned unit) {
  text += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) text += "0123456789abcdef"[unit >> shift & 0xf];
}

// Returns the code point at the start of a text, and its length in bytes; 0 if the text is not UTF-8.
std::pair<char32_t, std::size_t> decode(std::string_view text) {
  auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  unsigned first = byte(0);
  std::size_t length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0 || length > text.size()) return {0, 0};
  if (length == 1) return {first, 1};
  char32_t point = first & (0xffu >> (length + 1));
  for (std::size_t index = 1; index < length; index++) {
    if ((byte(index) & 0xc0) != 0x80) return {0, 0};
    point = point << 6 | (byte(index) & 0x3fu);
  }
  bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  if (overlong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return {0, 0};
  return {point, length};
}

}  // namespace

std::string build_topic(const std::string& route, const Value& params) {
  check_route(route);
  return route + ":" + build_topic_params(params);
}

std::string build_topic_params(const Value& value) {
  Writer writer;
  writer.write(value);
  return std::move(writer.text);
}

std::pair<std::string, Value> parse_topic(const std::string& topic) {
  std::size_t colon = topic.find(':');
  if (colon == std::string::npos) throw Error("invalid_topic", "");
  std::string route = topic.substr(0, colon), text = topic.substr(colon + 1);
  check_route(route);
  std::optional<Value> params = parse_json(text);
  try {
    if (params && build_topic_params(*params) == text) return {route, *params};
  } catch (const Error&) {
    // Reported below.
  }
  throw Error("invalid_topic", "");
}

std::optional<std::string> quote(std::string_view text) {
  static constexpr std::string_view special = "\"\\\n\r\t\f\b", letters = "\"\\nrtfb";
  std::string quoted = "\"";
  quoted.reserve(text.size() + 2);
  while (!text.empty()) {
    auto [point, length] = decode(text);
    if (length == 0) return std::nullopt;
    std::size_t escape = length == 1 ? special.find(text[0]) : special.npos;
    if (escape != special.npos) {
      quoted += '\\';
      quoted += letters[escape];
    } else if (point >= 0x20 && point <= 0x7e) {
      quoted += text[0];
    } else if (point < 0x10000) {
      append_unit(quoted, point);
    } else {
      append_unit(quoted, 0xd800 + ((point - 0x10000) >> 10));
      append_unit(quoted, 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
    text.remove_prefix(length);
  }
  return quoted + '"';
}

}  // namespace topic
