public import Foundation
public import Inference
public import JSON
import ModelFiles
public import Storage
import Synchronization

/// A model version that is loaded, warmed up and ready to answer.
public struct LiveModel: Sendable {
    /// What the catalog says of it.
    public let version: ModelVersion
    /// The network.
    public let network: LoadedModel
    /// How pictures are prepared for it.
    public let fit: ModelFit
    /// What its reader found in the file.
    public let inspection: JSONValue
}

/// Loads model versions beside those that answer, keeps the ones in use and follows the aliases.
///
/// A version is loaded once, however many ask for it at the same moment. Where an alias points is asked of the catalog
/// at every use, so a change made by any server on the same storage counts from the next prediction on.
public final class LiveModels: Sendable {
    private let app: String
    private let catalog: any ModelCatalog
    private let graphs: ModelGraphs
    private let runtime: InferenceRuntime
    private let precision: Precision
    private let requirement: ModelRequirement
    private let onChange: @Sendable (ModelChange) async -> Void
    private let state = Mutex(State())

    private struct State {
        var live: [ObjectID: LiveModel] = [:]
        /// Live versions by last use, the latest at the end.
        var order: [ObjectID] = []
        var loading: [ObjectID: Task<LiveModel, any Error>] = [:]
        var failures: [ObjectID: (error: any Error, at: ContinuousClock.Instant)] = [:]
    }

    /// How many versions stay loaded.
    private static let capacity = 4
    /// How long a failed load is remembered, so that a broken model costs one attempt and not one per request.
    private static let failureMemory: Duration = .seconds(5)

    /// Makes the live models of one app.
    ///
    /// - Parameter onChange: told of every change once it is made, in the task that asked for it.
    public init(
        app: String, catalog: any ModelCatalog, graphs: ModelGraphs, runtime: InferenceRuntime,
        precision: Precision = .f32, requirement: ModelRequirement,
        onChange: @escaping @Sendable (ModelChange) async -> Void = { _ in }
    ) {
        self.app = app
        self.catalog = catalog
        self.graphs = graphs
        self.runtime = runtime
        self.precision = precision
        self.requirement = requirement
        self.onChange = onChange
    }

    /// The model an alias points to, loaded first where needed; nil when it points nowhere or to a version without file.
    public func current(_ alias: ModelAlias = .default) async throws -> LiveModel? {
        guard let id = try await catalog.target(of: alias, in: app) else { return nil }
        return try await model(id)
    }

    /// Whether the app has a version.
    public func exists(_ id: ObjectID) async throws -> Bool {
        if use(id) != nil { return true }
        return try await catalog.version(id, of: app) != nil
    }

    /// A version by its id; nil when the app has no such version or it has no file.
    ///
    /// - Throws: `RegistryError` or `InferenceError` when it cannot be loaded.
    public func model(_ id: ObjectID) async throws -> LiveModel? {
        if let live = use(id) { return live }
        guard let version = try await catalog.version(id, of: app), version.file != nil else { return nil }
        return try await load(version)
    }

    /// Adds a version with its file. A version that is to answer at once is loaded and tried first; if that fails nothing
    /// has changed.
    ///
    /// - Parameters:
    ///   - file: the model file, in a place that stays until the call returns; nil for a mere description.
    ///   - handover: whether the file stays or is the store's afterwards.
    ///   - alias: the alias to move to it.
    public func add(
        _ version: ModelVersion, file: URL?, handover: FileHandover = .moving, as alias: ModelAlias?
    ) async throws {
        var version = version
        if let file, let description = version.file {
            if alias != nil { version.fit = try await load(version, from: file).fit }
            try await graphs.keep(file, handover: handover, as: description)
        }
        try await catalog.add(version, as: alias)
        await onChange(.added(version, as: alias))
    }

    /// Adds a version whose file must be readable and meet the app's requirement.
    ///
    /// - Throws: `RegistryError` or `InferenceError` with the reason; nothing has changed then.
    public func `import`(
        _ version: ModelVersion, file: URL, handover: FileHandover = .moving, as alias: ModelAlias?
    ) async throws -> LiveModel {
        let live = try await load(version, from: file)
        if let description = version.file { try await graphs.keep(file, handover: handover, as: description) }
        try await catalog.add(live.version, as: alias)
        await onChange(.added(live.version, as: alias))
        return live
    }

    /// Loads a version that need not be in the catalog, to answer while there is none or it cannot be asked.
    ///
    /// - Throws: `RegistryError` or `InferenceError` when it cannot answer for the app.
    public func standby(_ version: ModelVersion, file: URL) async throws -> LiveModel {
        try await load(version, from: file)
    }

    /// Moves an alias back to the version that answered before, once that is loaded.
    public func rollBack(_ alias: ModelAlias) async throws -> ModelVersion {
        let id = try await catalog.earlierTarget(of: alias, in: app)
        let (version, earlier) = try await move(alias, to: id)
        await onChange(.rolledBack(alias, to: version, from: earlier))
        return version
    }

    /// Moves an alias to a version once it is loaded and meets the app's requirement; otherwise nothing changes.
    public func point(_ alias: ModelAlias, to id: ObjectID) async throws -> ModelVersion {
        let (version, earlier) = try await move(alias, to: id)
        await onChange(.pointed(alias, to: version, from: earlier))
        return version
    }

    private func move(
        _ alias: ModelAlias, to id: ObjectID
    ) async throws -> (version: ModelVersion, earlier: ObjectID?) {
        guard let version = try await catalog.version(id, of: app) else { throw RegistryError.unknownVersion }
        if version.file != nil { _ = try await load(version) }
        let earlier = try await catalog.target(of: alias, in: app)
        try await catalog.point(alias, in: app, to: id)
        return (version, earlier)
    }

    private func use(_ id: ObjectID) -> LiveModel? {
        state.withLock { state in
            guard let live = state.live[id] else { return nil }
            if state.order.last != id {
                state.order.removeAll { $0 == id }
                state.order.append(id)
            }
            return live
        }
    }

    private func load(_ version: ModelVersion, from given: URL? = nil) async throws -> LiveModel {
        let task = try state.withLock { state throws -> Task<LiveModel, any Error> in
            if let live = state.live[version.id] { return Task { live } }
            if let running = state.loading[version.id] { return running }
            if let failure = state.failures[version.id], failure.at.duration(to: .now) < Self.failureMemory {
                throw failure.error
            }
            let task = Task { try await self.prepare(version, from: given) }
            state.loading[version.id] = task
            return task
        }
        return try await task.value
    }

    private func prepare(_ version: ModelVersion, from given: URL?) async throws -> LiveModel {
        do {
            guard let file = version.file else { throw RegistryError.noFile }
            let (network, inspection) = try await graphs.withGraph(
                of: file.hash, statement: version.statement, reading: given
            ) { graph in
                let network = try await runtime.load(.file(graph.file), precision: precision, name: version.name)
                return (network, graph.inspection)
            }
            try requirement.check(network)
            let fit = try await fit(of: version, network, inspection)
            var fitted = version
            fitted.fit = fit
            if fitted.format.isEmpty { fitted.format = inspection["format"]?.stringValue ?? "" }
            let live = LiveModel(version: fitted, network: network, fit: fit, inspection: inspection)
            state.withLock { state in
                state.loading[version.id] = nil
                state.failures[version.id] = nil
                state.live[version.id] = live
                state.order.append(version.id)
                while state.order.count > Self.capacity { state.live[state.order.removeFirst()] = nil }
            }
            return live
        } catch {
            state.withLock { state in
                state.loading[version.id] = nil
                // Uploads that fail never come again under their id, so what is forgotten must also go.
                state.failures = state.failures.filter { $0.value.at.duration(to: .now) < Self.failureMemory }
                if Self.isLasting(error) { state.failures[version.id] = (error, .now) }
            }
            throw error
        }
    }

    /// How pictures are prepared for a version: as stored with it, else as a trial shows now.
    private func fit(
        of version: ModelVersion, _ network: LoadedModel, _ inspection: JSONValue
    ) async throws -> ModelFit {
        if let fit = version.fit { return fit }
        let fit = try await requirement.fit(network, inspection["preprocessing"].flatMap(InputGuess.init(json:)))
        // Without effect for a version that is about to be added, which then brings its fit along.
        try await catalog.record(fit, of: version.id, in: app)
        return fit
    }

    /// Whether a failure lies in the model, so that trying again at once would end alike.
    private static func isLasting(_ error: any Error) -> Bool {
        switch error {
        case InferenceError.queueFull, InferenceError.cancelled, InferenceError.stopped: false
        case is RegistryError, is InferenceError: true
        default: false
        }
    }
}
