internal import CDeflate
internal import CSodium
internal import Foundation
internal import Synchronization

/// The files of a folder in memory, read again when they change.
final class FileCache: Sendable {
    /// One file as it is served.
    struct Entry: Sendable {
        let bytes: [UInt8]
        /// The compressed bytes, where compressing pays.
        let gzip: [UInt8]?
        /// BLAKE2b of the bytes in hexadecimal, 128 bits.
        let hash: String
        let contentType: String
        fileprivate let version: Version
    }

    /// What tells one state of a file from another.
    fileprivate struct Version: Equatable {
        let device: UInt64
        let node: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    /// Larger files do not exist for this class: pages and their assets are small.
    private static let maximumFileSize = 32 << 20
    /// Least size that is compressed.
    private static let compressionThreshold = 512
    /// Names that are kept; the folder is the operator's, so the bound only guards against mistakes.
    private static let maximumEntries = 4096

    private let folder: String
    private let entries = Mutex<[String: Entry]>([:])

    init(folder: URL) {
        self.folder = folder.path
    }

    /// The file of a relative name; nil where there is none that may be served.
    func entry(_ name: String) -> Entry? {
        guard let descriptor = open(name) else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= Self.maximumFileSize
        else { return nil }
        let version = Version(
            device: UInt64(status.st_dev), node: UInt64(status.st_ino), size: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        if let known = entries.withLock({ $0[name] }), known.version == version { return known }
        guard let bytes = Self.read(descriptor, size: Int(status.st_size)) else { return nil }
        let type = ContentTypes.of(name)
        let entry = Entry(
            bytes: bytes, gzip: ContentTypes.isText(type) ? Self.compressed(bytes) : nil, hash: Self.hash(bytes),
            contentType: type, version: version)
        entries.withLock {
            if $0.count >= Self.maximumEntries { $0.removeAll() }
            $0[name] = entry
        }
        return entry
    }

    /// Opens a file segment by segment, so that no link in any segment is followed.
    private func open(_ name: String) -> Int32? {
        let segments = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !segments.isEmpty, segments.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else { return nil }
        var descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for (index, segment) in segments.enumerated() where descriptor >= 0 {
            let parent = descriptor
            // O_NONBLOCK keeps a named pipe from holding up the thread.
            let kind = index == segments.count - 1 ? O_NONBLOCK : O_DIRECTORY
            descriptor = openat(parent, String(segment), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
            close(parent)
        }
        return descriptor >= 0 ? descriptor : nil
    }

    private static func read(_ descriptor: Int32, size: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let read = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), size - count)
                if read <= 0 { break }
                count += read
            }
        }
        return bytes.count == size ? bytes : nil
    }

    private static func hash(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: 16)
        crypto_generichash(&digest, digest.count, bytes, UInt64(bytes.count), nil, 0)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The gzip form; nil where it is not at least a tenth smaller.
    private static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= compressionThreshold, let compressor = libdeflate_alloc_compressor(9) else { return nil }
        defer { libdeflate_free_compressor(compressor) }
        let room = bytes.count - bytes.count / 10
        let result = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = libdeflate_gzip_compress(compressor, bytes, bytes.count, buffer.baseAddress, room)
        }
        return result.isEmpty ? nil : result
    }
}
