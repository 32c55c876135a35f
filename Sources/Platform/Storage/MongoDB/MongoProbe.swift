import CMongoC
import Synchronization

/// Asks a server whether it answers, on a connection and a thread of its own, so that work under way does not delay it.
final class MongoProbe: Sendable {
    /// `@unchecked Sendable`: used by the one thread of the probe.
    private final class Handle: @unchecked Sendable {
        let pointer: OpaquePointer

        init(_ pointer: OpaquePointer) { self.pointer = pointer }

        deinit { mongoc_client_destroy(pointer) }
    }

    private let configuration: MongoConfiguration
    private let threads = BlockingThreads(name: "mongo-probe", count: 1, capacity: 64)
    private let handle = Mutex<Handle?>(nil)

    init(_ configuration: MongoConfiguration) { self.configuration = configuration }

    /// - Throws: `StorageError` when it does not answer in time.
    func check() async throws {
        try await threads.run(timeout: configuration.checkTimeout) { [self] () throws(StorageError) in
            do throws(MongoFailure) {
                try ping()
            } catch {
                // A new one does not remember the failure, as this one would for some seconds.
                handle.withLock { $0 = nil }
                throw error.storageError(isChange: false)
            }
        }
    }

    func close() async {
        await threads.close()
        handle.withLock { $0 = nil }
    }

    private func ping() throws(MongoFailure) {
        let client = try opened()
        let command = Self.pingCommand
        _ = try MongoClient(
            borrowing: client.pointer, database: configuration.address.database, limit: configuration.checkTimeout
        ).run(command, isChange: false)
    }

    /// `{ping: 1}`.
    private static let pingCommand: [UInt8] = [15, 0, 0, 0, 0x10] + Array("ping".utf8) + [0, 1, 0, 0, 0, 0]

    private func opened() throws(MongoFailure) -> Handle {
        if let handle = handle.withLock(\.self) { return handle }
        MongoDriver.start()
        // Connecting takes two steps and logging in a few more, which together stay within the time.
        let share = configuration.checkTimeout / 3
        let uri = MongoURI(configuration, selection: share, connect: share, answer: share, isForced: true)
        var error = bson_error_t()
        guard let client = uri?.withHandle({ mongoc_client_new_from_uri_with_error($0, &error) }) ?? nil else {
            throw MongoFailure(error, elapsed: .zero, limit: share)
        }
        mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2)
        let made = Handle(client)
        handle.withLock { $0 = made }
        return made
    }
}
