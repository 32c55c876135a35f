import CLZMA

/// Unpacks a file of xz, or of the older lzma format.
final class LZMAStream: UnpackingStream {
    /// Memory for the dictionary; the strongest setting of the xz tool needs 65 MB.
    private static let maximumMemory: UInt64 = 160 << 20

    private let stream: UnsafeMutablePointer<lzma_stream>

    init?(isOldFormat: Bool) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: lzma_stream())
        let status =
            isOldFormat
            ? lzma_alone_decoder(stream, Self.maximumMemory)
            : lzma_stream_decoder(stream, Self.maximumMemory, 0)
        guard status == LZMA_OK else { return nil }
    }

    deinit {
        lzma_end(stream)
        stream.deallocate()
    }

    func unpack(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> UnpackingResult {
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = input.count
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = output.count
        let status = lzma_code(stream, input.isEmpty ? LZMA_FINISH : LZMA_RUN)
        let consumed = input.count - stream.pointee.avail_in
        let produced = output.count - stream.pointee.avail_out
        switch status {
        case LZMA_OK, LZMA_BUF_ERROR: return .step(consumed: consumed, produced: produced)
        case LZMA_STREAM_END: return .end(consumed: consumed, produced: produced)
        case LZMA_MEM_ERROR, LZMA_MEMLIMIT_ERROR: return .needsTooMuchMemory
        default: return .damaged
        }
    }
}
