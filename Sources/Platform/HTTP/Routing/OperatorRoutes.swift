internal import JSON
public import Observability
internal import Synchronization

/// Something that must work before the server is given traffic.
public struct ReadinessCheck: Sendable {
    /// The name in the answer.
    public let name: String
    /// How long the check may take; longer counts as failed.
    public let limit: Duration
    /// Throws when the part is not ready; the error's text goes to the log only.
    public let check: @Sendable () async throws -> Void

    /// Makes a check.
    public init(
        _ name: String, limit: Duration = .seconds(2), check: @escaping @Sendable () async throws -> Void
    ) {
        self.name = name
        self.limit = limit
        self.check = check
    }
}

/// The routes for whoever runs the server: `/livez`, `/readyz` and `/metrics`.
public struct OperatorRoutes: Sendable {
    /// What `/readyz` asks.
    public var checks: [ReadinessCheck]

    private let metrics: Metrics
    private let logger: Logger

    /// Makes the routes.
    public init(metrics: Metrics, checks: [ReadinessCheck] = [], logger: Logger = .disabled) {
        self.metrics = metrics
        self.checks = checks
        self.logger = logger
    }

    /// The routes, for a group without a prefix.
    public var routes: [Route] {
        let status = Schema.object(["status": .string])
        return [
            Route(
                .get, "livez", summary: "Whether the process answers", tags: ["operation"],
                responses: [Route.Response(200, "It does.", schema: status, example: ["status": "alive"])],
                handler: .immediate { _ in .json(["status": "alive"] as JSONValue) }),
            Route(
                .get, "readyz", summary: "Whether requests can be served", tags: ["operation"],
                responses: [
                    Route.Response(200, "All checks passed.", schema: status),
                    Route.Response(503, "A check failed or took too long.", schema: status),
                ], handler: .async { _ in await ready() }),
            Route(
                .get, "metrics", summary: "Numbers for Prometheus", tags: ["operation"],
                responses: [
                    Route.Response(200, "Text format 0.0.4.", schema: .string, contentType: "text/plain")
                ],
                handler: .immediate { [metrics] _ in
                    .bytes(Array(metrics.prometheusText().utf8), contentType: Metrics.prometheusContentType)
                }),
        ]
    }

    private func ready() async -> HTTPResponse {
        let results = await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await passes(check)) }
            }
            return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        let isReady = results.values.allSatisfy(\.self)
        let outcomes = checks.indices.map { (checks[$0].name, JSONValue.string(results[$0] == true ? "ok" : "failed")) }
        let answer: JSONValue = [
            "status": .string(isReady ? "ready" : "unready"), "checks": .object(JSONObject(outcomes)),
        ]
        return .json(answer, status: isReady ? 200 : 503)
    }

    /// Runs a check, and stops waiting for it when its time is up, even where it does not heed cancellation.
    private func passes(_ check: ReadinessCheck) async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = OnceAnswer(continuation)
            let task = Task {
                do {
                    try await check.check()
                    answer.give(true)
                } catch {
                    logger.warning("not ready", ["check": .string(check.name), "error": LogValue(describing: error)])
                    answer.give(false)
                }
            }
            Task {
                try? await Task.sleep(for: check.limit)
                if answer.give(false) {
                    logger.warning("not ready", ["check": .string(check.name), "error": "it took too long"])
                }
                task.cancel()
            }
        }
    }
}

/// An answer that several tasks may give, of which the first counts.
private final class OnceAnswer: Sendable {
    private let continuation: Mutex<CheckedContinuation<Bool, Never>?>

    init(_ continuation: CheckedContinuation<Bool, Never>) {
        self.continuation = Mutex(continuation)
    }

    /// Gives the answer; false when one was given before.
    @discardableResult
    func give(_ value: Bool) -> Bool {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(returning: value)
        return waiting != nil
    }
}
