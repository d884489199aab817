// The topic contract in Swift without dependencies: an example for teams that write their own implementation. main.swift
// is the harness; Tagged.swift is needed only by the harness.
import Foundation

private let maxDepth = 64
private let maxLength = 16_777_216
private let maxIntegerDigits = 4300

/// Members by the UTF-8 of their keys. A String is not used as a key, because Swift compares strings by canonical equivalence: "é" and
/// "e\u{301}" would be one key.
typealias Object = [[UInt8]: Value]

/// Plain data. An integer that does not fit into an Int is a bigInt: decimal digits without leading zeros, with an optional
/// minus sign. A float is always a float of the contract: 1.0 is written as "1.0".
enum Value {
    case null
    case bool(Bool)
    case int(Int)
    case bigInt(String)
    case float(Double)
    case text(String)
    case array([Value])
    case object(Object)
}

/// The error for invalid input. `path` is the JSON Pointer to the invalid value.
struct TopicError: Error, CustomStringConvertible {
    let code: String
    var path = ""

    var description: String { return "\(code) at \(path.isEmpty ? "the top level" : path)" }
}

/// Returns `{route}:{params}`.
func buildTopic(_ route: String, _ params: Value) throws -> String {
    try checkRoute(route)
    return try "\(route):" + buildTopicParams(params)
}

/// Returns the canonical text of a value.
func buildTopicParams(_ value: Value) throws -> String {
    var writer = Writer()
    try writer.write(value)
    return writer.text
}

/// Parses a topic. Accepts only canonical topics: building the result again must give the same text.
func parseTopic(_ topic: String) throws -> (route: String, params: Value) {
    // A colon with a combining mark is another Character, so the bytes are searched and compared.
    let bytes = Array(topic.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { throw TopicError(code: "invalid_topic") }
    let route = String(decoding: bytes[..<colon], as: UTF8.self)
    try checkRoute(route)
    let text = Array(bytes[(colon + 1)...])
    if let params = parseJson(text), let built = try? buildTopicParams(params), built.utf8.elementsEqual(text) {
        return (route, params)
    }
    throw TopicError(code: "invalid_topic")
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
        return true
    default:
        return false
    }
}

private func checkRoute(_ name: String) throws {
    let isValid = name.utf8.allSatisfy { byte in isAlphanumeric(byte) || "-_.".utf8.contains(byte) }
    guard let first = name.utf8.first, isAlphanumeric(first), isValid else { throw TopicError(code: "invalid_route") }
}

private struct Writer {
    var text = ""
    /// The keys and indexes that lead to the current value, one for each open container.
    var path: [String] = []

    func refusal(_ code: String) -> TopicError {
        let pointer = path.map { key -> String in
            "/" + key.replacingOccurrences(of: "~", with: "~0").replacingOccurrences(of: "/", with: "~1")
        }
        return TopicError(code: code, path: pointer.joined())
    }

    mutating func append(_ piece: String) throws {
        if text.utf8.count + piece.utf8.count > maxLength { throw refusal("too_long") }
        text += piece
    }

    mutating func write(_ value: Value) throws {
        switch value {
        case .null:
            try append("\"\"")
        case .bool(let flag):
            try append(flag ? "true" : "false")
        case .int(let integer):
            try append(String(integer))
        case .bigInt(let digits):
            let sign = digits.utf8.first == UInt8(ascii: "-") ? 1 : 0
            if digits.utf8.count - sign > maxIntegerDigits { throw refusal("integer_too_long") }
            try append(digits)
        case .float(let number):
            if !number.isFinite { throw refusal("not_finite") }
            try append(formatFloat(number))
        case .text(let text):
            try writeText(text)
        case .array(let items):
            try enter("[")
            for (index, item) in items.enumerated() {
                if index > 0 { try append(",") }
                path.append(String(index))
                try write(item)
                path.removeLast()
            }
            try append("]")
        case .object(let members):
            try enter("{")
            // Sorting by UTF-8 bytes is the same as sorting by code points.
            let sorted = members.sorted { one, other in one.key.lexicographicallyPrecedes(other.key) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { try append(",") }
                let key = String(decoding: member.key, as: UTF8.self)
                path.append(key)
                try writeText(key)
                try append(":")
                try write(member.value)
                path.removeLast()
            }
            try append("}")
        }
    }

    mutating func enter(_ bracket: String) throws {
        if path.count >= maxDepth { throw refusal("too_deep") }
        try append(bracket)
    }

    mutating func writeText(_ characters: String) throws {
        // Checked before escaping, because a character has at most four bytes and at least one in the text.
        if characters.utf8.count > 4 * maxLength { throw refusal("too_long") }
        try append(quote(characters))
    }
}

private let shortEscapes = Array("\"\\\n\r\t\u{c}\u{8}".utf16)
private let shortLetters = Array("\"\\nrtfb".utf8)
private let hexDigits = Array("0123456789abcdef".utf8)

/// Returns a JSON string in which every UTF-16 unit outside of printable ASCII is escaped.
func quote(_ characters: String) -> String {
    var quoted: [UInt8] = [UInt8(ascii: "\"")]
    quoted.reserveCapacity(characters.utf8.count + 2)
    for unit in characters.utf16 {
        if let index = shortEscapes.firstIndex(of: unit) {
            quoted.append(UInt8(ascii: "\\"))
            quoted.append(shortLetters[index])
        } else if unit >= 0x20 && unit <= 0x7e {
            quoted.append(UInt8(unit))
        } else {
            quoted.append(UInt8(ascii: "\\"))
            quoted.append(UInt8(ascii: "u"))
            for shift in [12, 8, 4, 0] { quoted.append(hexDigits[Int((unit >> shift) & 15)]) }
        }
    }
    quoted.append(UInt8(ascii: "\""))
    return String(decoding: quoted, as: UTF8.self)
}

/// Formats a float like repr in Python: shortest digits, an exponent below 1e-4 and from 1e16.
private func formatFloat(_ value: Double) -> String {
    let parts = shortest(value).split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { fatalError("the format e writes an exponent") }
    if exponent < -4 || exponent >= 16 {
        let magnitude = abs(exponent)
        return "\(parts[0])e\(exponent < 0 ? "-" : "+")\(magnitude < 10 ? "0" : "")\(magnitude)"
    }
    // In this range the nearest digits are always the shortest too: only powers of two differ, and these are exact here.
    let decimals = parts[0].split(separator: ".").dropFirst().first?.count ?? 0
    return String(format: "%.\(max(decimals - exponent, 1))f", value)
}

/// Returns the shortest digits that parse to the same float, with an exponent. `description` has the fewest digits; of two
/// that are equally near, Python takes the even one, as the format with a precision does.
private func shortest(_ value: Double) -> String {
    let written = String(value.description.prefix(while: { $0 != "e" })).filter { $0.isNumber }
    var digits = written.drop(while: { $0 == "0" })
    while digits.last == "0" { digits.removeLast() }
    let nearest = String(format: "%.\(max(digits.count - 1, 0))e", value)
    if Double(nearest) == value { return nearest }
    let exponent = String(format: "%.16e", value).split(separator: "e")[1]
    return "\(value < 0 ? "-" : "")\(digits.prefix(1)).\(digits.dropFirst())e\(exponent)"
}
