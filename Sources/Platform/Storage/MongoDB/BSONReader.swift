import Observability

/// Reads documents from bytes that may be anything.
struct BSONReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func document(depth: Int) throws(StorageError) -> BSONDocument {
        BSONDocument(try members(depth: depth))
    }

    private mutating func members(depth: Int) throws(StorageError) -> [(String, BSONValue)] {
        guard depth < BSONDocument.maximumDepth else { throw Self.broken("documents too deep within each other") }
        let start = position
        let length = Int(try integer(Int32.self))
        guard length >= 5, length <= bytes.count - start else { throw Self.broken("a length") }
        let end = start + length
        var members: [(String, BSONValue)] = []
        while true {
            let type = try integer(UInt8.self)
            if type == 0 { break }
            let key = try keyText()
            members.append((key, try value(type, depth: depth)))
        }
        guard position == end else { throw Self.broken("a length") }
        return members
    }

    private mutating func value(_ type: UInt8, depth: Int) throws(StorageError) -> BSONValue {
        switch type {
        case BSONType.double: return .double(Double(bitPattern: try integer(UInt64.self)))
        case BSONType.string: return .string(try text())
        case BSONType.document: return .document(try document(depth: depth + 1))
        case BSONType.array: return .array(try members(depth: depth + 1).map(\.1))
        case BSONType.binary: return try binary()
        case BSONType.objectID:
            guard let id = ObjectID(bytes: try take(12)) else { throw Self.broken("an identifier") }
            return .objectID(id)
        case BSONType.bool: return .bool(try integer(UInt8.self) != 0)
        case BSONType.date: return .date(Timestamp(milliseconds: try integer(Int64.self)))
        case BSONType.null: return .null
        case BSONType.int32: return .int32(try integer(Int32.self))
        case BSONType.int64: return .int64(try integer(Int64.self))
        default: return .other(type: type, bytes: try other(type))
        }
    }

    private mutating func binary() throws(StorageError) -> BSONValue {
        let start = position
        let length = Int(try integer(Int32.self))
        let subtype = try integer(UInt8.self)
        let content = try take(length)
        switch subtype {
        case 0: return .binary(Array(content))
        case 2:
            // The old kind repeats the length within.
            guard length >= 4 else { throw Self.broken("a length") }
            return .binary(Array(content.dropFirst(4)))
        default: return .other(type: BSONType.binary, bytes: Array(bytes[start..<position]))
        }
    }

    /// The bytes of a kind of value that is passed on unread.
    private mutating func other(_ type: UInt8) throws(StorageError) -> [UInt8] {
        let start = position
        switch type {
        case 0x06, 0x7F, 0xFF: break
        case 0x0B: _ = (try keyText(), try keyText())
        case 0x0C:
            _ = try text()
            _ = try take(12)
        case 0x0D, 0x0E: _ = try text()
        case 0x0F:
            let length = Int(try integer(Int32.self))
            guard length >= 4 else { throw Self.broken("a length") }
            _ = try take(length - 4)
        case 0x11: _ = try take(8)
        case 0x13: _ = try take(16)
        default: throw Self.broken("a value of unknown type \(type)")
        }
        return Array(bytes[start..<position])
    }

    private mutating func text() throws(StorageError) -> String {
        let length = Int(try integer(Int32.self))
        guard length >= 1 else { throw Self.broken("a length") }
        let content = try take(length)
        guard content.last == 0 else { throw Self.broken("a text without its end") }
        return String(decoding: content.dropLast(), as: UTF8.self)
    }

    private mutating func keyText() throws(StorageError) -> String {
        guard let end = bytes[position...].firstIndex(of: 0) else { throw Self.broken("a key without its end") }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    private mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(StorageError) -> Value {
        let content = try take(MemoryLayout<Value>.size)
        return content.reversed().reduce(0) { ($0 &<< 8) | Value(truncatingIfNeeded: $1) }
    }

    private mutating func take(_ count: Int) throws(StorageError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else { throw Self.broken("bytes are missing") }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private static func broken(_ what: String) -> StorageError { .corrupt(detail: "BSON: \(what)") }
}
