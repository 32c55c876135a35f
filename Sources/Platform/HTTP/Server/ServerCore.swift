internal import Observability
internal import Synchronization

/// What all connections of a server share.
final class ServerCore: Sendable {
    let configuration: ServerConfiguration
    let router: Router
    let logger: Logger
    let watcher: Watcher
    let crossOrigin: CrossOrigin
    let folder: UploadFolder
    /// Whether the server is about to stop: answers close their connections.
    let isDraining = Atomic<Bool>(false)
    /// Whether no further handler may start.
    let refusesWork = Atomic<Bool>(false)

    let headerNanoseconds: UInt64
    let idleNanoseconds: UInt64

    private let accessLogger: Logger?
    private let routeMetrics: [RouteMetrics]
    private let unmatched: [ObjectIdentifier: RouteMetrics]
    private let nowhere: RouteMetrics
    private let active: Gauge

    init(_ configuration: ServerConfiguration, router: Router, logger: Logger, metrics: Metrics) {
        self.configuration = configuration
        self.router = router
        self.logger = logger
        accessLogger = configuration.writesAccessLog ? logger.labelled("access") : nil
        crossOrigin = CrossOrigin(allowedOrigins: configuration.corsAllowedOrigins)
        folder = UploadFolder(url: configuration.temporaryFolder)
        headerNanoseconds = UInt64(configuration.headerDeadline.wholeNanoseconds)
        idleNanoseconds = UInt64(configuration.idleTimeout.wholeNanoseconds)
        let shortest = min(
            configuration.headerDeadline, configuration.bodyDeadline, configuration.requestDeadline,
            configuration.idleTimeout)
        watcher = Watcher(tick: max(.milliseconds(5), min(.milliseconds(100), shortest / 4)))
        routeMetrics = router.routes.map {
            RouteMetrics(metrics, app: $0.group.name, method: $0.route.method.label, template: $0.template)
        }
        unmatched = Dictionary(
            uniqueKeysWithValues: router.bound.map {
                (ObjectIdentifier($0), RouteMetrics(metrics, app: $0.name, method: "ANY", template: "other"))
            })
        nowhere = RouteMetrics(metrics, app: "", method: "ANY", template: "other")
        active = metrics.gauge("http_requests_in_flight", help: "Requests that are being served.")
        let watcher = self.watcher
        metrics.reading("http_connections", help: "Open connections.") { Double(watcher.count) }
    }

    func begin() {
        active.add(1)
    }

    /// Counts and logs a finished request.
    func finish(_ exchange: Exchange, status: Int, bytes: Int) {
        active.add(-1)
        let seconds = MonotonicTime.now.seconds(since: exchange.started)
        let metrics: RouteMetrics
        if let route = exchange.route {
            metrics = routeMetrics[route.index]
        } else {
            metrics = exchange.group.flatMap { unmatched[ObjectIdentifier($0)] } ?? nowhere
        }
        metrics.count(status: status, seconds: seconds)
        accessLogger?.info(
            "request",
            [
                "id": .string(exchange.id.text), "method": .string(exchange.method.rawValue),
                "route": .string(exchange.template), "path": .string(exchange.loggedPath), "status": .integer(status),
                "bytes": .integer(bytes), "ms": .number(seconds * 1000),
            ])
    }

    /// The words of a group, or the platform's own.
    func response(for error: APIError, to request: HTTPRequest, group: BoundGroup?) -> HTTPResponse {
        var response = (group?.errors ?? PlainErrorShape()).response(for: error, to: request)
        for (name, value) in error.headers { response.headers[name] = value }
        if let delay = error.code.retryAfter, !response.headers.contains("Retry-After") {
            response.headers["Retry-After"] = String(Int(delay.inSeconds.rounded(.up)))
        }
        return response
    }

    /// The answer to whatever a handler threw; what the client must not see goes to the log.
    func response(forThrown error: any Error, to request: HTTPRequest, group: BoundGroup?) -> HTTPResponse {
        let told: APIError
        switch error {
        case let error as APIError: told = error
        case is CancellationError: told = APIError(.deadlineExceeded(configuration.requestDeadline))
        default: told = APIError(.internalError, detail: String(describing: error))
        }
        if let detail = told.detail {
            let fields: LogFields = [
                "id": .string(request.id.text), "route": .string(request.routeTemplate),
                "code": .string(told.code.name), "detail": .string(detail),
            ]
            if told.code.status >= 500 {
                logger.error("request failed", fields)
            } else {
                logger.debug("request refused", fields)
            }
        }
        return response(for: told, to: request, group: group)
    }
}
