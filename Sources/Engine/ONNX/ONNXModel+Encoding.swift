// Field numbers are those of `onnx.proto3` of the ONNX standard.

/// Where weights lie in a file, so that a program that maps it into memory can compute with them in place.
private enum Alignment {
    /// The offset of large constants is a multiple of this, in bytes: a line of memory.
    static let step = 64
    /// Shorter constants lie where they come to lie.
    static let leastBytes = 4096
    /// Shortest filling: the tag and the length of a text of one character.
    static let leastFilling = 3
}

extension ONNXModel {
    /// The bytes of the `.onnx` file; the same model gives the same bytes.
    ///
    /// - Complexity: O(size of the file); weights are copied once.
    public func encoded() -> [UInt8] { message.flattened() }

    /// Hands out the bytes of the `.onnx` file piece by piece, in order; weights are not copied.
    ///
    /// - Throws: what `body` throws.
    public func forEachPiece<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        try message.forEachPiece(body)
    }

    private var message: ProtobufMessage {
        var message = ProtobufMessage()
        message.integer(1, irVersion)
        message.optionalText(2, producer)
        message.optionalText(3, producerVersion)
        message.message(7, graph.encoded(at: message.count))
        message.message(8, Self.opset("", opsetVersion))
        for (domain, version) in otherOpsets.sorted(by: { $0.key < $1.key }) {
            message.message(8, Self.opset(domain, version))
        }
        for (key, value) in metadata {
            var entry = ProtobufMessage()
            entry.text(1, key)
            entry.text(2, value)
            message.message(14, entry)
        }
        return message
    }

    private static func opset(_ domain: String, _ version: Int) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.optionalText(1, domain)
        message.integer(2, version)
        return message
    }
}

extension ONNXGraph {
    /// The graph of a model, with its large constants aligned.
    ///
    /// - Parameter position: where in the file the tag of the graph is going to be.
    fileprivate func encoded(at position: Int) -> ProtobufMessage {
        // The length of the graph stands before it and takes the more bytes the longer it is.
        var headerLength = ProtobufMessage.headerLength(encoded(from: nil).count)
        while true {
            let message = encoded(from: position + headerLength)
            let length = ProtobufMessage.headerLength(message.count)
            // Shorter than expected it is out of line, which costs a little speed only and hardly ever happens.
            if length <= headerLength { return message }
            headerLength = length
        }
    }

    fileprivate var encoded: ProtobufMessage { encoded(from: nil) }

    /// - Parameter start: where in the file the content begins; nil to align nothing.
    private func encoded(from start: Int?) -> ProtobufMessage {
        var message = ProtobufMessage()
        for node in nodes { message.message(1, node.encoded) }
        message.text(2, name)
        for tensor in initializers {
            message.message(5, start.map { tensor.encoded(at: $0 + message.count) } ?? tensor.encoded)
        }
        for value in inputs { message.message(11, value.encoded) }
        for value in outputs { message.message(12, value.encoded) }
        return message
    }
}

extension ONNXNode {
    fileprivate var encoded: ProtobufMessage {
        var message = ProtobufMessage()
        for input in inputs { message.text(1, input) }
        for output in outputs { message.text(2, output) }
        message.optionalText(3, name)
        message.text(4, operation)
        for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
            message.message(5, attribute.encoded(name: name))
        }
        message.optionalText(7, domain)
        return message
    }
}

extension ONNXAttribute {
    fileprivate func encoded(name: String) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.text(1, name)
        switch self {
        case .float(let value): message.float(2, value)
        case .int(let value): message.integer(3, value)
        case .string(let value): message.text(4, value)
        case .tensor(let tensor): message.message(5, tensor.encoded)
        case .graph(let graph): message.message(6, graph.encoded)
        case .floats(let values): for value in values { message.float(7, value) }
        case .ints(let values): for value in values { message.integer(8, value) }
        case .strings(let values): for value in values { message.text(9, value) }
        case .tensors(let tensors): for tensor in tensors { message.message(10, tensor.encoded) }
        case .graphs(let graphs): for graph in graphs { message.message(11, graph.encoded) }
        }
        message.integer(20, kind.rawValue)
        return message
    }

    /// The numbers of `AttributeProto.AttributeType`.
    enum Kind: Int {
        case float = 1
        case int, string, tensor, graph, floats, ints, strings, tensors, graphs
    }

    private var kind: Kind {
        switch self {
        case .float: .float
        case .int: .int
        case .string: .string
        case .tensor: .tensor
        case .graph: .graph
        case .floats: .floats
        case .ints: .ints
        case .strings: .strings
        case .tensors: .tensors
        case .graphs: .graphs
        }
    }
}

extension ONNXTensor {
    fileprivate var encoded: ProtobufMessage { encoded(filling: 0) }

    /// The tensor with its elements aligned, if they are many.
    ///
    /// - Parameter position: where in the file the tag of the tensor is going to be.
    fileprivate func encoded(at position: Int) -> ProtobufMessage {
        let plain = encoded
        guard byteCount >= Alignment.leastBytes else { return plain }
        let fillings = [0] + Array(Alignment.leastFilling..<Alignment.leastFilling + Alignment.step)
        let filling = fillings.first { filling in
            let end = position + ProtobufMessage.headerLength(plain.count + filling) + plain.count + filling
            return (end - byteCount) % Alignment.step == 0
        }
        return encoded(filling: filling ?? 0)
    }

    private var byteCount: Int {
        switch contents {
        case .bytes(let bytes): bytes.count
        case .floats(let values): 4 * values.count
        case .integers(let values): 8 * values.count
        case .texts: 0
        }
    }

    /// - Parameter filling: bytes that a remark of blanks takes, which moves the elements behind it; 0 for none.
    private func encoded(filling: Int) -> ProtobufMessage {
        var message = ProtobufMessage()
        for length in shape { message.integer(1, length) }
        message.integer(2, elementType.rawValue)
        message.optionalText(8, name)
        if filling > 0 { message.text(12, String(repeating: " ", count: filling - 2)) }
        switch contents {
        case .bytes(let bytes): message.bytes(9, bytes)
        case .floats(let values): message.bytes(9, floats: values)
        case .integers(let values): message.bytes(9, integers: values)
        case .texts(let texts): for text in texts { message.text(6, text) }
        }
        return message
    }
}

extension ONNXValue {
    fileprivate var encoded: ProtobufMessage {
        var tensor = ProtobufMessage()
        if let elementType { tensor.integer(1, elementType.rawValue) }
        if let shape {
            var lengths = ProtobufMessage()
            for dimension in shape {
                var length = ProtobufMessage()
                switch dimension {
                case .fixed(let value): length.integer(1, value)
                case .symbol(let name): length.optionalText(2, name)
                }
                lengths.message(1, length)
            }
            tensor.message(2, lengths)
        }
        var type = ProtobufMessage()
        type.message(1, tensor)
        var message = ProtobufMessage()
        message.text(1, name)
        message.message(2, type)
        return message
    }
}
