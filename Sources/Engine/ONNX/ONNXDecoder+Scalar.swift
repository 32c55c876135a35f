extension ONNXDecoder {
    func integer(_ value: ProtobufReader.Value, _ subject: StaticString) throws(ONNXError) -> Int {
        guard case .varint(let number) = value else { throw unexpected(subject) }
        return Int(Int64(bitPattern: number))
    }

    func float(_ value: ProtobufReader.Value, _ subject: StaticString) throws(ONNXError) -> Float {
        guard case .fixed32(let bits) = value else { throw unexpected(subject) }
        return Float(bitPattern: bits)
    }

    /// A text; bytes that are no UTF-8 become U+FFFD, since some attributes are bytes.
    mutating func text(_ value: ProtobufReader.Value, _ subject: StaticString) throws(ONNXError) -> String {
        texts += 1
        guard texts <= limits.maximumTexts else {
            throw ONNXError(.tooLarge, "the model has more than \(limits.maximumTexts) names and texts")
        }
        return String(decoding: try message(value, subject), as: UTF8.self)
    }

    func message(_ value: ProtobufReader.Value, _ subject: StaticString) throws(ONNXError) -> ArraySlice<UInt8> {
        guard case .bytes(let bytes) = value else { throw unexpected(subject) }
        return bytes
    }

    func elementType(_ value: ProtobufReader.Value, _ subject: StaticString) throws(ONNXError) -> ONNXElementType {
        let number = try integer(value, subject)
        guard let type = ONNXElementType(rawValue: number) else {
            throw ONNXError("a \(subject) has the unknown element type \(number)")
        }
        return type
    }

    /// Appends one occurrence of a repeated integer, alone or packed.
    func integers(
        _ value: ProtobufReader.Value, into list: inout [Int], _ subject: StaticString
    ) throws(ONNXError) {
        if case .bytes(let packed) = value {
            var reader = ProtobufReader(packed, subject: subject)
            while !reader.isAtEnd {
                list.append(Int(Int64(bitPattern: try reader.varint())))
                try checkLength(list.count, subject)
            }
        } else {
            list.append(try integer(value, subject))
            try checkLength(list.count, subject)
        }
    }

    /// Appends one occurrence of a repeated float, alone or packed.
    func floats(
        _ value: ProtobufReader.Value, into list: inout [Float], _ subject: StaticString
    ) throws(ONNXError) {
        guard case .bytes(let packed) = value else {
            list.append(try float(value, subject))
            return try checkLength(list.count, subject)
        }
        guard packed.count.isMultiple(of: 4) else { throw unexpected(subject) }
        try checkLength(packed.count / 4, subject)
        packed.withUnsafeBytes { bytes in
            for offset in stride(from: 0, to: bytes.count, by: 4) {
                list.append(bytes.loadUnaligned(fromByteOffset: offset, as: Float.self))
            }
        }
    }

    private func checkLength(_ length: Int, _ subject: StaticString) throws(ONNXError) {
        guard length <= limits.maximumListLength else {
            throw ONNXError(.tooLarge, "a list in an \(subject) has more than \(limits.maximumListLength) numbers")
        }
    }

    private func unexpected(_ subject: StaticString) -> ONNXError {
        ONNXError("damaged: the \(subject) has a field of the wrong kind")
    }
}
