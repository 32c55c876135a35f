import Foundation
import JSON
import Observability
import Storage
import TestSupport
import Testing

@testable import Digits

/// What every store of drawings promises.
@Suite("Stores of drawings", .timeLimit(.minutes(10)))
struct DrawingStoreTests {
    /// A store and how to open it once more.
    private final class Opened {
        let store: any DrawingStore
        private let sql: (any SQLDatabase)?
        private let documents: MongoDatabase?

        init(_ kind: DigitsStore, _ folder: TemporaryFolder, _ name: String) async throws {
            if kind == .mongoDB {
                sql = nil
                let database = try MongoServer.shared.get().open(name)
                documents = database
                store = MongoDrawingStore(database)
            } else {
                documents = nil
                let database = try await kind.driver.open(folder.url)
                sql = database
                store = try await SQLDrawingStore(database)
            }
        }

        func close() async {
            await sql?.close()
            await documents?.close()
        }
    }

    private static let modelIDs: [JSONValue] = [
        nil, "x", 7, 1.5, true, ["a": [1, nil]], ["$where": 1], ["a\0b": ["c.d": "é"]], .integer(.max),
    ]

    private static func drawing(using random: inout some RandomNumberGenerator, at millisecond: Int64) -> Drawing {
        let isStub = Int.random(in: 0..<4, using: &random) == 0
        return Drawing(
            id: .next(), image: isStub ? "data:image/png;base64,AAAA" : nil,
            seen: isStub ? nil : (0..<784).map { UInt8(truncatingIfNeeded: $0) },
            predictedDigit: isStub ? nil : .random(in: 0...9, using: &random),
            probability: isStub ? 0 : .random(in: 0...1, using: &random),
            latencyMilliseconds: .random(in: 0...9_999, using: &random),
            createdAt: Timestamp(microseconds: millisecond * 1_000),
            modelID: modelIDs.randomElement(using: &random) ?? nil, version: isStub ? nil : .next(), isStub: isStub,
            groundTruth: Bool.random(using: &random) ? .random(in: 0...9, using: &random) : nil)
    }

    @Test("a drawing is read back as it was kept", arguments: DigitsStore.allCases)
    func roundTrip(kind: DigitsStore) async throws {
        let folder = try TemporaryFolder()
        let opened = try await Opened(kind, folder, MongoServer.databaseName())
        for (number, modelID) in Self.modelIDs.enumerated() {
            var random = RepeatableRandom(seed: number)
            var drawing = Self.drawing(using: &random, at: 1_700_000_000_000 + Int64(number))
            drawing.modelID = modelID
            try await opened.store.insert(drawing)
            #expect(try await opened.store.latest(1, filter: nil, pictures: true) == [drawing])
            let plain = try await opened.store.latest(1, filter: nil, pictures: false)
            #expect(plain.first?.image == nil && plain.first?.seen == nil && plain.first?.modelID == modelID)
        }
        let again = try #require(try await opened.store.latest(1, filter: nil, pictures: true).first)
        let conflict = await #expect(throws: StorageError.self) { try await opened.store.insert(again) }
        if case .conflict = conflict {} else { Issue.record("\(String(describing: conflict))") }
        await opened.close()
    }

    /// Drives a store and an array side by side, closing and opening the store in between.
    @Test("a store holds what an array would", arguments: DigitsStore.allCases, 1...5)
    func walk(kind: DigitsStore, seed: Int) async throws {
        let folder = try TemporaryFolder()
        let name = MongoServer.databaseName()
        var opened = try await Opened(kind, folder, name)
        var random = RepeatableRandom(seed: seed)
        var model: [Drawing] = []
        for step in 0..<100 {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<11:
                // Several of one moment, in no order.
                let drawing = Self.drawing(using: &random, at: .random(in: 0..<50, using: &random))
                try await opened.store.insert(drawing)
                model.append(drawing)
            case 11..<15:
                let truth: Int? = Bool.random(using: &random) ? .random(in: 0...9, using: &random) : nil
                let id = model.randomElement(using: &random)?.id ?? .next()
                let changed = try await opened.store.annotate(id, as: truth)
                let index = model.firstIndex { $0.id == id }
                if let index { model[index].groundTruth = truth }
                #expect(changed == index.map { model[$0] })
            case 15:
                #expect(try await opened.store.annotate(.next(), as: 3) == nil)
            case 16:
                let id = model.randomElement(using: &random)?.id ?? .next()
                let isThere = try await opened.store.remove(id, dryRun: false)
                #expect(isThere == model.contains { $0.id == id })
                model.removeAll { $0.id == id }
            case 17:
                let moment = Timestamp(microseconds: .random(in: 0..<10, using: &random) * 1_000)
                let isCorrected = Bool.random(using: &random)
                let count = try await opened.store.purge(before: moment, corrected: isCorrected, dryRun: false)
                let before = model.count
                model.removeAll { $0.createdAt < moment && ($0.groundTruth != nil) == isCorrected }
                #expect(count == before - model.count)
            default:
                await opened.close()
                opened = try await Opened(kind, folder, name)
            }
            try await compare(opened.store, model, "seed \(seed), step \(step)")
        }
        await opened.close()
    }

    private func compare(_ store: any DrawingStore, _ model: [Drawing], _ comment: Comment) async throws {
        let sorted = model.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
        #expect(try await store.latest(1_000, filter: nil, pictures: true) == sorted, comment)
        #expect(try await store.latest(3, filter: nil, pictures: true) == Array(sorted.prefix(3)), comment)
        for (filter, isRight) in [(DrawingFilter.correct, true), (.wrong, false)] {
            let expected = sorted.filter { $0.groundTruth != nil && ($0.groundTruth == $0.predictedDigit) == isRight }
            #expect(try await store.latest(1_000, filter: filter, pictures: true) == expected, comment)
        }
        let digits = Dictionary(grouping: model.compactMap(\.predictedDigit)) { $0 }.mapValues(\.count)
        let overview = DrawingOverview(
            total: model.count, distribution: digits.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        #expect(try await store.overview() == overview, comment)
        let summary = try await store.summary()
        #expect(summary.total == model.count, comment)
        #expect(summary.latencies == model.map(\.latencyMilliseconds).sorted(), comment)
        let annotated = model.filter { $0.groundTruth != nil && $0.predictedDigit != nil }
        #expect(summary.annotated == annotated.count, comment)
        #expect(summary.correct == annotated.count { $0.groundTruth == $0.predictedDigit }, comment)
    }
}
