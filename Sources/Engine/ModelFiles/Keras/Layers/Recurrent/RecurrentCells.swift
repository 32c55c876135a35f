import JSON
import ONNX
import Tensors

/// Makes the cells of recurrent layers from settings.
enum RecurrentCells {
    /// The cell that a layer states.
    static func inner(_ config: KerasConfig, _ key: String) throws(ModelFileError) -> KerasConfig {
        guard let cell = config.value(key) else { throw config.damaged("has no '\(key)'") }
        return try inner(cell, config)
    }

    private static func inner(_ json: JSONValue, _ config: KerasConfig) throws(ModelFileError) -> KerasConfig {
        guard let type = json["class_name"]?.stringValue, let values = json["config"]?.objectValue else {
            throw config.damaged("has a cell that makes no sense")
        }
        return KerasConfig(layer: config.layer, type: type, values: values)
    }

    /// The cells of `StackedRNNCells`, with the names their folders have in archives.
    private static func stacked(_ config: KerasConfig) throws(ModelFileError) -> [(config: KerasConfig, folder: String)]
    {
        guard let cells = config.value("cells")?.arrayValue, !cells.isEmpty, cells.count <= 1024 else {
            throw config.damaged("has no list of cells")
        }
        var numbers: [String: Int] = [:]
        var result: [(config: KerasConfig, folder: String)] = []
        for cell in cells {
            let inner = try inner(cell, config)
            let name = KerasLayer.snakeCase(inner.type)
            let number = numbers[name, default: 0]
            numbers[name] = number + 1
            result.append((inner, number == 0 ? name : "\(name)_\(number)"))
        }
        return result
    }

    /// The weights of a cell.
    static func weights(_ cell: KerasConfig, _ config: KerasConfig) throws(ModelFileError) -> [KerasWeight] {
        if let kind = RecurrentKind(cell.type) { return try StandardCell.weights(kind, cell) }
        guard cell.type == "StackedRNNCells" else {
            throw config.unsupported("has a cell of type \(cell.type), which is not supported")
        }
        var weights: [KerasWeight] = []
        for (index, inner) in try stacked(cell).enumerated() {
            guard let kind = RecurrentKind(inner.config.type) else {
                throw config.unsupported("has a cell of type \(inner.config.type), which is not supported")
            }
            weights += try StandardCell.weights(kind, inner.config).map {
                $0.inside("\(index)", folders: ["cells/\(inner.folder)"])
            }
        }
        return weights
    }

    /// The cell of a layer; sequences of pictures get their channels in front.
    static func cell(
        of call: KerasLayerCall, _ sequence: inout KerasTensor, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> any RecurrentCell {
        if let rank = ConvolutionalCell.spatialRank(of: call.config.type) {
            sequence = try ConvolutionalCell.channelsFirst(sequence, rank: rank, call, &graph)
            return try ConvolutionalCell(call, rank: rank, sequence)
        }
        guard sequence.rank == 3 else {
            throw call.config.damaged("reads a value of \(sequence.rank) axes instead of 3")
        }
        let features = sequence.shape[2]
        if let kind = RecurrentKind(call.config.type) { return try StandardCell(kind, call, features: features) }
        let config = try inner(call.config, "cell")
        let part = call.part("cell", config, inputs: [])
        if let kind = RecurrentKind(config.type) { return try StandardCell(kind, part, features: features) }
        var cells: [any RecurrentCell] = []
        var width = features
        for (index, inner) in try stacked(config).enumerated() {
            guard let kind = RecurrentKind(inner.config.type) else {
                throw call.config.unsupported("has a cell of type \(inner.config.type), which is not supported")
            }
            let cell = try StandardCell(
                kind, part.part("\(index)", inner.config, inputs: []), features: width, name: "cell_\(index)")
            cells.append(cell)
            width = cell.units
        }
        return StackedCells(cells: cells)
    }

    /// States given to a layer over pictures, with channels in front.
    static func channelsFirst(
        _ states: [KerasTensor], _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> [KerasTensor] {
        guard ConvolutionalCell.spatialRank(of: call.config.type) != nil, try !call.isChannelsFirst() else {
            return states
        }
        return states.map { state in
            let state = graph.native(state)
            let order = [0, state.rank - 1] + Array(1..<max(1, state.rank - 1))
            return KerasTensor(name: graph.transposed(state.name, by: order), shape: order.map { state.shape[$0] })
        }
    }

    /// Results of a layer over pictures in the layer's own order of axes.
    static func channelsLast(
        _ result: RecurrentRun.Result, _ call: KerasLayerCall, _ graph: inout KerasGraph
    ) throws(ModelFileError) -> RecurrentRun.Result {
        guard ConvolutionalCell.spatialRank(of: call.config.type) != nil, try !call.isChannelsFirst() else {
            return result
        }
        func last(_ value: KerasTensor, _ leading: Int) -> KerasTensor {
            let order = Array(0..<leading) + Array(leading + 1..<value.rank) + [leading]
            return KerasTensor(name: graph.transposed(value.name, by: order), shape: order.map { value.shape[$0] })
        }
        return RecurrentRun.Result(
            sequence: last(result.sequence, 2), last: last(result.last, 1), states: result.states.map { last($0, 1) })
    }
}
