//! The topic contract in Rust without dependencies: an example for teams that write their own implementation. main.rs
//! is the harness; tagged.rs is needed only by the harness.

use crate::json;
use std::collections::BTreeMap;

const MAX_DEPTH: usize = 64;
const MAX_LENGTH: usize = 16_777_216;
const MAX_INTEGER_DIGITS: usize = 4300;

/// Plain data. A `BTreeMap` sorts its keys by UTF-8 bytes, which is the order of code points that the contract requires.
#[derive(Debug)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    /// An integer that does not fit into an `i64`: decimal digits without leading zeros, with an optional `-`.
    BigInt(String),
    /// Always a float of the contract: 1.0 is written as `1.0`.
    Float(f64),
    Text(String),
    Array(Vec<Value>),
    Object(BTreeMap<String, Value>),
}

/// The error for invalid input. `path` is the JSON Pointer to the invalid value.
#[derive(Debug)]
pub struct TopicError {
    pub code: &'static str,
    pub path: String,
}

impl std::fmt::Display for TopicError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let path = if self.path.is_empty() { "the top level" } else { &self.path };
        write!(f, "{} at {path}", self.code)
    }
}

impl std::error::Error for TopicError {}

fn error(code: &'static str) -> TopicError {
    TopicError { code, path: String::new() }
}

/// Returns `{route}:{params}`.
pub fn build_topic(route: &str, params: &Value) -> Result<String, TopicError> {
    check_route(route)?;
    Ok(format!("{route}:{}", build_topic_params(params)?))
}

/// Returns the canonical text of a value.
pub fn build_topic_params(value: &Value) -> Result<String, TopicError> {
    let mut writer = Writer { text: String::new(), path: Vec::new() };
    writer.write(value)?;
    Ok(writer.text)
}

/// Parses a topic. Accepts only canonical topics: building the result again must give the same text.
pub fn parse_topic(topic: &str) -> Result<(String, Value), TopicError> {
    let (route, text) = topic.split_once(':').ok_or_else(|| error("invalid_topic"))?;
    check_route(route)?;
    let params = json::parse(text).ok_or_else(|| error("invalid_topic"))?;
    match build_topic_params(&params) {
        Ok(built) if built == text => Ok((route.to_string(), params)),
        _ => Err(error("invalid_topic")),
    }
}

fn check_route(name: &str) -> Result<(), TopicError> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if starts_well && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Ok(());
    }
    Err(error("invalid_route"))
}

struct Writer {
    text: String,
    /// The keys and indexes that lead to the current value, one for each open container.
    path: Vec<String>,
}

impl Writer {
    fn refuse<T>(&self, code: &'static str) -> Result<T, TopicError> {
        let escape = |key: &String| format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        Err(TopicError { code, path: self.path.iter().map(escape).collect() })
    }

    fn append(&mut self, text: &str) -> Result<(), TopicError> {
        if self.text.len() + text.len() > MAX_LENGTH {
            return self.refuse("too_long");
        }
        self.text.push_str(text);
        Ok(())
    }

    fn write(&mut self, value: &Value) -> Result<(), TopicError> {
        match value {
            Value::Null => self.append("\"\""),
            Value::Bool(value) => self.append(if *value { "true" } else { "false" }),
            Value::Int(value) => self.append(&value.to_string()),
            Value::BigInt(digits) if digits.trim_start_matches('-').len() > MAX_INTEGER_DIGITS => {
                self.refuse("integer_too_long")
            }
            Value::BigInt(digits) => self.append(digits),
            Value::Float(value) if !value.is_finite() => self.refuse("not_finite"),
            Value::Float(value) => self.append(&format_float(*value)),
            Value::Text(text) => self.write_text(text),
            Value::Array(items) => {
                let members = items.iter().enumerate().map(|(index, item)| (index.to_string(), item));
                self.write_container("[", "]", members, false)
            }
            Value::Object(members) => {
                let members = members.iter().map(|(key, item)| (key.clone(), item));
                self.write_container("{", "}", members, true)
            }
        }
    }

    fn write_text(&mut self, text: &str) -> Result<(), TopicError> {
        // Checked before escaping, because a character has at most four bytes and at least one in the text.
        if text.len() > 4 * MAX_LENGTH {
            return self.refuse("too_long");
        }
        self.append(&quote(text))
    }

    fn write_container<'a>(
        &mut self,
        start: &str,
        end: &str,
        members: impl Iterator<Item = (String, &'a Value)>,
        with_keys: bool,
    ) -> Result<(), TopicError> {
        if self.path.len() >= MAX_DEPTH {
            return self.refuse("too_deep");
        }
        self.append(start)?;
        for (index, (key, value)) in members.enumerate() {
            if index > 0 {
                self.append(",")?;
            }
            self.path.push(key);
            if with_keys {
                self.write_text(&self.path[self.path.len() - 1].clone())?;
                self.append(":")?;
            }
            self.write(value)?;
            self.path.pop();
        }
        self.append(end)
    }
}

/// Returns a JSON string in which every UTF-16 unit outside of printable ASCII is escaped.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{c}' => quoted.push_str("\\f"),
            '\u{8}' => quoted.push_str("\\b"),
            ' '..='~' => quoted.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    quoted.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    quoted.push('"');
    quoted
}

/// Formats a float like `repr` in Python: shortest digits, an exponent below 1e-4 and from 1e16.
fn format_float(value: f64) -> String {
    let text = shortest(value);
    let (mantissa, exponent) = text.split_once('e').expect("the format e writes an exponent");
    let exponent: i32 = exponent.parse().expect("the format e writes an integer exponent");
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    // In this range the nearest digits are always the shortest too: only powers of two differ, and these are exact here.
    let decimals = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len() as i32);
    let precision = (decimals - exponent).max(1) as usize;
    format!("{value:.precision$}")
}

/// Returns the shortest digits that parse to the same float, with an exponent. Of two that are equally near, Rust takes
/// the larger; Python the even one, as the format with a precision does.
fn shortest(value: f64) -> String {
    let shortest = format!("{value:e}");
    let digits = shortest.split('e').next().expect("is not empty").bytes().filter(u8::is_ascii_digit).count();
    let nearest = format!("{value:.*e}", digits - 1);
    if nearest.parse() == Ok(value) { nearest } else { shortest }
}
