import JSON

/// The weights of a safetensors file: a length, a JSON text that names and places the weights, and their bytes.
///
/// - Source: the format's own description, https://github.com/huggingface/safetensors#format.
struct SafetensorsFile {
    /// The weights in the order of the header.
    let weights: NamedWeights
    /// What the program that wrote the file noted, such as `format`: `pt`.
    let metadata: [String: String]

    /// Real headers take about a hundred bytes a weight; the format allows 100 MB, which nobody needs.
    private static let maximumHeaderBytes = 16 << 20

    /// Whether a file starts like one, by its first 9 bytes or more.
    static func starts(_ start: [UInt8]) -> Bool {
        // The length has eight bytes, of which the upper four are 0, and the text after it is an object.
        start.count > 8 && start[4..<8].allSatisfy { $0 == 0 } && start[8] == UInt8(ascii: "{")
    }

    /// Reads the header and checks every place it names.
    init(_ file: FileBytes, limits: ModelFileLimits) throws(ModelFileError) {
        let start = file.prefix(8)
        guard start.count == 8 else { throw Self.damaged("is cut off") }
        let stated = start.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard stated <= UInt64(file.count - 8) else { throw Self.damaged("is cut off within its header") }
        let length = Int(stated)
        guard length <= Self.maximumHeaderBytes else {
            throw ModelFileError(
                .tooLarge,
                "the header of the safetensors file has \(length) bytes, at most \(Self.maximumHeaderBytes) are read")
        }
        let header = try Self.header(file.withBytes { Array($0[8..<8 + length]) })
        metadata = try Self.metadata(header["__metadata__"])
        var parts: [SafetensorsPart] = []
        for (name, value) in header where name != "__metadata__" {
            parts.append(try SafetensorsPart(name, value, available: file.count - 8 - length))
        }
        try Self.checkPlaces(parts, available: file.count - 8 - length)
        var weights: [NamedWeights.Weight] = []
        var total = 0
        for part in parts {
            let storage = 8 + length + part.place.lowerBound..<8 + length + part.place.upperBound
            let tensor = try StoredTensor(part.name, in: file, storage: storage, type: part.type, shape: part.shape)
            total += tensor.count
            weights.append(tensor.named(part.name))
        }
        guard total <= limits.maximumParameters else {
            throw ModelFileError(
                .tooLarge, "the model has \(total) parameters, at most \(limits.maximumParameters) are allowed")
        }
        self.weights = NamedWeights(weights)
    }

    private static func header(_ text: [UInt8]) throws(ModelFileError) -> JSONObject {
        let header: JSONValue
        do throws(JSONError) {
            header = try JSONValue(parsing: text, maximumDepth: 8)
        } catch {
            throw ModelFileError(.damaged, "the header of the safetensors file is damaged: \(error)")
        }
        guard let object = header.objectValue else { throw damaged("has a header that is no JSON object") }
        return object
    }

    private static func metadata(_ value: JSONValue?) throws(ModelFileError) -> [String: String] {
        guard let value else { return [:] }
        guard let members = value.objectValue else { throw damaged("has metadata that is no object") }
        var metadata: [String: String] = [:]
        for (key, value) in members {
            guard let text = value.stringValue else { throw damaged("has metadata '\(key)' that is no text") }
            metadata[key] = text
        }
        return metadata
    }

    /// The bytes of the weights follow each other without gaps and fill the file, as the format demands.
    private static func checkPlaces(_ parts: [SafetensorsPart], available: Int) throws(ModelFileError) {
        var end = 0
        for part in parts.sorted(by: {
            ($0.place.lowerBound, $0.place.upperBound) < ($1.place.lowerBound, $1.place.upperBound)
        }) {
            guard part.place.lowerBound == end else {
                throw damaged("has weight '\(part.name)' overlap another, or leaves a gap before it")
            }
            end = part.place.upperBound
        }
        guard end == available else { throw damaged("has \(available) bytes of weights, but describes \(end)") }
    }

    static func damaged(_ what: String) -> ModelFileError {
        ModelFileError(.damaged, "the safetensors file \(what)")
    }
}

/// What the header says of one weight.
private struct SafetensorsPart {
    let name: String
    let type: TorchElementType
    let shape: [Int]
    /// Bytes from the end of the header on.
    let place: Range<Int>

    init(_ name: String, _ value: JSONValue, available: Int) throws(ModelFileError) {
        guard let dtype = value["dtype"]?.stringValue, let lengths = value["shape"]?.arrayValue,
            let offsets = value["data_offsets"]?.arrayValue, offsets.count == 2,
            let start = offsets[0].intValue, let end = offsets[1].intValue
        else { throw SafetensorsFile.damaged("does not state dtype, shape and data_offsets of weight '\(name)'") }
        let shape = lengths.compactMap(\.intValue)
        guard shape.count == lengths.count, shape.count <= 32, let count = StoredTensor.product(shape) else {
            throw SafetensorsFile.damaged("states an impossible shape of weight '\(name)'")
        }
        guard let type = Self.types[dtype] else {
            throw ModelFileError(
                .unsupported,
                "weight '\(name)' of the safetensors file is made of \(dtype), which is not supported; "
                    + "save it as F32, F16 or BF16")
        }
        guard 0 <= start, start <= end, end <= available else {
            throw SafetensorsFile.damaged("places weight '\(name)' at bytes \(start) to \(end) of \(available)")
        }
        let (size, overflow) = count.multipliedReportingOverflow(by: type.width)
        guard !overflow, size == end - start else {
            throw SafetensorsFile.damaged(
                "has \(end - start) bytes for weight '\(name)', whose shape \(shape) of \(dtype) needs another number")
        }
        self.name = name
        self.type = type
        self.shape = shape
        place = start..<end
    }

    private static let types: [String: TorchElementType] = [
        "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16, "I64": .int64, "I32": .int32,
        "I16": .int16, "I8": .int8, "U64": .uint64, "U32": .uint32, "U16": .uint16, "U8": .uint8, "BOOL": .bool,
    ]
}
