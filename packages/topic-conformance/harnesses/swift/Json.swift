/// Limits recursion. Topics have at most 64 levels; the lines of the harness have more, because tags are nested too.
private let maxDepth = 500

private struct InvalidJson: Error {}

/// Parses JSON in UTF-8, keeping ints apart from floats, and integers of any size exact. Returns nil if the text is not JSON
/// or contains a lone surrogate, which Swift strings cannot contain. The last of several equal keys wins.
func parseJson(_ text: [UInt8]) -> Value? {
    var parser = Parser(text: text)
    guard let value = try? parser.value(0) else { return nil }
    parser.skip("")
    return parser.at == text.count ? value : nil
}

private struct Parser {
    let text: [UInt8]
    var at = 0

    func peek() -> UInt8? {
        return at < text.count ? text[at] : nil
    }

    mutating func next() throws -> UInt8 {
        guard let byte = peek() else { throw InvalidJson() }
        at += 1
        return byte
    }

    /// Skips white space and then a token. Returns whether the token was there.
    @discardableResult
    mutating func skip(_ token: String) -> Bool {
        while let byte = peek(), byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { at += 1 }
        let follows = text[at...].starts(with: token.utf8)
        if follows { at += token.utf8.count }
        return follows
    }

    mutating func expect(_ token: String) throws {
        if !skip(token) { throw InvalidJson() }
    }

    mutating func value(_ depth: Int) throws -> Value {
        if depth > maxDepth { throw InvalidJson() }
        if skip("null") { return .null }
        if skip("true") { return .bool(true) }
        if skip("false") { return .bool(false) }
        if skip("\"") { return .text(String(decoding: try string(), as: UTF8.self)) }
        if skip("[") { return .array(try array(depth + 1)) }
        if skip("{") { return .object(try object(depth + 1)) }
        return try number()
    }

    mutating func array(_ depth: Int) throws -> [Value] {
        var items: [Value] = []
        if skip("]") { return items }
        repeat { items.append(try value(depth)) } while skip(",")
        try expect("]")
        return items
    }

    mutating func object(_ depth: Int) throws -> Object {
        var members: Object = [:]
        if skip("}") { return members }
        repeat {
            try expect("\"")
            let key = try string()
            try expect(":")
            members[key] = try value(depth)
        } while skip(",")
        try expect("}")
        return members
    }

    mutating func digits() throws {
        let start = at
        while let byte = peek(), byte >= 0x30 && byte <= 0x39 { at += 1 }
        if at == start { throw InvalidJson() }
    }

    mutating func number() throws -> Value {
        let start = at
        if peek() == UInt8(ascii: "-") { at += 1 }
        let integer = at
        try digits()
        if text[integer] == UInt8(ascii: "0") && at - integer > 1 { throw InvalidJson() }
        var isFloat = false
        if peek() == UInt8(ascii: ".") {
            isFloat = true
            at += 1
            try digits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            isFloat = true
            at += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        let token = String(decoding: text[start..<at], as: UTF8.self)
        if isFloat {
            guard let value = Double(token) else { throw InvalidJson() }
            return .float(value)
        }
        if let value = Int(token) { return .int(value) }
        return .bigInt(token)
    }

    /// Returns the UTF-8 of a string whose quotation mark has been read.
    mutating func string() throws -> [UInt8] {
        var string: [UInt8] = []
        while true {
            let byte = try next()
            if byte == UInt8(ascii: "\"") { return string }
            if byte == UInt8(ascii: "\\") { string += try escape() } else { string.append(byte) }
        }
    }

    mutating func escape() throws -> [UInt8] {
        let letter = try next()
        if letter == UInt8(ascii: "u") { return Array(String(Character(try unicodeEscape())).utf8) }
        guard let index = Array("\"\\/nrtfb".utf8).firstIndex(of: letter) else { throw InvalidJson() }
        return [Array("\"\\/\n\r\t\u{c}\u{8}".utf8)[index]]
    }

    mutating func unicodeEscape() throws -> Unicode.Scalar {
        var point = try unit()
        if point >= 0xd800 && point < 0xdc00 {
            for expected in "\\u".utf8 {
                if try next() != expected { throw InvalidJson() }
            }
            let low = try unit()
            if low < 0xdc00 || low > 0xdfff { throw InvalidJson() }
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00)
        }
        // A lone surrogate is not a scalar.
        guard let scalar = Unicode.Scalar(point) else { throw InvalidJson() }
        return scalar
    }

    mutating func unit() throws -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            let digits = Array("0123456789abcdef0123456789ABCDEF".utf8)
            guard let digit = digits.firstIndex(of: try next()) else { throw InvalidJson() }
            unit = (unit << 4) | UInt32(digit & 15)
        }
        return unit
    }
}
