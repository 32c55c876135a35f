public import Foundation
public import JSON

/// The SHA-256 of some content: the same bytes have the same hash, whatever they are called.
public struct ContentHash: Sendable, Hashable {
    /// The 32 bytes.
    public let bytes: [UInt8]

    /// Takes the 32 bytes of a hash that was computed before; nil for another count.
    public init?(bytes: [UInt8]) {
        guard bytes.count == ContentHasher.length else { return nil }
        self.bytes = bytes
    }

    /// Reads exactly 64 hexadecimal digits of either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// Hashes bytes that are in memory.
    public init(of content: some Sequence<UInt8>) {
        var hasher = ContentHasher()
        hasher.update(content)
        self = hasher.finish()
    }

    /// Hashes a file, a mebibyte at a time. Blocks on the disk.
    ///
    /// - Throws: `StorageError`.
    public init(ofFile file: URL) throws(StorageError) {
        let source = try FileDescriptor.open(file)
        var hasher = ContentHasher()
        try source.forEachChunk { chunk throws(StorageError) in hasher.update(chunk) }
        self = hasher.finish()
    }
}

extension ContentHash: CustomStringConvertible, JSONRepresentable {
    /// 64 hexadecimal digits in lower case.
    public var description: String { Hexadecimal.text(bytes) }

    public var json: JSONValue { .string(description) }
}
