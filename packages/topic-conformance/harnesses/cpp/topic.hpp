// The topic contract in C++17 without dependencies: an example for teams that write their own implementation. main.cpp
// is the harness; tagged.cpp is needed only by the harness.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace topic {

struct Value;
using Array = std::vector<Value>;
// Compares keys by UTF-8 bytes, which is the order of code points that the contract requires.
using Object = std::map<std::string, Value>;

// An integer that does not fit into 64 bits: decimal digits without leading zeros, with an optional minus sign.
struct BigInt {
  std::string digits;
};

// Plain data. Strings are UTF-8. A double is always a float of the contract: 1.0 is written as "1.0".
struct Value : std::variant<std::nullptr_t, bool, std::int64_t, BigInt, double, std::string, Array, Object> {
  using variant::variant;
};

// Thrown for invalid input. `path` is the JSON Pointer to the invalid value.
struct Error : std::runtime_error {
  Error(std::string code, std::string path)
      : runtime_error(code + " at " + (path.empty() ? "the top level" : path)),
        code(std::move(code)),
        path(std::move(path)) {}
  std::string code, path;
};

// Returns {route}:{params}.
std::string build_topic(const std::string& route, const Value& params);

// Returns the canonical text of a value.
std::string build_topic_params(const Value& value);

// Parses a topic. Accepts only canonical topics: building the result again must give the same text.
std::pair<std::string, Value> parse_topic(const std::string& topic);

// Returns a JSON string in which every UTF-16 unit outside of printable ASCII is escaped; nothing if the text is not
// UTF-8.
std::optional<std::string> quote(std::string_view text);

// Parses JSON, keeping ints apart from floats. Returns nothing if the text is not JSON. The last of several equal keys
// wins.
std::optional<Value> parse_json(std::string_view text);

}  // namespace topic
