/// One value in a file of comma-separated values.
public enum CSVCell: Sendable, Equatable {
    /// Nothing, as for an unknown value.
    case empty
    case text(String)
    case integer(Int)
    /// A number with as many digits as it takes to read the same value back, as Python writes it.
    case number(Double)
    /// A number with so many digits after the point.
    case decimal(Double, digits: Int)
}

/// A line of comma-separated values as RFC 4180 has it, whose text no spreadsheet takes for a formula.
///
/// Text that begins with one of `= + - @`, a tab or a line break, or the wide forms of those signs, gets an apostrophe
/// before it, which spreadsheets show or swallow but never run. Numbers are written as numbers, whatever their sign. A number
/// that is not finite is left empty.
///
/// - Source: RFC 4180; OWASP, "CSV Injection".
public enum CSVLine {
    /// The bytes of a line.
    ///
    /// - Parameter ending: RFC 4180's ending unless another program wants its own.
    public static func bytes(_ cells: [CSVCell], ending: String = "\r\n") -> [UInt8] {
        // A line of one empty cell would be no line at all to many readers.
        let texts = cells == [.empty] || cells == [.text("")] ? ["\"\""] : cells.map(text)
        return Array((texts.joined(separator: ",") + ending).utf8)
    }

    private static func text(_ cell: CSVCell) -> String {
        switch cell {
        case .empty: return ""
        case .text(let text): return isPlain(text) ? text : quoted(harmless(text))
        case .integer(let number): return String(number)
        case .number(let number): return number.isFinite ? number.description : ""
        case .decimal(let number, let digits): return number.isFinite ? DecimalText.of(number, digits: digits) : ""
        }
    }

    /// Whether a text obviously needs neither quotes nor an apostrophe, as almost all do.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, UInt8(ascii: "0")...UInt8(ascii: "z") ~= first, first != UInt8(ascii: "="),
            first != UInt8(ascii: "@"), text.utf8.last != UInt8(ascii: " ")
        else { return false }
        return text.utf8.allSatisfy {
            UInt8(ascii: " ")...UInt8(ascii: "~") ~= $0 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"")
        }
    }

    /// The characters that make a formula where they come first.
    private static let dangerous: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]

    private static func harmless(_ text: String) -> String {
        // Blanks and invisible marks are no shelter: some programs strip them before they look.
        let first = text.unicodeScalars.first { scalar in
            !(scalar.properties.isDefaultIgnorableCodePoint || scalar == "\0"
                || (scalar.properties.isWhitespace && !dangerous.contains(scalar)))
        }
        return first.map(dangerous.contains) == true ? "'" + text : text
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.unicodeScalars.allSatisfy { ![",", "\"", "\r", "\n"].contains($0) }
        let hasOuterBlank = text.first?.isWhitespace == true || text.last?.isWhitespace == true
        return isPlain && !hasOuterBlank ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

}
