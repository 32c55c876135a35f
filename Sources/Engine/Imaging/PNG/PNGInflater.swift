import CDeflate

/// The unpacked, still filtered rows of a PNG file, in memory that is not cleared first.
struct PNGInflater: ~Copyable {
    /// `count` bytes of rows, each with its filter byte.
    let rows: UnsafeMutableBufferPointer<UInt8>
    private let memory: UnsafeMutableRawBufferPointer

    /// Deflate cannot pack more than this many bytes into one.
    private static let mostBytesPerByte = 1032
    /// The longest copy of deflate: room for it lets a picture with too many rows be read up to its last.
    private static let longestCopy = 258

    /// Unpacks the pixel data of a file.
    ///
    /// - Parameter count: how many bytes the rows of the picture have.
    /// - Throws: `ImageError` when there are fewer or the data is damaged. Nothing is allocated when `count` bytes
    ///   cannot be in so little data.
    init(_ bytes: [UInt8], data: [Range<Int>], count: Int) throws(ImageError) {
        let packedCount = data.reduce(0) { $0 + $1.count }
        guard packedCount > 2 else { throw .truncated(.png) }
        guard count / Self.mostBytesPerByte <= packedCount else { throw .truncated(.png) }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count + Self.longestCopy, alignment: 16)
        do throws(ImageError) {
            let packed = data.count == 1 ? bytes[data[0]] : ArraySlice(data.flatMap { bytes[$0] })
            try Self.unpack(packed, into: memory, count: count)
        } catch {
            memory.deallocate()
            throw error
        }
        self.memory = memory
        rows = UnsafeMutableBufferPointer(rebasing: memory.bindMemory(to: UInt8.self)[0..<count])
    }

    deinit { memory.deallocate() }

    private static func unpack(
        _ packed: ArraySlice<UInt8>, into memory: UnsafeMutableRawBufferPointer, count: Int
    ) throws(ImageError) {
        // The zlib frame (RFC 1950) is read here and not by the library, since Pillow takes files whose checksum is
        // cut off.
        let (method, flags) = (Int(packed[packed.startIndex]), Int(packed[packed.startIndex + 1]))
        guard method & 15 == 8, method >> 4 <= 7, (method << 8 | flags) % 31 == 0, flags & 0x20 == 0 else {
            throw .corrupt(.png, reason: "the pixel data is not packed with zlib")
        }
        guard let decompressor = libdeflate_alloc_decompressor() else {
            throw .corrupt(.png, reason: "no memory for its decoder")
        }
        defer { libdeflate_free_decompressor(decompressor) }
        var (read, written) = (0, 0)
        let result = packed.dropFirst(2).withUnsafeBytes {
            libdeflate_deflate_decompress_ex(
                decompressor, $0.baseAddress, $0.count, memory.baseAddress, memory.count, &read, &written)
        }
        // More rows than the header tells are left unread.
        if result == LIBDEFLATE_INSUFFICIENT_SPACE { return }
        guard result == LIBDEFLATE_SUCCESS else {
            throw .corrupt(.png, reason: "the pixel data is cut or damaged")
        }
        guard written >= count else { throw .truncated(.png) }
        let trailer = Array(packed.dropFirst(2 + read).prefix(4))
        guard let expected = trailer.big32(at: 0) else { return }
        guard Int(libdeflate_adler32(1, memory.baseAddress, written)) == expected else {
            throw .corrupt(.png, reason: "the checksum of the pixel data is wrong")
        }
    }
}
