import ONNX

extension KerasConverter {
    /// Writes one call of a layer around another.
    mutating func wrapped(
        _ inner: KerasLayer, in layer: KerasLayer, _ inputs: [KerasTensor], path: KerasLayerPath
    ) throws(ModelFileError) -> [KerasTensor] {
        guard inputs.count == 1, let input = inputs.first else {
            throw layer.config.damaged("reads \(inputs.count) values instead of one")
        }
        let innerPath = path.appending(inner)
        guard layer.type == "TimeDistributed" else {
            // The weights are saved as they were normalized last, which is what inference uses.
            return try call(inner, [input], nil, path: innerPath)
        }
        let value = graph.native(input)
        guard value.rank >= 3 else { throw layer.config.damaged("reads a value of \(value.rank) axes, without time") }
        graph.scope = path.joined
        // Every step becomes an element of the batch of its own.
        let flat = try graph.mergingFirstAxes(value, layer.config)
        let results = try call(inner, [flat], nil, path: innerPath)
        guard results.count == 1, let result = results.first else {
            throw layer.config.unsupported("wraps a layer of several outputs, which is not supported")
        }
        graph.scope = path.joined
        var output = try graph.splittingFirstAxis(graph.native(result), like: value, layer.config)
        output.mask = input.mask
        return [output]
    }
}

extension KerasGraph {
    /// `[N, T, …]` as `[N·T, …]`.
    fileprivate mutating func mergingFirstAxes(
        _ value: KerasTensor, _ config: KerasConfig
    ) throws(ModelFileError) -> KerasTensor {
        let rest = Array(value.shape.dropFirst(2))
        var target = [integers([-1])]
        for (axis, length) in rest.enumerated() {
            target.append(length.map { integers([$0]) } ?? dimension(axis + 2, of: value.name))
        }
        let shape = target.count == 1 ? target[0] : node("Concat", target, ["axis": 0])
        return KerasTensor(name: node("Reshape", [value.name, shape]), shape: [nil] + rest)
    }

    /// `[N·T, …]` as `[N, T, …]`, with N and T of another value.
    fileprivate mutating func splittingFirstAxis(
        _ value: KerasTensor, like original: KerasTensor, _ config: KerasConfig
    ) throws(ModelFileError) -> KerasTensor {
        let time = original.shape[1]
        var target = [integers([-1]), time.map { integers([$0]) } ?? dimension(1, of: original.name)]
        for (axis, length) in value.shape.enumerated().dropFirst() {
            target.append(length.map { integers([$0]) } ?? dimension(axis, of: value.name))
        }
        let shape = node("Concat", target, ["axis": 0])
        return KerasTensor(
            name: node("Reshape", [value.name, shape]), shape: [original.shape[0], time] + value.shape.dropFirst())
    }
}
