/// Copies everything of this program from one SQL database to another, whatever holds them.
///
/// The tables of the target are made by the program's migrations, not by copying definitions. Rows go over in pages, each
/// kept together with the note of how far that is; so a copy that was killed goes on where it was. In the end the rows of
/// both sides are read again and compared.
public struct DatabaseTransfer: Sendable {
    /// What is to be done, found without changing anything.
    public struct Plan: Sendable {
        /// Rows of each table of the source, parents first.
        public let tables: [(name: String, rows: Int)]
        /// Whether an earlier copy goes on.
        public let isResumed: Bool
        /// Whether the target holds rows already, which must then be the same.
        public let isCompared: Bool
        /// Rows of all tables.
        public var rows: Int { tables.reduce(0) { $0 + $1.rows } }
    }

    /// How far it has come.
    public struct Progress: Sendable {
        /// Whether rows are read again to compare them.
        public let isVerifying: Bool
        /// The table at work.
        public let table: String
        /// Rows done, of all tables.
        public let rows: Int
    }

    /// A table of the target in the end.
    public struct Summary: Sendable, Equatable {
        /// Its name.
        public let table: String
        /// Its rows, which are those of the source.
        public let digest: TableDigest
    }

    /// Longest time a moment of the source is held.
    static let longest = Duration.seconds(7 * 86_400)

    let source: any SQLDatabase
    let sourceName: String
    let target: any SQLDatabase
    let schemas: [DatabaseSchema]

    /// Prepares a copy.
    ///
    /// - Parameters:
    ///   - sourceName: what the source is called in the target's notes and in messages, without passwords.
    ///   - schemas: every part the program has.
    public init(
        from source: any SQLDatabase, named sourceName: String, to target: any SQLDatabase, schemas: [DatabaseSchema]
    ) {
        self.source = source
        self.sourceName = sourceName
        self.target = target
        self.schemas = schemas
    }

    /// Checks both sides and counts.
    ///
    /// - Throws: `TransferError` if the copy is refused.
    public func plan() async throws -> Plan {
        try await source.snapshot(timeout: .seconds(600)) { try await self.plan(of: $0).plan }
    }

    /// Copies and compares.
    ///
    /// - Parameter tell: called now and then.
    /// - Throws: `TransferError`, or what the databases throw; running it again goes on.
    public func run(_ tell: @escaping @Sendable (Progress) -> Void) async throws -> [Summary] {
        let counter = RowCounter(tell)
        let tables = try await source.snapshot(timeout: Self.longest) { snapshot in
            let (plan, parts, tables) = try await plan(of: snapshot)
            if plan.isCompared { return tables }
            for part in parts { try await target.migrate(part) }
            try await target.migrate(TransferRecord.schema)
            if !plan.isResumed {
                try await TransferRecord(database: target).begin(from: sourceName, emptying: tables)
            }
            for table in tables { try await copy(table, from: snapshot, counter) }
            return tables
        }
        return try await compare(tables, counter)
    }

    private func plan(
        of snapshot: any SQLSnapshot
    ) async throws -> (plan: Plan, parts: [DatabaseSchema], tables: [TableLayout]) {
        let history = try await SchemaHistory(of: snapshot, dialect: source.dialect)
        if let run = try await TransferRecord.run(in: snapshot, history) {
            throw TransferError.unfinished(source: run.source)
        }
        let parts = try history.current(among: schemas)
        let tables = try SchemaLayout(of: parts).tables
        var counts: [(name: String, rows: Int)] = []
        for table in tables { counts.append((table.name, try await Self.count(table, in: snapshot))) }
        let state: TargetState = try await target.snapshot(timeout: .seconds(600)) { try await self.state(of: $0) }
        return (
            Plan(tables: counts, isResumed: state == .resumable, isCompared: state == .filled), parts, tables
        )
    }

    private enum TargetState: Sendable { case empty, resumable, filled }

    private func state(of snapshot: any SQLSnapshot) async throws -> TargetState {
        let history = try await SchemaHistory(of: snapshot, dialect: target.dialect)
        let parts = try history.known(among: schemas)
        if let run = try await TransferRecord.run(in: snapshot, history) {
            guard run.source == sourceName else { throw TransferError.unfinished(source: run.source) }
            return run.isStale ? .empty : .resumable
        }
        for table in try SchemaLayout(of: parts).tables where history.tables.contains(table.name) {
            if try await Self.count(table, in: snapshot) != table.seedRows { return .filled }
        }
        return .empty
    }

    private static func count(_ table: TableLayout, in snapshot: any SQLSnapshot) async throws -> Int {
        try await snapshot.query("SELECT COUNT(*) AS n FROM \(name: table.name)").first?.get("n") ?? 0
    }

    private func copy(_ table: TableLayout, from snapshot: any SQLSnapshot, _ counter: RowCounter) async throws {
        var loader = try await TableLoader(table, into: target)
        var pages = TablePages(table, of: snapshot, after: loader.progress.last)
        counter.add(loader.progress.digest.rows, of: table, isVerifying: false)
        do {
            while let rows = try await pages.next() {
                try await loader.append(rows)
                counter.add(rows.count, of: table, isVerifying: false)
            }
            try await loader.continueNumbering(
                after: table.lastNumber(in: snapshot, dialect: source.dialect))
        } catch let error as StorageError {
            switch error {
            case .conflict, .constraint:
                // A row that does not fit those of an earlier run: the source is no longer what it was.
                try await TransferRecord(database: target).makeStale()
                throw TransferError.sourceChanged([table.name])
            default: throw error
            }
        }
    }
}

// MARK: Comparing

extension DatabaseTransfer {
    /// Compares what was copied with what both sides hold now, and completes the target.
    private func compare(_ tables: [TableLayout], _ counter: RowCounter) async throws -> [Summary] {
        let held = try await digests(of: tables, in: target, counter)
        let given = try await digests(of: tables, in: source, nil)
        let record = TransferRecord(database: target)
        let isUnderWay = try await target.unfinishedCopy() != nil
        guard isUnderWay else {
            let different = tables.filter { held[$0.name] != given[$0.name] }.map(\.name)
            guard different.isEmpty else { throw TransferError.targetHasData("rows in \(different[0])") }
            return tables.compactMap { table in held[table.name].map { Summary(table: table.name, digest: $0) } }
        }
        var (spoiled, changed): ([String], [String]) = ([], [])
        for table in tables {
            let copied = try await record.progress(of: table).digest
            if held[table.name] != copied { spoiled.append(table.name) }
            if given[table.name] != copied { changed.append(table.name) }
        }
        guard spoiled.isEmpty else { throw TransferError.targetDiffers(spoiled) }
        guard changed.isEmpty else {
            try await record.makeStale()
            throw TransferError.sourceChanged(changed)
        }
        try await record.end()
        return tables.compactMap { table in held[table.name].map { Summary(table: table.name, digest: $0) } }
    }

    private func digests(
        of tables: [TableLayout], in database: any SQLDatabase, _ counter: RowCounter?
    ) async throws -> [String: TableDigest] {
        try await database.snapshot(timeout: Self.longest) { snapshot in
            var digests: [String: TableDigest] = [:]
            for table in tables {
                digests[table.name] = try await TablePages.digest(of: table, in: snapshot) { rows in
                    counter?.add(rows, of: table, isVerifying: true)
                }
            }
            return digests
        }
    }
}
