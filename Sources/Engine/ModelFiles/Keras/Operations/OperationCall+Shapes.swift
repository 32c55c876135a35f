import JSON
import ONNX
import Tensors

extension OperationCall {
    /// Operations that order elements anew.
    func reshaped(_ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor]? {
        switch operation {
        case "reshape": return [try reshape(&graph)]
        case "transpose", "swapaxes", "moveaxis": return [try transpose(&graph)]
        case "expand_dims":
            let value = graph.native(try value())
            var shape = value.shape
            for axis in try integers(1, "axis") ?? [-1] {
                let position = axis < 0 ? axis + shape.count + 1 : axis
                guard (1...shape.count).contains(position) else {
                    throw config.unsupported("adds an axis at \(axis), which is not supported")
                }
                shape.insert(1, at: position)
                return [KerasTensor(name: graph.unsqueezed(value.name, [position]), shape: shape)]
            }
            return nil
        case "squeeze":
            let value = graph.native(try value())
            let axes = try axes(of: value, 1) ?? value.shape.indices.filter { value.shape[$0] == 1 }
            guard !axes.contains(0), axes.allSatisfy({ value.shape[$0] == 1 }) else {
                throw config.unsupported("removes axes that are longer than 1")
            }
            let rest = value.shape.indices.filter { !axes.contains($0) }
            return [KerasTensor(name: graph.squeezed(value.name, axes), shape: rest.map { value.shape[$0] })]
        case "concatenate", "stack": return [try joined(&graph)]
        case "split", "unstack": return try split(&graph)
        case "get_item": return [try item(&graph)]
        case "flip":
            var value = graph.native(try value())
            guard let axes = try axes(of: value, 1), !axes.contains(0) else {
                throw config.unsupported("reverses the batch, which is not supported")
            }
            for axis in axes { value.name = graph.reversed(value.name, axis: axis) }
            return [value]
        case "tile", "repeat": return [try repeated(&graph)]
        case "pad": return [try padded(&graph)]
        default: return nil
        }
    }

    private func reshape(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let value = graph.native(try value())
        guard let target = try integers(1, "newshape", "shape"), (1...8).contains(target.count),
            target.allSatisfy({ $0 > 0 || $0 == -1 }), target.count(where: { $0 == -1 }) <= 1
        else { throw config.damaged("has a target shape that makes no sense") }
        var shape: [Int?] = target.map { $0 == -1 ? nil : $0 }
        let length = try product(value.shape.dropFirst(), config)
        // A first length that is open is the batch; where it is stated, the model works for batches of that size.
        if target[0] != -1, let open = target.firstIndex(of: -1), let length {
            let rest = try product(shape.dropFirst().filter { $0 != nil }, config) ?? 1
            if value.shape[0] == nil, rest > 0, length % rest == 0 { shape[open] = nil }
        }
        shape[0] = nil
        return KerasTensor(name: graph.reshaped(value.name, target), shape: shape)
    }

    private func transpose(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let value = graph.native(try value())
        var order = Array(value.shape.indices)
        switch operation {
        case "swapaxes":
            let first = try call.axis(try integers(1, "axis1")?.first ?? 0, of: value)
            let second = try call.axis(try integers(2, "axis2")?.first ?? 0, of: value)
            order.swapAt(first, second)
        case "moveaxis":
            let from = try integers(1, "source") ?? []
            let to = try integers(2, "destination") ?? []
            guard from.count == 1, to.count == 1 else { throw config.unsupported("moves several axes") }
            let (source, target) = (try call.axis(from[0], of: value), try call.axis(to[0], of: value))
            order.insert(order.remove(at: source), at: target)
        default:
            order = try integers(1, "axes", "perm") ?? order.reversed()
            for index in order.indices { order[index] = try call.axis(order[index], of: value) }
        }
        guard order.sorted() == Array(value.shape.indices), order[0] == 0 else {
            throw config.unsupported("has an order of axes \(order), which is not supported")
        }
        return KerasTensor(name: graph.transposed(value.name, by: order), shape: order.map { value.shape[$0] })
    }

    private func joined(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        var values: [KerasTensor] = []
        for operand in try operands(0, "xs", "x", "values") {
            guard case .value(let value) = operand else {
                throw config.unsupported("joins values with constants, which is not supported")
            }
            values.append(graph.native(value))
        }
        let isStack = operation == "stack"
        guard let first = values.first, values.allSatisfy({ $0.rank == first.rank }) else {
            throw config.damaged("joins values of different numbers of axes")
        }
        let setting = try integers(1, "axis")?.first ?? (isStack ? 0 : -1)
        let rank = first.rank + (isStack ? 1 : 0)
        let axis = setting < 0 ? setting + rank : setting
        guard (1..<rank).contains(axis) else { throw config.unsupported("joins along axis \(setting)") }
        if isStack {
            let parts = values.map { graph.unsqueezed($0.name, [axis]) }
            var shape = first.shape
            shape.insert(values.count, at: axis)
            return KerasTensor(name: graph.node("Concat", parts, ["axis": .int(axis)]), shape: shape)
        }
        var shape = first.shape
        shape[axis] = values.reduce(Int?.some(0)) { sum, value in
            if let sum, let length = value.shape[axis] { sum + length } else { nil }
        }
        return KerasTensor(name: graph.node("Concat", values.map(\.name), ["axis": .int(axis)]), shape: shape)
    }

    private func split(_ graph: inout KerasGraph) throws(ModelFileError) -> [KerasTensor] {
        let value = graph.native(try value())
        let isUnstack = operation == "unstack"
        let axis = try call.axis(try integers(isUnstack ? nil : 2, "axis")?.first ?? 0, of: value)
        guard axis > 0, let length = value.shape[axis] else {
            throw config.unsupported("divides the batch or an axis of unknown length")
        }
        let stated = isUnstack ? [length] : try integers(1, "indices_or_sections", "num_or_size_splits") ?? []
        var ends: [Int] = []
        if stated.count == 1, config.value("indices_or_sections")?.arrayValue == nil {
            guard stated[0] > 0, stated[0] <= 1024, length % stated[0] == 0 else {
                throw config.damaged("divides \(length) elements by \(stated[0])")
            }
            ends = (1...stated[0]).map { $0 * length / stated[0] }
        } else if config.type.hasPrefix("ops.") {
            ends = stated + [length]
        } else {
            for size in stated { ends.append((ends.last ?? 0) + size) }
        }
        var results: [KerasTensor] = []
        var start = 0
        for end in ends {
            guard start < end, end <= length else {
                throw config.damaged("divides an axis in a way that makes no sense")
            }
            var part = KerasTensor(name: graph.slice(value.name, axis: axis, from: start, to: end), shape: value.shape)
            part.shape[axis] = end - start
            if isUnstack {
                part.name = graph.squeezed(part.name, [axis])
                part.shape.remove(at: axis)
            }
            results.append(part)
            start = end
        }
        return results
    }

    private func repeated(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let value = graph.native(try value())
        var shape = value.shape
        if operation == "tile" {
            guard let counts = try integers(1, "repeats", "multiples"), counts.count == value.rank, counts[0] == 1,
                counts.allSatisfy({ (1...1 << 20).contains($0) })
            else { throw config.unsupported("repeats in a way that is not supported") }
            for axis in counts.indices { shape[axis] = shape[axis].map { $0 * counts[axis] } }
            return KerasTensor(name: graph.node("Tile", [value.name, graph.integers(counts)]), shape: shape)
        }
        guard let axis = try axes(of: value, 2)?.first, axis > 0, let length = shape[axis],
            let count = try integers(1, "repeats"), count.count == 1, (1...1024).contains(count[0]), length <= 1 << 16
        else { throw config.unsupported("repeats in a way that is not supported") }
        shape[axis] = length * count[0]
        let order = graph.integers((0..<length * count[0]).map { $0 / count[0] })
        return KerasTensor(name: graph.node("Gather", [value.name, order], ["axis": .int(axis)]), shape: shape)
    }

    private func padded(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let value = graph.native(try value())
        let mode = try setting(2, "mode")?.stringValue?.lowercased() ?? "constant"
        let pairs = try setting(1, "pad_width", "paddings")?.arrayValue ?? []
        let widths = pairs.map { [$0[0]?.intValue ?? -1, $0[1]?.intValue ?? -1] }
        guard mode == "constant", widths.count == value.rank, widths[0] == [0, 0],
            widths.allSatisfy({ $0.allSatisfy { (0...1 << 20).contains($0) } })
        else { throw config.unsupported("pads in a way that is not supported") }
        let fill = try setting(nil, "constant_values")?.doubleValue ?? 0
        var shape = value.shape
        for axis in shape.indices { shape[axis] = shape[axis].map { $0 + widths[axis][0] + widths[axis][1] } }
        let pads = graph.integers(widths.map { $0[0] } + widths.map { $0[1] })
        return KerasTensor(
            name: graph.node("Pad", [value.name, pads, graph.scalar(fill)], ["mode": "constant"]), shape: shape)
    }
}
