import Foundation
import Storage

/// Copies all objects from one store to another and tells how far it is.
struct ObjectMigration {
    private let from: ObjectLocation
    private let to: ObjectLocation
    private let settings: ServerSettings
    private let bar = SharedProgressBar()

    init(_ from: ObjectLocation, _ to: ObjectLocation, _ settings: ServerSettings) {
        self.from = from
        self.to = to
        self.settings = settings
    }

    func run(isDry: Bool) async throws {
        guard from.name != to.name else { throw Exit.usage("--from and --to are the same store") }
        if case .files(let folder) = from, !FileManager.default.fileExists(atPath: folder.path) {
            throw Exit.noInput("there is no folder '\(folder.path)'")
        }
        let source = try open(from)
        let target = try standIn(isDry: isDry) ?? open(to)
        do {
            try await copy(source, target, isDry: isDry)
        } catch let error as StorageError {
            await source.close()
            await target.close()
            let detail = error.detail.isEmpty ? "" : " (\(error.detail))"
            throw error.isTemporary
                ? Exit.again("\(error.message)\(detail) Run the same command again to go on.")
                : Exit.unavailable("\(error.message)\(detail)")
        }
        await source.close()
        await target.close()
    }

    /// For a dry run to a folder that is not there: nothing is to be made.
    private func standIn(isDry: Bool) -> (any ObjectStore)? {
        guard isDry, case .files(let folder) = to, !FileManager.default.fileExists(atPath: folder.path) else {
            return nil
        }
        return InMemoryObjectStore()
    }

    private func open(_ location: ObjectLocation) throws -> any ObjectStore {
        do throws(StorageError) {
            switch location {
            case .files(let folder): return try FileObjectStore(root: folder)
            case .bucket(let address): return S3ObjectStore(S3Configuration(address: address))
            }
        } catch {
            throw Exit.unavailable("\(location.name) cannot be opened: \(error.message)")
        }
    }

    private func copy(_ source: any ObjectStore, _ target: any ObjectStore, isDry: Bool) async throws {
        let transfer = ObjectTransfer(from: source, to: target)
        let plan = try await transfer.plan()
        bar.say("\(plan.objects) objects of \(plan.bytes) bytes, \(plan.present) of them there already")
        if isDry {
            print("\(plan.objects) objects can be copied from \(from.name) to \(to.name)")
            return
        }
        let done = try await transfer.run { [bar] count in bar.show("copying", count, of: plan.objects) }
        print("\(done.objects) objects of \(done.bytes) bytes are the same in \(from.name) and \(to.name)")
    }
}
