/// Reads a message in the wire format of Protocol Buffers, field by field, within its bounds.
struct ProtobufReader {
    /// The value of one field.
    enum Value {
        /// Wire type 0.
        case varint(UInt64)
        /// Wire type 1, little-endian.
        case fixed64(UInt64)
        /// Wire type 5, little-endian.
        case fixed32(UInt32)
        /// Wire type 2: a text, bytes, packed numbers or a message.
        case bytes(ArraySlice<UInt8>)
    }

    private let bytes: ArraySlice<UInt8>
    private var position: Int
    /// What is being read, for error texts.
    let subject: StaticString

    init(_ bytes: ArraySlice<UInt8>, subject: StaticString) {
        self.bytes = bytes
        position = bytes.startIndex
        self.subject = subject
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    /// The next field, or nil at the end of the message.
    mutating func next() throws(ONNXError) -> (field: Int, value: Value)? {
        guard !isAtEnd else { return nil }
        let tag = try varint()
        guard let field = Int(exactly: tag >> 3), field > 0, field < 1 << 29 else {
            throw ONNXError("damaged: the \(subject) has a field numbered \(tag >> 3)")
        }
        switch tag & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .fixed64(try fixed(8)))
        case 2: return (field, .bytes(try delimited()))
        case 5: return (field, .fixed32(UInt32(try fixed(4))))
        default: throw ONNXError("damaged: the \(subject) has a field of unknown wire type \(tag & 7)")
        }
    }

    /// The next varint of a packed list.
    mutating func varint() throws(ONNXError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < bytes.endIndex {
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw ONNXError("damaged: the \(subject) ends in the middle of a number")
    }

    private mutating func delimited() throws(ONNXError) -> ArraySlice<UInt8> {
        let length = try varint()
        guard length <= UInt64(bytes.endIndex - position) else {
            throw ONNXError("damaged or cut off: the \(subject) has a part of \(length) bytes, beyond its end")
        }
        defer { position += Int(length) }
        return bytes[position..<position + Int(length)]
    }

    private mutating func fixed(_ width: Int) throws(ONNXError) -> UInt64 {
        guard bytes.endIndex - position >= width else {
            throw ONNXError("damaged or cut off: the \(subject) ends in the middle of a number")
        }
        defer { position += width }
        return bytes[position..<position + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
