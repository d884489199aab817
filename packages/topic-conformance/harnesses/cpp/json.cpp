#include <charconv>
#include <cstdlib>

#include "topic.hpp"

namespace topic {
namespace {

// Limits recursion. Topics have at most 64 levels; the lines of the harness have more, because tags are nested too.
constexpr int max_depth = 500;

struct InvalidJson {};

struct Parser {
  std::string_view text;
  std::size_t at = 0;

  char peek() const { return at < text.size() ? text[at] : '\0'; }

  char next() {
    if (at >= text.size()) throw InvalidJson();
    return text[at++];
  }

  // Skips white space and then a token. Returns whether the token was there.
  bool skip(std::string_view token) {
    while (at < text.size() && std::string_view(" \t\n\r").find(text[at]) != std::string_view::npos) at++;
    bool follows = text.substr(at, token.size()) == token;
    if (follows) at += token.size();
    return follows;
  }

  void expect(std::string_view token) {
    if (!skip(token)) throw InvalidJson();
  }

  Value value(int depth) {
    if (depth > max_depth) throw InvalidJson();
    if (skip("null")) return nullptr;
    if (skip("true")) return true;
    if (skip("false")) return false;
    if (skip("\"")) return string();
    if (skip("[")) return array(depth + 1);
    if (skip("{")) return object(depth + 1);
    return number();
  }

  Array array(int depth) {
    Array items;
    if (skip("]")) return items;
    do items.push_back(value(depth));
    while (skip(","));
    expect("]");
    return items;
  }

  Object object(int depth) {
    Object members;
    if (skip("}")) return members;
    do {
      expect("\"");
      std::string key = string();
      expect(":");
      members.insert_or_assign(std::move(key), value(depth));
    } while (skip(","));
    expect("}");
    return members;
  }

  void digits() {
    std::size_t start = at;
    while (peek() >= '0' && peek() <= '9') at++;
    if (at == start) throw InvalidJson();
  }

  Value number() {
    std::size_t start = at;
    if (peek() == '-') at++;
    std::size_t integer = at;
    digits();
    if (text[integer] == '0' && at - integer > 1) throw InvalidJson();
    bool is_float = false;
    if (peek() == '.') {
      is_float = true;
      at++;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      is_float = true;
      at++;
      if (peek() == '+' || peek() == '-') at++;
      digits();
    }
    std::string token(text.substr(start, at - start));
    if (is_float) return std::strtod(token.c_str(), nullptr);
    std::int64_t parsed = 0;
    bool fits = std::from_chars(token.data(), token.data() + token.size(), parsed).ec == std::errc();
    return fits ? Value(parsed) : Value(BigInt{token});
  }

  std::string string() {
    std::string result;
    for (char c = next(); c != '"'; c = next()) {
      if (c != '\\') result += c;
      else escape(result);
    }
    return result;
  }

  void escape(std::string& result) {
    char c = next();
    if (c == 'u') return unicode_escape(result);
    std::size_t index = std::string_view("\"\\/nrtfb").find(c);
    if (index == std::string_view::npos) throw InvalidJson();
    result += "\"\\/\n\r\t\f\b"[index];
  }

  void unicode_escape(std::string& result) {
    char32_t point = unit();
    if (point >= 0xd800 && point < 0xdc00) {
      if (next() != '\\' || next() != 'u') throw InvalidJson();
      char32_t low = unit();
      if (low < 0xdc00 || low > 0xdfff) throw InvalidJson();
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(result, point);
  }

  char32_t unit() {
    char32_t unit = 0;
    for (int count = 0; count < 4; count++) {
      std::size_t digit = std::string_view("0123456789abcdef0123456789ABCDEF").find(next());
      if (digit == std::string_view::npos) throw InvalidJson();
      unit = unit << 4 | (digit & 0xf);
    }
    return unit;
  }

  // A lone low surrogate becomes invalid UTF-8, which the serializer refuses.
  static void append_utf8(std::string& text, char32_t point) {
    if (point < 0x80) {
      text += static_cast<char>(point);
      return;
    }
    int following = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    unsigned lead = following == 1 ? 0xc0 : following == 2 ? 0xe0 : 0xf0;
    text += static_cast<char>(lead | point >> (6 * following));
    while (following-- > 0) text += static_cast<char>(0x80 | (point >> (6 * following) & 0x3f));
  }
};

}  // namespace

std::optional<Value> parse_json(std::string_view text) {
  try {
    Parser parser{text};
    Value value = parser.value(0);
    parser.skip("");
    if (parser.at == text.size()) return value;
  } catch (const InvalidJson&) {
    // Reported below.
  }
  return std::nullopt;
}

}  // namespace topic
