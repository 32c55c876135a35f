/// Refuses ONNX files that make the library read other files.
///
/// A tensor of an ONNX file may name a file that holds its values, and the library opens whatever is named, absolute
/// paths included. A model from a stranger could so read any file of the server into its answers.
///
/// The walk follows `onnx.proto` 1.16 and is stricter than a parser of Protocol Buffers: what it cannot follow it
/// refuses, so that nothing can hide in a corner that only the library sees.
struct ONNXGuard {
    /// The messages that contain tensors, directly or further down.
    private enum Message {
        case model, training, graph, node, attribute, tensor, sparseTensor, function

        /// What a field of this message holds, if that may contain tensors.
        func content(of field: UInt64) -> Message? {
            switch (self, field) {
            case (.model, 7), (.training, 1), (.training, 2), (.attribute, 6), (.attribute, 11): .graph
            case (.model, 20): .training
            case (.model, 25): .function
            case (.graph, 1), (.function, 7): .node
            case (.graph, 5), (.attribute, 5), (.attribute, 10), (.sparseTensor, 1), (.sparseTensor, 2): .tensor
            case (.graph, 15), (.attribute, 22), (.attribute, 23): .sparseTensor
            case (.node, 5), (.function, 11): .attribute
            default: nil
            }
        }
    }

    /// Subgraphs within subgraphs; each takes three messages. No real model comes near it.
    private static let depthLimit = 100

    private let bytes: UnsafeRawBufferPointer

    /// Passes when the bytes are an ONNX file that is complete in itself.
    ///
    /// - Throws: `invalidModel` with the reason.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(InferenceError) {
        let fields = try ONNXGuard(bytes: bytes).walk(.model, 0..<bytes.count, depth: 0)
        if !fields.contains(7) { throw .invalidModel(reason: "it is not an ONNX file") }
    }

    /// Walks over a message.
    ///
    /// - Returns: the numbers of the fields it has, below 64.
    private func walk(_ message: Message, _ range: Range<Int>, depth: Int) throws(InferenceError) -> Set<UInt64> {
        if depth > Self.depthLimit { throw .invalidModel(reason: "its graphs are nested too deeply") }
        var fields: Set<UInt64> = []
        var position = range.lowerBound
        while position < range.upperBound {
            let found = try bytes.protobufField(at: &position, before: range.upperBound)
            let field = found.number
            fields.insert(min(field, 63))
            // Fields 13 and 14 of a tensor: the place of the values, and that they are elsewhere.
            if message == .tensor, field == 13 || field == 14 && found.value != 0 {
                throw .invalidModel(reason: "it keeps weights in another file; they must be inside")
            }
            guard let inner = message.content(of: field) else { continue }
            guard found.isBytes else { throw ProtobufField.malformed }
            _ = try walk(inner, found.content, depth: depth + 1)
        }
        return fields
    }
}
