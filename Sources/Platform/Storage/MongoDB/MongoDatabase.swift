public import Observability

/// A database of MongoDB.
///
/// The driver waits for the network, so calls run on a few threads of their own, each with a deadline. Changes are
/// acknowledged once most servers of a replica set have them on disk (`w: "majority"`, `j: true`), unless the URI says
/// otherwise. A server that is away is looked for during `selectionTimeout`, then calls fail at once for a moment; a lost
/// connection is made again by itself. Every call throws `StorageError`.
public final class MongoDatabase: Sendable {
    /// How the database is used.
    public let configuration: MongoConfiguration
    private let pool: MongoPool
    private let appender: MongoAppender
    private let probe: MongoProbe
    private let threads: BlockingThreads

    /// Makes a database; it connects when it is first used.
    public init(_ configuration: MongoConfiguration, logger: Logger = .disabled) {
        MongoDriver.log(to: logger)
        self.configuration = configuration
        pool = MongoPool(configuration)
        appender = MongoAppender(pool, configuration)
        probe = MongoProbe(configuration)
        threads = BlockingThreads(
            name: "mongo", count: min(max(configuration.threads, 1), 64), capacity: configuration.maximumWaitingCalls)
    }

    /// How what a filter finds is given.
    public struct FindOptions: Sendable {
        /// Keys with 1 for ascending and -1 for descending.
        public var sort: BSONDocument = [:]
        /// How many at most; nil for all.
        public var limit: Int?
        /// Members wanted (1) or not (0), or expressions that make them.
        public var projection: BSONDocument = [:]

        /// All, in no order.
        public init(sort: BSONDocument = [:], limit: Int? = nil, projection: BSONDocument = [:]) {
            self.sort = sort
            self.limit = limit
            self.projection = projection
        }
    }

    /// Inserts a document whose `_id` was made for it, together with those that others append at this moment.
    ///
    /// When it returns, the document survives a crash of the program and of the server. If the connection breaks on the
    /// way the document is sent once more, which cannot double it.
    ///
    /// - Throws: `.uncertain` where the document may have been kept or not.
    public func append(_ document: BSONDocument, to collection: String) async throws {
        try await appender.append(document.bytes(), to: collection, timeout: configuration.timeout)
    }

    /// Inserts documents, all or as many as come before one that is refused.
    ///
    /// - Throws: `.conflict` where an `_id`, or another value that must be unique, is taken.
    public func insert(_ documents: [BSONDocument], into collection: String) async throws {
        let documents = try documents.map { document throws(StorageError) in try document.bytes() }
        try await run(isChange: true) { client throws(MongoFailure) in
            let refusals = try client.insert(documents, into: collection)
            if let refusal = refusals.compactMap(\.self).first { throw .other(refusal) }
        }
    }

    /// The documents that a filter finds. All are held in memory: bound what may grow by a limit.
    public func find(
        _ filter: BSONDocument, in collection: String, _ options: FindOptions = FindOptions()
    ) async throws -> [BSONDocument] {
        try await documents(
            in: collection, filter.bytes(), isPipeline: false, options: options.document(timeLimit).bytes())
    }

    /// What a pipeline of stages makes of a collection.
    public func aggregate(_ stages: [BSONDocument], in collection: String) async throws -> [BSONDocument] {
        let pipeline = try BSONDocument(stages.enumerated().map { (String($0), .document($1)) }).bytes()
        return try await documents(
            in: collection, pipeline, isPipeline: true, options: BSONDocument([("maxTimeMS", timeLimit)]).bytes())
    }

    /// Changes documents in a way that may be done twice without harm, such as by `$set`.
    ///
    /// - Parameters:
    ///   - change: operators, or the array of a pipeline.
    ///   - isMany: whether all that the filter finds are changed, or one.
    /// - Returns: how many the filter found.
    @discardableResult
    public func update(
        _ filter: BSONDocument, in collection: String, _ change: BSONValue, isMany: Bool = false
    ) async throws -> Int {
        let update: BSONDocument = ["q": .document(filter), "u": change, "multi": .bool(isMany)]
        let answer = try await command(
            ["update": .string(collection), "updates": [.document(update)]], isChange: true)
        return answer["n"]?.intValue ?? 0
    }

    /// Changes one document in a way that may be done twice without harm.
    ///
    /// - Returns: the document afterwards; nil where the filter finds none.
    public func updateAndFind(
        _ filter: BSONDocument, in collection: String, _ change: BSONValue
    ) async throws -> BSONDocument? {
        let answer = try await command(
            [
                "findAndModify": .string(collection), "query": .document(filter), "update": change, "new": true,
            ], isChange: true)
        return answer["value"]?.documentValue
    }

    /// Removes all documents that a filter finds.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func delete(_ filter: BSONDocument, in collection: String) async throws -> Int {
        let deletion: BSONDocument = ["q": .document(filter), "limit": 0]
        let answer = try await command(
            ["delete": .string(collection), "deletes": [.document(deletion)]], isChange: true)
        return answer["n"]?.intValue ?? 0
    }

    /// How many documents a filter finds.
    public func count(_ filter: BSONDocument, in collection: String) async throws -> Int {
        let answer = try await command(
            ["count": .string(collection), "query": .document(filter), "maxTimeMS": timeLimit], isChange: false)
        return answer["n"]?.intValue ?? 0
    }

    /// Makes indexes where they are absent.
    public func createIndexes(_ indexes: [MongoIndex], on collection: String) async throws {
        _ = try await command(
            ["createIndexes": .string(collection), "indexes": .array(indexes.map { .document($0.document) })],
            isChange: true)
    }

    /// Runs a command of the database that may be done twice without harm.
    public func command(_ command: BSONDocument, isChange: Bool) async throws -> BSONDocument {
        let command = try command.bytes()
        return try await run(isChange: isChange, mayRepeat: true) { client throws(MongoFailure) in
            try client.run(command, isChange: isChange)
        }
    }

    /// Asks whether the server answers; takes at most about `checkTimeout`.
    ///
    /// - Throws: `StorageError` when it does not.
    public func check() async throws { try await probe.check() }

    /// Finishes what was accepted, refuses what comes after, and lets go of the connections.
    public func close() async {
        await appender.close()
        await threads.close()
        await probe.close()
    }

    /// The server gives up a little before the driver does, which then knows that nothing more happens.
    private var timeLimit: BSONValue { .int((configuration.timeout * 0.9).wholeMilliseconds) }

    private func documents(
        in collection: String, _ query: [UInt8], isPipeline: Bool, options: [UInt8]
    ) async throws -> [BSONDocument] {
        try await run(isChange: false, mayRepeat: true) { client throws(MongoFailure) in
            var documents: [BSONDocument] = []
            try client.forEach(in: collection, query, isPipeline: isPipeline, options: options) {
                bytes throws(StorageError) in documents.append(try BSONDocument(bytes: bytes))
            }
            return documents
        }
    }

    /// Runs a body with a connection, on a thread that may wait.
    ///
    /// - Parameter mayRepeat: whether the body is run once more where the connection broke.
    func run<Value: Sendable>(
        isChange: Bool, mayRepeat: Bool = false,
        _ body: @escaping @Sendable (MongoClient) throws(MongoFailure) -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now + configuration.timeout
        let pool = pool
        return try await threads.run(timeout: configuration.timeout) { () throws(StorageError) in
            do throws(MongoFailure) {
                return try pool.withClient(body)
            } catch let first {
                guard mayRepeat, first.isWorthAnotherTry, .now < deadline else {
                    throw first.storageError(isChange: isChange)
                }
                do throws(MongoFailure) {
                    return try pool.withClient(body)
                } catch let second {
                    // Where the first attempt may have changed something, a server that is away now does not undo it.
                    if isChange, case .unreachable = second { throw first.storageError(isChange: true) }
                    throw second.storageError(isChange: isChange)
                }
            }
        }
    }
}

/// An index that is to be there.
public struct MongoIndex: Sendable {
    let document: BSONDocument

    /// Describes an index.
    ///
    /// - Parameters:
    ///   - name: as the server lists it; MongoDB's own form is `key_1_other_-1`.
    ///   - keys: with 1 for ascending and -1 for descending.
    public init(_ name: String, _ keys: BSONDocument, isUnique: Bool = false) {
        var document: BSONDocument = ["key": .document(keys), "name": .string(name)]
        if isUnique { document["unique"] = true }
        self.document = document
    }
}

extension MongoDatabase.FindOptions {
    /// The options for the driver.
    fileprivate func document(_ timeLimit: BSONValue) -> BSONDocument {
        var options: BSONDocument = ["maxTimeMS": timeLimit]
        if !sort.isEmpty { options["sort"] = .document(sort) }
        if let limit { options["limit"] = .int64(Int64(limit)) }
        if !projection.isEmpty { options["projection"] = .document(projection) }
        return options
    }
}
