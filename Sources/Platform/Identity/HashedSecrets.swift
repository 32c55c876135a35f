import Privacy

/// Things that are found by the hash of a secret, in a time that tells nothing about the hashes.
struct HashedSecrets<Value: Sendable>: Sendable {
    private var entries: [(hash: [UInt8], value: Value)] = []

    init(_ entries: [(hash: [UInt8], value: Value)] = []) {
        self.entries = entries
    }

    /// What belongs to a hash: every hash is compared, whether one was found before or not.
    ///
    /// - Parameter areEqual: compares in constant time.
    func find(
        _ hash: [UInt8], comparing areEqual: ([UInt8], [UInt8]) -> Bool = Blake2b.areEqual
    ) -> Value? {
        var found: Value?
        for entry in entries where areEqual(entry.hash, hash) { found = entry.value }
        return found
    }
}
