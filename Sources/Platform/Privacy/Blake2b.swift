import CSodium

/// The hash function for secrets and pseudonyms.
///
/// - Source: BLAKE2b of RFC 7693, as implemented by libsodium.
public enum Blake2b {
    /// Lengths of a hash or of a key, in bytes.
    public static let lengths = 16...64

    /// The hash of some bytes.
    ///
    /// - Parameters:
    ///   - key: nothing, or 16 to 64 bytes without which the hash cannot be computed.
    ///   - length: 16 to 64 bytes.
    public static func hash(_ content: some Sequence<UInt8>, key: [UInt8] = [], length: Int = 32) -> [UInt8] {
        precondition(lengths.contains(length) && (key.isEmpty || lengths.contains(key.count)))
        let content = Array(content)
        var hash = [UInt8](repeating: 0, count: length)
        // It fails for wrong lengths only, which were just checked.
        crypto_generichash(&hash, length, content, UInt64(content.count), key, key.count)
        return hash
    }

    /// Whether two hashes are the same, found out in a time that does not depend on where they differ.
    public static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && sodium_memcmp(one, other, one.count) == 0
    }
}

/// Bytes that nobody can foresee, from the system's generator.
public enum RandomBytes {
    /// So many new bytes.
    public static func make(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        randombytes_buf(&bytes, count)
        return bytes
    }
}
