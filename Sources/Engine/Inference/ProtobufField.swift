/// A field of a message in the wire format of Protocol Buffers.
struct ProtobufField {
    /// Number of the field.
    let number: UInt64
    /// Whether it holds bytes: a text, a message or packed numbers.
    let isBytes: Bool
    /// The number it holds; 0 for anything else.
    let value: UInt64
    /// Where its bytes lie.
    let content: Range<Int>
    /// Where all of it lies, the tag and the length too.
    let range: Range<Int>

    static let malformed = InferenceError.invalidModel(reason: "it is not an ONNX file, or a damaged one")
}

extension UnsafeRawBufferPointer {
    /// Reads a field and moves behind it.
    ///
    /// - Throws: `invalidModel` for what is no field, or ends behind `end`.
    func protobufField(at position: inout Int, before end: Int) throws(InferenceError) -> ProtobufField {
        let begin = position
        let tag = try varint(at: &position, before: end)
        let (number, wireType) = (tag >> 3, tag & 7)
        guard tag <= UInt32.max, number > 0 else { throw ProtobufField.malformed }
        var value: UInt64 = 0
        let length: UInt64
        switch wireType {
        case 0:
            value = try varint(at: &position, before: end)
            length = 0
        case 1: length = 8
        case 2: length = try varint(at: &position, before: end)
        case 5: length = 4
        default: throw ProtobufField.malformed
        }
        guard length <= UInt64(end - position) else { throw ProtobufField.malformed }
        let start = position
        position += Int(length)
        return ProtobufField(
            number: number, isBytes: wireType == 2, value: value, content: start..<position, range: begin..<position)
    }

    /// Reads a number of as many bytes as it takes and moves behind it.
    func varint(at position: inout Int, before end: Int) throws(InferenceError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < end else { throw ProtobufField.malformed }
            let byte = self[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw ProtobufField.malformed
    }
}
