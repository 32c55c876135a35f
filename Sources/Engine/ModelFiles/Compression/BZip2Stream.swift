import CBZip2

/// Unpacks one member of a bzip2 file.
final class BZip2Stream: UnpackingStream {
    private let stream: UnsafeMutablePointer<bz_stream>

    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: bz_stream())
        guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else { return nil }
    }

    deinit {
        BZ2_bzDecompressEnd(stream)
        stream.deallocate()
    }

    func unpack(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> UnpackingResult {
        let given = UInt32(clamping: input.count)
        let room = UInt32(clamping: output.count)
        // The library does not write to its input.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: CChar.self).baseAddress)
        stream.pointee.avail_in = given
        stream.pointee.next_out = output.bindMemory(to: CChar.self).baseAddress
        stream.pointee.avail_out = room
        let status = BZ2_bzDecompress(stream)
        let consumed = Int(given - stream.pointee.avail_in)
        let produced = Int(room - stream.pointee.avail_out)
        switch status {
        case BZ_OK: return .step(consumed: consumed, produced: produced)
        case BZ_STREAM_END: return .end(consumed: consumed, produced: produced)
        case BZ_MEM_ERROR: return .needsTooMuchMemory
        default: return .damaged
        }
    }
}
