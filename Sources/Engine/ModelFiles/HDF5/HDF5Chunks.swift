import CDeflate

/// Puts an array together from its pieces.
struct HDF5ChunkReader {
    let file: FileBytes
    /// Shape of the array; has at least one element.
    let shape: [Int]
    /// Shape of a piece.
    let chunk: [Int]
    /// Bytes of an element.
    let width: Int
    let filters: HDF5Filters

    /// The largest piece that is unpacked, in bytes.
    private static let maximumChunkBytes = 1 << 30

    /// The bytes of the array.
    func read(tree: HDF5Address, path: String) throws(ModelFileError) -> [UInt8] {
        let (chunkBytes, count) = try sizes(path)
        let leaves = try HDF5Tree(
            file, at: tree, keyLength: 8 + 8 * (shape.count + 1), type: 1, limit: 2 * count + 64
        ).leaves
        guard leaves.count == count else { throw damaged(path) }
        var result = [UInt8](repeating: 0, count: shape.reduce(width, *))
        for leaf in leaves {
            var key = leaf.key
            let size = try key.small(4)
            let mask = try key.small(4)
            var origin: [Int] = []
            for axis in shape.indices {
                origin.append(try key.length())
                guard origin[axis] < shape[axis] else { throw damaged(path) }
            }
            var content = try HDF5Cursor(file, at: leaf.child, count: size)
            let bytes = try filters.undo(try content.bytes(size), mask: mask, size: chunkBytes, width: width)
            guard let bytes, bytes.count == chunkBytes else { throw damaged(path) }
            copy(bytes, to: &result, origin: origin)
        }
        return result
    }

    /// Bytes of a piece, and the number of pieces.
    private func sizes(_ path: String) throws(ModelFileError) -> (bytes: Int, count: Int) {
        guard chunk.count == shape.count, chunk.allSatisfy({ $0 > 0 }) else { throw damaged(path) }
        var bytes = width
        var count = 1
        for (length, piece) in zip(shape, chunk) {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: piece)
            guard !overflow, product <= Self.maximumChunkBytes, product / 1032 <= file.count else {
                throw damaged(path)
            }
            bytes = product
            // At most the number of elements, which has been checked.
            count *= (length - 1) / piece + 1
        }
        // Every piece has a key in the tree.
        guard count <= file.count / 24 else { throw damaged(path) }
        return (bytes, count)
    }

    /// Copies a piece row by row; pieces at the border stick out of the array.
    private func copy(_ bytes: [UInt8], to result: inout [UInt8], origin: [Int]) {
        let last = shape.count - 1
        let row = min(chunk[last], shape[last] - origin[last]) * width
        var position = Array(repeating: 0, count: last)
        while true {
            var from = 0
            var to = 0
            for axis in 0..<last {
                from = (from + position[axis]) * chunk[axis + 1]
                to = (to + origin[axis] + position[axis]) * shape[axis + 1]
            }
            to += origin[last]
            result.replaceSubrange(
                to * width..<to * width + row, with: bytes[from * width..<from * width + row])
            var axis = last - 1
            while axis >= 0 {
                position[axis] += 1
                if position[axis] < min(chunk[axis], shape[axis] - origin[axis]) { break }
                position[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    private func damaged(_ path: String) -> ModelFileError {
        ModelFileError(.damaged, "weight '\(path)' of the HDF5 file is damaged")
    }
}

/// The filters that packed the pieces of an array.
struct HDF5Filters {
    private enum Filter: Int {
        case deflate = 1
        case shuffle = 2
        case checksum = 3
    }

    private var filters: [Filter] = []

    /// Reads a filter message.
    ///
    /// - Throws: `ModelFileError` for filters other than gzip, shuffle and checksum.
    init(_ message: HDF5Cursor?, path: String) throws(ModelFileError) {
        guard var message else { return }
        let version = try message.byte()
        guard (1...2).contains(version) else { throw HDF5File.damaged("has filters of unknown version") }
        let count = try message.small(1)
        if version == 1 { try message.skip(6) }
        for _ in 0..<count {
            let number = try message.small(2)
            guard let filter = Filter(rawValue: number) else {
                throw ModelFileError(
                    .refused,
                    "weight '\(path)' is packed by filter \(number); only gzip, shuffle and checksums are read")
            }
            // Known filters have no name in the second version.
            let nameLength = version == 1 ? try message.small(2) : 0
            try message.skip(2)
            let values = try message.small(2)
            try message.skip((nameLength + 7) / 8 * 8 + 4 * values)
            if version == 1, !values.isMultiple(of: 2) { try message.skip(4) }
            filters.append(filter)
        }
    }

    /// The bytes of a piece as they were before the filters; nil where they are damaged.
    ///
    /// - Parameters:
    ///   - mask: a bit for each filter that was left out.
    ///   - size: bytes of the unpacked piece.
    ///   - width: bytes of an element.
    func undo(_ bytes: [UInt8], mask: Int, size: Int, width: Int) throws(ModelFileError) -> [UInt8]? {
        var bytes = bytes
        for (index, filter) in filters.enumerated().reversed() where mask >> index & 1 == 0 {
            switch filter {
            case .checksum:
                guard bytes.count >= 4 else { return nil }
                bytes.removeLast(4)
            case .shuffle: bytes = unshuffled(bytes, width: width)
            case .deflate:
                // A checksum may have been added before packing.
                guard let unpacked = inflated(bytes, limit: size + 4) else { return nil }
                bytes = unpacked
            }
        }
        return bytes
    }

    /// First bytes of all elements, then all second ones, …: back into elements.
    private func unshuffled(_ bytes: [UInt8], width: Int) -> [UInt8] {
        let count = bytes.count / width
        var result = bytes
        for plane in 0..<width {
            for element in 0..<count { result[element * width + plane] = bytes[plane * count + element] }
        }
        return result
    }

    private func inflated(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        guard let decompressor = libdeflate_alloc_decompressor() else { return nil }
        defer { libdeflate_free_decompressor(decompressor) }
        var status = LIBDEFLATE_SUCCESS
        let result = [UInt8](unsafeUninitializedCapacity: limit) { target, used in
            status = libdeflate_zlib_decompress(decompressor, bytes, bytes.count, target.baseAddress, limit, &used)
            if status != LIBDEFLATE_SUCCESS { used = 0 }
        }
        return status == LIBDEFLATE_SUCCESS ? result : nil
    }
}
