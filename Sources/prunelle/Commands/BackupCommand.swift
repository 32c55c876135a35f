import Foundation
import JSON
import Observability
import Privacy
import Registry
import Storage

extension Command {
    static let backup = Command(
        name: "backup", summary: "Write everything that is kept into one archive, while servers go on.",
        discussion: """
            The database of one moment, whatever holds it, and all objects. The archive is a tar file with a manifest and
            the SHA-256 of every file; it appears under its name when it is complete. What is made again by itself is
            left out: converted and compiled models. The archive holds everything: keep it as secret as the data.
            """,
        examples: ["prunelle backup /var/backups/", "prunelle backup prunelle.tar --data /var/lib/prunelle"],
        arguments: [.init(name: "FILE|DIR", summary: "A new file, or a folder for one named after the time.")],
        options: [dataOption],
        run: { arguments in
            let settings = try ServerSettings.read(flags: arguments.settingFlags).forMovingData
            let file = try archive(arguments.positional[0])
            let stores = try Stores(settings, logger: .disabled)
            let bar = SharedProgressBar()
            let manifest = try await withStores(stores, settings) {
                let manifest = try await Backup(
                    of: stores.database, stores.objects, schemas: Schemas.all, leavingOut: ModelGraphs.derivedKeys,
                    program: Prunelle.version
                ).write(to: file) { bar.show($0.what, $0.done, of: $0.total) }
                await record(.backUp, manifest, of: file.lastPathComponent, in: stores.database, bar)
                return manifest
            }
            bar.say(
                "\(manifest.rows) rows of \(manifest.tables.count) tables and \(manifest.objects) objects "
                    + "(\(manifest.objectBytes) bytes)")
            print(file.relativePath)
            for key in manifest.missing { bar.say("missing: \(key)") }
            if !manifest.missing.isEmpty {
                throw Exit.data(
                    "the archive is written; \(manifest.missing.count) object(s) that rows refer to were missing already"
                )
            }
        })

    static let restore = Command(
        name: "restore", summary: "Bring an archive of 'backup' into a data folder or the configured database.",
        discussion: """
            The whole archive is checked before anything is touched. A target that holds something is refused unless
            --replace is given; then it holds exactly what the archive holds. Servers on the data folder must be stopped.
            An archive of an older version is brought up to date. Interrupted, run it again with --replace.
            """,
        examples: ["prunelle restore prunelle.tar --data /var/lib/prunelle", "prunelle restore prunelle.tar --check"],
        arguments: [.init(name: "FILE", summary: "The archive.")],
        options: [
            dataOption, .init(name: "replace", summary: "Let go of what the target holds."),
            .init(name: "check", summary: "Only check the archive."),
        ],
        run: { arguments in
            let settings = try ServerSettings.read(flags: arguments.settingFlags).forMovingData
            let bar = SharedProgressBar()
            let restore = try opened(arguments.positional[0], bar)
            let manifest = restore.manifest
            bar.say(
                "the archive of \(manifest.createdAt.iso8601()) is whole: \(manifest.rows) rows, "
                    + "\(manifest.objects) objects")
            if arguments.has("check") { return }
            let stores = try Stores(settings, logger: .disabled, isExclusive: true)
            try await withStores(stores, settings) {
                try await refuseUsers(of: stores.database, settings)
                try await restore.run(into: stores.database, stores.objects, replacing: arguments.has("replace")) {
                    bar.show($0.what, $0.done, of: $0.total)
                }
                await record(
                    .restore, manifest, of: URL(filePath: arguments.positional[0]).lastPathComponent,
                    in: stores.database, bar)
            }
            bar.say("restored into \(settings.databaseName) and the objects beside it")
        })

    private static let dataOption = Option(
        name: "data", value: "DIR", summary: "Folder of the server's data (./data).")

    /// Keeps in the audit log that everything was copied out or brought in.
    ///
    /// The archive counts more than the entry: a full disk, which may be why there is a backup at all, leads to a remark.
    /// Nor does a backup bring tables of an older version up to date; they have no place for the entry.
    private static func record(
        _ act: AuditAct, _ manifest: BackupManifest, of file: String, in database: any SQLDatabase,
        _ bar: SharedProgressBar
    ) async {
        let schema = RecordKeeping.schema
        let isCurrent = manifest.schemas[schema.namespace]?.count == schema.migrations.count
        guard isCurrent || act == .restore else { return }
        do {
            try await AuditLog(database).record(
                act, of: file,
                detail: [
                    "created_at": manifest.createdAt.iso8601().json, "rows": manifest.rows.json,
                    "objects": manifest.objects.json,
                ])
        } catch {
            bar.say("remark: this is not in the audit log: \((error as? StorageError)?.message ?? "\(error)")")
        }
    }

    /// The file to write: the one named, or one in the folder named.
    private static func archive(_ path: String) throws -> URL {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard exists, isFolder.boolValue else {
            guard !path.hasSuffix("/") else { throw Exit.noInput("there is no folder '\(path)'") }
            return URL(filePath: path)
        }
        let moment = Timestamp.now.iso8601(fraction: .none).filter { $0.isNumber || $0 == "T" || $0 == "Z" }
        return URL(filePath: path).appending(path: "prunelle-\(moment).tar")
    }

    private static func opened(_ path: String, _ bar: SharedProgressBar) throws -> Restore {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw Exit.noInput("the archive '\(path)' is not there or cannot be read")
        }
        do {
            return try Restore(from: URL(filePath: path), schemas: Schemas.all) {
                bar.show($0.what, $0.done, of: $0.total)
            }
        } catch let error as TransferError {
            throw Exit.data("\(error)")
        } catch let error as StorageError {
            throw Exit.data("the archive cannot be read: \(error.message)")
        }
    }

    /// Refuses a database that servers are connected to.
    private static func refuseUsers(of database: any SQLDatabase, _ settings: ServerSettings) async throws {
        let count = try await DatabaseUsers.others(of: database)
        guard count == 0 else {
            throw Exit.unavailable("\(count) connection(s) of servers use \(settings.databaseName); stop them first")
        }
    }

    /// Runs a body, closes the stores, and tells errors in an operator's words.
    private static func withStores<Value: Sendable>(
        _ stores: Stores, _ settings: ServerSettings, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body()
            await stores.close()
            return value
        } catch {
            await stores.close()
            switch error {
            case let error as TransferError: throw Exit(error)
            case let error as StorageError: throw settings.unusableDatabase(error)
            default: throw error
            }
        }
    }
}

extension Exit {
    /// How a copy, backup or restore that was refused ends.
    init(_ error: TransferError) {
        switch error {
        case .sourceChanged, .targetDiffers: self = .again("\(error)")
        case .noPrimaryKey, .circularReferences: self = .software("\(error)")
        case .unwritableArchive: self = .unavailable("\(error)")
        default: self = .data("\(error)")
        }
    }
}
