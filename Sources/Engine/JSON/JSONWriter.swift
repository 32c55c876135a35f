extension JSONValue {
    /// How a JSON text is laid out.
    public struct Style: Sendable {
        /// Whether members and elements stand on lines of their own, indented by two spaces.
        public var isPretty = false
        /// Whether characters outside ASCII are written as `\uXXXX`.
        public var escapesNonASCII = false

        /// No white space, characters as they are.
        public static let compact = Style()
        /// For people to read.
        public static let pretty = Style(isPretty: true)

        /// Makes a style.
        public init(isPretty: Bool = false, escapesNonASCII: Bool = false) {
            self.isPretty = isPretty
            self.escapesNonASCII = escapesNonASCII
        }
    }

    /// The text in UTF-8.
    ///
    /// Floats are written with the fewest digits that read back as the same value, always with a fraction or an
    /// exponent, as Python does; those that are not finite become `null`.
    public func bytes(style: Style = .compact) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.write(self, indentation: 0)
        return writer.output
    }

    /// The text.
    public func text(style: Style = .compact) -> String {
        String(decoding: bytes(style: style), as: UTF8.self)
    }
}

private struct JSONWriter {
    let style: JSONValue.Style
    var output: [UInt8] = []

    init(style: JSONValue.Style) {
        self.style = style
        output.reserveCapacity(128)
    }

    mutating func write(_ value: JSONValue, indentation: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        case .number(let value): append(value.isFinite ? value.description : "null")
        case .string(let value): write(value)
        case .array(let elements):
            list(elements, open: "[", close: "]", indentation: indentation) { writer, element in
                writer.write(element, indentation: indentation + 1)
            }
        case .object(let members):
            list(members, open: "{", close: "}", indentation: indentation) { writer, member in
                writer.write(member.key)
                writer.append(writer.style.isPretty ? ": " : ":")
                writer.write(member.value, indentation: indentation + 1)
            }
        }
    }

    private mutating func list<Items: Sequence>(
        _ items: Items, open: String, close: String, indentation: Int, item: (inout JSONWriter, Items.Element) -> Void
    ) {
        append(open)
        var isEmpty = true
        for element in items {
            if !isEmpty { append(",") }
            isEmpty = false
            newLine(indentation + 1)
            item(&self, element)
        }
        if !isEmpty { newLine(indentation) }
        append(close)
    }

    private mutating func newLine(_ indentation: Int) {
        guard style.isPretty else { return }
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: 2 * indentation))
    }

    private mutating func append(_ text: String) {
        output.append(contentsOf: text.utf8)
    }

    private mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{08}": append("\\b")
            case "\u{0C}": append("\\f")
            case "\u{00}"..<"\u{20}": escape(UInt16(scalar.value))
            case "\u{80}"... where style.escapesNonASCII: for unit in String(scalar).utf16 { escape(unit) }
            case "\u{20}"..<"\u{80}": output.append(UInt8(scalar.value))
            default: output.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ unit: UInt16) {
        let digits = String(unit, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
    }
}
