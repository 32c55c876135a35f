public import Foundation

/// Brings the content of an archive into a database and a store of objects.
///
/// The whole archive is checked before anything is touched. Until the end the database is marked as incomplete, so that no
/// server takes it for whole after a crash; restoring again then begins anew.
public struct Restore: Sendable {
    /// Largest list of hashes that is read: some ten million files.
    private static let largestList = 1 << 30

    private let archive: ArchiveReader
    private let schemas: [DatabaseSchema]
    /// The parts as they were when the archive was made.
    private let parts: [DatabaseSchema]
    private let layout: SchemaLayout
    /// What the archive says of itself.
    public let manifest: BackupManifest

    /// Reads and checks an archive: every file against its hash, every table against its count and digest.
    ///
    /// - Parameter schemas: every part the program has.
    /// - Throws: `TransferError`, `StorageError`.
    public init(from file: URL, schemas: [DatabaseSchema], _ tell: (Backup.Progress) -> Void) throws {
        archive = try ArchiveReader(file)
        manifest = try BackupManifest(parsing: try archive.content("manifest.json", limit: 64 << 20))
        self.schemas = schemas
        parts = try SchemaHistory(applied: manifest.schemas).known(among: schemas)
        layout = try SchemaLayout(of: parts)
        try checkFiles(tell)
        try checkTables()
    }

    private func checkFiles(_ tell: (Backup.Progress) -> Void) throws {
        let list = try archive.content("SHA256SUMS", limit: Self.largestList)
        guard ContentHash(of: list) == manifest.sums else {
            throw TransferError.badArchive("its list of hashes is not the one of its manifest")
        }
        var unlisted = Set(archive.entries.keys).subtracting(["manifest.json", "SHA256SUMS"])
        let total = unlisted.count
        for line in list.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self)
            let path = String(text.dropFirst(66))
            guard let hash = ContentHash(text.prefix(64)), let entry = archive.entries[path],
                unlisted.remove(path) != nil
            else { throw TransferError.badArchive("'\(path)' is missing or listed twice") }
            guard try archive.hash(of: entry) == hash else { throw TransferError.badArchive("'\(path)' is damaged") }
            tell(Backup.Progress(what: "checking", done: total - unlisted.count, total: total))
        }
        guard unlisted.isEmpty else { throw TransferError.badArchive("it has files that are not in its list") }
        let objects = objectPaths()
        guard objects.count == manifest.objects else {
            throw TransferError.badArchive("it has \(objects.count) objects, its manifest tells of \(manifest.objects)")
        }
    }

    private func checkTables() throws {
        guard Set(manifest.tables.map(\.name)) == Set(layout.tables.map(\.name)) else {
            throw TransferError.badArchive("its tables are not those of its schema")
        }
        for (table, columns) in try tablesWithColumns() {
            var (digest, position) = (TableDigest(), ArchivedPosition())
            while case let page = try archive.page(of: entry(of: table), values: columns, &position), !page.isEmpty {
                for row in page { digest.add(row) }
            }
            guard digest == table.digest else { throw TransferError.badArchive("the rows of \(table.name) differ") }
        }
    }

    private func tablesWithColumns() throws -> [(BackupManifest.Table, Int)] {
        try manifest.tables.map { table in
            let made = layout.tables.first { $0.name == table.name }?.columns.map(\.name)
            guard made == table.columns else {
                throw TransferError.badArchive("the columns of \(table.name) are not those of its schema")
            }
            return (table, table.columns.count)
        }
    }

    private func entry(of table: BackupManifest.Table) throws -> ArchiveReader.Entry {
        guard let entry = archive.entries[table.path] else { throw TransferError.badArchive("it has no \(table.path)") }
        return entry
    }

    private func objectPaths() -> [String] { archive.entries.keys.filter { $0.hasPrefix("objects/") }.sorted() }
}

// MARK: Restoring

extension Restore {
    /// Makes the target hold exactly what the archive holds.
    ///
    /// - Parameter replacing: whether what the target has may go.
    /// - Throws: `TransferError.targetHasData` if it has something and may not be replaced.
    public func run(
        into database: any SQLDatabase, _ objects: any ObjectStore, replacing: Bool,
        _ tell: @Sendable (Backup.Progress) -> Void
    ) async throws {
        if !replacing { try await refuseData(in: database, objects) }
        try await prepare(database)
        try await restoreObjects(to: objects, tell)
        for table in layout.tables { try await restore(table, to: database, tell) }
        try await compare(with: database)
        if replacing { try await removeOthers(from: objects) }
        try await TransferRecord(database: database).end()
        // Steps that came after the archive was made.
        for schema in schemas where manifest.schemas[schema.namespace] != nil { try await database.migrate(schema) }
    }

    private func refuseData(in database: any SQLDatabase, _ objects: any ObjectStore) async throws {
        if let object = try await objects.list(prefix: "", limit: 1).first {
            throw TransferError.targetHasData("the object \(object.key)")
        }
        try await database.snapshot(timeout: .seconds(600)) { snapshot in
            let history = try await SchemaHistory(of: snapshot, dialect: database.dialect)
            for table in try SchemaLayout(of: history.known(among: schemas)).tables {
                let count = try await snapshot.query("SELECT COUNT(*) AS n FROM \(name: table.name)")[0]
                guard try count.get("n", as: Int.self) == table.seedRows else {
                    throw TransferError.targetHasData("rows in \(table.name)")
                }
            }
        }
    }

    /// Leaves the tables as they were when the archive was made, without rows, and marks the database as incomplete.
    private func prepare(_ database: any SQLDatabase) async throws {
        try await database.migrate(TransferRecord.schema)
        let everything = try SchemaLayout(of: schemas).tables
        try await database.transaction(timeout: .seconds(3_600)) { transaction in
            try await transaction.execute("DELETE FROM transfer_tables")
            try await transaction.execute("DELETE FROM transfer_runs")
            try await transaction.execute("INSERT INTO transfer_runs (source, is_stale) VALUES ('an archive', 1)")
            for table in everything.reversed() {
                try await transaction.execute("DROP TABLE IF EXISTS \(name: table.name)")
            }
            for schema in schemas {
                try await transaction.execute(
                    "DELETE FROM schema_migrations WHERE namespace = \(bind: schema.namespace)")
            }
        }
        for part in parts { try await database.migrate(part) }
        for table in layout.tables.reversed() { try await database.write("DELETE FROM \(name: table.name)") }
    }

    private func restoreObjects(to objects: any ObjectStore, _ tell: @Sendable (Backup.Progress) -> Void) async throws {
        let paths = objectPaths()
        for (index, path) in paths.enumerated() {
            guard let entry = archive.entries[path] else { continue }
            let key = try ObjectKey(String(path.dropFirst("objects/".count)))
            let file = FileManager.default.temporaryDirectory.appending(path: "restore-\(ObjectID.next())")
            defer { try? FileManager.default.removeItem(at: file) }
            try archive.extract(entry, to: file)
            try await objects.put(file: file, handover: .copying, key: key)
            tell(Backup.Progress(what: "objects", done: index + 1, total: paths.count))
        }
    }

    private func restore(
        _ table: TableLayout, to database: any SQLDatabase, _ tell: @Sendable (Backup.Progress) -> Void
    ) async throws {
        guard let archived = manifest.tables.first(where: { $0.name == table.name }) else { return }
        var loader = try await TableLoader(table, into: database)
        var position = ArchivedPosition()
        while case let page = try archive.page(of: entry(of: archived), values: table.columns.count, &position),
            !page.isEmpty
        {
            try await loader.append(page)
            tell(Backup.Progress(what: table.name, done: loader.progress.digest.rows, total: archived.digest.rows))
        }
        try await loader.continueNumbering(after: archived.lastNumber)
    }

    private func compare(with database: any SQLDatabase) async throws {
        let different = try await database.snapshot(timeout: DatabaseTransfer.longest) { snapshot in
            var different: [String] = []
            for table in layout.tables {
                let digest = try await TablePages.digest(of: table, in: snapshot) { _ in }
                if digest != manifest.tables.first(where: { $0.name == table.name })?.digest {
                    different.append(table.name)
                }
            }
            return different
        }
        guard different.isEmpty else { throw TransferError.targetDiffers(different) }
    }

    /// Removes objects that the archive has not, apart from those it left out.
    private func removeOthers(from objects: any ObjectStore) async throws {
        let kept = Set(objectPaths())
        var pages = ObjectPages(objects)
        while let object = try await pages.next() {
            if kept.contains("objects/\(object.key)") || manifest.leftOut.contains(where: object.key.text.hasPrefix) {
                continue
            }
            try await objects.delete(object.key)
        }
    }
}
