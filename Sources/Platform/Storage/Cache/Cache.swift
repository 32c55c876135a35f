/// Values that are kept for a while and may be lost at any time.
///
/// Every server on the same cache sees what another has set.
public protocol Cache: Sendable {
    /// The value of a key; nil where there is none or its time is up.
    ///
    /// - Parameter timeToLive: how long the value lives from now on, where it is there; nil leaves its end as it is.
    /// - Throws: `StorageError`.
    func value(of key: String, refreshing timeToLive: Duration?) async throws -> [UInt8]?

    /// Sets the value of a key, in place of an earlier one.
    ///
    /// - Parameter timeToLive: after which it is gone; at least a millisecond.
    /// - Throws: `StorageError`; whether the value is set is then not known.
    func set(_ value: [UInt8], for key: String, timeToLive: Duration) async throws

    /// Removes a value; nothing happens where there is none.
    func remove(_ key: String) async throws

    /// Asks whether the cache answers.
    ///
    /// - Throws: `StorageError` when it does not.
    func check() async throws

    /// Ends connections and frees what is held; calls after that fail.
    func close() async
}

extension Cache {
    /// The value of a key; nil where there is none or its time is up.
    public func value(of key: String) async throws -> [UInt8]? { try await value(of: key, refreshing: nil) }
}
