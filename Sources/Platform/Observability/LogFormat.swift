/// How log lines are written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// One JSON object a line, for machines.
    case json
    /// `time level message key=value …`, for people.
    case text
}

/// Writes the parts of one log line.
struct LogLine {
    private(set) var bytes: [UInt8] = []
    private let format: LogFormat

    init(format: LogFormat, time: Timestamp, level: LogLevel, label: String, message: String) {
        self.format = format
        bytes.reserveCapacity(320)
        switch format {
        case .json:
            append("{\"time\":\"")
            time.append(to: &bytes, fraction: .milliseconds)
            append("Z\",\"level\":\"")
            append(level.name)
            append("\",\"logger\":")
            appendQuoted(label)
            append(",\"message\":")
            appendQuoted(message)
        case .text:
            time.append(to: &bytes, fraction: .milliseconds)
            append("Z ")
            append(level.name)
            for _ in level.name.utf8.count..<8 { bytes.append(0x20) }
            append(label)
            append(": ")
            // A line stays a line whatever text it carries.
            for byte in message.utf8 { bytes.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte) }
        }
    }

    mutating func add(_ key: String, _ value: LogValue) {
        switch format {
        case .json:
            append(",")
            appendQuoted(key)
            append(":")
        case .text:
            append(" ")
            append(key)
            append("=")
        }
        switch value {
        case .string(let text): if format == .json || needsQuotes(text) { appendQuoted(text) } else { append(text) }
        case .integer(let value): append(value)
        case .number(let value): append(value)
        case .bool(let value): append(value ? "true" : "false")
        }
    }

    /// Adds fields that `fragment(_:format:)` has written.
    mutating func add(fragment: [UInt8]) {
        bytes.append(contentsOf: fragment)
    }

    mutating func finish() {
        if format == .json { append("}") }
        bytes.append(0x0A)
    }

    /// The bytes of fields that many lines share.
    static func fragment(_ fields: LogFields, format: LogFormat) -> [UInt8] {
        var line = LogLine(emptyIn: format)
        for (key, value) in fields { line.add(key, value) }
        return line.bytes
    }

    private init(emptyIn format: LogFormat) {
        self.format = format
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(_ value: Int) {
        guard value >= 0, value < 1_000_000_000 else { return append(String(value)) }
        var divisor = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    private mutating func append(_ value: Double) {
        guard value.isFinite else { return append(format == .json ? "null" : String(describing: value)) }
        // Three decimals say enough in a log and are quicker to write than the shortest exact form.
        guard value.magnitude < 1e9 else { return append(value.description) }
        if value < 0 { append("-") }
        let thousandths = Int((value.magnitude * 1000).rounded())
        append(thousandths / 1000)
        bytes.append(UInt8(ascii: "."))
        bytes.append(UInt8(ascii: "0") + UInt8(thousandths / 100 % 10))
        bytes.append(UInt8(ascii: "0") + UInt8(thousandths / 10 % 10))
        bytes.append(UInt8(ascii: "0") + UInt8(thousandths % 10))
    }

    private func needsQuotes(_ text: String) -> Bool {
        text.isEmpty
            || text.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "=") || $0 == 0x7F }
    }

    private mutating func appendQuoted(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        guard text.utf8.contains(where: Self.needsEscape) else { return append(text) }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20, 0x7F:
                append("\\u00")
                append(byte < 0x10 ? "0" : "")
                append(String(byte, radix: 16))
            default: bytes.append(byte)
            }
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }
}
