import JSON
import ONNX

extension OperationCall {
    /// What one part of an index does to an axis.
    private enum Part {
        case slice(start: Int?, stop: Int?, step: Int)
        case position(Int)
        case newAxis
        case rest
    }

    /// A part of a value: `value[:, 1:3, ..., 0]`.
    func item(_ graph: inout KerasGraph) throws(ModelFileError) -> KerasTensor {
        let value = graph.native(try value())
        let parts = try parts(of: value.rank)
        var (axis, removed, added, shape) = (0, [Int](), [Int](), [Int?]())
        var name = value.name
        for part in parts {
            switch part {
            case .newAxis:
                added.append(shape.count)
                shape.append(1)
            case .position(let position):
                guard axis > 0 else { throw config.unsupported("takes one element of the batch") }
                let length = value.shape[axis]
                guard position >= -(length ?? 1 << 28), position < length ?? 1 << 28 else {
                    throw config.damaged("takes element \(position) of \(length ?? 0)")
                }
                name = graph.slice(name, axis: axis, from: position, to: position == -1 ? nil : position + 1)
                removed.append(axis)
                axis += 1
            case .slice(nil, nil, 1), .rest:
                shape.append(value.shape[axis])
                axis += 1
            case .slice(let start, let stop, let step):
                guard axis > 0, step != 0 else { throw config.unsupported("takes a part of the batch") }
                let end = stop ?? (step > 0 ? Int(Int32.max) : -Int(Int32.max))
                let first = start ?? (step > 0 ? 0 : -1)
                name = graph.node(
                    "Slice",
                    [
                        name, graph.integers([first]), graph.integers([end]), graph.integers([axis]),
                        graph.integers([step]),
                    ])
                shape.append(value.shape[axis].map { Self.count($0, first, end, step) })
                axis += 1
            }
        }
        guard !shape.contains(0) else { throw config.damaged("takes an empty part") }
        return KerasTensor(name: graph.unsqueezed(graph.squeezed(name, removed), added), shape: shape)
    }

    /// How many elements of an axis a slice takes.
    private static func count(_ length: Int, _ start: Int, _ stop: Int, _ step: Int) -> Int {
        func bounded(_ position: Int) -> Int {
            let position = position < 0 ? position + length : position
            return step > 0 ? max(0, min(length, position)) : max(-1, min(length - 1, position))
        }
        let distance = bounded(stop) - bounded(start)
        return step > 0 ? max(0, (distance + step - 1) / step) : max(0, (distance + step + 1) / step)
    }

    /// The parts of the index, one for each axis and each new one.
    private func parts(of rank: Int) throws(ModelFileError) -> [Part] {
        let json = try setting(1, "key", "slice_spec") ?? .null
        let elements = json.arrayValue ?? [json]
        guard !elements.isEmpty, elements.count <= 16 else { throw config.damaged("has an index that makes no sense") }
        var parts: [Part] = []
        for element in elements { parts.append(try part(element)) }
        let used = parts.count { if case .newAxis = $0 { false } else if case .rest = $0 { false } else { true } }
        guard used <= rank else { throw config.damaged("has an index of \(used) axes for a value of \(rank)") }
        let open = Array(repeating: Part.rest, count: rank - used)
        let place = parts.firstIndex { if case .rest = $0 { true } else { false } }
        guard let place else { return parts + open }
        parts.replaceSubrange(place...place, with: open)
        guard parts.count(where: { if case .rest = $0 { true } else { false } }) == open.count else {
            throw config.damaged("has an index that makes no sense")
        }
        return parts
    }

    private func part(_ json: JSONValue) throws(ModelFileError) -> Part {
        if json.isNull { return .newAxis }
        if let position = json.intValue, abs(position) <= 1 << 28 { return .position(position) }
        if json["class_name"] == "__ellipsis__" || json == "Ellipsis" || json["class_name"] == "__Ellipsis__" {
            return .rest
        }
        let slice = json["class_name"] == "__slice__" ? json["config"] : json
        guard let members = slice?.objectValue, members["start"] != nil else {
            throw config.unsupported("has an index \(json.text()), which is not supported")
        }
        var numbers: [Int?] = []
        for key in ["start", "stop", "step"] {
            let value = members[key] ?? .null
            guard value.isNull || abs(value.intValue ?? 1 << 30) <= 1 << 28 else {
                throw config.unsupported("has an index \(json.text()), which is not supported")
            }
            numbers.append(value.intValue)
        }
        return .slice(start: numbers[0], stop: numbers[1], step: numbers[2] ?? 1)
    }
}
