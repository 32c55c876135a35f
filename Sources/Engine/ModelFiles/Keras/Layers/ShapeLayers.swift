import ONNX

/// Layers that do nothing once a model is trained.
enum PassingLayer: SingleOutputLayer {
    static let passesMask = true

    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        try call.input()
    }
}

/// `Flatten`: all axes but the batch become one, channels fastest.
enum FlattenLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var input = graph.native(try call.input())
        if try call.isChannelsFirst(), input.rank > 2 {
            let order = [0] + Array(2..<input.rank) + [1]
            input = KerasTensor(
                name: graph.node("Transpose", [input.name], ["perm": .ints(order)]),
                shape: order.map { input.shape[$0] })
        }
        let length = try product(input.shape.dropFirst(), call.config)
        if input.rank == 2 { return input }
        let name = graph.node("Reshape", [input.name, graph.integers([0, length ?? -1])])
        return KerasTensor(name: name, shape: [input.shape[0], length])
    }
}

/// `Reshape` to a target that may leave one axis open.
enum ReshapeLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let config = call.config
        let input = graph.native(try call.input())
        guard let target = try config.list("target_shape"), target.count < 8,
            target.allSatisfy({ $0 > 0 || $0 == -1 }), target.count(where: { $0 == -1 }) <= 1
        else { throw config.damaged("has a target shape that makes no sense") }
        let length = try product(input.shape.dropFirst(), config)
        let known = try product(target.filter { $0 > 0 }.map { $0 }, config) ?? 1
        var shape: [Int?] = target
        if let open = target.firstIndex(of: -1) {
            shape[open] = try length.map { length throws(ModelFileError) in
                guard length % known == 0 else { throw mismatch(config, length, target) }
                return length / known
            }
        } else if let length, length != known {
            throw mismatch(config, length, target)
        }
        let name = graph.node("Reshape", [input.name, graph.integers([0] + shape.map { $0 ?? -1 })])
        return KerasTensor(name: name, shape: [input.shape[0]] + shape)
    }

    private static func mismatch(_ config: KerasConfig, _ length: Int, _ target: [Int]) -> ModelFileError {
        config.damaged("cannot give \(length) elements the shape \(target)")
    }
}

/// The product of lengths; nil where one is not known.
func product(_ lengths: some Sequence<Int?>, _ config: KerasConfig) throws(ModelFileError) -> Int? {
    var result = 1
    for length in lengths {
        guard let length else { return nil }
        let (product, overflow) = result.multipliedReportingOverflow(by: length)
        guard !overflow else { throw config.damaged("reads a value of impossible size") }
        result = product
    }
    return result
}

/// `Permute`: the axes behind the batch in another order, counted from 1.
enum PermuteLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = graph.native(try call.input())
        let axes = try call.config.list("dims") ?? []
        guard axes.sorted() == Array(1..<max(1, input.rank)) else {
            throw call.config.damaged("has an order of axes \(axes) for an input of \(input.rank) axes")
        }
        let order = [0] + axes
        let name = graph.node("Transpose", [input.name], ["perm": .ints(order)])
        return KerasTensor(name: name, shape: order.map { input.shape[$0] })
    }
}

/// `RepeatVector`: a vector again and again along a new axis of time.
enum RepeatVectorLayer: SingleOutputLayer {
    static func convert(_ call: KerasLayerCall, _ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let input = try call.input()
        let count = try call.config.count("n")
        guard input.rank == 2 else { throw call.config.damaged("repeats a value of \(input.rank) axes instead of 2") }
        let name = graph.node("Tile", [graph.unsqueezed(input.name, [1]), graph.integers([1, count, 1])])
        return KerasTensor(name: name, shape: [input.shape[0], count, input.shape[1]])
    }
}
