import JSON
import ONNX
import Tensors

extension OperationCall {
    /// Operations that sum up axes, and others along axes.
    func reduced(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor? {
        switch operation {
        case "mean", "sum", "max", "min", "std", "var", "any", "all": return try reduction(&graph)
        case "argmax":
            var result = try reduction(&graph)
            result.name = graph.floats(result.name)
            return result
        case "softmax", "log_softmax": return try softmax(&graph)
        case "l2_normalize":
            let value = try value()
            let axes = try axes(of: value, 1) ?? [value.rank - 1]
            let squares = graph.sum(graph.square(value.name), axes: axes.map(value.physicalAxis), keepsAxes: true)
            let bounded = graph.node("Max", [squares, graph.scalar(try setting(2, "epsilon")?.doubleValue ?? 1e-12)])
            return graph.map("Div", value, [graph.node("Sqrt", [bounded])])
        case "matmul": return try matmul(&graph)
        case "einsum": return try einsum(&graph)
        default: return nil
        }
    }

    private func reduction(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let value = graph.native(try value())
        let keepsAxes = try setting(nil, "keepdims", "keep_dims")?.boolValue ?? false
        guard let axes = try axes(of: value, 1), !axes.contains(0) else {
            throw config.unsupported("sums up the batch, which is not supported")
        }
        let name: String
        switch operation {
        case "mean": name = graph.mean(value.name, axes: axes, keepsAxes: keepsAxes)
        case "sum": name = graph.sum(value.name, axes: axes, keepsAxes: keepsAxes)
        case "argmax":
            guard axes.count == 1 else { throw config.damaged("has several axes") }
            name = graph.node("ArgMax", [value.name], ["axis": .int(axes[0]), "keepdims": keepsAxes ? 1 : 0])
        case "std", "var":
            let centered = graph.node("Sub", [value.name, graph.mean(value.name, axes: axes, keepsAxes: true)])
            let variance = graph.mean(graph.square(centered), axes: axes, keepsAxes: keepsAxes)
            name = operation == "var" ? variance : graph.node("Sqrt", [variance])
        default:
            name = graph.node(
                operation == "max" || operation == "any" ? "ReduceMax" : "ReduceMin", [value.name],
                ["axes": .ints(axes), "keepdims": keepsAxes ? 1 : 0])
        }
        let shape = value.shape.enumerated().compactMap { axis, length -> Int?? in
            axes.contains(axis) ? (keepsAxes ? .some(1) : nil) : .some(length)
        }
        return KerasTensor(name: name, shape: shape)
    }

    private func softmax(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let value = try value()
        let axes = try axes(of: value, 1) ?? [value.rank - 1]
        if operation == "softmax" { return graph.softmax(value, axes: axes) }
        guard axes.count == 1 else { throw config.unsupported("has several axes, which are not supported") }
        return graph.map("LogSoftmax", value, [], ["axis": .int(value.physicalAxis(axes[0]))])
    }

    private func matmul(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        func matrix(_ operand: Operand) -> KerasTensor {
            switch operand {
            case .value(let value): graph.native(value)
            case .constant(let tensor): KerasTensor(name: graph.literal(tensor), shape: tensor.shape)
            }
        }
        for name in ["transpose_a", "transpose_b", "adjoint_a", "adjoint_b", "a_is_sparse", "b_is_sparse"] {
            if try setting(nil, name)?.boolValue == true {
                throw config.unsupported("has '\(name)', which is not supported")
            }
        }
        let left = matrix(try operand(0, "x1", "a"))
        let right = matrix(try operand(1, "x2", "b"))
        guard left.rank >= 2, right.rank >= 2, left.rank >= right.rank else {
            throw config.unsupported("multiplies vectors, which is not supported")
        }
        let shape = left.shape.dropLast() + [right.shape[right.rank - 1]]
        return KerasTensor(name: graph.node("MatMul", [left.name, right.name]), shape: Array(shape))
    }

    private func einsum(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        guard let equation = try setting(nil, "subscripts", "equation")?.stringValue else {
            throw config.unsupported("does not state its equation as a constant")
        }
        return try graph.einsum(equation, call.inputs.map { graph.native($0) }, config)
    }
}

extension KerasGraph {
    /// Einstein's sum over values in Keras's order of axes.
    mutating func einsum(
        _ equation: String, _ values: [KerasTensor], _ config: KerasConfig
    ) throws(ModelFileError) -> KerasTensor {
        let equation = equation.replacing(" ", with: "")
        let sides = equation.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
        guard sides.count == 2, sides[0].hasSuffix("-"), equation.utf8.count <= 256 else {
            throw config.unsupported("has the equation '\(equation.prefix(256))', which is not supported")
        }
        let terms = sides[0].dropLast().split(separator: ",", omittingEmptySubsequences: false).map { Array($0) }
        var lengths: [Character: Int?] = [:]
        var unnamed: [Int?] = []
        guard terms.count == values.count else {
            throw config.damaged("reads another number of values than its equation")
        }
        for (term, value) in zip(terms, values) {
            let letters = term.filter { $0 != "." }
            let open = value.rank - letters.count
            guard term.count == letters.count ? open == 0 : term.count == letters.count + 3 && open >= 0,
                letters.allSatisfy({ $0.isASCII && $0.isLetter })
            else { throw config.damaged("has the equation '\(equation)' for a value of \(value.rank) axes") }
            let before = term.firstIndex(of: ".") ?? letters.count
            for (index, letter) in letters.enumerated() {
                let length = value.shape[index < before ? index : index + open]
                lengths[letter] = .some((lengths[letter] ?? nil) ?? length)
            }
            if term.count != letters.count { unnamed = Array(value.shape[before..<before + open]) }
        }
        var shape: [Int?] = []
        var result = Array(sides[1])
        while let letter = result.first {
            if letter == "." {
                shape += unnamed
                result.removeFirst(min(3, result.count))
            } else {
                guard let length = lengths[letter] else { throw config.damaged("has the equation '\(equation)'") }
                shape.append(length)
                result.removeFirst()
            }
        }
        return KerasTensor(name: node("Einsum", values.map(\.name), ["equation": .string(equation)]), shape: shape)
    }
}
