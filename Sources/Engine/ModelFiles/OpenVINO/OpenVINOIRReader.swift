import ONNX

/// Keeps OpenVINO IR files as they are, once they are known to be sound: the engine reads them itself.
///
/// The format is two files: a description (`.xml`) and the weights (`.bin`). They come as a zip archive with both, as
/// the `.xml` with the `.bin` of the same name beside it, or in one piece as `OpenVINOPair` writes them.
enum OpenVINOIRReader: ModelFileReader {
    static func recognizes(_ probe: ModelFileProbe) -> Bool {
        if probe.isArchive {
            let names = probe.archiveNames.filter { !$0.hasSuffix("/") }
            return names.contains { $0.hasSuffix(".xml") } && names.contains { $0.hasSuffix(".bin") }
        }
        return probe.start.starts(with: OpenVINOPair.signature) || startsLikeNetwork(probe.file)
    }

    /// Whether the first element of an XML text is `net`.
    private static func startsLikeNetwork(_ file: FileBytes) -> Bool {
        let start = String(decoding: file.prefix(512), as: UTF8.self)
        guard start.trimmingBlanks.first == "<" || start.hasPrefix("\u{FEFF}") else { return false }
        return start.contains("<net ") || start.contains("<net>")
    }

    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let (description, weights) = try parts(of: file, request)
        let limits = request.limits
        let ir = try IRDescription(description, limits: limits)
        var parameters = 0
        for graph in [ir.graph] + ir.bodies {
            for layer in graph.layers where layer.type == "Const" {
                parameters += try IRConstant(layer, weights: weights?.count ?? 0, limits: limits).count
                guard parameters <= limits.maximumParameters else {
                    throw ModelFileError(
                        .tooLarge, "the model has more than \(limits.maximumParameters) parameters")
                }
            }
        }
        return ImportedModel(
            graph: .openVINO(OpenVINOPair.joined(description, weights)),
            inspection: try IRInspection(ir, parameterCount: parameters, limits: limits).inspection)
    }

    // MARK: The two files

    private static func parts(
        of file: FileBytes, _ request: ReadingRequest
    ) throws(ModelFileError) -> (description: [UInt8], weights: FileBytes?) {
        let limits = request.limits
        if file.prefix(8) == OpenVINOPair.signature { return try OpenVINOPair.parts(of: file, limits: limits) }
        if file.prefix(4) == [0x50, 0x4B, 0x03, 0x04] { return try partsOfArchive(file, limits) }
        guard file.count <= limits.maximumConfigBytes else { throw tooLong(file.count, limits) }
        guard let companion = request.companion else {
            // A network without any constant has no weights; checking the constants will tell.
            return (file.array(), nil)
        }
        return (file.array(), try FileBytes(contentsOf: companion, maximumBytes: limits.maximumBytes))
    }

    private static func partsOfArchive(
        _ file: FileBytes, _ limits: ModelFileLimits
    ) throws(ModelFileError) -> (description: [UInt8], weights: FileBytes?) {
        let archive = try ZipArchive(file, limits: limits)
        let descriptions = archive.names.filter { $0.hasSuffix(".xml") }
        let weights = archive.names.filter { $0.hasSuffix(".bin") }
        guard descriptions.count == 1, weights.count == 1 else {
            throw ModelFileError(
                .unsupported,
                "OpenVINO: the archive must hold one .xml and one .bin file, it holds \(descriptions.count) and \(weights.count)"
            )
        }
        guard let text = try archive.entry(descriptions[0], maximumBytes: limits.maximumConfigBytes),
            let values = try archive.entry(weights[0], maximumBytes: limits.maximumBytes)
        else { throw ModelFileError(.damaged, "OpenVINO: the archive is damaged") }
        return (text.array(), values)
    }

    static func tooLong(_ size: Int, _ limits: ModelFileLimits) -> ModelFileError {
        ModelFileError(
            .tooLarge,
            "OpenVINO: the description has \(size) bytes, at most \(limits.maximumConfigBytes) are allowed")
    }
}

/// A constant of an OpenVINO IR, whose place and shape agree.
struct IRConstant {
    /// Number of elements.
    let count: Int

    init(_ layer: IRGraph.Layer, weights: Int, limits: ModelFileLimits) throws(ModelFileError) {
        guard let offset = layer.data["offset"].flatMap({ Int($0) }),
            let size = layer.data["size"].flatMap({ Int($0) }), offset >= 0, size >= 0
        else { throw IRGraph.damaged("constant '\(layer.name)' does not say where its values are") }
        guard offset <= weights, size <= weights - offset else {
            throw ModelFileError(
                .damaged,
                weights == 0
                    ? "OpenVINO: the weights are missing; give the .bin file beside the .xml, or both in a zip archive"
                    : "OpenVINO: the values of constant '\(layer.name)' lie beyond the end of the weights")
        }
        var count = 1
        for length in IRShape.lengths(layer.data["shape"] ?? "") {
            let (product, overflow) = count.multipliedReportingOverflow(by: length ?? -1)
            guard !overflow, product >= 0, product <= limits.maximumParameters else {
                throw IRGraph.damaged("constant '\(layer.name)' has an impossible shape")
            }
            count = product
        }
        // Texts are stored with their lengths, and some types of few bits are not known here; the engine checks those.
        if let bits = IRShape.bits[layer.data["element_type"] ?? ""], size != (count * bits + 7) / 8 {
            throw IRGraph.damaged("constant '\(layer.name)' has \(size) bytes, not those of its shape")
        }
        self.count = count
    }
}

/// Shapes and element types as an OpenVINO IR writes them.
enum IRShape {
    static let bits: [String: Int] = [
        "f64": 64, "f32": 32, "f16": 16, "bf16": 16, "i64": 64, "i32": 32, "i16": 16, "i8": 8, "i4": 4, "u64": 64,
        "u32": 32, "u16": 16, "u8": 8, "u4": 4, "u2": 2, "u1": 1, "boolean": 8, "nf4": 4, "f8e4m3": 8, "f8e5m2": 8,
    ]

    static let elementTypes: [String: ONNXElementType] = [
        "f64": .double, "f32": .float, "f16": .float16, "bf16": .bfloat16, "i64": .int64, "i32": .int32,
        "i16": .int16, "i8": .int8, "u64": .uint64, "u32": .uint32, "u16": .uint16, "u8": .uint8, "boolean": .bool,
    ]

    /// The lengths of `1, 3, 224, 224`; nil for `?`, `-1` and ranges such as `1..8`.
    static func lengths(_ text: String) -> [Int?] {
        text.split(separator: ",").map { part in
            Int(String(part).trimmingBlanks).flatMap { $0 < 0 ? nil : $0 }
        }
    }
}
