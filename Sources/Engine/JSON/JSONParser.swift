/// Why a text is not JSON, and where.
///
/// The wording is that of Python's `json` module, which the drop-in APIs pass on to their clients.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, such as `Expecting value`.
    public let reason: String
    /// Line of the fault, from 1; nil when the fault has no place.
    public let line: Int?
    /// Column of the fault in characters, from 1.
    public let column: Int?
    /// Characters before the fault.
    public let character: Int?

    public var description: String {
        guard let line, let column, let character else { return reason }
        return "\(reason): line \(line) column \(column) (char \(character))"
    }
}

extension JSONValue {
    /// Reads one JSON text, in UTF-8.
    ///
    /// - Parameters:
    ///   - bytes: the text; a byte order mark is refused, as RFC 8259 allows.
    ///   - maximumDepth: how many arrays and objects may lie inside each other.
    ///   - allowsNonFinite: whether `NaN`, `Infinity` and `-Infinity` are numbers, as in files written by Python.
    /// - Throws: `JSONError`.
    /// - Complexity: O(`bytes.count`).
    public init(
        parsing bytes: some Sequence<UInt8>, maximumDepth: Int = 512, allowsNonFinite: Bool = false
    ) throws(JSONError) {
        let read = bytes.withContiguousStorageIfAvailable { buffer in
            Self.parse(buffer, maximumDepth: maximumDepth, allowsNonFinite: allowsNonFinite)
        }
        if let read {
            self = try read.get()
        } else {
            let copy = Array(bytes)
            self = try copy.withUnsafeBufferPointer {
                Self.parse($0, maximumDepth: maximumDepth, allowsNonFinite: allowsNonFinite)
            }.get()
        }
    }

    /// Reads one JSON text.
    public init(parsing text: String, maximumDepth: Int = 512, allowsNonFinite: Bool = false) throws(JSONError) {
        try self.init(parsing: text.utf8, maximumDepth: maximumDepth, allowsNonFinite: allowsNonFinite)
    }

    private static func parse(
        _ buffer: UnsafeBufferPointer<UInt8>, maximumDepth: Int, allowsNonFinite: Bool
    ) -> Result<JSONValue, JSONError> {
        var parser = JSONParser(bytes: buffer, maximumDepth: maximumDepth, allowsNonFinite: allowsNonFinite)
        do throws(JSONError) {
            return .success(try parser.document())
        } catch {
            return .failure(error)
        }
    }
}

/// A recursive-descent parser over bytes that outlive it.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    let allowsNonFinite: Bool
    var position = 0
    private var depth = 0

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int, allowsNonFinite: Bool) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        self.allowsNonFinite = allowsNonFinite
    }

    mutating func document() throws(JSONError) -> JSONValue {
        if let bad = firstInvalidUTF8() { throw bad }
        skipSpace()
        let value = try self.value()
        skipSpace()
        guard position == bytes.count else { throw error("Extra data") }
        return value
    }

    /// The byte at the cursor; 0, which no JSON text outside strings holds, at the end.
    var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    mutating func skipSpace() {
        while position < bytes.count, case let byte = bytes[position],
            byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
        {
            position += 1
        }
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch current {
        case UInt8(ascii: "\""):
            position += 1
            return .string(try string())
        case UInt8(ascii: "{"): return .object(try nested { parser throws(JSONError) in try parser.object() })
        case UInt8(ascii: "["): return .array(try nested { parser throws(JSONError) in try parser.array() })
        case UInt8(ascii: "n") where take("null"): return .null
        case UInt8(ascii: "t") where take("true"): return .bool(true)
        case UInt8(ascii: "f") where take("false"): return .bool(false)
        case UInt8(ascii: "N") where take("NaN"): return try nonFinite(.nan, "NaN")
        case UInt8(ascii: "I") where take("Infinity"): return try nonFinite(.infinity, "Infinity")
        case UInt8(ascii: "-") where take("-Infinity"): return try nonFinite(-.infinity, "-Infinity")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("Expecting value")
        }
    }

    private mutating func nested<Value>(
        _ read: (inout JSONParser) throws(JSONError) -> Value
    ) throws(JSONError) -> Value {
        depth += 1
        defer { depth -= 1 }
        guard depth <= maximumDepth else { throw error("Nested deeper than \(maximumDepth) levels") }
        position += 1
        return try read(&self)
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        while true {
            elements.append(try value())
            skipSpace()
            if current == UInt8(ascii: "]") {
                position += 1
                return elements
            }
            guard current == UInt8(ascii: ",") else { throw error("Expecting ',' delimiter") }
            position += 1
            skipSpace()
        }
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        var members = JSONObject()
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return members
        }
        while true {
            guard current == UInt8(ascii: "\"") else {
                throw error("Expecting property name enclosed in double quotes")
            }
            position += 1
            let key = try string()
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw error("Expecting ':' delimiter") }
            position += 1
            skipSpace()
            members[key] = try value()
            skipSpace()
            if current == UInt8(ascii: "}") {
                position += 1
                return members
            }
            guard current == UInt8(ascii: ",") else { throw error("Expecting ',' delimiter") }
            position += 1
            skipSpace()
        }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        guard isDigit(current) else {
            position = start
            throw error("Expecting value")
        }
        var isInteger = true
        if current == UInt8(ascii: "0") { position += 1 } else { skipDigits() }
        if current == UInt8(ascii: "."), position + 1 < bytes.count, isDigit(bytes[position + 1]) {
            isInteger = false
            position += 1
            skipDigits()
        }
        if current | 0x20 == UInt8(ascii: "e") {
            var next = position + 1
            if next < bytes.count, bytes[next] == UInt8(ascii: "+") || bytes[next] == UInt8(ascii: "-") { next += 1 }
            if next < bytes.count, isDigit(bytes[next]) {
                isInteger = false
                position = next
                skipDigits()
            }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite || allowsNonFinite else {
            throw error("Out of range float values are not JSON compliant", at: start)
        }
        return .number(number)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private mutating func skipDigits() {
        while isDigit(current) { position += 1 }
    }

    private func nonFinite(_ value: Double, _ name: String) throws(JSONError) -> JSONValue {
        guard allowsNonFinite else {
            throw JSONError(
                reason: "Out of range float values are not JSON compliant: '\(name)'", line: nil, column: nil,
                character: nil)
        }
        return .number(value)
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard bytes.count - position >= length else { return false }
        for offset in 0..<length where bytes[position + offset] != word.utf8Start[offset] { return false }
        position += length
        return true
    }
}
