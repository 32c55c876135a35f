import Foundation

/// Takes the pieces of a file in their order, checks that none is missing, hashes and perhaps writes them.
///
/// Used by one thread.
final class GridFSDownload {
    private let file: GridFSFile
    private let output: FileDescriptor?
    private var hasher = ContentHasher()
    private var number = 0
    private var length = 0

    /// - Parameter output: a new or empty file; nil to hash only.
    init(of file: GridFSFile, to output: URL?) throws(StorageError) {
        self.file = file
        self.output = if let output { try FileDescriptor.create(output) } else { nil }
    }

    /// Takes the document of the next piece.
    func take(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
        let document = try BSONDocument(bytes: bytes)
        guard document["n"]?.intValue == number, let data = document["data"]?.bytes,
            data.count == min(file.chunkSize, file.length - length)
        else { throw .corrupt(detail: "GridFS: piece \(number) is missing or has the wrong size") }
        hasher.update(data)
        try write(data)
        number += 1
        length += data.count
    }

    /// The hash of the content once all pieces were taken.
    func finish() throws(StorageError) -> ContentHash {
        guard length == file.length else {
            throw .corrupt(detail: "GridFS: \(length) of \(file.length) bytes are there")
        }
        return hasher.finish()
    }

    private func write(_ data: [UInt8]) throws(StorageError) {
        switch output {
        case .some(let output): try output.write(data)
        case .none: break
        }
    }
}
