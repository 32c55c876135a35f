import CDeflate

/// Writes small grey pictures as PNG, such as the picture a network was given.
public enum PNGEncoder {
    /// The bytes of an 8-bit grey PNG file.
    ///
    /// - Precondition: the picture's format is `.gray`.
    /// - Source: PNG specification, third edition, sections 5 and 11; zlib stream by libdeflate.
    public static func encode(_ picture: PixelImage) -> [UInt8] {
        precondition(picture.format == .gray, "only grey pictures are written")
        var rows: [UInt8] = []
        rows.reserveCapacity(picture.height * (picture.width + 1))
        for row in 0..<picture.height {
            rows.append(0)
            rows += picture.pixels[row * picture.width..<(row + 1) * picture.width]
        }
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        append("IHDR", bigEndian(picture.width) + bigEndian(picture.height) + [8, 0, 0, 0, 0], to: &file)
        append("IDAT", compressed(rows), to: &file)
        append("IEND", [], to: &file)
        return file
    }

    private static func append(_ type: StaticString, _ content: [UInt8], to file: inout [UInt8]) {
        let body = Array(UnsafeBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount)) + content
        file += bigEndian(content.count)
        file += body
        file += bigEndian(Int(libdeflate_crc32(0, body, body.count)))
    }

    private static func bigEndian(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        guard let compressor = libdeflate_alloc_compressor(1) else { return stored(bytes) }
        defer { libdeflate_free_compressor(compressor) }
        var output = [UInt8](repeating: 0, count: libdeflate_zlib_compress_bound(compressor, bytes.count))
        let count = libdeflate_zlib_compress(compressor, bytes, bytes.count, &output, output.count)
        return count == 0 ? stored(bytes) : Array(output.prefix(count))
    }

    /// A zlib stream of uncompressed blocks (RFC 1951, 3.2.4), for the case that no compressor can be had.
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let count = min(bytes.count - start, 0xFFFF)
            let isLast: UInt8 = start + count == bytes.count ? 1 : 0
            stream += [isLast, UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8 & 0xFF)]
            stream += bytes[start..<start + count]
            start += count
        } while start < bytes.count
        return stream + bigEndian(Int(libdeflate_adler32(1, bytes, bytes.count)))
    }
}
