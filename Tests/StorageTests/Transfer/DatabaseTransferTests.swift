import Storage
import Synchronization
import TestSupport
import Testing

@Suite("copying databases", .timeLimit(.minutes(10)))
struct DatabaseTransferTests {
    /// From one driver to another, or to itself.
    struct Way: Sendable, CustomTestStringConvertible {
        let from: SQLDriver
        let to: SQLDriver
        var testDescription: String { "\(from) to \(to)" }

        static let all = SQLDriver.allCases.flatMap { from in SQLDriver.allCases.map { Way(from: from, to: $0) } }
    }

    private let folders: (from: TemporaryFolder, to: TemporaryFolder)

    init() throws { folders = (try TemporaryFolder(), try TemporaryFolder()) }

    private func transfer(_ source: any SQLDatabase, _ target: any SQLDatabase, name: String = "the source")
        -> DatabaseTransfer
    {
        DatabaseTransfer(from: source, named: name, to: target, schemas: Library.schemas)
    }

    @Test("every value arrives as it was, and numbering goes on behind the last number given", arguments: Way.all)
    func exact(way: Way) async throws {
        let (source, target) = (try await way.from.open(folders.from), try await way.to.open(folders.to))
        try await Library.fill(source)
        let plan = try await transfer(source, target).plan()
        #expect(plan.rows == Library.texts.count + 60 + 60 + 1)
        #expect(!plan.isResumed && !plan.isCompared)
        let summary = try await transfer(source, target).run { _ in }
        #expect(summary.map(\.table) == ["rules", "z_authors", "books", "copies"])
        #expect(try await Library.content(target) == Library.content(source))
        let next = try await target.write(Library.book(1) + " RETURNING id").rows[0].integer("id")
        #expect(next == 62)
        #expect(try await target.unfinishedCopy() == nil)
        // The migrations are recorded, so that a server finds nothing to do.
        #expect(try await target.migrate(Library.schemas[0]) == [])
        for database in [source, target] { await database.close() }
    }

    @Test("running it again finds both sides the same, and tells when they are not", arguments: Way.all)
    func again(way: Way) async throws {
        let (source, target) = (try await way.from.open(folders.from), try await way.to.open(folders.to))
        try await Library.fill(source)
        let first = try await transfer(source, target).run { _ in }
        #expect(try await transfer(source, target).plan().isCompared)
        #expect(try await transfer(source, target).run { _ in } == first)
        try await target.write("UPDATE copies SET note = 'another' WHERE book = 7")
        await #expect(throws: TransferError.targetHasData("rows in copies")) {
            try await transfer(source, target).run { _ in }
        }
        for database in [source, target] { await database.close() }
    }

    @Test("a copy that stopped half-way goes on where it was", arguments: Way.all)
    func resumed(way: Way) async throws {
        let (source, target) = (try await way.from.open(folders.from), try await way.to.open(folders.to))
        try await Library.fill(source, books: 2_500)
        // As if killed in the middle of the books: the task is cancelled when the first page of them is there.
        let task = Task {
            try await transfer(source, target).run { progress in
                if progress.table == "books", progress.rows > 1_000 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await target.unfinishedCopy() == "the source")
        let there = try await target.query("SELECT COUNT(*) AS n FROM books")[0].integer("n")
        #expect((1_000..<2_500).contains(Int(there)))
        #expect(try await transfer(source, target).plan().isResumed)
        await #expect(throws: TransferError.unfinished(source: "the source")) {
            try await transfer(source, target, name: "another source").plan()
        }
        // Nobody takes it for complete meanwhile.
        await #expect(throws: TransferError.unfinished(source: "the source")) {
            try await transfer(target, source).plan()
        }
        let copied = Mutex(0)
        _ = try await transfer(source, target).run { progress in
            if !progress.isVerifying { copied.withLock { $0 = max($0, progress.rows) } }
        }
        #expect(try await Library.content(target) == Library.content(source))
        #expect(copied.withLock(\.self) == Library.texts.count + 1 + 2_500 * 2)
        for database in [source, target] { await database.close() }
    }

    @Test("writing to the source meanwhile is noticed, and the next run copies it anew", arguments: Way.all)
    func changed(way: Way) async throws {
        let (source, target) = (try await way.from.open(folders.from), try await way.to.open(folders.to))
        try await Library.fill(source)
        let once = Mutex(false)
        let (stream, begin) = AsyncStream.makeStream(of: Void.self)
        let writer = Task {
            for await _ in stream { try await source.write("UPDATE copies SET note = 'late' WHERE book = 1") }
        }
        await #expect(throws: TransferError.sourceChanged(["copies"])) {
            try await transfer(source, SlowStart(target, waitingFor: writer)).run { progress in
                let isFirst = once.withLock { known in
                    defer { known = true }
                    return !known
                }
                if isFirst {
                    begin.yield()
                    begin.finish()
                }
            }
        }
        _ = try await transfer(source, target).run { _ in }
        #expect(try await Library.content(target) == Library.content(source))
        for database in [source, target] { await database.close() }
    }

    @Test("rows that somebody else puts into the target meanwhile are noticed", arguments: SQLDriver.allCases)
    func disturbed(driver: SQLDriver) async throws {
        let (source, target) = (try await SQLDriver.sqlite.open(folders.from), try await driver.open(folders.to))
        try await Library.fill(source)
        let task = Task {
            try await transfer(source, target).run { if $0.isVerifying { withUnsafeCurrentTask { $0?.cancel() } } }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        try await target.write("UPDATE books SET text = 'other' WHERE id = 3")
        await #expect(throws: TransferError.targetDiffers(["books"])) {
            try await transfer(source, target).run { _ in }
        }
        for database in [source, target] { await database.close() }
    }

    @Test("what does not fit together is refused before anything is changed", arguments: SQLDriver.allCases)
    func refusals(driver: SQLDriver) async throws {
        let (source, target) = (try await driver.open(folders.from), try await driver.open(folders.to))
        await #expect(throws: TransferError.emptySource) { try await transfer(source, target).plan() }
        let old = DatabaseSchema(namespace: "library", migrations: Array(Library.schemas[0].migrations[..<1]))
        try await source.migrate(old)
        await #expect(throws: TransferError.olderSchema(namespace: "library")) {
            try await transfer(source, target).plan()
        }
        try await source.migrate(Library.schemas[0])
        await #expect(throws: TransferError.newerSchema(namespace: "library", migration: "002-rules")) {
            try await DatabaseTransfer(from: source, named: "x", to: target, schemas: [old]).plan()
        }
        try await source.migrate([Migration(id: "001", statements: [])], namespace: "strange")
        await #expect(throws: TransferError.newerSchema(namespace: "strange", migration: "001")) {
            try await transfer(source, target).plan()
        }
        try await source.write("DELETE FROM schema_migrations WHERE namespace = 'strange'")
        #expect(try await transfer(source, target).plan().rows == 1)
        try await target.migrate(Library.schemas[0])
        try await target.write("INSERT INTO z_authors (id) VALUES ('someone')")
        await #expect(throws: TransferError.targetHasData("rows in z_authors")) {
            try await transfer(source, target).run { _ in }
        }
        #expect(try await target.query("SELECT id FROM z_authors").map(\.values) == [["someone"]])
        for database in [source, target] { await database.close() }
    }

    @Test("a value of another type than its column's is told with its table and column")
    func misfit() async throws {
        let (source, target) = (
            try await SQLDriver.sqlite.open(folders.from), try await SQLDriver.sqlite.open(folders.to)
        )
        try await source.migrate(Library.schemas[0])
        // SQLite takes it; PostgreSQL would round it.
        try await source.write("INSERT INTO z_authors (id, born) VALUES ('x', 1.5)")
        await #expect(throws: TransferError.misfit(table: "z_authors", column: "born")) {
            try await transfer(source, target).run { _ in }
        }
        for database in [source, target] { await database.close() }
    }

    @Test("large rows go over one by one, and a table of many pages arrives whole", arguments: Way.all)
    func large(way: Way) async throws {
        let (source, target) = (try await way.from.open(folders.from), try await way.to.open(folders.to))
        try await source.migrate(Library.schemas[0])
        try await source.write("INSERT INTO z_authors (id) VALUES ('x')")
        for size in [3 << 20, 3 << 20, 10, 9 << 20, 0] {
            let cover = [UInt8](repeating: UInt8(size & 0xFF), count: size)
            try await source.write("INSERT INTO books (author, cover) VALUES ('x', \(bind: cover))")
        }
        try await source.write(
            (0..<3_000).map { "INSERT INTO copies (book, shelf) VALUES (1, \(bind: "\($0 % 7) \($0)"))" })
        _ = try await transfer(source, target).run { _ in }
        #expect(try await Library.content(target) == Library.content(source))
        for database in [source, target] { await database.close() }
    }
}

/// A database whose first unit of rows waits for a task, so that something happens between reading and comparing.
private struct SlowStart: SQLDatabase {
    private let base: any SQLDatabase
    private let task: Task<Void, any Error>

    init(_ base: any SQLDatabase, waitingFor task: Task<Void, any Error>) {
        self.base = base
        self.task = task
    }

    var dialect: SQLDialect { base.dialect }
    func query(_ statement: SQLStatement) async throws -> [SQLRow] { try await base.query(statement) }
    func lookup(_ statement: SQLStatement) async throws -> SQLRow? { try await base.lookup(statement) }
    func write(_ statements: [SQLStatement]) async throws -> [SQLResult] {
        let isOfCopies = statements.first?.sql.contains("\"copies\"") == true
        if isOfCopies { try await task.value }
        return try await base.write(statements)
    }
    func transaction<Value: Sendable>(
        timeout: Duration?, _ body: @Sendable (any SQLTransaction) async throws -> Value
    ) async throws -> Value { try await base.transaction(timeout: timeout, body) }
    func snapshot<Value: Sendable>(
        timeout: Duration, _ body: @Sendable (any SQLSnapshot) async throws -> Value
    ) async throws -> Value { try await base.snapshot(timeout: timeout, body) }
    func close() async {}
}
