import Foundation
import Storage

/// Copies one database to another and tells how far it is.
struct DatabaseMigration {
    private let from: DatabaseURL
    private let to: DatabaseURL
    private let configuration: PostgreSQLConfiguration
    private let bar = SharedProgressBar()

    init(_ from: DatabaseURL, _ to: DatabaseURL, _ settings: ServerSettings) {
        self.from = from
        self.to = to
        configuration = settings.forMovingData.postgreSQL
    }

    func run(isDry: Bool) async throws {
        guard from != to else { throw Exit.usage("--from and --to are the same database") }
        if case .sqlite(let path) = from, !FileManager.default.fileExists(atPath: path) {
            throw Exit.noInput("there is no database '\(path)'")
        }
        let scratch = FileManager.default.temporaryDirectory.appending(path: "prunelle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let source = try open(from)
        let target = try open(standIn(isDry: isDry, scratch) ?? to)
        do {
            try await copy(source, target, isDry: isDry)
        } catch let error as StorageError {
            await close(source, target)
            let detail = error.detail.isEmpty ? "" : " (\(error.detail))"
            throw error.isTemporary
                ? Exit.again("\(error.message)\(detail) Run the same command again to go on.")
                : Exit.unavailable("\(error.message)\(detail)")
        } catch {
            await close(source, target)
            throw error
        }
        await close(source, target)
    }

    /// For a dry run to a file that is not there: an empty one elsewhere, since nothing is to be made.
    private func standIn(isDry: Bool, _ scratch: URL) -> DatabaseURL? {
        guard isDry, case .sqlite(let path) = to, !FileManager.default.fileExists(atPath: path) else { return nil }
        return .sqlite(path: scratch.appending(path: "empty.sqlite").path)
    }

    private func open(_ url: DatabaseURL) throws -> any SQLDatabase {
        do {
            return try Stores.database(url, configuration)
        } catch let error as StorageError {
            throw Exit.unavailable("\(url.name) cannot be opened: \(error.message)")
        }
    }

    private func close(_ source: any SQLDatabase, _ target: any SQLDatabase) async {
        await source.close()
        await target.close()
    }

    private func copy(_ source: any SQLDatabase, _ target: any SQLDatabase, isDry: Bool) async throws {
        if try await isInUse(to, target) {
            throw Exit.unavailable("servers use \(to.name); stop them first")
        }
        if try await isInUse(from, source) {
            bar.say("servers use \(from.name): what they write meanwhile is noticed, and then all is to be done again")
        }
        let transfer = DatabaseTransfer(from: source, named: from.name, to: target, schemas: Schemas.all)
        let plan = try await transfer.plan()
        for table in plan.tables { bar.say("\(table.name): \(table.rows) rows") }
        if plan.isResumed { bar.say("an interrupted copy goes on") }
        if plan.isCompared { bar.say("the target holds rows already, which must be the same") }
        if isDry {
            print("\(plan.rows) rows of \(plan.tables.count) tables can be copied from \(from.name) to \(to.name)")
            return
        }
        let summary = try await transfer.run { [bar] progress in
            bar.show(progress.isVerifying ? "comparing" : "copying", progress.rows, of: plan.rows)
        }
        for table in summary { bar.say("\(table.table): \(table.digest)") }
        print("\(plan.rows) rows of \(summary.count) tables are the same in \(from.name) and \(to.name)")
    }

    private func isInUse(_ url: DatabaseURL, _ database: any SQLDatabase) async throws -> Bool {
        switch url {
        case .sqlite(let path): FolderLock.isInUse(URL(filePath: path).deletingLastPathComponent())
        case .postgreSQL: try await DatabaseUsers.others(of: database) > 0
        }
    }
}

extension DatabaseURL {
    /// The database for people, without passwords.
    var name: String {
        switch self {
        case .sqlite(let path): "the file '\(path)'"
        case .postgreSQL(let address): "\(address)"
        }
    }
}
