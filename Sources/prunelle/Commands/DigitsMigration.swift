import Digits
import Foundation
import Storage

/// Copies the models and records of digits to a MongoDB or back and tells how far it is.
struct DigitsMigration {
    private let from: Location
    private let to: Location
    private let settings: ServerSettings
    private let bar = SharedProgressBar()

    init(_ from: Location, _ to: Location, _ settings: ServerSettings) {
        self.from = from
        self.to = to
        self.settings = settings.forMovingData
    }

    func run(isDry: Bool) async throws {
        let objects = try Stores.objects(settings)
        let (source, closeSource) = try place(from, objects, isSource: true)
        let (target, closeTarget) = try place(to, objects, isSource: false)
        do {
            try await copy(source, target, isDry: isDry)
        } catch {
            await closeSource()
            await closeTarget()
            await objects.close()
            guard let error = error as? StorageError else { throw error }
            let detail = error.detail.isEmpty ? "" : " (\(error.detail))"
            throw error.isTemporary
                ? Exit.again("\(error.message)\(detail) Run the same command again to go on.")
                : Exit.unavailable("\(error.message)\(detail)")
        }
        await closeSource()
        await closeTarget()
        await objects.close()
    }

    /// Opens a side, and tells how to close it.
    private func place(
        _ location: Location, _ objects: any ObjectStore, isSource: Bool
    ) throws -> (DigitsTransfer.Place, @Sendable () async -> Void) {
        switch location {
        case .documents(let configuration):
            let documents = MongoDatabase(configuration)
            return (.documents(documents), { await documents.close() })
        case .database(let url):
            if isSource, case .sqlite(let path) = url, !FileManager.default.fileExists(atPath: path) {
                throw Exit.noInput("there is no database '\(path)'")
            }
            let database = try Stores.database(url, settings.postgreSQL)
            return (.embedded(database, objects), { await database.close() })
        case .objects:
            throw Exit.usage("objects are copied to objects only")
        }
    }

    private func copy(_ source: DigitsTransfer.Place, _ target: DigitsTransfer.Place, isDry: Bool) async throws {
        let transfer = try await DigitsTransfer(from: source, to: target)
        let plan = try await transfer.plan()
        if isDry {
            print(
                "\(plan.models) models and \(plan.drawings) records of digits can be copied from \(from.name) to \(to.name)"
            )
            return
        }
        let done = try await transfer.run { [bar] count in bar.show("copying", count, of: plan.drawings) }
        print(
            "\(done.models) models and \(done.drawings) records of digits are the same in \(from.name) and \(to.name)")
    }
}

extension Location {
    /// The place for people, without passwords.
    var name: String {
        switch self {
        case .database(let url): url.name
        case .objects(let place): place.name
        case .documents(let configuration): "\(configuration.address)"
        }
    }
}
