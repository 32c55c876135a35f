import ONNX

/// Layers that combine several values element by element.
protocol MergeLayer: KerasLayerConverter {
    /// Combines values that lie in the same order of axes.
    static func combine(_ names: [String], _ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError)
        -> String
}

extension MergeLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        guard call.inputs.count >= 2 else { throw call.config.damaged("combines fewer than two values") }
        let values = try graph.aligned(call.inputs, call.config)
        var result = values[0]
        for value in values.dropFirst() {
            for axis in 1..<result.rank { result.shape[axis] = broadcast(result.shape[axis], value.shape[axis]) }
        }
        result.name = try combine(values.map(\.name), call, &graph)
        return result
    }

    private static func broadcast(_ left: Int?, _ right: Int?) -> Int? {
        guard let left, let right else { return left == 1 ? right : right == 1 ? left : left ?? right }
        return max(left, right)
    }
}

enum AddLayer: MergeLayer {
    static func combine(_ names: [String], _ call: KerasLayerCall, _ graph: inout KerasGraph) -> String {
        graph.chain("Add", names)
    }
}

enum MultiplyLayer: MergeLayer {
    static func combine(_ names: [String], _ call: KerasLayerCall, _ graph: inout KerasGraph) -> String {
        graph.chain("Mul", names)
    }
}

enum SubtractLayer: MergeLayer {
    static func combine(
        _ names: [String], _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> String {
        guard names.count == 2 else { throw call.config.damaged("subtracts \(names.count) values instead of two") }
        return graph.node("Sub", names)
    }
}

enum AverageLayer: MergeLayer {
    static func combine(_ names: [String], _ call: KerasLayerCall, _ graph: inout KerasGraph) -> String {
        let sum = graph.chain("Add", names)
        return graph.node("Mul", [sum, graph.scalar(1 / Double(names.count))])
    }
}

enum MaximumLayer: MergeLayer {
    static func combine(_ names: [String], _ call: KerasLayerCall, _ graph: inout KerasGraph) -> String {
        graph.node("Max", names)
    }
}

enum MinimumLayer: MergeLayer {
    static func combine(_ names: [String], _ call: KerasLayerCall, _ graph: inout KerasGraph) -> String {
        graph.node("Min", names)
    }
}

/// `Concatenate` along an axis.
enum ConcatenateLayer: KerasLayerConverter {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        guard let first = call.inputs.first, call.inputs.allSatisfy({ $0.rank == first.rank }) else {
            throw config.damaged("joins values of different numbers of axes")
        }
        let values = try graph.aligned(call.inputs, config)
        var result = values[0]
        let axis = try call.axis(try config.int("axis", default: -1), of: result)
        guard axis > 0 else { throw config.unsupported("joins along the batch, which is not supported") }
        var length: Int? = 0
        for value in values {
            if let sum = length, let part = value.shape[axis] { length = sum + part } else { length = nil }
        }
        result.shape[axis] = length
        result.name = graph.node("Concat", values.map(\.name), ["axis": .int(result.physicalAxis(axis))])
        return result
    }
}

extension KerasGraph {
    /// The values with one number of axes in one order.
    ///
    /// Values of fewer axes get axes of length 1 behind the batch, as in Keras.
    mutating func aligned(
        _ values: [KerasTensor], _ config: KerasConfig
    ) throws(ModelFileError) -> [KerasTensor] {
        let rank = values.map(\.rank).max() ?? 0
        guard rank > 0 else { throw config.damaged("combines values without axes") }
        if values.allSatisfy({ $0.rank == rank }) {
            guard values.contains(where: \.isChannelsFirst) else { return values }
            return values.map { channelsFirst($0) }
        }
        return values.map { value in
            let value = native(value)
            guard value.rank < rank else { return value }
            let axes = Array(1...rank - value.rank)
            return KerasTensor(
                name: node("Unsqueeze", [value.name, integers(axes)]),
                shape: [value.shape[0]] + axes.map { _ in 1 } + value.shape.dropFirst())
        }
    }

    /// Applies an operation of two inputs from left to right.
    fileprivate mutating func chain(_ operation: String, _ names: [String]) -> String {
        names.dropFirst().reduce(names[0]) { node(operation, [$0, $1]) }
    }
}
