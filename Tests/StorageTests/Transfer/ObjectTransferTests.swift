import Storage
import TestSupport
import Testing

@Suite("copying objects", .timeLimit(.minutes(10)))
struct ObjectTransferTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func filled(_ count: Int) async throws -> InMemoryObjectStore {
        let store = InMemoryObjectStore()
        for number in 0..<count {
            try await store.put(
                [UInt8](repeating: UInt8(number & 255), count: number * 13), key: ObjectKey("a\(number % 7)/\(number)"))
        }
        return store
    }

    @Test("every object arrives, and running it again copies nothing", arguments: ObjectDriver.allCases)
    func all(driver: ObjectDriver) async throws {
        // More than a page of a listing where that takes no round trips.
        let count = driver == .files || driver == .memory ? 1_200 : 60
        let (source, target) = (try await filled(count), try await driver.open(folder))
        let transfer = ObjectTransfer(from: source, to: target)
        #expect(try await transfer.plan().present == 0)
        let extent = try await transfer.run { _ in }
        #expect(extent.objects == count)
        #expect(extent.bytes == 13 * count * (count - 1) / 2)
        #expect(extent.present == count)
        #expect(try await transfer.plan() == extent)
        for object in try await source.list(prefix: "", limit: .max) {
            #expect(try await target.get(object.key) == source.get(object.key))
        }
        await target.close()
    }

    @Test("one that is half there goes on, and one with other content of the same size is mended")
    func resumed() async throws {
        let (source, target) = (try await filled(20), try await filled(10))
        try await target.put([UInt8](repeating: 99, count: 5 * 13), key: ObjectKey("a5/5"))
        #expect(try await ObjectTransfer(from: source, to: target).plan().present == 10)
        #expect(try await ObjectTransfer(from: source, to: target).run { _ in }.present == 20)
        #expect(try await target.get(ObjectKey("a5/5")) == [UInt8](repeating: 5, count: 5 * 13))
    }

    @Test("a target with something else is refused, wherever it sorts", arguments: ["a0/x", "a9/x", "A"])
    func refusal(key: String) async throws {
        let (source, target) = (try await filled(20), InMemoryObjectStore())
        try await target.put([1], key: ObjectKey(key))
        await #expect(throws: TransferError.targetHasData("the object \(key)")) {
            try await ObjectTransfer(from: source, to: target).run { _ in }
        }
        #expect(try await target.list(prefix: "", limit: .max).count == 1)
    }
}
