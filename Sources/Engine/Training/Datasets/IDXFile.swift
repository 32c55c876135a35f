import CDeflate

/// An array of bytes in the format of the MNIST files, plain or compressed with gzip.
///
/// - Source: the format is described with the MNIST files: two zero bytes, the element type (8: unsigned byte), the
///   number of axes, the length of each axis as a big-endian 32-bit integer, then the elements.
public struct IDXFile: Sendable, Equatable {
    /// Length of each axis.
    public let shape: [Int]
    /// Elements, row-major.
    public let elements: [UInt8]

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - axes: how many axes it must have: 3 for pictures, 1 for labels.
    ///   - name: how messages call the file.
    /// - Throws: `DatasetError` for another format, a shape that the file's length does not bear out, or a gzip
    ///   stream that is damaged.
    public init(_ bytes: [UInt8], axes: Int, name: String) throws(DatasetError) {
        let content = bytes.starts(with: [0x1F, 0x8B]) ? try Self.unpack(bytes, name: name) : bytes
        let header = 4 + 4 * axes
        guard content.count >= 4, content[0] == 0, content[1] == 0, content[2] == 8 else {
            throw DatasetError("\(name) is no IDX file of unsigned bytes: its magic number is missing")
        }
        guard content[3] == axes else {
            throw DatasetError("\(name) has \(content[3]) axes, \(axes) are expected")
        }
        guard content.count >= header else { throw DatasetError("\(name) ends inside its header") }
        let shape = (0..<axes).map { axis in
            content[4 + 4 * axis..<8 + 4 * axis].reduce(0) { $0 << 8 | Int($1) }
        }
        var size = 1
        for length in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: length)
            guard !overflow else { throw DatasetError("\(name) states the impossible shape \(shape)") }
            size = product
        }
        guard content.count - header == size else {
            throw DatasetError(
                "\(name) states \(size) elements and holds \(content.count - header): it is cut short or damaged")
        }
        self.shape = shape
        elements = Array(content[header...])
    }

    /// Expands a gzip stream of one member.
    private static func unpack(_ bytes: [UInt8], name: String) throws(DatasetError) -> [UInt8] {
        guard bytes.count >= 18, let decompressor = libdeflate_alloc_decompressor() else {
            throw DatasetError("\(name) is a damaged gzip file")
        }
        defer { libdeflate_free_decompressor(decompressor) }
        // The last four bytes state the size; no stream expands more than 1032 times (RFC 1951 has no shorter code).
        let stated = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard stated <= bytes.count * 1032, stated <= LabelledPictures.maximumBytes else {
            throw DatasetError("\(name) states the impossible size of \(stated) bytes")
        }
        var result = libdeflate_result(rawValue: 1)
        let content = [UInt8](unsafeUninitializedCapacity: stated) { buffer, count in
            result = libdeflate_gzip_decompress(decompressor, bytes, bytes.count, buffer.baseAddress, stated, nil)
            count = result.rawValue == 0 ? stated : 0
        }
        guard result.rawValue == 0 else { throw DatasetError("\(name) is a damaged gzip file") }
        return content
    }
}
