#if canImport(Glibc)
    import Glibc
#endif

/// Memory that grows while a file is unpacked into it, up to a limit.
///
/// Not for several threads.
final class UnpackedBytes {
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private var count = 0
    private let limit: Int
    private let format: Compression

    init(limit: Int, format: Compression) {
        self.limit = limit
        self.format = format
    }

    deinit { free(memory) }

    /// Where the next bytes go; never empty.
    ///
    /// - Throws: `ModelFileError(.tooLarge)` where the limit is reached. One byte more than it fits, so that a file
    ///   of exactly that size comes to its end.
    func room() throws(ModelFileError) -> UnsafeMutableRawBufferPointer {
        if count == capacity {
            guard count <= limit else {
                throw ModelFileError(
                    .tooLarge, "the \(format.rawValue) file unpacks to more than \(limit) bytes; refused")
            }
            let wanted = min(max(1 << 20, capacity + capacity / 2), limit + 1)
            guard let grown = realloc(memory, wanted) else {
                throw ModelFileError(.tooLarge, "there is no memory to unpack the file")
            }
            memory = grown
            capacity = wanted
        }
        return UnsafeMutableRawBufferPointer(start: memory?.advanced(by: count), count: capacity - count)
    }

    /// Counts bytes that have been written to the room.
    func add(_ bytes: Int) {
        precondition(bytes >= 0 && bytes <= capacity - count, "a C library wrote beyond its buffer")
        count += bytes
    }

    /// Hands over the bytes.
    func finish() -> FileBytes {
        // Shrinking that fails leaves the memory as it is.
        let shrunk = memory.flatMap { realloc($0, max(1, count)) ?? $0 }
        let result = FileBytes(taking: UnsafeMutableRawBufferPointer(start: shrunk, count: count))
        memory = nil
        capacity = 0
        count = 0
        return result
    }
}
