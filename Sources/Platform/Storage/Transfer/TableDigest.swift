/// How many rows a table has and what they are, whatever their order: databases sort text in different ways.
///
/// The sum, modulo 2^256, of the SHA-256 of each row as `RowCodec` writes it.
public struct TableDigest: Sendable, Equatable, CustomStringConvertible {
    /// Number of rows.
    public private(set) var rows = 0
    /// The sum in words of 64 bits, the least significant first.
    private var words: [UInt64] = [0, 0, 0, 0]

    init() {}

    mutating func add(_ row: [SQLValue]) {
        let hash = ContentHash(of: RowCodec.bytes(of: row)).bytes
        var carry: UInt64 = 0
        for index in 0..<4 {
            let word = hash[(index * 8)..<(index * 8 + 8)].reduce(0) { $0 << 8 | UInt64($1) }
            let (partial, first) = words[index].addingReportingOverflow(word)
            let (sum, second) = partial.addingReportingOverflow(carry)
            words[index] = sum
            carry = (first ? 1 : 0) + (second ? 1 : 0)
        }
        rows += 1
    }

    /// The rows and, behind a colon, 64 hexadecimal digits.
    public var description: String {
        var bytes: [UInt8] = []
        for word in words { RowCodec.append(word, to: &bytes) }
        return "\(rows):\(Hexadecimal.text(bytes))"
    }

    /// Reads a digest back; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let rows = Int(parts[0]), rows >= 0, let bytes = Hexadecimal.bytes(parts[1]),
            bytes.count == 32
        else { return nil }
        self.rows = rows
        words = (0..<4).map { index in bytes[(index * 8)..<(index * 8 + 8)].reduce(0) { $0 << 8 | UInt64($1) } }
    }
}
