import Foundation
import JSON
import Observability
import Storage
import TestSupport
import Testing

@testable import Digits

@Suite("/api/v1/records", .timeLimit(.minutes(10)))
struct RecordTests {
    private static let keys = ["created_at", "id", "model_id", "pred_digit", "proba", "stub"]
    private static let allKeys = keys + ["ground_truth", "image", "latency_ms", "version"]

    @Test(
        "a record has exactly the original's fields, and more only where they are asked for",
        arguments: DigitsStore.allCases)
    func fields(store: DigitsStore) async throws {
        let server = try await DigitsServer.withStrokes(.on(store))
        #expect(try await server.get("/api/v1/records") == [])
        let prediction = try await server.predict(Picture.upright, modelID: "mine")
        let record = try #require(try await server.get("/api/v1/records")[0])
        #expect(record.keys == Self.keys.sorted())
        #expect(record["id"] == prediction["id"])
        #expect(record["pred_digit"] == 1)
        #expect(record["proba"] == prediction["proba"])
        #expect(record["model_id"] == "mine")
        #expect(record["stub"] == false)
        let full = try #require(try await server.get("/api/v1/records?fields=all")[0])
        #expect(full.keys == Self.allKeys.sorted())
        #expect(full["ground_truth"] == .null)
        #expect(full["latency_ms"] == prediction["latency_ms"])
        #expect(full["version"]?.stringValue == (try await server.defaultModel()))
        #expect(full["image"]?.stringValue?.hasPrefix("data:image/png;base64,") == true)
    }

    @Test(
        "dates are those of the original's store: UTC without a zone, six digits of which three are zeros",
        arguments: DigitsStore.allCases)
    func dates(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let before = Timestamp.now
        _ = try await server.predict(Picture.upright)
        let text = try #require(try await server.get("/api/v1/records")[0]?["created_at"]?.stringValue)
        #expect(text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}000)?/) != nil, "\(text)")
        #expect(text.prefix(10) >= before.iso8601().prefix(10))
        try await server.insert(1, createdAt: 4_102_444_800_000_000)
        #expect(try await server.get("/api/v1/records")[0]?["created_at"] == "2100-01-01T00:00:00")
        try await server.insert(2, createdAt: 4_102_444_801_000_999)
        #expect(try await server.get("/api/v1/records")[0]?["created_at"] == "2100-01-01T00:00:01")
        try await server.insert(3, createdAt: 4_102_444_802_215_596)
        #expect(try await server.get("/api/v1/records")[0]?["created_at"] == "2100-01-01T00:00:02.215000")
    }

    @Test("the newest come first, ten unless more are asked for", arguments: DigitsStore.allCases)
    func order(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        for number in 0..<12 { try await server.insert(number, createdAt: Int64(number) * 1_000_000) }
        let records = try await server.get("/api/v1/records").arrayValue ?? []
        #expect(records.map { $0["pred_digit"]?.intValue } == [1, 0, 9, 8, 7, 6, 5, 4, 3, 2])
    }

    @Test(
        "`limit` is read as Python reads a number; 0 means all, and a thousand are the most",
        arguments: [
            ("0", 1000), ("1", 1), ("2", 2), ("007", 7), ("%2B3", 3), ("+4", 4), ("%204%20", 4), ("999", 999),
            ("1000", 1000), ("1001", 1000), ("999999999999999999999999", 1000),
        ])
    func limits(text: String, count: Int) async throws {
        let server = try await Self.filled.value
        #expect(try await server.get("/api/v1/records?limit=\(text)").arrayValue?.count == count)
    }

    @Test(
        "a `limit` that is no number, or below zero, is refused",
        arguments: ["abc", "", "-1", "1.5", "1e3", "0x10", "NaN", "--1", "1;DROP%20TABLE%20digits_drawings"])
    func badLimits(text: String) async throws {
        let server = try await Self.filled.value
        let scenario = Scenario.refused(
            text, HTTPCall("GET", "/api/v1/records?limit=\(text)"), 400, "limit invalide")
        try await scenario.check(on: server)
    }

    @Test("of a parameter given twice the last counts, and unknown ones count nothing")
    func repeatedLimit() async throws {
        let server = try await Self.filled.value
        #expect(try await server.get("/api/v1/records?limit=abc&limit=2&x=y").arrayValue?.count == 2)
    }

    @Test("a page of records whose drawings are large does not carry them", arguments: DigitsStore.allCases)
    func largeDrawings(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        _ = try await server.predict(Canvas(400, 400).dataURL)
        let full = try #require(try await server.get("/api/v1/records?fields=all")[0])
        #expect(full.keys == Self.allKeys.sorted())
        #expect(full["image"] == .null)
        _ = try await server.predict(Canvas(40, 40).dataURL)
        #expect(try await server.get("/api/v1/records?fields=all")[0]?["image"]?.stringValue == Canvas(40, 40).dataURL)
    }

    /// A server with 1,005 records, shared by the tests that only read.
    private static let filled = Task {
        let server = try await DigitsServer()
        try await server.database.write(
            """
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1005)
            INSERT INTO digits_drawings (id, pred_digit, proba, latency_ms, created_at, model_id)
            SELECT printf('%024x', n), n % 10, 0.5, 1, n, 'null' FROM numbers
            """)
        return server
    }
}

@Suite("PATCH /api/v1/records/{id}", .timeLimit(.minutes(10)))
struct AnnotationTests {
    private func annotate(_ id: String, _ truth: JSONValue) -> HTTPCall {
        .json("PATCH", "/api/v1/records/\(id)", (["ground_truth": truth] as JSONValue).text())
    }

    private func ids(_ query: String, on server: DigitsServer) async throws -> [String] {
        (try await server.get("/api/v1/records?\(query)").arrayValue ?? []).compactMap { $0["id"]?.stringValue }
    }

    @Test(
        "what a person says decides what `only` shows, may be changed, and may be taken back",
        arguments: DigitsStore.allCases)
    func annotation(store: DigitsStore) async throws {
        let server = try await DigitsServer.withStrokes(.on(store))
        let one = try #require(try await server.predict(Picture.upright)["id"]?.stringValue)
        let zero = try #require(try await server.predict(Picture.level)["id"]?.stringValue)
        #expect(try await ids("only=correct", on: server) == [])
        #expect(try await ids("only=wrong", on: server) == [])
        let answer = try await server.json(annotate(one, 1))
        #expect(answer["id"]?.stringValue == one)
        #expect(answer["ground_truth"] == 1)
        #expect(answer["pred_digit"] == 1)
        try await server.json(annotate(zero, 8))
        #expect(try await ids("only=correct", on: server) == [one])
        #expect(try await ids("only=wrong", on: server) == [zero])
        #expect(try await ids("only=", on: server) == [zero, one])
        #expect(try await ids("only=CORRECT", on: server) == [zero, one])
        #expect(try await ids("only=wrong&limit=0", on: server) == [zero])
        try await server.json(annotate(zero, 0))
        #expect(try await ids("only=correct", on: server) == [zero, one])
        let cleared = try await server.json(annotate(one, nil))
        #expect(cleared["ground_truth"] == .null)
        #expect(try await ids("only=correct", on: server) == [zero])
        #expect(try await ids("only=wrong", on: server) == [])
    }

    @Test("a record without a prediction counts as wrong once it is annotated", arguments: DigitsStore.allCases)
    func stub(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let id = try #require(try await server.predict(Picture.upright)["id"]?.stringValue)
        try await server.json(annotate(id, 1))
        #expect(try await ids("only=wrong", on: server) == [id])
        #expect(try await ids("only=correct", on: server) == [])
    }

    @Test(
        "what is no digit is refused and changes nothing",
        arguments: [
            #"{}"#, #"{"ground_truth": 10}"#, #"{"ground_truth": -1}"#, #"{"ground_truth": 4.5}"#,
            #"{"ground_truth": "4"}"#, #"{"ground_truth": true}"#, #"{"ground_truth": [4]}"#, #"[4]"#, #"4"#,
            #"{"ground_truth": 1e300}"#, #"{"truth": 4}"#,
        ])
    func refused(body: String) async throws {
        let server = try await DigitsServer.withStrokes()
        let id = try #require(try await server.predict(Picture.upright)["id"]?.stringValue)
        let scenario = Scenario.refused(
            body, .json("PATCH", "/api/v1/records/\(id)", body), 400,
            "Champ 'ground_truth' invalide (entier de 0 à 9, ou null)")
        try await scenario.check(on: server)
        #expect(try await server.get("/api/v1/records?fields=all")[0]?["ground_truth"] == .null)
    }

    @Test("a whole number may be written with a fraction of zero", arguments: DigitsStore.allCases)
    func wholeNumber(store: DigitsStore) async throws {
        let server = try await DigitsServer.withStrokes(.on(store))
        let id = try #require(try await server.predict(Picture.upright)["id"]?.stringValue)
        #expect(
            try await server.json(.json("PATCH", "/api/v1/records/\(id)", #"{"ground_truth": 4.0}"#))["ground_truth"]
                == 4)
    }

    private static let others: [Scenario] = [
        .refused("unknown id", .json("PATCH", "/api/v1/records/68b8c1f0a1b2c3d4e5f60718", truth), 404, "Not found."),
        .refused("no id", .json("PATCH", "/api/v1/records/x", truth), 404, "Not found."),
        .refused("SQL as id", .json("PATCH", "/api/v1/records/'%20OR%20'1'='1", truth), 404, "Not found."),
        .refused("empty id", .json("PATCH", "/api/v1/records/", truth), 404, "Not found."),
        .refused(
            "GET", HTTPCall("GET", "/api/v1/records/68b8c1f0a1b2c3d4e5f60718"), 405, "Method \"GET\" not allowed."),
        .refused("PATCH of all", .json("PATCH", "/api/v1/records", truth), 405, "Method \"PATCH\" not allowed."),
        Scenario(
            name: "no JSON", call: .json("PATCH", "/api/v1/records/68b8c1f0a1b2c3d4e5f60718", "{"), status: 400,
            detail: "JSON parse error - "),
        .refused(
            "form",
            HTTPCall(
                "PATCH", "/api/v1/records/68b8c1f0a1b2c3d4e5f60718",
                headers: [("Content-Type", "application/x-www-form-urlencoded")], body: Array("ground_truth=4".utf8)),
            415, "Unsupported media type \"application/x-www-form-urlencoded\" in request."),
    ]
    private static let truth = #"{"ground_truth": 4}"#

    @Test("other requests are refused in the original's words", arguments: others)
    func refusals(scenario: Scenario) async throws {
        try await scenario.check(on: try await DigitsServer())
    }
}

extension DigitsServer {
    /// Writes a record as a past prediction left it.
    func insert(
        _ number: Int, createdAt microseconds: Int64, truth: Int? = nil, latency: Int = 1, probability: Double = 0.5
    ) async throws {
        try await app.drawings.insert(
            Drawing(
                id: .next(), predictedDigit: number % 10, probability: probability, latencyMilliseconds: latency,
                createdAt: Timestamp(microseconds: microseconds), modelID: nil, version: .next(), isStub: false,
                groundTruth: truth))
    }
}
