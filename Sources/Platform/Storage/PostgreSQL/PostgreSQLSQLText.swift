/// A statement as PostgreSQL spells it: `$1`, `$2` … for values instead of `?`.
struct PostgreSQLSQLText: Equatable {
    /// The text to send.
    private(set) var text = ""
    /// How many placeholders there are.
    private(set) var placeholders = 0
    /// The first word in capitals; empty where there is no statement.
    private(set) var verb = ""

    /// Translates a text in portable SQL, leaving strings, quoted names and comments as they are.
    init(_ sql: String) {
        var scanner = Scanner(bytes: Array(sql.utf8))
        scanner.run()
        // Only whole pieces of the given text and ASCII were put together.
        text = String(decoding: scanner.output, as: UTF8.self)
        placeholders = scanner.placeholders
        verb = String(decoding: scanner.verb, as: UTF8.self).uppercased()
    }

    /// Verbs that control transactions and sessions, or change the flow of the connection: the driver's business.
    private static let reserved: Set<String> = [
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "EXECUTE",
        "DEALLOCATE", "SET", "RESET", "DISCARD", "COPY", "LISTEN", "UNLISTEN", "NOTIFY", "DECLARE", "FETCH", "MOVE",
        "CLOSE", "CALL", "DO", "LOAD", "CHECKPOINT",
    ]
    private static let repeated: Set<String> = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES"]

    /// Whether it is worth keeping prepared.
    var isRepeated: Bool { Self.repeated.contains(verb) }

    /// Refuses what callers may not run.
    func check(arguments: Int) throws(StorageError) {
        guard !verb.isEmpty else { throw .invalidStatement(detail: "there is no statement") }
        guard !Self.reserved.contains(verb) else {
            throw .invalidStatement(detail: "\(verb) is for the driver only")
        }
        guard placeholders == arguments else {
            throw .invalidStatement(detail: "the statement has \(placeholders) placeholders, \(arguments) values came")
        }
        guard arguments <= 65_535 else {
            throw .invalidStatement(detail: "\(arguments) values came, PostgreSQL takes 65535")
        }
    }
}

/// Walks through a statement byte by byte.
///
/// - Source: "Lexical Structure" of PostgreSQL's manual.
private struct Scanner {
    let bytes: [UInt8]
    var position = 0
    var output: [UInt8] = []
    var placeholders = 0
    var verb: [UInt8] = []
    /// Whether the word at the beginning is over.
    private var hasVerb = false
    /// Whether the byte before belongs to a name, so that what follows is neither a prefix nor a dollar quote.
    private var isInsideName = false

    init(bytes: [UInt8]) {
        self.bytes = bytes
        output.reserveCapacity(bytes.count + 32)
    }

    private func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func run() {
        while let byte = byte(at: position) {
            let next = self.byte(at: position + 1)
            switch byte {
            case UInt8(ascii: "?"):
                placeholders += 1
                output += Array("$\(placeholders)".utf8)
                position += 1
                isInsideName = false
                hasVerb = true
                continue
            case UInt8(ascii: "'"): copy(to: endOfQuote(byte, escapes: isEscapeString))
            case UInt8(ascii: "\""): copy(to: endOfQuote(byte, escapes: false))
            case UInt8(ascii: "-") where next == UInt8(ascii: "-"): skipComment(to: endOfLine())
            case UInt8(ascii: "/") where next == UInt8(ascii: "*"): skipComment(to: endOfComment())
            case UInt8(ascii: "$") where !isInsideName: copy(to: endOfDollarQuote())
            default: copyPlain(byte)
            }
        }
    }

    private mutating func copyPlain(_ byte: UInt8) {
        let isLetter = (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
        let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        if !hasVerb {
            if isLetter { verb.append(byte) } else if !verb.isEmpty { hasVerb = true }
        }
        isInsideName =
            isLetter || isDigit || byte == UInt8(ascii: "_") || byte >= 0x80
            || (isInsideName && byte == UInt8(ascii: "$"))
        output.append(byte)
        position += 1
    }

    private mutating func copy(to end: Int) {
        output += bytes[position..<end]
        position = end
        isInsideName = false
        hasVerb = hasVerb || !verb.isEmpty
    }

    /// Comments become a space: they would only make the statement longer.
    private mutating func skipComment(to end: Int) {
        output.append(UInt8(ascii: " "))
        position = end
        isInsideName = false
        hasVerb = hasVerb || !verb.isEmpty
    }

    /// Whether the quote at the position has `E` before it, which makes the backslash special.
    private var isEscapeString: Bool {
        guard position > 0, bytes[position - 1] | 0x20 == UInt8(ascii: "e") else { return false }
        guard position > 1 else { return true }
        let before = bytes[position - 2]
        return
            !(before == UInt8(ascii: "_") || before >= 0x80 || Character(UnicodeScalar(before)).isLetter
            || Character(UnicodeScalar(before)).isNumber)
    }

    private func endOfQuote(_ quote: UInt8, escapes: Bool) -> Int {
        var index = position + 1
        while let byte = byte(at: index) {
            if escapes, byte == UInt8(ascii: "\\") {
                index += 2
            } else if byte == quote {
                // A doubled quote stands for one and goes on as if another text began.
                if self.byte(at: index + 1) != quote { return index + 1 }
                index += 2
            } else {
                index += 1
            }
        }
        return bytes.count
    }

    private func endOfLine() -> Int {
        bytes[position...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? bytes.count
    }

    private func endOfComment() -> Int {
        var depth = 0
        var index = position
        while index + 1 < bytes.count {
            switch (bytes[index], bytes[index + 1]) {
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                depth += 1
                index += 2
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                depth -= 1
                index += 2
                if depth == 0 { return index }
            default: index += 1
            }
        }
        return bytes.count
    }

    /// The end of `$tag$ … $tag$`, or of the lone dollar.
    private func endOfDollarQuote() -> Int {
        guard let close = bytes[(position + 1)...].firstIndex(of: UInt8(ascii: "$")) else { return position + 1 }
        let tag = bytes[(position + 1)..<close]
        let isTag = tag.allSatisfy { byte in
            byte == UInt8(ascii: "_") || byte >= 0x80 || Character(UnicodeScalar(byte)).isLetter
                || Character(UnicodeScalar(byte)).isNumber
        }
        guard isTag, !(tag.first.map { Character(UnicodeScalar($0)).isNumber } ?? false) else { return position + 1 }
        let delimiter = Array(bytes[position...close])
        var index = close + 1
        while index + delimiter.count <= bytes.count {
            if bytes[index..<(index + delimiter.count)].elementsEqual(delimiter) { return index + delimiter.count }
            index += 1
        }
        return bytes.count
    }
}
