import Observability

/// The bytes of the kinds of values.
///
/// - Source: BSON specification, version 1.1 (bsonspec.org).
enum BSONType {
    static let double: UInt8 = 0x01
    static let string: UInt8 = 0x02
    static let document: UInt8 = 0x03
    static let array: UInt8 = 0x04
    static let binary: UInt8 = 0x05
    static let objectID: UInt8 = 0x07
    static let bool: UInt8 = 0x08
    static let date: UInt8 = 0x09
    static let null: UInt8 = 0x0A
    static let int32: UInt8 = 0x10
    static let int64: UInt8 = 0x12
}

extension BSONDocument {
    /// Most documents within each other that are read or written; MongoDB itself ends at 100 for what is stored.
    static let maximumDepth = 200

    /// The document as MongoDB keeps it.
    ///
    /// - Throws: `.invalidValue` where a key holds a zero byte or documents are too deep within each other; `.tooLarge`
    ///   above 2 GiB.
    public func bytes() throws(StorageError) -> [UInt8] {
        var writer = BSONWriter()
        try writer.append(self, depth: 0)
        return writer.bytes
    }

    /// Reads a document.
    ///
    /// - Throws: `.corrupt` for bytes that are none.
    public init(bytes: some Collection<UInt8>) throws(StorageError) {
        var reader = BSONReader(Array(bytes))
        self = try reader.document(depth: 0)
        guard reader.isAtEnd else { throw .corrupt(detail: "BSON: bytes behind the document") }
    }
}

/// Writes documents one behind the other.
private struct BSONWriter {
    var bytes: [UInt8] = []

    mutating func append(_ document: BSONDocument, depth: Int) throws(StorageError) {
        try appendMembers(depth: depth) { writer throws(StorageError) in
            for (key, value) in document.elements { try writer.append(value, key: key, depth: depth) }
        }
    }

    private mutating func appendMembers(
        depth: Int, _ body: (inout BSONWriter) throws(StorageError) -> Void
    ) throws(StorageError) {
        guard depth < BSONDocument.maximumDepth else {
            throw .invalidValue(
                message: "A document may hold others \(BSONDocument.maximumDepth) deep; this one goes deeper.")
        }
        let start = bytes.count
        append(Int32(0))
        try body(&self)
        bytes.append(0)
        guard let length = Int32(exactly: bytes.count - start) else { throw .tooLarge(detail: "BSON above 2 GiB") }
        withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(start..<start + 4, with: $0) }
    }

    private mutating func append(_ value: BSONValue, key: String, depth: Int) throws(StorageError) {
        guard !key.utf8.contains(0) else {
            throw .invalidValue(message: "A key of a document must not hold a zero byte.")
        }
        bytes.append(Self.type(of: value))
        bytes.append(contentsOf: key.utf8)
        bytes.append(0)
        switch value {
        case .double(let value): append(value.bitPattern)
        case .string(let value): try append(value)
        case .document(let value): try append(value, depth: depth + 1)
        case .array(let values):
            try appendMembers(depth: depth + 1) { writer throws(StorageError) in
                for (index, value) in values.enumerated() {
                    try writer.append(value, key: String(index), depth: depth + 1)
                }
            }
        case .binary(let value):
            append(try Self.length(value.count))
            bytes.append(0)
            bytes.append(contentsOf: value)
        case .objectID(let id): bytes.append(contentsOf: id.bytes)
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .date(let moment): append(moment.milliseconds)
        case .null: break
        case .int32(let value): append(value)
        case .int64(let value): append(value)
        case .other(_, let value): bytes.append(contentsOf: value)
        }
    }

    private mutating func append(_ text: String) throws(StorageError) {
        append(try Self.length(text.utf8.count + 1))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func length(_ count: Int) throws(StorageError) -> Int32 {
        guard let length = Int32(exactly: count) else { throw .tooLarge(detail: "a BSON value above 2 GiB") }
        return length
    }

    private static func type(of value: BSONValue) -> UInt8 {
        switch value {
        case .double: BSONType.double
        case .string: BSONType.string
        case .document: BSONType.document
        case .array: BSONType.array
        case .binary: BSONType.binary
        case .objectID: BSONType.objectID
        case .bool: BSONType.bool
        case .date: BSONType.date
        case .null: BSONType.null
        case .int32: BSONType.int32
        case .int64: BSONType.int64
        case .other(let type, _): type
        }
    }
}

extension Timestamp {
    /// Whole milliseconds since 1970, rounded towards the past.
    var milliseconds: Int64 {
        let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: 1000)
        return rest < 0 ? quotient - 1 : quotient
    }

    /// A moment from its milliseconds since 1970; those beyond what microseconds can tell are brought near.
    init(milliseconds: Int64) {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
        self.init(microseconds: overflow ? (milliseconds < 0 ? .min : .max) : product)
    }
}
