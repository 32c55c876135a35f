extension ONNXDecoder {
    /// Reads a constant; whatever field its elements are in, they come out as little-endian bytes or texts.
    mutating func tensor(_ bytes: ArraySlice<UInt8>) throws(ONNXError) -> ONNXTensor {
        tensors += 1
        guard tensors <= limits.maximumTensors else {
            throw ONNXError(.tooLarge, "the model has more than \(limits.maximumTensors) constants")
        }
        var tensor = ONNXTensor(name: "", shape: [], elementType: .float, contents: .bytes([]))
        var elements = ElementFields()
        var place = ONNXExternalPlace()
        var isElsewhere = false
        var reader = ProtobufReader(bytes, subject: "constant")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: try integers(value, into: &tensor.shape, "constant")
            case 2: tensor.elementType = try elementType(value, "constant")
            case 3:
                throw ONNXError(.unsupported, "constant '\(tensor.name)' is stored in segments, which is not supported")
            case 4, 5, 7, 10, 11: elements.numbers.append((field, value))
            case 6: elements.texts.append(try text(value, "constant"))
            case 8: tensor.name = try text(value, "constant")
            case 9: elements.raw = try message(value, "constant")
            case 13:
                guard external != nil else { throw isExternal(tensor.name) }
                try place.set(try entry(try message(value, "constant")))
            case 14:
                isElsewhere = try integer(value, "constant") != 0
                guard external != nil || !isElsewhere else { throw isExternal(tensor.name) }
            default: break
            }
        }
        if isElsewhere, let external { elements.raw = try external(place) }
        try checkShape(of: tensor)
        tensor.contents = try contents(elements, of: tensor)
        return tensor
    }

    /// The fields of a tensor message that may hold its elements.
    private struct ElementFields {
        var raw: ArraySlice<UInt8>?
        var texts: [String] = []
        /// `float_data` (4), `int32_data` (5), `int64_data` (7), `double_data` (10), `uint64_data` (11), in order.
        var numbers: [(field: Int, value: ProtobufReader.Value)] = []
    }

    private func isExternal(_ name: String) -> ONNXError {
        ONNXError(
            .external,
            "constant '\(name)' keeps its values in another file; export the model with all weights inside one file, or convert it with --with-external-data"
        )
    }

    private func checkShape(of tensor: ONNXTensor) throws(ONNXError) {
        guard tensor.shape.count <= limits.maximumRank else {
            throw ONNXError(.tooLarge, "constant '\(tensor.name)' has more than \(limits.maximumRank) axes")
        }
        guard tensor.shape.allSatisfy({ $0 >= 0 }), let count = tensor.elementCount, count <= limits.maximumElements
        else {
            throw ONNXError("constant '\(tensor.name)' has the impossible shape \(tensor.shape)")
        }
    }

    private func contents(_ fields: ElementFields, of tensor: ONNXTensor) throws(ONNXError) -> ONNXTensor.Contents {
        // `checkShape` has shown that the product does not overflow.
        let count = tensor.elementCount ?? 0
        guard let bits = tensor.elementType.bits else {
            guard fields.texts.count == count else { throw mismatch(tensor, has: fields.texts.count) }
            return .texts(fields.texts)
        }
        let expected = (count * bits + 7) / 8
        if let raw = fields.raw {
            guard raw.count == expected else { throw mismatch(tensor, has: raw.count * 8 / bits) }
            return .bytes(raw)
        }
        var bytes: ArraySlice<UInt8> = []
        for (field, value) in fields.numbers {
            let part = try littleEndian(value, field: field, bits: bits, limit: expected)
            if bytes.isEmpty { bytes = part } else { bytes += part }
            guard bytes.count <= expected else { throw mismatch(tensor, has: bytes.count * 8 / bits) }
        }
        guard bytes.count == expected else { throw mismatch(tensor, has: bytes.count * 8 / bits) }
        return .bytes(bytes)
    }

    private func mismatch(_ tensor: ONNXTensor, has count: Int) -> ONNXError {
        ONNXError("constant '\(tensor.name)' has shape \(tensor.shape) but \(count) elements")
    }

    /// One occurrence of a field of elements as bytes: packed floats and doubles have that form already.
    private func littleEndian(
        _ value: ProtobufReader.Value, field: Int, bits: Int, limit: Int
    ) throws(ONNXError) -> ArraySlice<UInt8> {
        var result: [UInt8] = []
        // Packed 4-bit pairs and everything narrower than a byte lie one pair per number.
        let width = max(1, bits / 8)
        func append(_ number: UInt64, _ width: Int) {
            for index in 0..<width { result.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
        }
        switch value {
        case .bytes(let packed) where field == 4 || field == 10:
            return packed
        case .bytes(let packed):
            var reader = ProtobufReader(packed, subject: "constant")
            while !reader.isAtEnd, result.count <= limit { append(try reader.varint(), width) }
        case .varint(let number): append(number, width)
        case .fixed32(let number): append(UInt64(number), 4)
        case .fixed64(let number): append(number, 8)
        }
        return result[...]
    }
}
