import ONNX

/// Layers that combine several values element by element.
protocol MergeLayer: SingleOutputLayer {
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
        let masks = call.masks.compactMap(\.self)
        // A step counts if any of the values has it; a value without a mask takes it from all.
        if masks.count == values.count {
            result.mask = masks.dropFirst().reduce(masks[0]) { graph.node("Or", [$0, $1]) }
        }
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
enum ConcatenateLayer: SingleOutputLayer {
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
        result.mask = mask(values, axis, call, &graph)
        return result
    }

    /// Along the features a step counts if any of the values has it, along time the masks follow each other.
    private static func mask(
        _ values: [KerasTensor], _ axis: Int, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) -> String? {
        let masks = call.masks
        guard masks.contains(where: { $0 != nil }), let rank = values.first?.rank, rank == 3 else { return nil }
        var parts: [String] = []
        for (value, mask) in zip(values, masks) {
            if let mask {
                parts.append(mask)
            } else {
                // Every step of a value without a mask counts.
                let shape = graph.node("Shape", [graph.native(value).name])
                let steps = graph.node("Slice", [shape, graph.integers([0]), graph.integers([2]), graph.integers([0])])
                parts.append(graph.node("Not", [graph.truth(graph.node("ConstantOfShape", [steps]))]))
            }
        }
        if axis == rank - 1 { return parts.dropFirst().reduce(parts[0]) { graph.node("Or", [$0, $1]) } }
        return graph.truth(graph.node("Concat", parts.map { graph.floats($0) }, ["axis": .int(axis)]))
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

/// `Dot`: the products of two values, summed up along an axis of each.
enum DotLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        guard call.inputs.count == 2, let stated = try config.list("axes"), (1...2).contains(stated.count) else {
            throw config.damaged("multiplies other than two values")
        }
        var values = call.inputs.map { graph.native($0) }
        var axes: [Int] = []
        for (index, value) in values.enumerated() {
            let axis = try call.axis(stated[min(index, stated.count - 1)], of: value)
            guard axis > 0, value.rank <= 4 else {
                throw config.unsupported("sums up the batch, which is not supported")
            }
            axes.append(axis)
            guard try config.bool("normalize", default: false) else { continue }
            let squares = graph.sum(graph.square(value.name), axes: [axis], keepsAxes: true)
            let length = graph.node("Sqrt", [graph.node("Max", [squares, graph.scalar(1e-12)])])
            values[index].name = graph.node("Div", [value.name, length])
        }
        // Letters: n the batch, z the axis summed up, others for the rest of each value.
        var rest = Array("abcdefg")
        var terms: [String] = []
        var kept = ""
        for (value, axis) in zip(values, axes) {
            var term = "n"
            for position in 1..<value.rank {
                let letter = position == axis ? "z" : rest.removeFirst()
                term.append(letter)
                if position != axis { kept.append(letter) }
            }
            terms.append(term)
        }
        let result = try graph.einsum("\(terms[0]),\(terms[1])->n\(kept)", values, config)
        guard result.rank == 1 else { return result }
        return KerasTensor(name: graph.unsqueezed(result.name, [1]), shape: result.shape + [1])
    }
}
