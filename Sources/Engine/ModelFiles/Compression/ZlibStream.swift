import CZlib

/// Unpacks a zlib stream or one member of a gzip file.
final class ZlibStream: UnpackingStream {
    // The library refuses a stream whose address has changed, so that it must not lie in a Swift variable.
    private let stream: UnsafeMutablePointer<z_stream>

    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 32 to tell zlib from gzip.
        guard inflateInit2_(stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            return nil
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func unpack(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> UnpackingResult {
        let given = UInt32(clamping: input.count)
        let room = UInt32(clamping: output.count)
        // The library does not write to its input.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = given
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = room
        let status = inflate(stream, Z_NO_FLUSH)
        let consumed = Int(given - stream.pointee.avail_in)
        let produced = Int(room - stream.pointee.avail_out)
        switch status {
        case Z_OK, Z_BUF_ERROR: return .step(consumed: consumed, produced: produced)
        case Z_STREAM_END: return .end(consumed: consumed, produced: produced)
        case Z_MEM_ERROR: return .needsTooMuchMemory
        default: return .damaged
        }
    }
}
