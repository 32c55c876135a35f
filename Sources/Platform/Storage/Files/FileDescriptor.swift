import Foundation

/// An open file or folder, closed when it is no longer used.
struct FileDescriptor: ~Copyable {
    /// How much is read or written at a time.
    static let chunkSize = 1 << 20

    let number: Int32

    /// Takes over an open descriptor.
    init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens a file for reading.
    static func open(_ file: URL) throws(StorageError) -> FileDescriptor {
        let number = file.withUnsafeFileSystemRepresentation { path in
            path.map { Foundation.open($0, O_RDONLY | O_CLOEXEC) } ?? -1
        }
        guard number >= 0 else { throw .system("open") }
        return FileDescriptor(owning: number)
    }

    /// Creates a file that must not exist yet, or be empty, for writing.
    static func create(_ file: URL) throws(StorageError) -> FileDescriptor {
        let number = file.withUnsafeFileSystemRepresentation { path in
            path.map { Foundation.open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644) } ?? -1
        }
        guard number >= 0 else { throw .system("create") }
        let created = FileDescriptor(owning: number)
        guard try created.status().size == 0 else { throw .conflict(detail: "the file has content already") }
        return created
    }

    /// What kind of file this is and how long.
    func status() throws(StorageError) -> (isRegularFile: Bool, size: Int, links: Int) {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw .system("fstat") }
        return (status.st_mode & S_IFMT == S_IFREG, Int(status.st_size), Int(status.st_nlink))
    }

    /// Writes all bytes at the present position.
    func write(_ bytes: [UInt8]) throws(StorageError) {
        let written = bytes.withUnsafeBytes { buffer in
            Result { () throws(StorageError) in try write(buffer) }
        }
        try written.get()
    }

    /// Writes all bytes at the present position.
    func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(number, rest.baseAddress, rest.count)
            if count < 0 {
                guard errno == EINTR else { throw .system("write") }
                continue
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Waits until all that was written is on the disk.
    func synchronize() throws(StorageError) {
        while fsync(number) != 0 {
            guard errno == EINTR else { throw .system("fsync") }
        }
    }

    /// Reads from the present position to the end, piece by piece; a piece is valid during its call only.
    func forEachChunk(
        _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Void
    ) throws(StorageError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(number, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            if count < 0 {
                guard errno == EINTR else { throw .system("read") }
                continue
            }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
