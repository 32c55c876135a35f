import JSON
import Storage

extension SQLPredictionLog {
    /// The most rows of one page.
    static let largestPage = 1000

    /// The columns that make a record.
    static let columns: SQLStatement = """
        id, app, version, label, scores, confidence, entropy, margin, latency_ms, outcome, reason, input, created_at
        """

    /// One row more than a page has, which tells whether there is a next one.
    static func fetched(_ limit: Int) -> Int { min(max(1, limit), largestPage) + 1 }

    /// Makes a page of the rows that `fetched` asked for.
    static func page(
        _ rows: [SQLRow], limit: Int, key: (PredictionRecord) -> UInt64
    ) throws -> Page<PredictionRecord> {
        let items = try rows.prefix(fetched(limit) - 1).map(prediction)
        guard rows.count > items.count, let last = items.last else { return Page(items: items, next: nil) }
        return Page(items: items, next: PageCursor(key: key(last), id: last.id))
    }

    static func text(of scores: [ClassScore]) -> String? {
        guard !scores.isEmpty else { return nil }
        // Pairs rather than an object: two classes may share a name, and both count.
        let pairs = scores.map { JSONValue.array([.string(StoredText.of($0.label)), .number($0.score)]) }
        return JSONValue.array(pairs).text()
    }

    private static func scores(of text: String) throws(StorageError) -> [ClassScore] {
        guard let pairs = try? JSONValue(parsing: text).arrayValue else {
            throw .corrupt(detail: "the scores of a prediction are not a list")
        }
        return pairs.map { ClassScore($0[0]?.stringValue ?? "", $0[1]?.doubleValue ?? .nan) }
    }

    static func prediction(_ row: SQLRow) throws -> PredictionRecord {
        let reason = try row.optionalText("reason") ?? ""
        let outcome: PredictionOutcome =
            switch Int(try row.integer("outcome")) {
            case Outcome.success: .success
            case Outcome.refused: .refused(reason: reason)
            case Outcome.failed: .failed(reason: reason)
            case let other: throw StorageError.corrupt(detail: "there is no outcome \(other)")
            }
        let uncertainty: Uncertainty? =
            if let entropy = try row.optionalReal("entropy"), let margin = try row.optionalReal("margin") {
                Uncertainty(entropy: entropy, margin: margin)
            } else { nil }
        return PredictionRecord(
            id: try row.get("id"), app: try row.get("app"), version: try row.get("version"),
            label: try row.get("label"), scores: try row.optionalText("scores").map { try scores(of: $0) } ?? [],
            confidence: try row.get("confidence"), uncertainty: uncertainty,
            latencyMilliseconds: try row.get("latency_ms"), outcome: outcome, input: try row.get("input"),
            createdAt: try row.get("created_at"))
    }

    static func feedback(_ row: SQLRow) throws -> FeedbackRecord {
        let subject = try row.text("subject")
        return FeedbackRecord(
            id: try row.get("id"), prediction: try row.get("prediction"), app: try row.get("app"),
            subject: subject.isEmpty ? nil : subject, agrees: try row.get("agrees"),
            correction: try row.get("correction"), createdAt: try row.get("created_at"))
    }
}
