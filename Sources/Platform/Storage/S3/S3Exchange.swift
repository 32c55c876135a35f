import Foundation
import Synchronization

/// A request to an object store, before it is signed.
struct S3Request: Sendable {
    /// Such as `PUT`.
    var method: String
    /// The decoded path from the root.
    var path: String
    /// Decoded names and values.
    var query: [(name: String, value: String)] = []
    /// Header fields beside those that every request has.
    var headers: [(name: String, value: String)] = []
    /// What is sent.
    var body = S3Body.none
    /// Whether it changes something, so that a broken connection leaves its end open.
    var isChange = false
    /// How many bytes it may move, for its time-out.
    var size = 0
}

/// What a request sends.
enum S3Body: Sendable {
    case none
    case bytes([UInt8])
    case file(FileSlice)

    /// The number of bytes.
    var count: Int {
        switch self {
        case .none: 0
        case .bytes(let bytes): bytes.count
        case .file(let slice): slice.count
        }
    }

    /// The hash of all bytes; blocks on the disk.
    func hash() throws(StorageError) -> String {
        switch self {
        case .none: return ContentHash(of: []).description
        case .bytes(let bytes): return ContentHash(of: bytes).description
        case .file(let slice): return try slice.hash().description
        }
    }
}

/// Some of the bytes of an open file, read without moving its position, so that several threads may.
final class FileSlice: Sendable {
    private let file: OpenFile
    private let offset: Int
    /// The number of bytes.
    let count: Int

    /// A file that several slices share.
    final class OpenFile: Sendable {
        let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }

    init(of file: OpenFile, from offset: Int, count: Int) {
        self.file = file
        self.offset = offset
        self.count = count
    }

    /// Reads from a place within the slice; fewer bytes than asked for only at its end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(StorageError) -> Int {
        let wanted = min(buffer.count, count - position)
        guard wanted > 0 else { return 0 }
        let got = try file.descriptor.read(
            into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: offset + position)
        guard got > 0 else { throw .unavailable(detail: "the file became shorter while it was read") }
        return got
    }

    func hash() throws(StorageError) -> ContentHash {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(max(count, 1), FileDescriptor.chunkSize), alignment: 16)
        defer { buffer.deallocate() }
        var hasher = ContentHasher()
        var position = 0
        while position < count {
            let got = try read(into: buffer, at: position)
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            position += got
        }
        return hasher.finish()
    }
}

/// What becomes of an answer's body.
enum S3Sink: Sendable {
    /// It is kept in memory, up to so many bytes.
    case memory(limit: Int)
    /// It is written to a file that is new or empty.
    case file(URL)
}

/// What a store answered.
struct S3Response: Sendable {
    /// The status code.
    var status = 0
    /// Those of `fields` that it has, by their names in lower case.
    var headers: [String: String] = [:]
    /// The body, unless it went to a file.
    var body: [UInt8] = []

    /// The header fields that anyone here reads; a store sends three times as many.
    static let fields = ["content-length", "etag", "x-amz-bucket-region", S3MultipartUpload.mark]
}

/// A sign for a running request that nobody waits for it any more.
final class S3Cancellation: Sendable {
    private let flag = Atomic(false)
    var isCancelled: Bool { flag.load(ordering: .relaxed) }
    func cancel() { flag.store(true, ordering: .relaxed) }
}
