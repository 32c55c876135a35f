import Foundation

/// Writes a tar archive to a file beside its place; it appears there when it is complete.
///
/// Works on the caller's thread and waits for the disk: for programs that do nothing else meanwhile.
actor ArchiveWriter {
    private let target: URL
    private let part: URL
    private let file: FileDescriptor
    private let modified: Int
    private var offset = 0
    /// The file being written: where its header is, its path and its hash so far.
    private var open: (header: Int, path: String, hasher: ContentHasher)?
    /// The lines of `SHA256SUMS`, as `sha256sum --check` takes them.
    private(set) var sums: [UInt8] = []
    /// Number of files written.
    private(set) var files = 0

    /// Begins an archive.
    ///
    /// - Throws: `TransferError.targetHasData` if the file is there already, `.unwritableArchive` if another process
    ///   writes it or nobody can.
    init(_ target: URL, modified: Int) throws {
        guard !FileManager.default.fileExists(atPath: target.path) else {
            throw TransferError.targetHasData("a file of that name")
        }
        self.target = target
        self.modified = modified
        part = target.deletingLastPathComponent().appending(path: target.lastPathComponent + ".part")
        do throws(StorageError) {
            file = try FileDescriptor.createPart(part)
        } catch {
            throw TransferError.unwritableArchive(error)
        }
    }

    /// Adds a file that is in memory.
    func add(_ path: String, _ content: [UInt8]) throws {
        try begin(path, size: content.count)
        try append(content)
        try end()
    }

    /// Adds a file of the disk.
    func add(_ path: String, file source: URL) throws {
        let descriptor = try FileDescriptor.open(source)
        try begin(path, size: descriptor.status().size)
        var failure: (any Error)?
        try descriptor.forEachChunk { chunk throws(StorageError) in
            do { try append(Array(chunk)) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        try end()
    }

    /// Begins a file; its size need not be known yet.
    func begin(_ path: String, size: Int = 0) throws {
        if path.utf8.count > TarHeader.longestPath {
            let record = TarHeader.record(ofPath: path)
            try write(TarHeader(path: "path", size: record.count, type: UInt8(ascii: "x"), modified: modified).bytes)
            try write(record)
            try write([UInt8](repeating: 0, count: TarHeader.padding(after: record.count)))
        }
        open = (offset, path, ContentHasher())
        try write(TarHeader(path: path, size: size, modified: modified).bytes)
    }

    /// Adds bytes to the file begun.
    func append(_ bytes: [UInt8]) throws {
        open?.hasher.update(bytes)
        try write(bytes)
    }

    /// Ends the file begun and writes its size into its header.
    func end() throws {
        guard let (header, path, hasher) = open else { return }
        let size = offset - header - TarHeader.length
        let bytes = TarHeader(path: path, size: size, modified: modified).bytes
        try telling { file throws(StorageError) in try file.write(bytes, at: header) }
        try write([UInt8](repeating: 0, count: TarHeader.padding(after: size)))
        sums += Array("\(hasher.finish())  \(path)\n".utf8)
        files += 1
        open = nil
    }

    /// Ends the archive, brings it to the disk and to its place.
    func finish() throws {
        try write([UInt8](repeating: 0, count: 2 * TarHeader.length))
        try telling { file throws(StorageError) in
            try file.synchronize()
            guard rename(part.path, target.path) == 0 else { throw .system("rename") }
            try FileDescriptor.openFolder(target.deletingLastPathComponent()).synchronize()
        }
    }

    /// Gives up and leaves nothing behind.
    func discard() { unlink(part.path) }

    private func write(_ bytes: [UInt8]) throws {
        try telling { file throws(StorageError) in try file.write(bytes) }
        offset += bytes.count
    }

    /// Does something with the file, whose errors are not those of the stores that are read.
    private func telling(_ body: (borrowing FileDescriptor) throws(StorageError) -> Void) throws(TransferError) {
        do throws(StorageError) {
            try body(file)
        } catch {
            throw .unwritableArchive(error)
        }
    }
}

extension FileDescriptor {
    /// Creates a file that this process alone writes, in place of what a crash has left.
    fileprivate static func createPart(_ file: URL) throws(StorageError) -> FileDescriptor {
        let number = Foundation.open(file.path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw .unusable("create the archive") }
        let created = FileDescriptor(owning: number)
        guard created.lock() else { throw .busy(detail: "another process writes the archive") }
        guard ftruncate(number, 0) == 0 else { throw .system("truncate") }
        return created
    }

    /// Writes all bytes at a place without moving the present position.
    fileprivate func write(_ bytes: [UInt8], at offset: Int) throws(StorageError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(number, buffer.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .system("write") }
            done += count
        }
    }
}
