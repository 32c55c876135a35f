import CLZ4

/// Unpacks one frame of LZ4.
final class LZ4Stream: UnpackingStream {
    private let context: OpaquePointer

    init?() {
        var context: OpaquePointer?
        guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0, let context else {
            return nil
        }
        self.context = context
    }

    deinit { LZ4F_freeDecompressionContext(context) }

    func unpack(_ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer) -> UnpackingResult {
        var consumed = input.count
        var produced = output.count
        let hint = LZ4F_decompress(context, output.baseAddress, &produced, input.baseAddress, &consumed, nil)
        guard LZ4F_isError(hint) == 0 else { return .damaged }
        // Zero: the frame is complete.
        return hint == 0
            ? .end(consumed: consumed, produced: produced) : .step(consumed: consumed, produced: produced)
    }
}
