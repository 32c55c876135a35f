/// A TensorFlow Lite file as data: what is needed to check and describe it.
///
/// Source: `schema.fbs` of TensorFlow Lite, version 3c; the numbers of the fields are those of that file.
struct TFLiteModel {
    struct Tensor {
        let name: String
        /// Length of each axis; nil for one known only when the model runs.
        let shape: [Int?]
        /// Number in the enumeration `TensorType`.
        let type: Int
        /// Position of the buffer that holds the values of a constant; 0 for none.
        let buffer: Int
        let quantization: Quantization?
        /// Whether it keeps its values from one run to the next.
        let isVariable: Bool
        let isSparse: Bool
    }

    /// How whole numbers stand for real ones: `scale × (value − zeroPoint)`.
    struct Quantization: Equatable {
        let scale: Float
        let zeroPoint: Int
    }

    struct Operator {
        /// Name of the operator, or of the custom one.
        let name: String
        let isCustom: Bool
        /// Positions of tensors; −1 for an optional input left out.
        let inputs: [Int]
        let outputs: [Int]
    }

    struct Graph {
        var tensors: [Tensor] = []
        var inputs: [Int] = []
        var outputs: [Int] = []
        var operators: [Operator] = []
    }

    var version = 0
    var description = ""
    /// The graph that runs, and those that its operators call.
    var graphs: [Graph] = []
    /// The bytes of each buffer; the first is empty.
    var buffers: [FlatBuffer.Vector] = []
    /// Positions of the buffers of notes by their names.
    var notes: [(name: String, buffer: Int)] = []

    /// Reads the tables of a file and checks that they fit together.
    init(_ file: inout FlatBuffer, limits: ModelFileLimits) throws(ModelFileError) {
        let model = try file.root()
        version = Int(try file.number(0, of: model, else: UInt32(0)))
        guard version == 3 else {
            throw ModelFileError(.unsupported, "TensorFlow Lite: the file has version \(version) of its format, not 3")
        }
        description = try file.text(3, of: model) ?? ""
        let codes = try Self.operatorCodes(of: model, &file)
        for table in try file.tables(4, of: model) { buffers.append(try Self.buffer(table, &file)) }
        var operatorCount = 0
        for table in try file.tables(2, of: model) {
            let graph = try Self.graph(table, codes: codes, &file)
            operatorCount += graph.operators.count
            guard operatorCount <= limits.maximumLayers else {
                throw ModelFileError(
                    .tooLarge, "TensorFlow Lite: the model has more than \(limits.maximumLayers) operations")
            }
            graphs.append(graph)
        }
        for table in try file.tables(6, of: model) {
            notes.append((try file.text(0, of: table) ?? "", Int(try file.number(1, of: table, else: UInt32(0)))))
        }
        try check()
    }

    private static func buffer(_ table: FlatBuffer.Table, _ file: inout FlatBuffer) throws(ModelFileError)
        -> FlatBuffer.Vector
    {
        // Files above 2 GB keep their weights behind the tables, at a place of the file.
        guard try file.number(1, of: table, else: UInt64(0)) <= 1, try file.number(2, of: table, else: UInt64(0)) <= 1
        else {
            throw ModelFileError(
                .unsupported, "TensorFlow Lite: the file keeps weights behind its tables, which is not supported")
        }
        return try file.vector(0, of: table, width: 1) ?? FlatBuffer.Vector(start: 0, count: 0)
    }

    private static func operatorCodes(
        of model: FlatBuffer.Table, _ file: inout FlatBuffer
    ) throws(ModelFileError) -> [(name: String, isCustom: Bool)] {
        var codes: [(name: String, isCustom: Bool)] = []
        for table in try file.tables(1, of: model) {
            let old = Int(try file.number(0, of: table, else: Int8(0)))
            let new = Int(try file.number(3, of: table, else: Int32(0)))
            let number = old < TFLiteOperators.placeholder ? max(old, new) : new
            guard number == TFLiteOperators.custom else {
                codes.append((TFLiteOperators.name(number), false))
                continue
            }
            codes.append((try file.text(1, of: table) ?? "without name", true))
        }
        return codes
    }

    private static func graph(
        _ table: FlatBuffer.Table, codes: [(name: String, isCustom: Bool)], _ file: inout FlatBuffer
    ) throws(ModelFileError) -> Graph {
        var graph = Graph()
        for tensor in try file.tables(0, of: table) { graph.tensors.append(try Self.tensor(tensor, &file)) }
        graph.inputs = try file.numbers(1, of: table, as: Int32.self).map(Int.init)
        graph.outputs = try file.numbers(2, of: table, as: Int32.self).map(Int.init)
        for operation in try file.tables(3, of: table) {
            let code = Int(try file.number(0, of: operation, else: UInt32(0)))
            guard codes.indices.contains(code) else { throw damaged("an operation has an unknown type") }
            graph.operators.append(
                Operator(
                    name: codes[code].name, isCustom: codes[code].isCustom,
                    inputs: try file.numbers(1, of: operation, as: Int32.self).map(Int.init),
                    outputs: try file.numbers(2, of: operation, as: Int32.self).map(Int.init)))
        }
        return graph
    }

    private static func tensor(_ table: FlatBuffer.Table, _ file: inout FlatBuffer) throws(ModelFileError) -> Tensor {
        let shape = try file.numbers(0, of: table, as: Int32.self)
        let signature = try file.numbers(7, of: table, as: Int32.self)
        // The signature has −1 where the length is open; the shape has 1 there.
        let lengths = signature.count == shape.count ? signature : shape
        var quantization: Quantization?
        if let details = try file.table(4, of: table) {
            let scales = try file.floats(2, of: details)
            let zeroPoints = try file.numbers(3, of: details, as: Int64.self)
            // Several scales are those of the channels of weights.
            if scales.count == 1, zeroPoints.count <= 1, let zeroPoint = Int32(exactly: zeroPoints.first ?? 0) {
                quantization = Quantization(scale: scales[0], zeroPoint: Int(zeroPoint))
            }
        }
        return Tensor(
            name: try file.text(3, of: table) ?? "", shape: lengths.map { $0 < 0 ? nil : Int($0) },
            type: Int(try file.number(1, of: table, else: Int8(0))),
            buffer: Int(try file.number(2, of: table, else: UInt32(0))), quantization: quantization,
            isVariable: try file.number(5, of: table, else: Int8(0)) != 0, isSparse: try file.table(6, of: table) != nil
        )
    }

    // MARK: Checks

    private func check() throws(ModelFileError) {
        guard let main = graphs.first else { throw Self.damaged("the model has no graph") }
        guard !main.inputs.isEmpty, !main.outputs.isEmpty else {
            throw Self.damaged("the model has no \(main.inputs.isEmpty ? "input" : "output")")
        }
        for graph in graphs { try check(graph) }
        for note in notes where !buffers.indices.contains(note.buffer) {
            throw Self.damaged("the note '\(note.name)' is missing")
        }
    }

    private func check(_ graph: Graph) throws(ModelFileError) {
        let tensors = graph.tensors.indices
        for tensor in graph.tensors {
            guard buffers.indices.contains(tensor.buffer) else {
                throw Self.damaged("the values of tensor '\(tensor.name)' are missing")
            }
        }
        for position in graph.inputs + graph.outputs where !tensors.contains(position) {
            throw Self.damaged("an input or output of a graph is missing")
        }
        var written = Set(graph.inputs)
        for (position, tensor) in graph.tensors.enumerated() where buffers[tensor.buffer].count > 0 {
            written.insert(position)
        }
        for operation in graph.operators {
            for position in operation.inputs where position != -1 {
                guard tensors.contains(position) else {
                    throw Self.damaged("an input of operation \(operation.name) is missing")
                }
                // Operations lie in the order in which they run, which excludes cycles. Variables and empty constants
                // are written by none.
                guard written.contains(position) || isEmpty(graph.tensors[position]) else {
                    throw Self.unwritten(graph.tensors[position], operation)
                }
            }
            for position in operation.outputs {
                guard tensors.contains(position) else {
                    throw Self.damaged("an output of operation \(operation.name) is missing")
                }
                written.insert(position)
            }
        }
    }

    private static func unwritten(_ tensor: Tensor, _ operation: Operator) -> ModelFileError {
        guard tensor.isVariable else {
            return damaged("operation \(operation.name) reads '\(tensor.name)', which nothing has written")
        }
        return ModelFileError(
            .unsupported,
            "TensorFlow Lite: operation \(operation.name) keeps a state from one run to the next, which is not supported; "
                + "give the model that the file was made from")
    }

    private func isEmpty(_ tensor: Tensor) -> Bool { tensor.shape.contains(0) }

    static func damaged(_ what: String) -> ModelFileError {
        ModelFileError(.damaged, "TensorFlow Lite: damaged: \(what)")
    }
}
