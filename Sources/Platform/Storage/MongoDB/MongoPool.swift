import CMongoC
import Observability
import Synchronization

/// The driver's connections to one MongoDB, and what is known of an outage.
final class MongoPool: Sendable {
    /// `@unchecked Sendable`: libmongoc's pools may be used from every thread.
    private final class Handle: @unchecked Sendable {
        let pointer: OpaquePointer

        init(_ pointer: OpaquePointer) { self.pointer = pointer }

        deinit { mongoc_client_pool_destroy(pointer) }
    }

    private struct Outage {
        let until: ContinuousClock.Instant
        let failure: MongoFailure
    }

    private let configuration: MongoConfiguration
    private let handle = Mutex<Handle?>(nil)
    private let outage = Mutex<Outage?>(nil)

    init(_ configuration: MongoConfiguration) { self.configuration = configuration }

    /// Lends a connection to a body. While no server can be reached it fails at once, apart from one attempt now and then.
    func withClient<Value>(
        _ body: (MongoClient) throws(MongoFailure) -> Value
    ) throws(MongoFailure) -> Value {
        if let outage = outage.withLock(\.self), ContinuousClock.now < outage.until { throw outage.failure }
        do throws(MongoFailure) {
            let pool = try opened()
            guard let client = mongoc_client_pool_pop(pool.pointer) else {
                throw .other(.busy(detail: "MongoDB: no connection became free in time"))
            }
            defer { mongoc_client_pool_push(pool.pointer, client) }
            let value = try body(
                MongoClient(
                    borrowing: client, database: configuration.address.database, limit: configuration.timeout))
            if outage.withLock({ $0 != nil }) { outage.withLock { $0 = nil } }
            return value
        } catch {
            if case .unreachable = error {
                let pause = configuration.pause * Double.random(in: 0.75...1.25)
                outage.withLock { $0 = Outage(until: .now + pause, failure: error) }
            }
            throw error
        }
    }

    /// The pool, made when it is first needed: for `mongodb+srv` that asks a name server.
    private func opened() throws(MongoFailure) -> Handle {
        let result = handle.withLock { handle -> Result<Handle, MongoFailure> in
            if let handle { return .success(handle) }
            let made = Result { () throws(MongoFailure) in try make() }
            handle = try? made.get()
            return made
        }
        return try result.get()
    }

    private func make() throws(MongoFailure) -> Handle {
        MongoDriver.start()
        let uri = MongoURI(
            configuration, selection: configuration.selectionTimeout, connect: configuration.selectionTimeout,
            answer: configuration.timeout)
        var error = bson_error_t()
        guard let pool = uri?.withHandle({ mongoc_client_pool_new_with_error($0, &error) }) ?? nil else {
            throw MongoFailure(error, elapsed: .zero, limit: configuration.timeout)
        }
        mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2)
        return Handle(pool)
    }
}
