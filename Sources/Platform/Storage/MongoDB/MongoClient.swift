import CMongoC

/// A connection to MongoDB as the driver sees it, used by one thread at a time and only while it is lent.
struct MongoClient {
    private let handle: OpaquePointer
    private let database: String
    /// How long the driver waits for an answer.
    private let limit: Duration

    /// Borrows a client; whoever made it frees it.
    init(borrowing handle: OpaquePointer, database: String, limit: Duration) {
        self.handle = handle
        self.database = database
        self.limit = limit
    }

    /// Runs a command of the database.
    func run(_ command: [UInt8], isChange: Bool) throws(MongoFailure) -> BSONDocument {
        var error = bson_error_t()
        var reply = cmongoc_bytes()
        defer { bson_free(reply.data) }
        let start = ContinuousClock.now
        let isDone = Self.withView(command) { cmongoc_command(handle, database, $0, isChange, &reply, &error) }
        guard isDone else { throw MongoFailure(error, elapsed: .now - start, limit: limit) }
        let answer = try Self.document(reply)
        try Self.refuse(answer)
        return answer
    }

    /// A refusal within an answer that says that the command was done.
    private static func refuse(_ answer: BSONDocument) throws(MongoFailure) {
        if let error = answer["writeErrors"]?.arrayValue?.first?.documentValue {
            throw .refused(
                code: error["code"]?.intValue ?? 0, message: "MongoDB: \(error["errmsg"]?.stringValue ?? "")")
        }
        if let error = answer["writeConcernError"]?.documentValue {
            throw .notKept(message: "MongoDB: \(error["errmsg"]?.stringValue ?? "")")
        }
    }

    /// Inserts documents, each on its own.
    ///
    /// - Returns: for each document nil, or why the server refused it.
    /// - Throws: when that is not known.
    func insert(_ documents: [[UInt8]], into collection: String) throws(MongoFailure) -> [StorageError?] {
        let place = mongoc_client_get_collection(handle, database, collection)
        defer { mongoc_collection_destroy(place) }
        // One block, since the addresses of all must be valid together.
        var start = 0
        let starts = documents.map { document in
            defer { start += document.count }
            return start
        }
        let block = documents.count == 1 ? documents[0] : documents.flatMap(\.self)
        var error = bson_error_t()
        var reply = cmongoc_bytes()
        defer { bson_free(reply.data) }
        let begin = ContinuousClock.now
        let isDone = block.withUnsafeBufferPointer { bytes in
            let views = zip(starts, documents).map { start, document in
                cmongoc_view(data: bytes.baseAddress.map { $0 + start }, length: document.count)
            }
            return cmongoc_insert(place, views, views.count, &reply, &error)
        }
        var results = [StorageError?](repeating: nil, count: documents.count)
        if isDone { return results }
        let answer = reply.data == nil ? [:] : try Self.document(reply)
        let refusals = (answer["writeErrors"]?.arrayValue ?? []).compactMap(\.documentValue)
        let failure = MongoFailure(error, elapsed: .now - begin, limit: limit)
        // With refusals the error is that of the first one, and all others were kept, if they were kept durably.
        guard !refusals.isEmpty, answer["writeConcernErrors"]?.arrayValue?.isEmpty != false,
            case .refused = failure
        else { throw failure }
        for refusal in refusals {
            guard let index = refusal["index"]?.intValue, results.indices.contains(index) else { throw failure }
            let message = "MongoDB: \(refusal["errmsg"]?.stringValue ?? "")"
            results[index] = MongoFailure.error(code: refusal["code"]?.intValue ?? 0, message: message)
        }
        return results
    }

    /// Calls a body with each document that a filter finds or a pipeline gives.
    ///
    /// - Parameters:
    ///   - query: a filter, or the array of a pipeline.
    ///   - options: such as `sort` and `limit`.
    func forEach(
        in collection: String, _ query: [UInt8], isPipeline: Bool, options: [UInt8],
        _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Void
    ) throws(MongoFailure) {
        let place = mongoc_client_get_collection(handle, database, collection)
        defer { mongoc_collection_destroy(place) }
        let cursor = Self.withView(query) { query in
            Self.withView(options) { cmongoc_cursor(place, query, isPipeline, $0) }
        }
        guard let cursor else { throw .other(.invalidStatement(detail: "MongoDB: no cursor")) }
        defer { mongoc_cursor_destroy(cursor) }
        var view = cmongoc_view()
        var start = ContinuousClock.now
        while cmongoc_next(cursor, &view) {
            do throws(StorageError) {
                try body(UnsafeRawBufferPointer(start: view.data, count: view.length))
            } catch {
                throw .other(error)
            }
            start = .now
        }
        var error = bson_error_t()
        if mongoc_cursor_error(cursor, &error) {
            throw MongoFailure(error, elapsed: .now - start, limit: limit)
        }
    }

    private static func document(_ reply: cmongoc_bytes) throws(MongoFailure) -> BSONDocument {
        do throws(StorageError) {
            return try BSONDocument(bytes: UnsafeBufferPointer(start: reply.data, count: Int(reply.length)))
        } catch {
            throw .other(error)
        }
    }

    private static func withView<Result>(_ bytes: [UInt8], _ body: (cmongoc_view) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body(cmongoc_view(data: $0.baseAddress, length: $0.count)) }
    }
}
