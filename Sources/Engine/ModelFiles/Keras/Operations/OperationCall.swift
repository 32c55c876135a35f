import JSON
import ONNX
import Tensors

/// One call of a pure operation: a node of Keras 3's `ops`, or of TensorFlow's functions.
struct OperationCall {
    let call: KerasLayerCall
    /// Name of the operation in the table.
    let operation: String

    var config: KerasConfig { call.config }

    /// What an operation computes with: a value of the network, or a constant.
    enum Operand {
        case value(KerasTensor)
        case constant(Tensor)
    }

    /// An argument by its position or one of its names; nil where it is absent or null.
    func argument(_ position: Int?, _ names: [String]) -> KerasArguments.Value? {
        if let position, call.arguments.positional.indices.contains(position) {
            let value = call.arguments.positional[position]
            return value.isNull ? nil : value
        }
        for name in names {
            if let value = call.arguments.keywords[name] { return value.isNull ? nil : value }
        }
        return nil
    }

    /// A constant argument: of the call, or of the settings of the operation.
    func setting(_ position: Int?, _ names: String...) throws(ModelFileError) -> JSONValue? {
        if let argument = argument(position, names) {
            guard let json = Self.json(argument) else {
                throw config.unsupported("computes '\(names[0])', which must be a constant")
            }
            return json
        }
        for name in names { if let value = config.value(name) { return value } }
        return nil
    }

    private static func json(_ argument: KerasArguments.Value) -> JSONValue? {
        switch argument {
        case .tensor: return nil
        case .constant(let value): return value
        case .list(let elements):
            let values = elements.compactMap(json)
            return values.count == elements.count ? .array(values) : nil
        }
    }

    /// A list of whole numbers, or a single one; nil where it is absent.
    func integers(_ position: Int?, _ names: String...) throws(ModelFileError) -> [Int]? {
        var found: JSONValue?
        for name in names where found == nil { found = try setting(position, name) }
        guard let found else { return nil }
        let numbers = found.intValue.map { [$0] } ?? found.arrayValue?.compactMap(\.intValue) ?? []
        guard !numbers.isEmpty || found == [], numbers.allSatisfy({ abs($0) <= 1 << 28 }) else {
            throw config.damaged("'\(names[0])' is \(found.text()), must be whole numbers")
        }
        return numbers
    }

    /// The values that the operation reads, those of a list one by one.
    func operands(_ position: Int, _ names: String...) throws(ModelFileError) -> [Operand] {
        guard let argument = argument(position, names) else { throw config.damaged("lacks its argument \(position)") }
        if case .list(let elements) = argument, !argument.tensors.isEmpty {
            var operands: [Operand] = []
            for element in elements { operands.append(try operand(element)) }
            return operands
        }
        return [try operand(argument)]
    }

    /// The only value of an argument.
    func operand(_ position: Int, _ names: String...) throws(ModelFileError) -> Operand {
        guard let argument = argument(position, names) else { throw config.damaged("lacks its argument \(position)") }
        return try operand(argument)
    }

    private func operand(_ argument: KerasArguments.Value) throws(ModelFileError) -> Operand {
        if case .tensor(let position) = argument { return .value(call.values[position].unmasked()) }
        guard let json = Self.json(argument), let tensor = Self.tensor(json) else {
            throw config.unsupported("has an argument that is neither a value nor numbers")
        }
        return .constant(tensor)
    }

    /// The value of the network that the operation is about.
    func value() throws(ModelFileError) -> KerasTensor {
        guard let value = call.inputs.first else { throw config.damaged("reads nothing") }
        return value
    }

    /// Numbers in lists of equal length.
    private static func tensor(_ json: JSONValue) -> Tensor? {
        let json = json["value"] ?? json["config"]?["value"] ?? json
        if let flag = json.boolValue { return Tensor(shape: [], values: [flag ? 1 : 0]) }
        if let number = json.doubleValue { return Tensor(shape: [], values: [Float(number)]) }
        guard let elements = json.arrayValue, !elements.isEmpty else { return nil }
        let parts = elements.compactMap(tensor)
        guard parts.count == elements.count, parts.allSatisfy({ $0.shape == parts[0].shape }) else { return nil }
        return Tensor(shape: [parts.count] + parts[0].shape, values: parts.flatMap(\.values))
    }

    /// Axes of a value, counted from 0; nil where none is stated.
    func axes(of value: KerasTensor, _ position: Int?) throws(ModelFileError) -> [Int]? {
        try integers(position, "axis", "axes").map { axes throws(ModelFileError) in try call.axes(axes, of: value) }
    }
}
