/// Floats at an address that suits the widest vectors; zeros at first.
///
/// `@unchecked Sendable`: has no lock; whoever shares it does not write to it any more.
final class AlignedFloats: @unchecked Sendable {
    let count: Int
    private let base: UnsafeMutablePointer<Float>

    /// Bytes of a cache line, and of the widest vectors.
    private static let alignment = 64

    init(count: Int) {
        self.count = count
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Float>.stride, alignment: Self.alignment)
        base = memory.initializeMemory(as: Float.self, repeating: 0, count: count)
    }

    deinit { base.deallocate() }

    /// Calls the body with the address of the first float, which must not be kept.
    func withPointer<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        body(base)
    }
}
