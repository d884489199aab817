/// Returns the value of a tagged value (docs/vectors.md). Ends the process for an unsupported tag: the runner reports a
/// crash.
func fromTagged(_ tagged: Value) -> Value {
    switch tagged {
    case .array(let items):
        return .array(items.map(fromTagged))
    case .object(let members):
        if members.count == 1, let (key, argument) = members.first, key.first == UInt8(ascii: "$") {
            return fromTag(String(decoding: key, as: UTF8.self), argument)
        }
        return .object(members.mapValues(fromTagged))
    default:
        return tagged
    }
}

private func fromTag(_ tag: String, _ argument: Value) -> Value {
    switch (tag, argument) {
    case ("$float", .text(let text)):
        guard let value = Double(text) else { fatalError("not a float: \(text)") }
        return .float(value)
    case ("$int", .text(let digits)):
        if let value = Int(digits) { return .int(value) }
        return .bigInt(digits)
    case ("$utf16", .text(let hex)):
        return .text(fromUtf16(Array(hex.utf8)))
    case ("$object", .array(let pairs)):
        return .object(Dictionary(uniqueKeysWithValues: pairs.map(memberOf)))
    case ("$repeat", .array(let pair)):
        let (text, count) = textAndCount(pair)
        return .text(String(repeating: text, count: count))
    case ("$nest", .array(let pair)):
        let (kind, depth) = textAndCount(pair)
        return nest(kind == "array", depth)
    default:
        fatalError("unsupported tag \(tag)")
    }
}

private func memberOf(_ pair: Value) -> ([UInt8], Value) {
    guard case .array(let pair) = pair, pair.count == 2, case .text(let key) = fromTagged(pair[0]) else {
        fatalError("a member of $object is a key and a value")
    }
    return (Array(key.utf8), fromTagged(pair[1]))
}

private func textAndCount(_ pair: [Value]) -> (String, Int) {
    guard pair.count == 2, case .text(let text) = pair[0], case .int(let count) = pair[1] else {
        fatalError("expected a text and a count")
    }
    return (text, count)
}

private func nest(_ isArray: Bool, _ depth: Int) -> Value {
    var value: Value = isArray ? .array([]) : .object([:])
    for _ in 1..<depth { value = isArray ? .array([value]) : .object([Array("a".utf8): value]) }
    return value
}

/// No lone surrogates follow, because the feature is not declared.
private func fromUtf16(_ hex: [UInt8]) -> String {
    let units = stride(from: 0, to: hex.count, by: 4).map { (at: Int) -> UInt16 in
        guard let unit = UInt16(String(decoding: hex[at..<at + 4], as: UTF8.self), radix: 16) else {
            fatalError("expected four hex digits for each unit")
        }
        return unit
    }
    return String(decoding: units, as: UTF16.self)
}
