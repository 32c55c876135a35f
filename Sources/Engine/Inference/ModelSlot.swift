import Synchronization
public import Tensors

/// The live model of an alias, which can be replaced while predictions run.
///
/// Predictions that are under way when the model is replaced finish on the old one, which is freed after the last.
public final class ModelSlot: Sendable {
    private struct State {
        var model: LoadedModel?
        var lastTicket = 0
        var liveTicket = 0
    }
    private let state: Mutex<State>

    /// Makes a slot with a model in it, or an empty one.
    public init(_ model: LoadedModel? = nil) {
        state = Mutex(State(model: model))
    }

    /// The live model; nil while the slot is empty. Who keeps it goes on with it, whatever becomes of the slot.
    public var model: LoadedModel? {
        state.withLock { $0.model }
    }

    /// Puts a model in place of the live one at once; nil empties the slot.
    ///
    /// - Returns: the model that was live.
    @discardableResult
    public func replace(with model: LoadedModel?) -> LoadedModel? {
        state.withLock { state in
            state.lastTicket += 1
            state.liveTicket = state.lastTicket
            let old = state.model
            state.model = model
            return old
        }
    }

    /// Loads a model beside the live one and replaces it once the new one is warmed up.
    ///
    /// Of several loads at once the one asked for last stays, in whichever order they end.
    ///
    /// - Returns: the model loaded.
    /// - Throws: why it could not be loaded; the live model then stays as it was.
    @discardableResult
    public func load(
        _ source: ModelSource, precision: Precision = .f32, name: String, on runtime: InferenceRuntime
    ) async throws(InferenceError) -> LoadedModel {
        let ticket = takeTicket()
        let loaded = try await runtime.load(source, precision: precision, name: name)
        install(loaded, ticket: ticket)
        return loaded
    }

    /// Notes that a load was asked for.
    func takeTicket() -> Int {
        state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
    }

    /// Makes a model the live one unless one asked for later is live already.
    func install(_ model: LoadedModel, ticket: Int) {
        // The old model leaves the lock before it may be freed, which takes a while.
        let old = state.withLock { state -> LoadedModel? in
            guard ticket > state.liveTicket else { return nil }
            state.liveTicket = ticket
            let old = state.model
            state.model = model
            return old
        }
        withExtendedLifetime(old) {}
    }

    /// Predicts with the live model; see `LoadedModel.predict(_:)`.
    ///
    /// - Throws: `InferenceError`, of which `noModel` while the slot is empty.
    public func predict(_ input: Tensor) async throws -> [Tensor] {
        try await occupant().predict(input)
    }

    /// Predicts with the live model; see `LoadedModel.predict(preparing:)`.
    ///
    /// - Throws: `InferenceError`, of which `noModel` while the slot is empty, and what the closure throws.
    public func predict(preparing: @escaping @Sendable () throws -> Tensor) async throws -> [Tensor] {
        try await occupant().predict(preparing: preparing)
    }

    private func occupant() throws(InferenceError) -> LoadedModel {
        guard let model else { throw .noModel }
        return model
    }
}
