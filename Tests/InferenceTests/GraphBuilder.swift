import Foundation

/// Writes small ONNX files for the tests of this target, so that they depend on nothing but the format itself.
///
/// Field numbers are those of `onnx.proto`, version 1.16.
struct GraphBuilder {
    /// `TensorProto.DataType` values.
    enum DataType: Int {
        case float = 1, uint8 = 2, int32 = 6, int64 = 7, string = 8, float16 = 10, double = 11
    }

    enum Attribute {
        case int(Int)
        case ints([Int])
        case graph(GraphBuilder)
        /// Floats whose values lie in another file.
        case externalTensor([Int], location: String)
    }

    private var graph = ProtobufWriter()

    init(name: String = "test") {
        graph.text(2, name)
    }

    /// Declares an input; nil is an open axis.
    mutating func input(_ name: String, _ shape: [Int?], _ type: DataType = .float) {
        graph.message(11, Self.valueInfo(name, shape, type))
    }

    /// Declares an output.
    mutating func output(_ name: String, _ shape: [Int?], _ type: DataType = .float) {
        graph.message(12, Self.valueInfo(name, shape, type))
    }

    /// Adds a constant of floats.
    mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) {
        var tensor = ProtobufWriter()
        for length in shape { tensor.integer(1, length) }
        tensor.integer(2, DataType.float.rawValue)
        tensor.text(8, name)
        tensor.bytes(9, values.withUnsafeBytes { Array($0) })
        graph.message(5, tensor)
    }

    /// Adds a constant of floats whose values lie in another file.
    mutating func externalConstant(_ name: String, _ shape: [Int], location: String) {
        graph.message(5, Self.externalTensor(name, shape, location: location))
    }

    /// Adds an operation.
    mutating func node(
        _ operation: String, _ inputs: [String], _ outputs: [String], _ attributes: [String: Attribute] = [:]
    ) {
        var node = ProtobufWriter()
        for input in inputs { node.text(1, input) }
        for output in outputs { node.text(2, output) }
        node.text(4, operation)
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
            var attribute = ProtobufWriter()
            attribute.text(1, name)
            switch value {
            case .int(let number):
                attribute.integer(3, number)
                attribute.integer(20, 2)
            case .ints(let numbers):
                for number in numbers { attribute.integer(8, number) }
                attribute.integer(20, 7)
            case .graph(let inner):
                attribute.message(6, inner.graph)
                attribute.integer(20, 5)
            case .externalTensor(let shape, let location):
                attribute.message(5, Self.externalTensor("value", shape, location: location))
                attribute.integer(20, 4)
            }
            node.message(5, attribute)
        }
        graph.message(1, node)
    }

    /// The whole file.
    var file: [UInt8] {
        var operators = ProtobufWriter()
        operators.integer(2, 17)
        var model = ProtobufWriter()
        model.integer(1, 8)
        model.message(7, graph)
        model.message(8, operators)
        return model.content
    }

    private static func externalTensor(_ name: String, _ shape: [Int], location: String) -> ProtobufWriter {
        var tensor = ProtobufWriter()
        for length in shape { tensor.integer(1, length) }
        tensor.integer(2, DataType.float.rawValue)
        tensor.text(8, name)
        for (key, value) in [("location", location), ("offset", "0"), ("length", "\(shape.reduce(4, *))")] {
            var entry = ProtobufWriter()
            entry.text(1, key)
            entry.text(2, value)
            tensor.message(13, entry)
        }
        tensor.integer(14, 1)
        return tensor
    }

    private static func valueInfo(_ name: String, _ shape: [Int?], _ type: DataType) -> ProtobufWriter {
        var lengths = ProtobufWriter()
        for (axis, length) in shape.enumerated() {
            var dimension = ProtobufWriter()
            if let length { dimension.integer(1, length) } else { dimension.text(2, "axis\(axis)") }
            lengths.message(1, dimension)
        }
        var tensorType = ProtobufWriter()
        tensorType.integer(1, type.rawValue)
        tensorType.message(2, lengths)
        var anyType = ProtobufWriter()
        anyType.message(1, tensorType)
        var info = ProtobufWriter()
        info.text(1, name)
        info.message(2, anyType)
        return info
    }
}

/// The wire format of Protocol Buffers, as far as ONNX needs it.
private struct ProtobufWriter {
    private(set) var content: [UInt8] = []

    mutating func integer(_ field: Int, _ value: Int) {
        varint(UInt64(field) << 3)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func bytes(_ field: Int, _ value: [UInt8]) {
        varint(UInt64(field) << 3 | 2)
        varint(UInt64(value.count))
        content += value
    }

    mutating func text(_ field: Int, _ value: String) {
        bytes(field, Array(value.utf8))
    }

    mutating func message(_ field: Int, _ value: ProtobufWriter) {
        bytes(field, value.content)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            content.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        content.append(UInt8(rest))
    }
}
