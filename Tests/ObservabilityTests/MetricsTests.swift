import Observability
import Testing

@Suite struct MetricsTests {
    @Test("the text form has help, type, labels and values")
    func text() {
        let metrics = Metrics()
        metrics.counter("requests_total", help: "Requests.", labels: ["app": "digits", "status": "200"]).increment(
            by: 3)
        metrics.gauge("depth", help: "Depth.").set(2.5)
        metrics.reading("now", help: "Now.") { 7 }
        #expect(
            metrics.prometheusText() == """
                # HELP requests_total Requests.
                # TYPE requests_total counter
                requests_total{app="digits",status="200"} 3
                # HELP depth Depth.
                # TYPE depth gauge
                depth 2.5
                # HELP now Now.
                # TYPE now gauge
                now 7

                """)
    }

    @Test("label values and help are escaped")
    func escaping() {
        let metrics = Metrics()
        metrics.counter("c", help: "a\\b\n\"c\"", labels: ["l": "a\\b\n\"c\""]).increment()
        let text = metrics.prometheusText()
        #expect(text.contains("# HELP c a\\\\b\\n\"c\"\n"))
        #expect(text.contains("c{l=\"a\\\\b\\n\\\"c\\\"\"} 1\n"))
    }

    @Test("a histogram counts up to and including each bound")
    func histogram() {
        let metrics = Metrics()
        let histogram = metrics.histogram("h", help: "H.", labels: ["a": "b"], bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 1, 2, .nan] { histogram.observe(value) }
        let text = metrics.prometheusText()
        #expect(text.contains("h_bucket{a=\"b\",le=\"0.1\"} 2\n"))
        #expect(text.contains("h_bucket{a=\"b\",le=\"1\"} 4\n"))
        #expect(text.contains("h_bucket{a=\"b\",le=\"+Inf\"} 5\n"))
        #expect(text.contains("h_sum{a=\"b\"} 3.65\n"))
        #expect(text.contains("h_count{a=\"b\"} 5\n"))
    }

    @Test("the same name and labels give the same instrument")
    func identity() {
        let metrics = Metrics()
        metrics.counter("c", help: "", labels: ["a": "1"]).increment()
        metrics.counter("c", help: "", labels: ["a": "1"]).increment()
        metrics.counter("c", help: "", labels: ["a": "2"]).increment()
        #expect(metrics.prometheusText().contains("c{a=\"1\"} 2\nc{a=\"2\"} 1\n"))
    }

    @Test("beyond the bound all further series are one")
    func cardinality() {
        let metrics = Metrics(maximumSeries: 3)
        for index in 0..<10 { metrics.counter("c", help: "", labels: ["a": "\(index)"]).increment() }
        let text = metrics.prometheusText()
        #expect(text.contains("c{a=\"other\"} 7\n"))
        #expect(!text.contains("c{a=\"3\"}"))
    }

    @Test("increments of many tasks are all counted")
    func concurrency() async {
        let metrics = Metrics()
        let counter = metrics.counter("c", help: "")
        let histogram = metrics.histogram("h", help: "", bounds: [1])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment()
                        histogram.observe(0.5)
                    }
                }
            }
        }
        #expect(counter.value == 80_000)
        #expect(histogram.counts == [80_000, 0])
        #expect(histogram.sum == 40_000)
    }

    @Test("the process publishes its memory")
    func process() {
        let metrics = Metrics()
        metrics.publishProcess()
        #expect(metrics.prometheusText().contains("process_resident_memory_bytes "))
        #expect(Metrics.residentMemory() > 1 << 20)
    }
}
