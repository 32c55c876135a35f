internal import Observability
internal import Synchronization

/// Counts and times the requests of one route; the counters of each status are looked up once.
final class RouteMetrics: Sendable {
    private let metrics: Metrics
    private let app: String
    private let method: String
    private let template: String
    private let durations: Histogram
    private let counters = Mutex<[(status: Int, counter: Counter)]>([])

    init(_ metrics: Metrics, app: String, method: String, template: String) {
        self.metrics = metrics
        self.app = app
        self.method = method
        self.template = template
        durations = metrics.histogram(
            "http_request_duration_seconds", help: "Time from a request's first line to the end of its answer.",
            labels: ["app": app, "method": method, "route": template])
    }

    func count(status: Int, seconds: Double) {
        durations.observe(seconds)
        let counter = counters.withLock { counters in
            if let known = counters.first(where: { $0.status == status }) { return known.counter }
            let new = metrics.counter(
                "http_requests_total", help: "Answered requests.",
                labels: ["app": app, "method": method, "route": template, "status": String(status)])
            counters.append((status, new))
            return new
        }
        counter.increment()
    }
}
