/// The bytes that one or several tensors of a PyTorch file share.
struct TorchStorage: Sendable {
    let bytes: FileBytes
    /// The part of `bytes` that is the storage.
    let range: Range<Int>
    var isBigEndian = false
}

/// Finds the storages of a PyTorch file by the keys its pickle uses.
protocol TorchStorages: Sendable {
    /// The storage of a key; nil where the file has none.
    func storage(_ key: String) throws(ModelFileError) -> TorchStorage?
}

/// What a pickle says of a storage: `('storage', type, key, location, count)`, and for the older container a view.
struct TorchStorageReference {
    let key: String
    /// Type of the elements; nil for a storage of plain bytes, whose tensors tell.
    let type: TorchElementType?
    /// Number of elements, or of bytes where there is no type.
    let count: Int
    /// First element of the view of another storage; 0 without a view.
    let offset: Int

    init(_ value: PickleValue) throws(ModelFileError) {
        guard case .persistent(let persistent) = value, case .tuple(let parts) = persistent.identifier,
            parts.count >= 5, case .string("storage") = parts[0], case .global(let type) = parts[1],
            case .int(let count) = parts[4], count >= 0
        else { throw ModelFileError(.damaged, "the PyTorch file describes a tensor without its storage") }
        switch parts[2] {
        case .string(let text): key = text
        case .int(let number): key = String(number)
        default: throw ModelFileError(.damaged, "the PyTorch file names a storage by something that is no text")
        }
        // Where the storage was, such as `cuda:0`, does not matter here.
        self.type = try Self.elementType(type)
        if parts.count > 5, case .tuple(let view) = parts[5] {
            guard view.count == 3, case .int(let offset) = view[1], case .int(let length) = view[2], offset >= 0,
                length >= 0, offset <= count, length <= count - offset
            else { throw ModelFileError(.damaged, "the PyTorch file has a view of a storage that reaches beyond it") }
            self.offset = offset
            self.count = length
        } else {
            offset = 0
            self.count = count
        }
    }

    private static func elementType(_ type: PickleGlobal) throws(ModelFileError) -> TorchElementType? {
        if type.name == "UntypedStorage" || type.name == "_UntypedStorage" { return nil }
        if let known = types[type.name] { return known }
        let reason =
            type.name.hasPrefix("Q")
            ? "it holds quantized weights, which are not supported; save the model before quantization"
            : "it holds tensors of \(type), which are not supported"
        throw ModelFileError(.unsupported, "the PyTorch file cannot be used: \(reason)")
    }

    private static let types: [String: TorchElementType] = [
        "DoubleStorage": .float64, "FloatStorage": .float32, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "LongStorage": .int64, "IntStorage": .int32, "ShortStorage": .int16, "CharStorage": .int8,
        "ByteStorage": .uint8, "BoolStorage": .bool,
    ]
}
