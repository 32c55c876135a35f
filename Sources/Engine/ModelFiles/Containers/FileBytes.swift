import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// The bytes of a file at an address that does not change, so that C libraries can read them in place.
///
/// `@unchecked Sendable` without a lock: the bytes are never written after `init`.
final class FileBytes: @unchecked Sendable {
    private let memory: UnsafeRawBufferPointer
    private let isMapped: Bool

    /// Number of bytes.
    var count: Int { memory.count }

    /// Copies bytes.
    init(_ bytes: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyBytes(from: bytes)
        memory = UnsafeRawBufferPointer(copy)
        isMapped = false
    }

    /// Takes `count` bytes from whoever fills the memory.
    ///
    /// - Parameter fill: writes all bytes, or returns false.
    init?(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Bool) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        memory = UnsafeRawBufferPointer(copy)
        isMapped = false
        if !fill(copy) { return nil }
    }

    /// Takes over memory from `malloc`.
    init(taking allocated: UnsafeMutableRawBufferPointer) {
        memory = UnsafeRawBufferPointer(allocated)
        isMapped = false
    }

    /// Maps a file: its pages are read when they are needed and do not count as memory of the process.
    ///
    /// - Parameter followsLinks: whether `file` itself may be a symbolic link.
    init(contentsOf file: URL, maximumBytes: Int, followsLinks: Bool = true) throws(ModelFileError) {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else {
            throw ModelFileError(.unreadable, "cannot open the file: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ModelFileError(.unreadable, "not a regular file")
        }
        let size = Int(status.st_size)
        guard size <= maximumBytes else { throw Self.tooLarge(size, maximumBytes: maximumBytes) }
        isMapped = size > 0
        guard size > 0 else {
            memory = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else {
            throw ModelFileError(.unreadable, "cannot read the file: \(String(cString: strerror(errno)))")
        }
        memory = UnsafeRawBufferPointer(start: address, count: size)
    }

    deinit {
        if isMapped {
            munmap(UnsafeMutableRawPointer(mutating: memory.baseAddress), memory.count)
        } else {
            // The same as `free`.
            memory.deallocate()
        }
    }

    /// The first bytes.
    func prefix(_ length: Int) -> [UInt8] { Array(memory.prefix(length)) }

    /// All bytes, copied.
    func array() -> [UInt8] { [UInt8](memory) }

    /// Lends the bytes; the address stays valid as long as this object lives.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(memory)
    }

    /// Says that a part of a mapped file is not needed for now, so that its pages take no memory.
    ///
    /// The bytes stay valid: they are read from the file again if need be.
    func release(_ part: Range<Int>) {
        guard isMapped, let base = memory.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (max(0, part.lowerBound) + page - 1) / page * page
        let end = min(count, part.upperBound) / page * page
        guard start < end else { return }
        madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }

    static func tooLarge(_ size: Int, maximumBytes: Int) -> ModelFileError {
        ModelFileError(.tooLarge, "the file has \(size) bytes, at most \(maximumBytes) are allowed")
    }
}
