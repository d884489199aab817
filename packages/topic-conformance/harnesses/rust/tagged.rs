//! Converts tagged values (docs/vectors.md) to values.

use crate::topic::Value;

/// The features (docs/vectors.md) of the language. A `Value` is a tree of plain data: it cannot contain itself, a shared
/// part, a lone surrogate or any other type, so those features are not declared.
pub const FEATURES: [&str; 6] = ["batch", "bigint", "error-codes", "float", "length-limit", "parse"];

/// Returns the value of a tagged value. Panics for an unsupported tag: that ends the process, and the runner reports a
/// crash.
pub fn from_tagged(tagged: Value) -> Value {
    match tagged {
        Value::Array(items) => Value::Array(items.into_iter().map(from_tagged).collect()),
        Value::Object(mut members) => {
            if members.len() == 1 {
                let (key, argument) = members.pop_first().expect("has one member");
                if key.starts_with('$') {
                    return from_tag(&key, argument);
                }
                members.insert(key, argument);
            }
            Value::Object(members.into_iter().map(|(key, item)| (key, from_tagged(item))).collect())
        }
        plain => plain,
    }
}

fn from_tag(tag: &str, argument: Value) -> Value {
    match (tag, argument) {
        ("$float", Value::Text(text)) => Value::Float(text.parse().expect("a float as Python writes it")),
        ("$int", Value::Text(digits)) => digits.parse().map_or_else(|_| Value::BigInt(digits), Value::Int),
        ("$utf16", Value::Text(hex)) => Value::Text(from_utf16(&hex)),
        ("$object", Value::Array(members)) => Value::Object(members.into_iter().map(member).collect()),
        ("$repeat", Value::Array(pair)) => match &pair[..] {
            [Value::Text(text), Value::Int(count)] => Value::Text(text.repeat(*count as usize)),
            other => panic!("unsupported $repeat {other:?}"),
        },
        ("$nest", Value::Array(pair)) => match &pair[..] {
            [Value::Text(kind), Value::Int(depth)] => nest(kind, *depth),
            other => panic!("unsupported $nest {other:?}"),
        },
        (_, argument) => panic!("unsupported tag {tag} {argument:?}"),
    }
}

fn member(pair: Value) -> (String, Value) {
    let Value::Array(pair) = pair else { panic!("a member of $object is a pair, got {pair:?}") };
    let mut pair = pair.into_iter().map(from_tagged);
    match (pair.next(), pair.next()) {
        (Some(Value::Text(key)), Some(value)) => (key, value),
        other => panic!("a member of $object is a key and a value, got {other:?}"),
    }
}

fn nest(kind: &str, depth: i64) -> Value {
    let wrap = |inner: Option<Value>| match kind {
        "array" => Value::Array(inner.into_iter().collect()),
        _ => Value::Object(inner.into_iter().map(|value| ("a".to_string(), value)).collect()),
    };
    (1..depth).fold(wrap(None), |value, _| wrap(Some(value)))
}

fn from_utf16(hex: &str) -> String {
    let unit = |at: usize| u16::from_str_radix(&hex[at..at + 4], 16).expect("four hex digits for each unit");
    let units: Vec<u16> = (0..hex.len()).step_by(4).map(unit).collect();
    String::from_utf16(&units).expect("no lone surrogates, because the feature is not declared")
}
