/// Text with the escapes of Python, as protocol 0 writes it.
enum PickleEscapes {
    /// The bytes of a quoted string, such as `'a\x00\n'`.
    static func unquoted(_ line: [UInt8]) throws(ModelFileError) -> [UInt8] {
        guard line.count >= 2, let quote = line.first, quote == line.last,
            quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"")
        else { throw PickleReader.damaged("a string of it lacks its quotes") }
        var result: [UInt8] = []
        result.reserveCapacity(line.count)
        var rest = line[1..<line.count - 1]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard let kind = rest.popFirst() else { throw invalid }
            if let plain = simple[kind] {
                result.append(plain)
            } else if kind == UInt8(ascii: "x") {
                result.append(UInt8(truncatingIfNeeded: try number(&rest, digits: 2, radix: 16)))
            } else if UInt8(ascii: "0")...UInt8(ascii: "7") ~= kind {
                let octal = [kind] + rest.prefix(2).prefix { UInt8(ascii: "0")...UInt8(ascii: "7") ~= $0 }
                rest = rest.dropFirst(octal.count - 1)
                result.append(octal.reduce(0) { $0 << 3 | ($1 - UInt8(ascii: "0")) })
            } else {
                // Python keeps what it does not know.
                result += [byte, kind]
            }
        }
        return result
    }

    private static let simple: [UInt8: UInt8] = [
        UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "'"): UInt8(ascii: "'"),
        UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "v"): 11,
    ]

    /// Text in which `\uXXXX` and `\UXXXXXXXX` stand for characters and all other bytes for those of Latin-1.
    static func text(_ line: [UInt8]) throws(ModelFileError) -> String {
        var scalars = String.UnicodeScalarView()
        var rest = line[...]
        while let byte = rest.popFirst() {
            let digits = rest.first == UInt8(ascii: "u") ? 4 : rest.first == UInt8(ascii: "U") ? 8 : 0
            guard byte == UInt8(ascii: "\\"), digits > 0 else {
                scalars.append(Unicode.Scalar(byte))
                continue
            }
            rest.removeFirst()
            // Half a surrogate pair is no character.
            scalars.append(Unicode.Scalar(try number(&rest, digits: digits, radix: 16)) ?? "\u{FFFD}")
        }
        return String(scalars)
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, digits: Int, radix: Int) throws(ModelFileError)
        -> UInt32
    {
        let text = String(decoding: rest.prefix(digits), as: UTF8.self)
        guard rest.count >= digits, !text.hasPrefix("+"), let number = UInt32(text, radix: radix) else { throw invalid }
        rest = rest.dropFirst(digits)
        return number
    }

    private static let invalid = PickleReader.damaged("a text of it has an escape that makes no sense")
}
