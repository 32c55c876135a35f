public import Foundation
import JSON
import Observability

/// Writes everything of this program into one archive while servers go on working.
///
/// The rows are those of one moment. Objects come after it: they are stored before a row refers to them, so those that the
/// rows refer to are there.
public struct Backup: Sendable {
    /// How far it has come.
    public struct Progress: Sendable {
        /// What is being written, such as a table.
        public let what: String
        /// Rows, or objects, done.
        public let done: Int
        /// How many there are.
        public let total: Int
    }

    private let database: any SQLDatabase
    private let objects: any ObjectStore
    private let schemas: [DatabaseSchema]
    private let leavingOut: [String]
    private let program: String

    /// Prepares a backup.
    ///
    /// - Parameters:
    ///   - schemas: every part the program has.
    ///   - leavingOut: beginnings of the keys of objects that can be made again.
    ///   - program: the program's version.
    public init(
        of database: any SQLDatabase, _ objects: any ObjectStore, schemas: [DatabaseSchema],
        leavingOut: [String] = [], program: String
    ) {
        self.database = database
        self.objects = objects
        self.schemas = schemas
        self.leavingOut = leavingOut
        self.program = program
    }

    /// Writes the archive.
    ///
    /// - Parameters:
    ///   - file: a new file, which appears when it is complete.
    ///   - tell: called now and then.
    /// - Throws: `TransferError`, `StorageError`.
    public func write(to file: URL, _ tell: @escaping @Sendable (Progress) -> Void) async throws -> BackupManifest {
        let moment = Timestamp.now
        let archive = try ArchiveWriter(file, modified: Int(moment.microseconds / 1_000_000))
        do {
            let rows = try await database.snapshot(timeout: DatabaseTransfer.longest) { snapshot in
                try await writeRows(of: snapshot, to: archive, tell)
            }
            let stored = try await writeObjects(referred: rows.references, to: archive, tell)
            let sums = await archive.sums
            try await archive.add("SHA256SUMS", sums)
            let manifest = BackupManifest(
                program: program, createdAt: moment, database: database.dialect.name, schemas: rows.schemas,
                tables: rows.tables, objects: stored.count, objectBytes: stored.bytes, leftOut: leavingOut,
                missing: stored.missing, sums: ContentHash(of: sums))
            try await archive.add("manifest.json", manifest.json.bytes(style: .pretty))
            try await archive.finish()
            return manifest
        } catch {
            await archive.discard()
            throw error
        }
    }

    private struct Rows: Sendable {
        var schemas: [String: [String]] = [:]
        var tables: [BackupManifest.Table] = []
        /// Keys of the objects that rows refer to.
        var references: Set<ObjectKey> = []
    }

    private func writeRows(
        of snapshot: any SQLSnapshot, to archive: ArchiveWriter, _ tell: @Sendable (Progress) -> Void
    ) async throws -> Rows {
        let history = try await SchemaHistory(of: snapshot, dialect: database.dialect)
        if let run = try await TransferRecord.run(in: snapshot, history) {
            throw TransferError.unfinished(source: run.source)
        }
        let parts = try history.known(among: schemas)
        guard !parts.isEmpty else { throw TransferError.emptySource }
        let layout = try SchemaLayout(of: parts)
        var rows = Rows(schemas: history.applied)
        for table in layout.tables {
            let columns = layout.references.filter { $0.table == table.name }
            rows.tables.append(try await write(table, of: snapshot, to: archive, columns, &rows.references, tell))
        }
        return rows
    }

    private func write(
        _ table: TableLayout, of snapshot: any SQLSnapshot, to archive: ArchiveWriter,
        _ columns: [DatabaseSchema.ObjectReference], _ references: inout Set<ObjectKey>,
        _ tell: @Sendable (Progress) -> Void
    ) async throws -> BackupManifest.Table {
        let total = try await snapshot.query("SELECT COUNT(*) AS n FROM \(name: table.name)")[0].get("n", as: Int.self)
        var digest = TableDigest()
        var pages = TablePages(table, of: snapshot)
        try await archive.begin("database/\(table.name).rows")
        while let page = try await pages.next() {
            var bytes: [UInt8] = []
            for row in page {
                let coded = RowCodec.bytes(of: row)
                RowCodec.append(UInt64(coded.count), to: &bytes)
                bytes += coded
                digest.add(row)
                for column in columns { try references.formUnion(column.key(in: row, of: table)) }
            }
            try await archive.append(bytes)
            tell(Progress(what: table.name, done: digest.rows, total: total))
        }
        try await archive.end()
        return BackupManifest.Table(
            name: table.name, columns: table.columns.map(\.name), digest: digest,
            lastNumber: try await table.lastNumber(in: snapshot, dialect: database.dialect))
    }

    private func writeObjects(
        referred: Set<ObjectKey>, to archive: ArchiveWriter, _ tell: @Sendable (Progress) -> Void
    ) async throws -> (count: Int, bytes: Int, missing: [String]) {
        var (count, bytes, found) = (0, 0, Set<ObjectKey>())
        var pages = ObjectPages(objects)
        while let object = try await pages.next() {
            if leavingOut.contains(where: object.key.text.hasPrefix), !referred.contains(object.key) { continue }
            do {
                try await objects.withFile(of: object.key) { try await archive.add("objects/\(object.key)", file: $0) }
            } catch StorageError.notFound {
                // Removed since it was listed.
                continue
            }
            count += 1
            bytes += object.size
            if referred.contains(object.key) { found.insert(object.key) }
            tell(Progress(what: "objects", done: count, total: max(count, referred.count)))
        }
        return (count, bytes, referred.subtracting(found).sorted().map(\.text))
    }
}

extension DatabaseSchema.ObjectReference {
    /// The key that a row refers to; none where it is null.
    func key(in row: [SQLValue], of layout: TableLayout) throws -> [ObjectKey] {
        guard let index = layout.columns.firstIndex(where: { $0.name == column }), case .text(let text) = row[index]
        else { return [] }
        guard let folder else { return [try ObjectKey(text)] }
        guard let hash = ContentHash(text) else {
            throw StorageError.corrupt(detail: "\(table).\(column) holds no hash")
        }
        return [try ObjectKey(folder: folder, hash: hash)]
    }
}
