import Foundation

/// An open file or folder, closed when it is no longer used.
struct FileDescriptor: ~Copyable {
    /// How much is read or written at a time.
    static let chunkSize = 1 << 20

    let number: Int32

    /// Takes over an open descriptor.
    init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens a regular file for reading.
    ///
    /// - Parameter following: whether the file may be a symbolic link.
    static func open(_ file: URL, following: Bool = true) throws(StorageError) -> FileDescriptor {
        // Not blocking: a pipe would otherwise hold the thread until somebody writes to it.
        let flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | (following ? 0 : O_NOFOLLOW)
        let number = file.withUnsafeFileSystemRepresentation { path in
            path.map { Foundation.open($0, flags) } ?? -1
        }
        guard number >= 0 else { throw .system("open") }
        let opened = FileDescriptor(owning: number)
        guard try opened.status().isRegularFile else { throw .unavailable(detail: "not a regular file") }
        return opened
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

    /// Another descriptor of the same file or folder.
    func duplicate() throws(StorageError) -> FileDescriptor {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .system("duplicate") }
        return FileDescriptor(owning: copy)
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
            Result { () throws(StorageError) in try Self.write(buffer, to: number) }
        }
        try written.get()
    }

    /// Writes all bytes at the present position.
    func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) { try Self.write(bytes, to: number) }

    private static func write(_ bytes: UnsafeRawBufferPointer, to number: Int32) throws(StorageError) {
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

    /// Reads exactly so many bytes from the present position.
    ///
    /// - Throws: `.corrupt` if the file ends before.
    func read(_ count: Int) throws(StorageError) -> [UInt8] {
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = Foundation.read(number, buffer.baseAddress.map { $0 + filled }, count - filled)
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    failure = got < 0 ? .system("read") : .corrupt(detail: "\(filled) of \(count) bytes are there")
                    return
                }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Reads from a place without moving the present position.
    ///
    /// - Returns: how many bytes were read; 0 at the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(StorageError) -> Int {
        while true {
            let got = pread(number, buffer.baseAddress, buffer.count, offset)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .system("read") }
            return got
        }
    }

    /// Writes all that follows the present position to another file, piece by piece.
    func copy(to target: borrowing FileDescriptor) throws(StorageError) {
        let number = target.number
        try forEachChunk { chunk throws(StorageError) in try Self.write(chunk, to: number) }
    }

    /// Reads from the present position to the end, piece by piece; a piece is valid during its call only.
    func forEachChunk(
        _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Void
    ) throws(StorageError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = Foundation.read(number, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            if count < 0 {
                guard errno == EINTR else { throw .system("read") }
                continue
            }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
