import Foundation

/// Reads a tar archive of `ArchiveWriter`, or one that somebody has packed again.
struct ArchiveReader: Sendable {
    /// A file in the archive.
    struct Entry: Sendable, Equatable {
        let offset: Int
        let size: Int
    }

    /// Largest record about a path that is believed.
    private static let longestRecord = 4_096

    private let file: URL
    /// The files by their paths.
    let entries: [String: Entry]

    /// Finds the files. Blocks on the disk.
    ///
    /// - Throws: `TransferError.badArchive`, `StorageError`.
    init(_ file: URL) throws {
        self.file = file
        let descriptor = try FileDescriptor.open(file)
        let length = try descriptor.status().size
        var entries: [String: Entry] = [:]
        var (offset, longPath): (Int, String?) = (0, nil)
        while true {
            guard offset <= length - TarHeader.length else { throw Self.truncated }
            let block = try descriptor.read(TarHeader.length, at: offset)
            guard let header = try TarHeader(block) else { break }
            offset += TarHeader.length
            guard header.size <= length - offset else { throw Self.truncated }
            switch header.type {
            case UInt8(ascii: "x"):
                guard header.size <= Self.longestRecord else { throw TransferError.badArchive("a path is too long") }
                longPath = TarHeader.path(inRecord: try descriptor.read(header.size, at: offset))
            case UInt8(ascii: "0"), 0:
                let path = longPath ?? header.path
                longPath = nil
                let entry = Entry(offset: offset, size: header.size)
                guard entries.updateValue(entry, forKey: path) == nil else {
                    throw TransferError.badArchive("it has two files of the same path")
                }
            // Folders, which `tar` adds when it packs a folder again.
            case UInt8(ascii: "5"): longPath = nil
            default: throw TransferError.badArchive("it has something that is no file")
            }
            offset += header.size + TarHeader.padding(after: header.size)
        }
        self.entries = entries
    }

    private static let truncated = TransferError.badArchive("it ends too early; it was not copied as a whole")

    /// A file that is held in memory.
    func content(_ path: String, limit: Int) throws -> [UInt8] {
        guard let entry = entries[path] else { throw TransferError.badArchive("it has no \(path)") }
        guard entry.size <= limit else { throw TransferError.badArchive("\(path) is too large") }
        return try FileDescriptor.open(file).read(entry.size, at: entry.offset)
    }

    /// Calls a body with the pieces of a file.
    func forEachChunk(of entry: Entry, _ body: ([UInt8]) throws -> Void) throws {
        let descriptor = try FileDescriptor.open(file)
        var done = 0
        while done < entry.size {
            let count = min(FileDescriptor.chunkSize, entry.size - done)
            try body(try descriptor.read(count, at: entry.offset + done))
            done += count
        }
    }

    /// The hash of a file.
    func hash(of entry: Entry) throws -> ContentHash {
        var hasher = ContentHasher()
        try forEachChunk(of: entry) { hasher.update($0) }
        return hasher.finish()
    }

    /// Writes a file to the disk.
    func extract(_ entry: Entry, to target: URL) throws {
        let descriptor = try FileDescriptor.create(target)
        try forEachChunk(of: entry) { try descriptor.write($0) }
    }

    /// The next rows of a table's file, about a page of them; empty at the end.
    func page(of entry: Entry, values count: Int, _ position: inout ArchivedPosition) throws -> [[SQLValue]] {
        let descriptor = try FileDescriptor.open(file)
        var (rows, bytes): ([[SQLValue]], Int) = ([], 0)
        while position.offset < entry.size, rows.count < TablePages.rowsPerPage, bytes < TablePages.bytesPerPage {
            guard entry.size - position.offset >= 8 else { throw TransferError.badArchive("a row is cut off") }
            let prefix = try descriptor.read(8, at: entry.offset + position.offset)
            let length = prefix.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            position.offset += 8
            guard length <= UInt64(min(RowCodec.longestRow, entry.size - position.offset)) else {
                throw TransferError.badArchive("a row is cut off")
            }
            let row = try descriptor.read(Int(length), at: entry.offset + position.offset)
            rows.append(try RowCodec.row(row, values: count))
            position.offset += row.count
            bytes += row.count
        }
        return rows
    }
}

/// How far the rows of a table's file have been read.
struct ArchivedPosition {
    fileprivate var offset = 0
}

extension FileDescriptor {
    /// Reads exactly so many bytes from a place.
    fileprivate func read(_ count: Int, at offset: Int) throws(StorageError) -> [UInt8] {
        guard lseek(number, off_t(offset), SEEK_SET) == off_t(offset) else { throw .system("seek") }
        return try read(count)
    }
}
