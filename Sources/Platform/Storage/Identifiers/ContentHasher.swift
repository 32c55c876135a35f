import CSodium

/// Computes a `ContentHash` of content that arrives in pieces.
///
/// - Source: SHA-256 of FIPS 180-4, as implemented by libsodium.
public struct ContentHasher: Sendable {
    static let length = Int(crypto_hash_sha256_BYTES)

    private var state = crypto_hash_sha256_state()

    /// Starts with no content.
    public init() {
        crypto_hash_sha256_init(&state)
    }

    /// Adds the next piece.
    public mutating func update(_ content: some Sequence<UInt8>) {
        let isDone: Void? = content.withContiguousStorageIfAvailable { update(UnsafeRawBufferPointer($0)) }
        if isDone == nil { Array(content).withUnsafeBytes { update($0) } }
    }

    /// Adds the next piece.
    mutating func update(_ content: UnsafeRawBufferPointer) {
        guard let start = content.bindMemory(to: UInt8.self).baseAddress else { return }
        crypto_hash_sha256_update(&state, start, UInt64(content.count))
    }

    /// The hash of all pieces so far; more may follow.
    public func finish() -> ContentHash {
        var copy = state
        var bytes = [UInt8](repeating: 0, count: Self.length)
        crypto_hash_sha256_final(&copy, &bytes)
        // The array was just made with the one length a hash may have.
        return ContentHash(bytes: bytes)!
    }
}
