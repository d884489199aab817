//! A small JSON parser. It keeps ints apart from floats, and integers of any size exact.

use crate::topic::Value;
use std::collections::BTreeMap;

/// Limits recursion. Topics have at most 64 levels; the lines of the harness have more, because tags are nested too.
const MAX_DEPTH: usize = 500;

/// Parses JSON, or returns None if the text is not JSON or contains a lone surrogate, which Rust strings cannot contain.
///
/// The last of several equal keys wins. `parse_topic` builds the text again and compares it, which detects this.
pub fn parse(text: &str) -> Option<Value> {
    let mut parser = Parser { text, at: 0 };
    let value = parser.value(0)?;
    parser.skip_space();
    (parser.at == text.len()).then_some(value)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Skips white space and then a token. Returns None if another token follows.
    fn expect(&mut self, token: &str) -> Option<()> {
        self.skip_space();
        self.text[self.at..].starts_with(token).then(|| self.at += token.len())
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        match self.peek()? {
            b'n' => self.expect("null").map(|_| Value::Null),
            b't' => self.expect("true").map(|_| Value::Bool(true)),
            b'f' => self.expect("false").map(|_| Value::Bool(false)),
            b'"' => self.string().map(Value::Text),
            b'[' if depth < MAX_DEPTH => {
                let mut items = Vec::new();
                self.members("[", "]", |parser| Some(items.push(parser.value(depth + 1)?)))?;
                Some(Value::Array(items))
            }
            b'{' if depth < MAX_DEPTH => {
                let mut members = BTreeMap::new();
                self.members("{", "}", |parser| {
                    parser.skip_space();
                    let key = parser.string()?;
                    parser.expect(":")?;
                    members.insert(key, parser.value(depth + 1)?);
                    Some(())
                })?;
                Some(Value::Object(members))
            }
            _ => self.number(),
        }
    }

    fn members(&mut self, start: &str, end: &str, mut member: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(start)?;
        if self.expect(end).is_some() {
            return Some(());
        }
        loop {
            member(self)?;
            if self.expect(end).is_some() {
                return Some(());
            }
            self.expect(",")?;
        }
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<Value> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let integer = self.at;
        self.digits()?;
        if self.at - integer > 1 && self.text.as_bytes()[integer] == b'0' {
            return None;
        }
        let mut is_float = false;
        if self.peek() == Some(b'.') {
            is_float = true;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_float = true;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        let token = &self.text[start..self.at];
        if is_float {
            return token.parse().ok().map(Value::Float);
        }
        Some(token.parse().map_or_else(|_| Value::BigInt(token.to_string()), Value::Int))
    }

    fn string(&mut self) -> Option<String> {
        if self.peek() != Some(b'"') {
            return None;
        }
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(['"', '\\'])?;
            text.push_str(&rest[..plain]);
            self.at += plain + 1;
            if rest.as_bytes()[plain] == b'"' {
                return Some(text);
            }
            let escape = self.peek()?;
            self.at += 1;
            text.push(match escape {
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'f' => '\u{c}',
                b'b' => '\u{8}',
                b'"' | b'\\' | b'/' => char::from(escape),
                b'u' => self.unicode_escape()?,
                _ => return None,
            });
        }
    }

    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first.into());
        }
        if !self.text[self.at..].starts_with("\\u") {
            return None;
        }
        self.at += 2;
        let second = self.unit()?;
        char::decode_utf16([first, second]).next()?.ok()
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    }
}
