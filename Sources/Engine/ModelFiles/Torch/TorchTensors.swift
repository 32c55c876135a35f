/// Rebuilds the tensors that a pickle of PyTorch describes, as views of storages.
struct TorchTensors: Sendable {
    let storages: any TorchStorages
    /// Storages that are whole files inside the pickle, by the object that stands for them.
    private let embedded: [ObjectIdentifier: TorchEmbeddedStorage]

    /// Values in a pickle: real training states have a few hundred thousand.
    private static let maximumValues = 64 << 20

    /// - Parameter root: what the pickle holds, for storages inside it.
    init(storages: any TorchStorages, in root: PickleValue, limits: ModelFileLimits) throws(ModelFileError) {
        self.storages = storages
        var embedded: [ObjectIdentifier: TorchEmbeddedStorage] = [:]
        for object in try TorchValueWalk(root, limit: min(limits.maximumBytes, Self.maximumValues)).embedded {
            embedded[ObjectIdentifier(object)] = try TorchEmbeddedStorage(object, limits: limits)
        }
        self.embedded = embedded
    }

    /// The tensor that a value describes; nil for a value that is no tensor.
    ///
    /// - Parameter name: for messages.
    /// - Throws: `ModelFileError` for kinds of tensors that are not supported, and for lies.
    func tensor(_ value: PickleValue, name: String) throws(ModelFileError) -> StoredTensor? {
        var value = value
        if case .array(let array) = value { return try Self.tensor(array, name: name) }
        // A parameter holds a tensor, which may be of a class of its own; files have no more levels.
        for _ in 0..<4 {
            guard case .object(let object) = value, Self.modules.contains(object.type.module) else { return nil }
            switch object.type.name {
            case "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3":
                return try rebuilt(object, name: name)
            case "_rebuild_parameter", "_rebuild_parameter_with_state", "Parameter", "Buffer":
                guard let data = object.arguments.first else { return nil }
                value = data
            case "_rebuild_from_type_v2":
                guard object.arguments.count >= 3, case .global(let function) = object.arguments[0],
                    case .tuple(let arguments) = object.arguments[2]
                else { throw damaged(name) }
                value = .object(PickleObject(type: function, arguments: arguments))
            case let function where function.hasPrefix("_rebuild"):
                throw Self.unsupported(function, name: name)
            default: return nil
            }
        }
        throw damaged(name)
    }

    private static let modules: Set = [
        "torch._utils", "torch._tensor", "torch.nn.parameter", "torch.nn.modules.parameter",
    ]

    /// A NumPy array, as programs keep weights that convert them; nil for arrays of no numbers.
    private static func tensor(_ array: NumPyArray, name: String) throws(ModelFileError) -> StoredTensor? {
        let types: [NumPyType.Kind: [TorchElementType]] = [
            .float: [.float64, .float32, .float16], .int: [.int64, .int32, .int16, .int8],
            .uint: [.uint64, .uint32, .uint16, .uint8], .bool: [.bool],
        ]
        guard let type = types[array.type.kind]?.first(where: { $0.width == array.type.size }) else { return nil }
        var strides: [Int]?
        if array.isColumnMajor {
            // No product overflows where the array holds its elements, which is checked first.
            guard StoredTensor.product(array.shape) != nil else { return nil }
            var step = 1
            strides = array.shape.map { length in
                defer { step *= max(1, length) }
                return step
            }
        }
        return try StoredTensor(
            name, in: FileBytes(array.bytes), storage: 0..<array.bytes.count, type: type, shape: array.shape,
            strides: strides, isBigEndian: array.type.isBigEndian)
    }

    private func rebuilt(_ object: PickleObject, name: String) throws(ModelFileError) -> StoredTensor {
        let parts = object.arguments
        guard parts.count >= 4, case .int(let offset) = parts[1], let shape = Self.lengths(parts[2]),
            let strides = Self.lengths(parts[3])
        else { throw damaged(name) }
        guard offset >= 0 else { throw damaged(name) }
        let (reference, storage) = try storage(parts[0], name: name)
        let stated = parts.count > 6 ? Self.elementType(parts[6]) : nil
        guard let type = object.type.name == "_rebuild_tensor_v3" ? stated : reference.type else {
            throw ModelFileError(.unsupported, "weight '\(name)' is of a type of numbers that is not supported")
        }
        let width = reference.type?.width ?? 1
        let (length, overflow) = reference.count.multipliedReportingOverflow(by: width)
        let (start, isTooFar) = reference.offset.multipliedReportingOverflow(by: width)
        guard !overflow, !isTooFar, start <= storage.range.count, length <= storage.range.count - start else {
            throw ModelFileError(
                .damaged,
                "the storage of weight '\(name)' states \(reference.count) elements, more than the file holds")
        }
        let lower = storage.range.lowerBound + start
        return try StoredTensor(
            name, in: storage.bytes, storage: lower..<lower + length, type: type, offset: offset, shape: shape,
            strides: strides, isBigEndian: storage.isBigEndian)
    }

    private func storage(
        _ value: PickleValue, name: String
    ) throws(ModelFileError) -> (reference: TorchStorageReference, storage: TorchStorage) {
        if case .object(let object) = value, let embedded = embedded[ObjectIdentifier(object)] {
            return (embedded.reference, embedded.storage)
        }
        let reference = try TorchStorageReference(value)
        guard let storage = try storages.storage(reference.key) else {
            throw ModelFileError(
                .damaged, "the values of weight '\(name)' (storage '\(reference.key)') are not in the file")
        }
        return (reference, storage)
    }

    /// The lengths of axes, or steps along them.
    private static func lengths(_ value: PickleValue) -> [Int]? {
        let parts: [PickleValue]
        switch value {
        case .tuple(let elements): parts = elements
        case .list(let list): parts = list.elements
        case .object(let object) where object.type == PickleGlobal(module: "torch", name: "Size"):
            guard case .tuple(let elements)? = object.arguments.first else { return nil }
            parts = elements
        default: return nil
        }
        guard parts.count <= 64 else { return nil }
        var lengths: [Int] = []
        for part in parts {
            guard case .int(let length) = part else { return nil }
            lengths.append(length)
        }
        return lengths
    }

    private static func elementType(_ value: PickleValue) -> TorchElementType? {
        guard case .global(let type) = value, type.module == "torch" else { return nil }
        return switch type.name {
        case "float64", "double": .float64
        case "float32", "float": .float32
        case "float16", "half": .float16
        case "bfloat16": .bfloat16
        case "int64", "long": .int64
        case "int32", "int": .int32
        case "int16", "short": .int16
        case "int8": .int8
        case "uint64": .uint64
        case "uint32": .uint32
        case "uint16": .uint16
        case "uint8": .uint8
        case "bool": .bool
        default: nil
        }
    }

    private static func unsupported(_ function: String, name: String) -> ModelFileError {
        let reason =
            switch function {
            case "_rebuild_qtensor": "is quantized; save the model before quantization"
            case let name where name.hasPrefix("_rebuild_sparse"): "is sparse; save it dense"
            case let name where name.hasPrefix("_rebuild_meta"): "was saved without its values"
            default: "is a kind of tensor (\(function)) that is not supported"
            }
        return ModelFileError(.unsupported, "weight '\(name)' \(reason)")
    }

    private func damaged(_ name: String) -> ModelFileError {
        ModelFileError(.damaged, "the PyTorch file describes weight '\(name)' in a way that makes no sense")
    }
}

/// A storage that lies in the pickle as a whole file, which holds nothing else.
private struct TorchEmbeddedStorage {
    let reference: TorchStorageReference
    let storage: TorchStorage

    init(_ object: PickleObject, limits: ModelFileLimits) throws(ModelFileError) {
        guard case .bytes(let bytes)? = object.arguments.first else {
            throw ModelFileError(.damaged, "the pickle has a storage without its bytes")
        }
        let copy = FileBytes(bytes)
        guard TorchLegacyFile.isOne(copy) else {
            throw ModelFileError(.refused, "the pickle has a file inside that is no storage of PyTorch; refused")
        }
        let file = try TorchLegacyFile(copy, limits: limits)
        reference = try TorchStorageReference(file.root)
        guard let storage = file.storages.storage(reference.key) else {
            throw ModelFileError(.damaged, "the pickle has a storage without its bytes")
        }
        self.storage = storage
    }
}
