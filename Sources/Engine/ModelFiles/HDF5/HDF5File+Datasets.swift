import Tensors

extension HDF5File {
    /// The shape of the array at a path; nil for a group, or where there is nothing.
    func shape(of path: String) throws(ModelFileError) -> [Int]? {
        guard try exists(path), let space = try object(path).message(.dataspace) else { return nil }
        return try HDF5Dataspace(space).shape
    }

    /// The values of the array at a path; floats of other widths become 32-bit ones.
    ///
    /// - Parameter maximumElements: refused beyond, before anything is allocated.
    /// - Throws: `ModelFileError` for an object that is no array of floats, claims more elements than the file can
    ///   hold, or keeps them outside the file.
    func tensor(_ path: String, maximumElements: Int) throws(ModelFileError) -> Tensor {
        let object = try object(path)
        guard object.messages.contains(where: { $0.type == .layout }) else {
            throw ModelFileError(.damaged, "'\(path)' of the HDF5 file is no array")
        }
        guard try object.message(.externalFiles) == nil else {
            throw ModelFileError(.refused, "weight '\(path)' is stored in another file, refused")
        }
        let type = try HDF5Datatype(try object.required(.datatype))
        guard let width = type.width, type.isFloat else {
            throw ModelFileError(.unsupported, "weight '\(path)' is not made of 16, 32 or 64-bit floats")
        }
        let space = try HDF5Dataspace(try object.required(.dataspace))
        let (size, overflow) = space.count.multipliedReportingOverflow(by: width)
        guard !overflow else { throw impossible(path, space) }
        var layout = try object.required(.layout)
        let storage = try HDF5Storage(&layout, path: path)
        // gzip packs at most 1032 bytes into one.
        let (ceiling, isBoundless) = bytes.count.multipliedReportingOverflow(by: storage.isChunked ? 1032 : 1)
        guard isBoundless || size <= ceiling else { throw impossible(path, space) }
        guard space.count <= maximumElements else {
            throw ModelFileError(
                .tooLarge, "weight '\(path)' of shape \(space.shape) exceeds the limit for all parameters")
        }
        if space.count == 0 { return Tensor(zeros: space.shape) }
        var values: [Float]
        switch storage {
        case .compact(var content):
            values = try floats(&content, type, size: size, count: space.count)
        case .contiguous(let address, let stated):
            guard address.offset != nil, stated >= size else { throw impossible(path, space) }
            var content = try HDF5Cursor(bytes, at: address, count: size)
            values = try floats(&content, type, size: size, count: space.count)
        case .chunked(let tree, let chunk):
            let filters = try HDF5Filters(try object.message(.filters), path: path)
            let reader = HDF5ChunkReader(file: bytes, shape: space.shape, chunk: chunk, width: width, filters: filters)
            values = type.floats(try reader.read(tree: tree, path: path), count: space.count)
        }
        return Tensor(shape: space.shape, values: values)
    }

    private func floats(
        _ content: inout HDF5Cursor, _ type: HDF5Datatype, size: Int, count: Int
    ) throws(ModelFileError) -> [Float] {
        try content.withBytes(size) { type.floats($0, count: count) }
    }

    private func impossible(_ path: String, _ space: HDF5Dataspace) -> ModelFileError {
        ModelFileError(
            .damaged, "weight '\(path)' claims \(space.count) elements, more than the file holds, and cannot be read")
    }
}

/// Where the elements of an array are.
enum HDF5Storage {
    /// In the object header.
    case compact(HDF5Cursor)
    /// In one piece.
    case contiguous(HDF5Address, size: Int)
    /// In pieces of equal shape, found through a tree.
    case chunked(HDF5Address, shape: [Int])

    var isChunked: Bool { if case .chunked = self { true } else { false } }

    /// Reads a layout message.
    init(_ message: inout HDF5Cursor, path: String) throws(ModelFileError) {
        let version = try message.byte()
        let kind = try message.byte()
        switch (version, kind) {
        case (3...4, 0):
            let size = try message.small(2)
            self = .compact(try message.part(size))
        case (3...4, 1):
            let address = try message.address()
            self = .contiguous(address, size: try message.length())
        case (3, 2):
            let rank = try message.small(1)
            let tree = try message.address()
            guard (1...9).contains(rank) else { throw HDF5File.damaged("has pieces that make no sense") }
            var shape: [Int] = []
            for _ in 0..<rank { shape.append(try message.small(4)) }
            self = .chunked(tree, shape: shape.dropLast())
        case (_, 3):
            throw ModelFileError(.refused, "weight '\(path)' is a view of another file, refused")
        default:
            throw ModelFileError(
                .unsupported, "weight '\(path)' is stored in a form of HDF5 that is not supported; save it by Keras")
        }
    }
}

extension HDF5Datatype {
    var isFloat: Bool {
        switch self {
        case .float, .brainFloat: true
        case .text, .variableText, .other: false
        }
    }

    /// Elements as 32-bit floats.
    ///
    /// - Precondition: `bytes` holds `count` elements of this type, which is one of floats.
    func floats(_ bytes: UnsafeRawBufferPointer, count: Int) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { target, used in
            used = count
            func convert<Bits: FixedWidthInteger>(_: Bits.Type, _ isSwapped: Bool, _ make: (Bits) -> Float) {
                for index in 0..<count {
                    let bits = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self)
                    target[index] = make(isSwapped ? bits.byteSwapped : bits)
                }
            }
            switch self {
            case .float(4, false): UnsafeMutableRawBufferPointer(target).copyMemory(from: bytes)
            case .float(4, let isSwapped): convert(UInt32.self, isSwapped) { Float(bitPattern: $0) }
            case .float(2, let isSwapped): convert(UInt16.self, isSwapped) { Float(Float16(bitPattern: $0)) }
            case .float(_, let isSwapped): convert(UInt64.self, isSwapped) { Float(Double(bitPattern: $0)) }
            default: convert(UInt16.self, false) { Float(bitPattern: UInt32($0) << 16) }
            }
        }
    }

    func floats(_ bytes: [UInt8], count: Int) -> [Float] {
        bytes.withUnsafeBytes { floats($0, count: count) }
    }
}
