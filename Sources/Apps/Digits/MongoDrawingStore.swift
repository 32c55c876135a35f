import Foundation
import JSON
import Observability
import Storage
import Synchronization

/// Drawings in the collection `drawings` of a MongoDB, in the documents of the backend that the app replaces.
///
/// What that backend does not know lies in one more member, `prunelle`, which it passes over.
final class MongoDrawingStore: DrawingStore {
    private static let collection = "drawings"
    /// Longest data URL that lies in the document itself, in bytes; MongoDB takes 16 MiB with everything.
    private static let largestImage = 12 << 20

    private let database: MongoDatabase
    private let isPrepared = Atomic(false)

    init(_ database: MongoDatabase) { self.database = database }

    func insert(_ drawing: Drawing) async throws {
        var document = Self.document(drawing)
        if let image = drawing.image, image.utf8.count > Self.largestImage {
            document["image_type"] = "gridfs"
            document["image"] = .objectID(try await upload(image, of: drawing.id))
        }
        try await database.append(document, to: Self.collection)
    }

    private func upload(_ image: String, of id: ObjectID) async throws -> ObjectID {
        let file = FileManager.default.temporaryDirectory.appending(path: "drawing-\(id)")
        defer { try? FileManager.default.removeItem(at: file) }
        let bytes = Array(image.utf8)
        try Data(bytes).write(to: file)
        return try await GridFSBucket(database).upload(
            file, name: "\(id).dataurl", contentType: "text/plain", hash: ContentHash(of: bytes))
    }

    func latest(_ limit: Int, filter: DrawingFilter?, pictures: Bool) async throws -> [Drawing] {
        var stages: [BSONDocument] = []
        if let filter { stages.append(["$match": Self.condition(filter)]) }
        stages += [["$sort": ["created_at": -1, "_id": -1]], ["$limit": .int(limit)]]
        if pictures {
            let length: BSONValue = ["$strLenBytes": "$image"]
            let listed: BSONValue = [
                "$cond": [["$lte": [length, .int(Drawing.largestListedImage)]], "$image", nil]
            ]
            // The length is asked of texts only: for other values it would be an error.
            stages.append([
                "$addFields": ["image": ["$cond": [["$eq": [["$type": "$image"], "string"]], listed, nil]]]
            ])
        } else {
            stages.append(["$project": ["image": 0, "prunelle.seen": 0]])
        }
        return try await database.aggregate(stages, in: Self.collection).compactMap(Self.drawing)
    }

    private static func condition(_ filter: DrawingFilter) -> BSONValue {
        let comparison: BSONValue =
            switch filter {
            case .correct: ["$eq": ["$ground_truth", "$pred_digit"]]
            case .wrong: ["$ne": ["$ground_truth", "$pred_digit"]]
            }
        return ["ground_truth": ["$ne": nil], "$expr": comparison]
    }

    func page(after id: ObjectID?, limit: Int) async throws -> [Drawing] {
        // Identifiers that are none of theirs, as another program may have made, sort apart and are left out.
        let range: BSONDocument = ["_id": ["$gt": .objectID(id ?? ObjectID("000000000000000000000000") ?? .next())]]
        let documents = try await database.find(range, in: Self.collection, .init(sort: ["_id": 1], limit: limit))
        var drawings: [Drawing] = []
        for document in documents {
            guard var drawing = Self.drawing(document) else { continue }
            if document["image_type"]?.stringValue == "gridfs", let file = document["image"]?.objectID {
                drawing.image = try await image(file)
            }
            drawings.append(drawing)
        }
        return drawings
    }

    /// A data URL that lies in a file of its own.
    private func image(_ id: ObjectID) async throws -> String {
        let copy = FileManager.default.temporaryDirectory.appending(path: "drawing-\(ObjectID.next())")
        defer { try? FileManager.default.removeItem(at: copy) }
        _ = try await GridFSBucket(database).download(id, to: copy)
        return String(decoding: try Data(contentsOf: copy), as: UTF8.self)
    }

    func annotate(_ id: ObjectID, as digit: Int?) async throws -> Drawing? {
        try await database.updateAndFind(
            ["_id": .objectID(id)], in: Self.collection,
            ["$set": ["ground_truth": digit.map { .int($0) } ?? .null]]
        ).flatMap(Self.drawing)
    }

    func purge(before: Timestamp, corrected: Bool, dryRun: Bool) async throws -> Int {
        let truth: BSONValue = corrected ? ["$ne": nil] : nil
        return try await delete(["created_at": ["$lt": .date(before)], "ground_truth": truth], dryRun: dryRun)
    }

    func remove(_ id: ObjectID, dryRun: Bool) async throws -> Bool {
        try await delete(["_id": .objectID(id)], dryRun: dryRun) > 0
    }

    /// Removes drawings with the images that lie in files of their own, or only counts them.
    private func delete(_ filter: BSONDocument, dryRun: Bool) async throws -> Int {
        if dryRun { return try await database.count(filter, in: Self.collection) }
        var filed = filter
        filed["image_type"] = "gridfs"
        let drawings = try await database.find(filed, in: Self.collection, .init(projection: ["image": 1]))
        // The files go first: a drawing without its file can be purged again, a file without its drawing cannot be found.
        for image in drawings.compactMap({ $0["image"]?.objectID }) {
            try await GridFSBucket(database).delete(image)
        }
        return try await database.delete(filter, in: Self.collection)
    }

    func overview() async throws -> DrawingOverview {
        let groups = try await database.aggregate(
            [["$group": ["_id": "$pred_digit", "n": ["$sum": 1]]]], in: Self.collection)
        var overview = DrawingOverview(total: 0, distribution: [])
        for group in groups {
            let count = group["n"]?.intValue ?? 0
            overview.total += count
            if let digit = group["_id"]?.intValue { overview.distribution.append((digit, count)) }
        }
        overview.distribution.sort { $0.digit < $1.digit }
        return overview
    }

    func summary() async throws -> DrawingSummary {
        var summary = DrawingSummary(
            total: try await overview().total,
            confusion: [[Int]](repeating: [Int](repeating: 0, count: 10), count: 10), days: [], latencies: [])
        let annotated = try await database.aggregate(
            [
                ["$match": ["ground_truth": ["$ne": nil], "pred_digit": ["$ne": nil]]],
                ["$group": ["_id": ["truth": "$ground_truth", "digit": "$pred_digit"], "n": ["$sum": 1]]],
            ], in: Self.collection)
        for group in annotated {
            guard let pair = group["_id"]?.documentValue, let truth = pair["truth"]?.intValue,
                let digit = pair["digit"]?.intValue, (0..<10).contains(truth), (0..<10).contains(digit)
            else { continue }
            summary.confusion[truth][digit] = group["n"]?.intValue ?? 0
        }
        summary.days = try await days()
        let latencies = try await database.find(
            [:], in: Self.collection,
            .init(sort: ["created_at": -1, "_id": -1], limit: 1000, projection: ["latency_ms": 1]))
        summary.latencies = latencies.compactMap { $0["latency_ms"]?.intValue }.sorted()
        return summary
    }

    private func days() async throws -> [DrawingSummary.Day] {
        let since = Timestamp(microseconds: Timestamp.now.microseconds - 30 * 86_400_000_000)
        let day: BSONValue = ["$dateToString": ["format": "%Y-%m-%d", "date": "$created_at"]]
        let groups = try await database.aggregate(
            [
                ["$match": ["created_at": ["$gte": .date(since)]]],
                [
                    "$group": [
                        "_id": day, "n": ["$sum": 1], "p": ["$avg": "$proba"], "l": ["$avg": "$latency_ms"],
                    ]
                ],
                ["$sort": ["_id": 1]],
            ], in: Self.collection)
        return groups.compactMap { group in
            guard let day = group["_id"]?.stringValue else { return nil }
            return DrawingSummary.Day(
                day: day, count: group["n"]?.intValue ?? 0, meanProbability: group["p"]?.doubleValue ?? 0,
                meanLatencyMilliseconds: group["l"]?.doubleValue ?? 0)
        }
    }

    func check() async throws -> String {
        try await database.check()
        if isPrepared.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged {
            // Not waited for: on a large collection it takes its time, and nothing depends on it but speed.
            Task { [self] in
                do {
                    try await prepare()
                } catch {
                    isPrepared.store(false, ordering: .relaxed)
                }
            }
        }
        return "connected"
    }

    private func prepare() async throws {
        try await database.createIndexes(
            [
                MongoIndex("created_at_-1__id_-1", ["created_at": -1, "_id": -1]),
                MongoIndex("pred_digit_1", ["pred_digit": 1]),
            ], on: Self.collection)
    }
}

extension MongoDrawingStore {
    /// The document of a drawing whose image is small enough to lie in it.
    private static func document(_ drawing: Drawing) -> BSONDocument {
        var extra = BSONDocument()
        extra["version"] = drawing.version.map { .objectID($0) }
        extra["seen"] = drawing.seen.map { .binary($0) }
        let modelID = MongoJSON.stored(drawing.modelID, "model_id", beside: &extra)
        var document: BSONDocument = [
            "_id": .objectID(drawing.id), "image_type": "png_base64",
            "image": drawing.image.map { .string($0) } ?? .null,
            "pred_digit": drawing.predictedDigit.map { .int($0) } ?? .null, "proba": .double(drawing.probability),
            "latency_ms": .int(drawing.latencyMilliseconds), "created_at": .date(drawing.createdAt),
            "model_id": modelID, "stub": .bool(drawing.isStub),
            "ground_truth": drawing.groundTruth.map { .int($0) } ?? .null,
        ]
        if !extra.isEmpty { document["prunelle"] = .document(extra) }
        return document
    }

    /// Reads a document, also of the original; nil where its identifier is none of theirs.
    private static func drawing(_ document: BSONDocument) -> Drawing? {
        guard let id = document["_id"]?.objectID else { return nil }
        let extra = document["prunelle"]?.documentValue ?? [:]
        let version = extra["version"]?.objectID
        return Drawing(
            id: id, image: document["image"]?.stringValue, seen: extra["seen"]?.bytes,
            predictedDigit: document["pred_digit"]?.intValue, probability: document["proba"]?.doubleValue ?? 0,
            latencyMilliseconds: document["latency_ms"]?.intValue ?? 0,
            createdAt: document["created_at"]?.dateValue ?? Timestamp(microseconds: Int64(id.seconds) * 1_000_000),
            modelID: MongoJSON.read(document["model_id"], "model_id", beside: extra), version: version,
            isStub: document["stub"]?.boolValue ?? (version == nil), groundTruth: document["ground_truth"]?.intValue)
    }
}

/// Any JSON in documents of MongoDB, which cannot keep all of it.
enum MongoJSON {
    /// The value as a member of a document; what MongoDB could not keep becomes its text, and a note tells so.
    static func stored(_ json: JSONValue, _ key: String, beside extra: inout BSONDocument) -> BSONValue {
        if let value = BSONValue(json: json) { return value }
        extra["\(key)_is_json"] = true
        return .string(json.text())
    }

    /// What `stored` was given, or what another program has written.
    static func read(_ value: BSONValue?, _ key: String, beside extra: BSONDocument) -> JSONValue {
        guard let value else { return .null }
        if extra["\(key)_is_json"]?.boolValue == true, let text = value.stringValue {
            return (try? JSONValue(parsing: text)) ?? .string(text)
        }
        return value.json
    }
}
