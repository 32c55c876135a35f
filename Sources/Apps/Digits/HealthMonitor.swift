import HTTP
import JSON
import Observability
import Synchronization

/// Knows whether the store of drawings answers, so that health is told without waiting for it.
///
/// The store is asked every two seconds while the monitor lives.
final class HealthMonitor: Sendable {
    private let answer: Mutex<HTTPResponse>
    private let watch: Mutex<Task<Void, Never>?> = Mutex(nil)

    private static let interval: Duration = .seconds(2)

    /// Asks the store once and keeps asking.
    init(_ drawings: any DrawingStore, logger: Logger) async {
        let first = await Self.ask(drawings)
        answer = Mutex(Self.response(first))
        let task = Task { [weak self] in
            var last = first
            while !Task.isCancelled {
                guard (try? await Task.sleep(for: Self.interval)) != nil else { return }
                let state = await Self.ask(drawings)
                guard let self else { return }
                if state != last { logger.warning("the store of drawings is now: \(state.mongo)") }
                last = state
                self.answer.withLock { $0 = Self.response(state) }
            }
        }
        watch.withLock { $0 = task }
    }

    deinit {
        watch.withLock { $0?.cancel() }
    }

    /// The latest answer.
    var response: HTTPResponse { answer.withLock { $0 } }

    private struct State: Equatable {
        let status: String
        let mongo: String
    }

    private static func ask(_ drawings: any DrawingStore) async -> State {
        do {
            return State(status: "ok", mongo: try await drawings.check())
        } catch {
            return State(status: "degraded", mongo: "error: \(error)")
        }
    }

    private static func response(_ state: State) -> HTTPResponse {
        .json(["status": .string(state.status), "mongo": .string(state.mongo)] as JSONValue)
    }
}

extension DigitsApp {
    var healthRoute: Route {
        Route(
            .get, "api/v1/health", summary: "Tell whether the backend and its store work",
            description:
                "`mongo` is `connected` with MongoDB, `embedded` where drawings lie in Prunelle's own database, or "
                + "`error: …`.", tags: ["Health"],
            responses: [
                Route.Response(
                    200, "Always", schema: .object(["status": .oneOf(["ok", "degraded"]), "mongo": .string]),
                    example: ["status": "ok", "mongo": "embedded"])
            ],
            handler: .immediate { [health] _ in health.response })
    }
}
