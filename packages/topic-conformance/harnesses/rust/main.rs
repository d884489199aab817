//! A starter harness: connects the serializer in topic.rs to `topic-conformance run`. Copy this folder, replace topic.rs
//! with your own implementation, and run:
//!
//!     rustc --edition 2021 -O -o topic-harness main.rs
//!     npx topic-conformance run -- ./topic-harness
//!
//! docs/line-protocol.md describes the messages.

mod json;
mod tagged;
mod topic;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use topic::{build_topic, build_topic_params, parse_topic, quote, TopicError, Value};

fn build(op: &str, route: &str, value: Value) -> Result<String, TopicError> {
    match (op, value) {
        ("params", value) => build_topic_params(&value),
        ("topic", value) => build_topic(route, &value),
        ("parse", Value::Text(text)) => {
            let (route, params) = parse_topic(&text)?;
            build_topic(&route, &params)
        }
        _ => panic!("unknown op {op}"),
    }
}

fn text_of<'a>(message: &'a BTreeMap<String, Value>, name: &str) -> &'a str {
    match message.get(name) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}

fn run_case(mut message: BTreeMap<String, Value>) -> String {
    let Some(Value::Int(seq)) = message.get("seq") else { panic!("a case without seq") };
    let start = format!("{{\"type\":\"result\",\"seq\":{seq}");
    let input = tagged::from_tagged(message.remove("input").expect("a case has an input"));
    match build(text_of(&message, "op"), text_of(&message, "route"), input) {
        Ok(text) => format!("{start},\"text\":{}}}", quote(&text)),
        Err(error) => format!("{start},\"error\":{},\"message\":{}}}", quote(error.code), quote(&error.to_string())),
    }
}

fn run_batch(mut message: BTreeMap<String, Value>) -> String {
    let (Some(Value::Int(seq)), Some(Value::Array(inputs))) = (message.remove("seq"), message.remove("inputs")) else {
        panic!("a batch has a seq and inputs")
    };
    let result = |input| match build_topic_params(&tagged::from_tagged(input)) {
        Ok(text) => quote(&text),
        Err(error) => format!("{{\"error\":{}}}", quote(error.code)),
    };
    let results: Vec<String> = inputs.into_iter().map(result).collect();
    format!("{{\"type\":\"batch\",\"seq\":{seq},\"results\":[{}]}}", results.join(","))
}

fn hello() -> String {
    format!(
        r#"{{"type":"hello","protocol":1,"name":"rust-starter","language":"Rust","version":"1.0.0","features":["{}"]}}"#,
        tagged::FEATURES.join("\",\"")
    )
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let Some(Value::Object(message)) = json::parse(&line) else { panic!("not a message: {line}") };
        let reply = match text_of(&message, "type") {
            "bye" => break,
            "hello" => hello(),
            "batch" => run_batch(message),
            _ => run_case(message),
        };
        out.write_all((reply + "\n").as_bytes())?;
        out.flush()?;
    }
    Ok(())
}
