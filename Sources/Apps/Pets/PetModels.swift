import Application
import Foundation
import JSON
import ModelFiles
import Observability
import Registry
import Storage
import Synchronization

/// The models of the app, of which one answers even while the database that lists them is away.
final class PetModels: Sendable {
    let all: AppModels
    private let data: URL
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        /// What answers while the catalog has never been asked.
        var standby: LiveModel?
        /// What answered when last asked.
        var latest: LiveModel?
        var setup: LastingSetup?
    }

    /// Where the original keeps its model, below the folder of its data.
    static let originalPath = "processed/models/cats_dogs_model.keras"

    init(_ context: AppContext) {
        all = AppModels(context, app: PetsApp.card.name, requirement: PetsApp.modelRequirement)
        data = context.data
        logger = context.logger
    }

    /// Brings in the starter and the original's model; later, if the catalog does not answer now.
    func start() async throws {
        // Without holding on to this, which may be gone before the database is back.
        let setup = try await LastingSetup(logger: logger) { [weak self] in try await self?.bringIn() }
        if setup.wasAway {
            let standby = try await all.standby(.pets)
            state.withLock { $0.standby = standby }
        }
        state.withLock { $0.setup = setup }
        _ = await current()
    }

    /// The model that answers; nil when there is none or it cannot be used.
    func current() async -> LiveModel? {
        do {
            let live = try await all.live.current()
            return state.withLock { state in
                state.latest = live ?? state.standby
                return state.latest
            }
        } catch {
            logger.error("the default model cannot be used", ["reason": .string("\(error)")])
            return nil
        }
    }

    /// The model that answered when last asked, and that most likely does so now.
    var latest: LiveModel? { state.withLock(\.latest) }

    private func bringIn() async throws {
        try await all.addStarter(.pets)
        try await addOriginal()
        state.withLock { $0.standby = nil }
    }

    /// Takes over the model file of the backend that is replaced, where it lies at its old place; it answers from then on,
    /// unless someone chose another since.
    private func addOriginal() async throws {
        let file = data.appending(path: Self.originalPath)
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        let hash = try ContentHash(ofFile: file)
        guard let id = ObjectID(hash.description.prefix(24)),
            try await all.catalog.version(id, of: all.app) == nil
        else { return }
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        let version = ModelVersion(
            id: id, app: all.app, name: "cats_dogs_model", algorithm: "cnn", format: "keras", origin: .import,
            file: ModelFile(
                hash: hash, size: size, name: file.lastPathComponent, contentType: "application/octet-stream"),
            createdAt: .now)
        do {
            _ = try await all.live.import(version, file: file, handover: .copying, as: .default)
            logger.info("the model file of the replaced backend answers now")
        } catch let error as RegistryError {
            logger.error("the model file of the replaced backend cannot be used", ["reason": .string("\(error)")])
        }
    }
}
