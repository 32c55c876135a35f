/// The notes of a TensorFlow Lite file for programs that prepare pictures: how to scale them, and the classes' names.
///
/// Notes that are damaged count as missing, since the model runs without them.
///
/// Source: `metadata_schema.fbs` of TensorFlow Lite Support; the numbers of the fields are those of that file.
struct TFLiteMetadata {
    /// What the input is divided by, and what is subtracted before: one value for each channel or one for all.
    struct Normalization {
        let mean: [Float]
        let deviation: [Float]
    }

    private(set) var normalization: Normalization?
    /// Name of the file with the labels among those packed to the end of the model.
    private var labelFile: String?

    init(_ model: TFLiteModel, _ file: FlatBuffer) {
        guard let note = model.notes.first(where: { $0.name == "TFLITE_METADATA" }) else { return }
        var notes = FlatBuffer(FileBytes(file.bytes(of: model.buffers[note.buffer])), budget: 100_000)
        do throws(ModelFileError) {
            try read(&notes)
        } catch {
            normalization = nil
        }
    }

    private mutating func read(_ notes: inout FlatBuffer) throws(ModelFileError) {
        let model = try notes.root()
        guard let graph = try notes.tables(3, of: model).first else { return }
        if let input = try notes.tables(2, of: graph).first {
            // Process unit 1 is NormalizationOptions.
            for unit in try notes.tables(4, of: input) where try notes.number(0, of: unit, else: UInt8(0)) == 1 {
                guard let options = try notes.table(1, of: unit) else { continue }
                let mean = try notes.floats(0, of: options)
                let deviation = try notes.floats(1, of: options)
                guard (1...4).contains(mean.count), mean.count == deviation.count, mean.allSatisfy(\.isFinite),
                    deviation.allSatisfy({ $0.isFinite && $0 != 0 })
                else { continue }
                normalization = Normalization(mean: mean, deviation: deviation)
            }
        }
        for output in try notes.tables(3, of: graph) {
            for file in try notes.tables(6, of: output) {
                // Types 2 and 3 are labels of an axis and of values.
                guard [2, 3].contains(try notes.number(2, of: file, else: Int8(0))) else { continue }
                if labelFile == nil { labelFile = try notes.text(0, of: file) }
            }
        }
    }

    /// Reads the labels from the archive at the end of the file, one a line.
    func labels(in file: FileBytes, _ limits: ModelFileLimits) -> [String]? {
        guard let archive = try? ZipArchive(file, limits: limits) else { return nil }
        let texts = archive.names.filter { $0.hasSuffix(".txt") }.sorted()
        let name = labelFile ?? texts.first { $0.contains("label") } ?? (texts.count == 1 ? texts[0] : nil)
        guard let name, let content = try? archive.entry(name, maximumBytes: 1 << 20) else { return nil }
        let lines = String(decoding: content.array(), as: UTF8.self).split(whereSeparator: \.isNewline).map {
            String($0.drop { $0.isWhitespace })
        }
        return lines.isEmpty || lines.count > 100_000 ? nil : lines
    }
}

/// Guesses what values a TensorFlow Lite model expects.
struct TFLiteInputGuess {
    let guess: InputGuess?

    init(_ model: TFLiteModel, _ file: FlatBuffer, _ notes: TFLiteMetadata) {
        let graph = model.graphs[0]
        guard graph.inputs.count == 1, let channels = PictureShape.channels(of: graph.tensors[graph.inputs[0]].shape)
        else {
            guess = nil
            return
        }
        let input = graph.tensors[graph.inputs[0]]
        guess =
            Self.fromNotes(notes, input, channels) ?? Self.fromType(input, channels)
            ?? Self.fromFirstOperation(model, file, channels)
            ?? InputGuess(.unit(channels), .assumed, reason: "nothing in the file tells; 0…1 is the most common range")
    }

    private static func fromNotes(
        _ notes: TFLiteMetadata, _ input: TFLiteModel.Tensor, _ channels: InputConvention.Channels
    ) -> InputGuess? {
        guard let found = notes.normalization, input.type == TFLiteType.float32.rawValue else { return nil }
        let convention = InputConvention(
            channels: channels, scale: 1, mean: found.mean.map(Double.init),
            standardDeviation: found.deviation.map(Double.init))
        return InputGuess(convention, .stated, reason: "the notes of the file say how to scale pictures")
    }

    private static func fromType(
        _ input: TFLiteModel.Tensor, _ channels: InputConvention.Channels
    ) -> InputGuess? {
        switch TFLiteType(rawValue: input.type) {
        case .uint8:
            InputGuess(.bytes(channels), .stated, reason: "the input holds bytes")
        case .int8:
            InputGuess(
                InputConvention(channels: channels, scale: 1, mean: [128]), .stated,
                reason: "the input holds bytes with a sign, so 128 is taken away")
        default: nil
        }
    }

    /// The first operation tells the range: a quantization by what it was calibrated with, a scaling by its factor.
    private static func fromFirstOperation(
        _ model: TFLiteModel, _ file: FlatBuffer, _ channels: InputConvention.Channels
    ) -> InputGuess? {
        let graph = model.graphs[0]
        guard let first = graph.operators.first(where: { $0.inputs.contains(graph.inputs[0]) }) else { return nil }
        if first.name == "QUANTIZE", let output = first.outputs.first, let found = graph.tensors[output].quantization {
            let isSigned = graph.tensors[output].type == TFLiteType.int8.rawValue
            let lowest = found.scale * Float((isSigned ? -128 : 0) - found.zeroPoint)
            let highest = found.scale * Float((isSigned ? 127 : 255) - found.zeroPoint)
            let reason = "the input was quantized for values from about \(rounded(lowest)) to \(rounded(highest))"
            if highest > 100, lowest > -20 { return InputGuess(.bytes(channels), .inferred, reason: reason) }
            if lowest < -0.5, lowest > -1.5, highest < 1.5 {
                return InputGuess(.symmetric(channels), .inferred, reason: reason)
            }
            if lowest > -0.1, highest < 1.5 { return InputGuess(.unit(channels), .inferred, reason: reason) }
        }
        if first.name == "MUL", let factor = scalar(first, model, file), factor > 0, factor < 0.02 {
            return InputGuess(.bytes(channels), .stated, reason: "the model itself multiplies its input by \(factor)")
        }
        return nil
    }

    /// The one float of the constant input of an operation.
    private static func scalar(
        _ operation: TFLiteModel.Operator, _ model: TFLiteModel, _ file: FlatBuffer
    ) -> Float? {
        let graph = model.graphs[0]
        for position in operation.inputs where position >= 0 {
            let tensor = graph.tensors[position]
            let buffer = model.buffers[tensor.buffer]
            guard tensor.type == TFLiteType.float32.rawValue, buffer.count == 4 else { continue }
            let bits = file.bytes(of: buffer).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return Float(bitPattern: bits)
        }
        return nil
    }

    private static func rounded(_ value: Float) -> Float { (value * 100).rounded() / 100 }
}
