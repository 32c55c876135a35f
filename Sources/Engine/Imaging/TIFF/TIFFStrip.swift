import CDeflate

/// Unpacks the strips of a TIFF file, each a few whole rows.
enum TIFFStrip {
    /// How strips may be packed.
    enum Packing {
        case none
        case packBits
        case deflate

        /// By the value of the field; nil for one that is not read.
        init?(_ value: Int) {
            switch value {
            case 1: self = .none
            case 32_773: self = .packBits
            case 8, 32_946: self = .deflate
            default: return nil
            }
        }
    }

    /// Deflate cannot pack more than this many bytes into one.
    private static let mostBytesPerByte = 1032

    /// The first `count` bytes of a strip.
    ///
    /// - Throws: `ImageError` when there are fewer; then nothing was allocated that so little data cannot fill.
    static func unpack(
        _ data: ArraySlice<UInt8>, _ packing: Packing, count: Int
    ) throws(ImageError) -> ArraySlice<UInt8> {
        switch packing {
        case .none:
            guard data.count >= count else { throw .truncated(.tiff) }
            return data.prefix(count)
        case .packBits: return try runs(data, count: count)[...]
        case .deflate: return try inflated(data, count: count)[...]
        }
    }

    /// PackBits: a byte 0…127 is followed by one more byte than it says, a byte 129…255 by one that is repeated.
    private static func runs(_ data: ArraySlice<UInt8>, count: Int) throws(ImageError) -> [UInt8] {
        guard count / 128 <= data.count else { throw .truncated(.tiff) }
        var (rows, place) = ([UInt8](), data.startIndex)
        rows.reserveCapacity(count)
        while rows.count < count {
            guard place < data.endIndex else { throw .truncated(.tiff) }
            let head = Int(data[place])
            place += 1
            if head < 128 {
                guard data.endIndex - place > head else { throw .truncated(.tiff) }
                rows += data[place...place + head]
                place += head + 1
            } else if head > 128 {
                guard place < data.endIndex else { throw .truncated(.tiff) }
                rows += repeatElement(data[place], count: 257 - head)
                place += 1
            }
        }
        return Array(rows.prefix(count))
    }

    private static func inflated(_ data: ArraySlice<UInt8>, count: Int) throws(ImageError) -> [UInt8] {
        guard count / mostBytesPerByte <= data.count else { throw .truncated(.tiff) }
        guard let decompressor = libdeflate_alloc_decompressor() else {
            throw .corrupt(.tiff, reason: "no memory for its decoder")
        }
        defer { libdeflate_free_decompressor(decompressor) }
        var result = LIBDEFLATE_BAD_DATA
        let rows = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            data.withUnsafeBytes {
                result = libdeflate_zlib_decompress(
                    decompressor, $0.baseAddress, $0.count, buffer.baseAddress, count, &written)
            }
            // A failure leaves bytes that nobody wrote.
            if result != LIBDEFLATE_SUCCESS { written = 0 }
        }
        guard result == LIBDEFLATE_SUCCESS else {
            throw .corrupt(.tiff, reason: "the pixel data is cut or damaged")
        }
        guard rows.count == count else { throw .truncated(.tiff) }
        return rows
    }
}
