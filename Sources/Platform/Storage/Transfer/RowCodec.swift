/// Rows as bytes: what archives hold and digests are made of.
///
/// A value is a byte for its kind (0 null, 1 integer, 2 real, 3 text, 4 bytes) and then: 8 bytes of a number, or 8 bytes of
/// a length and the content. Numbers are big-endian; reals are their IEEE 754 bits, with zero always positive, since
/// SQLite does not keep its sign. In a file each row has its length in 8 bytes before it.
enum RowCodec {
    /// Longest row that is read back: SQLite's and PostgreSQL's rows are shorter.
    static let longestRow = 4 << 30

    static func append(_ row: [SQLValue], to bytes: inout [UInt8]) {
        for value in row { append(value, to: &bytes) }
    }

    static func bytes(of row: [SQLValue]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(row, to: &bytes)
        return bytes
    }

    /// Appends a number in 8 bytes.
    static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    private static func append(_ value: SQLValue, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(0)
        case .integer(let number):
            bytes.append(1)
            append(UInt64(bitPattern: number), to: &bytes)
        case .real(let number):
            bytes.append(2)
            append((number == 0 ? 0 : number).bitPattern, to: &bytes)
        case .text(let text):
            bytes.append(3)
            append(UInt64(text.utf8.count), to: &bytes)
            bytes += text.utf8
        case .blob(let content):
            bytes.append(4)
            append(UInt64(content.count), to: &bytes)
            bytes += content
        }
    }

    /// Reads a row of so many values back.
    ///
    /// - Throws: `TransferError.badArchive` if the bytes are not exactly such a row.
    static func row(_ bytes: [UInt8], values count: Int) throws(TransferError) -> [SQLValue] {
        var reader = Reader(bytes: bytes)
        var row: [SQLValue] = []
        for _ in 0..<count { row.append(try reader.value()) }
        guard reader.position == bytes.count else { throw Reader.broken }
        return row
    }

    private struct Reader {
        static let broken = TransferError.badArchive("a row is not written as rows are")

        let bytes: [UInt8]
        var position = 0

        mutating func value() throws(TransferError) -> SQLValue {
            switch try take(1).first {
            case 0: return .null
            case 1: return .integer(Int64(bitPattern: try number()))
            case 2: return .real(Double(bitPattern: try number()))
            case 3:
                guard let text = String(validating: try content(), as: UTF8.self) else { throw Self.broken }
                return .text(text)
            case 4: return .blob(Array(try content()))
            default: throw Self.broken
            }
        }

        private mutating func number() throws(TransferError) -> UInt64 {
            try take(8).reduce(0) { $0 << 8 | UInt64($1) }
        }

        private mutating func content() throws(TransferError) -> ArraySlice<UInt8> {
            guard let length = Int(exactly: try number()) else { throw Self.broken }
            return try take(length)
        }

        private mutating func take(_ count: Int) throws(TransferError) -> ArraySlice<UInt8> {
            guard count <= bytes.count - position else { throw Self.broken }
            defer { position += count }
            return bytes[position..<(position + count)]
        }
    }
}
