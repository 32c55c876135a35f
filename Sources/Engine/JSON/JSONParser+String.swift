extension JSONParser {
    /// Reads a string whose opening quote has been read.
    mutating func string() throws(JSONError) -> String {
        let opening = position - 1
        let start = position
        skipPlain()
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
            defer { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try escape(into: &text, opening: opening)
            case 0..<0x20:
                throw error("Invalid control character at")
            default:
                let runStart = position
                skipPlain()
                text.append(contentsOf: bytes[runStart..<position])
            }
        }
        throw error("Unterminated string starting at", at: opening)
    }

    /// Moves to the next quote, backslash or control character, or to the end.
    private mutating func skipPlain() {
        while position + 8 <= bytes.count, !ByteWord(bytes, at: position).needsAttentionInString { position += 8 }
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return }
            position += 1
        }
    }

    private mutating func escape(into text: inout [UInt8], opening: Int) throws(JSONError) {
        let backslash = position
        guard position + 1 < bytes.count else { throw error("Unterminated string starting at", at: opening) }
        let letter = bytes[position + 1]
        position += 2
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape(backslash)).utf8)
        default: throw error("Invalid \\escape", at: backslash)
        }
    }

    /// Reads what follows `\u`; a surrogate without its partner becomes U+FFFD, since it has no UTF-8 form.
    private mutating func unicodeEscape(_ backslash: Int) throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal(backslash)
        guard (0xD800..<0xDC00).contains(first), position + 1 < bytes.count,
            bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
        else { return Unicode.Scalar(first) ?? "\u{FFFD}" }
        let mark = position
        position += 2
        let second = try hexadecimal(mark)
        guard (0xDC00..<0xE000).contains(second) else {
            position = mark
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
    }

    private mutating func hexadecimal(_ backslash: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw error("Invalid \\uXXXX escape", at: backslash + 1)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// The fault at the cursor or at another place, with line, column and character counted from the start.
    func error(_ reason: String, at place: Int? = nil) -> JSONError {
        let end = min(place ?? position, bytes.count)
        var line = 1
        var column = 1
        var character = 0
        for byte in bytes[..<end] where byte & 0xC0 != 0x80 {
            character += 1
            column += 1
            if byte == 0x0A {
                line += 1
                column = 1
            }
        }
        return JSONError(reason: reason, line: line, column: column, character: character)
    }

    private var isASCII: Bool {
        var offset = 0
        while offset + 8 <= bytes.count {
            if ByteWord(bytes, at: offset).hasNonASCII { return false }
            offset += 8
        }
        return bytes[offset...].allSatisfy { $0 < 0x80 }
    }

    /// The fault of the first byte that is not UTF-8, in the words of Python's decoder.
    func firstInvalidUTF8() -> JSONError? {
        guard !isASCII else { return nil }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue(let scalar): offset += UTF8.width(scalar)
            case .emptyInput: return nil
            case .error:
                let byte = String(bytes[min(offset, bytes.count - 1)], radix: 16)
                return JSONError(
                    reason: "'utf-8' codec can't decode byte 0x\(byte) in position \(offset): invalid start byte",
                    line: nil, column: nil, character: nil)
            }
        }
    }
}
