// A starter harness: connects the serializer in Topic.swift to `topic-conformance run`. Copy this folder, replace
// Topic.swift with your own implementation, and run:
//
//     swiftc -O -o topic-harness *.swift
//     npx topic-conformance run -- ./topic-harness
//
// docs/line-protocol.md describes the messages.
import Foundation

/// A Value is a tree of plain data: it cannot contain itself, a shared part, a lone surrogate or any other type, so those
/// features (docs/vectors.md) are not declared.
let hello = """
    {"type":"hello","protocol":1,"name":"swift-starter","language":"Swift","version":"1.0.0",\
    "features":["batch","bigint","error-codes","float","length-limit","parse"]}
    """

func member(_ message: Object, _ name: String) -> Value {
    guard let value = message[Array(name.utf8)] else { fatalError("a message without \(name)") }
    return value
}

func textOf(_ message: Object, _ name: String) -> String {
    guard case .text(let text) = member(message, name) else { fatalError("\(name) is not a string") }
    return text
}

func start(_ type: String, _ message: Object) -> String {
    guard case .int(let seq) = member(message, "seq") else { fatalError("seq is not an integer") }
    return "{\"type\":\"\(type)\",\"seq\":\(seq)"
}

func build(_ message: Object) throws -> String {
    let value = fromTagged(member(message, "input"))
    switch (textOf(message, "op"), value) {
    case ("params", _):
        return try buildTopicParams(value)
    case ("topic", _):
        return try buildTopic(textOf(message, "route"), value)
    case ("parse", .text(let topic)):
        let (route, params) = try parseTopic(topic)
        return try buildTopic(route, params)
    default:
        fatalError("unknown op \(textOf(message, "op"))")
    }
}

func runCase(_ message: Object) -> String {
    do {
        let text = quote(try build(message))
        return "\(start("result", message)),\"text\":\(text)}"
    } catch let error as TopicError {
        let reason = quote(error.description)
        return "\(start("result", message)),\"error\":\(quote(error.code)),\"message\":\(reason)}"
    } catch {
        fatalError("\(error)")
    }
}

func runBatch(_ message: Object) -> String {
    guard case .array(let inputs) = member(message, "inputs") else { fatalError("inputs is not an array") }
    let results = inputs.map { (input: Value) -> String in
        do {
            return quote(try buildTopicParams(fromTagged(input)))
        } catch let error as TopicError {
            return "{\"error\":\(quote(error.code))}"
        } catch {
            fatalError("\(error)")
        }
    }
    return "\(start("batch", message)),\"results\":[\(results.joined(separator: ","))]}"
}

while let line = readLine() {
    guard case .object(let message)? = parseJson(Array(line.utf8)) else { fatalError("not a message: \(line)") }
    let type = textOf(message, "type")
    if type == "bye" { break }
    let reply = type == "hello" ? hello : type == "batch" ? runBatch(message) : runCase(message)
    FileHandle.standardOutput.write(Data((reply + "\n").utf8))
}
