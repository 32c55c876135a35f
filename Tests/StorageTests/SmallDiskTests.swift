import Foundation
import Storage
import TestSupport
import Testing

/// What happens when the disk itself is full or read-only.
@Suite(
    .timeLimit(.minutes(10)),
    .enabled(if: SmallDisk.isPossible, "mounting a small file system needs root"))
struct SmallDiskTests {
    private let disk = SmallDisk(mebibytes: 4)
    private let root: URL

    init() throws { root = try #require(disk.root) }

    @Test("rows that were acknowledged before the disk was full are there afterwards, and room made is used")
    func rows() async throws {
        let file = root.appending(path: "test.sqlite")
        var database = try SQLiteDatabase(file: file)
        try await database.migrate(Notes.migrations, namespace: "notes")
        try Data(repeating: 0, count: 1 << 20).write(to: root.appending(path: "ballast"))
        let content = [UInt8](repeating: 1, count: 50_000)
        var acknowledged: [Int] = []
        var failure: (any Error)?
        for id in 0..<200 where failure == nil {
            do {
                try await database.write("INSERT INTO notes (id, content) VALUES (\(bind: id), \(bind: content))")
                acknowledged.append(id)
            } catch {
                failure = error
            }
        }
        #expect(kind(of: failure) == "full")
        #expect(acknowledged.count > 10)
        #expect(try await Notes.ids(database) == acknowledged)
        try FileManager.default.removeItem(at: root.appending(path: "ballast"))
        try await database.write(Notes.insert(1_000))
        await database.close()
        database = try SQLiteDatabase(file: file)
        #expect(try await Notes.ids(database) == acknowledged + [1_000])
        await database.close()
    }

    @Test("an object for which there is no room leaves nothing behind, and smaller ones are still stored")
    func objects() async throws {
        let store = try FileObjectStore(root: root.appending(path: "objects"))
        let large = [UInt8](repeating: 1, count: 3 << 20)
        try await store.put(large, key: ObjectKey("first"))
        await #expect { try await store.put(large, key: ObjectKey("second")) } throws: { kind(of: $0) == "full" }
        await #expect { try await store.put(large, key: ObjectKey("first")) } throws: { kind(of: $0) == "full" }
        await #expect { try await store.copy(ObjectKey("first"), to: ObjectKey("x")) } throws: {
            kind(of: $0) == "full"
        }
        try await store.put(Array(large[..<500_000]), key: ObjectKey("small"))
        #expect(try await store.list(prefix: "").map(\.key.text) == ["first", "small"])
        #expect(try await store.get(ObjectKey("first")) == large)
        await store.close()
    }

    @Test("a file from another file system is moved in by copying")
    func foreignFile() async throws {
        let store = try FileObjectStore(root: root.appending(path: "objects"))
        let folder = try TemporaryFolder()
        let file = folder.file("upload")
        try Data(repeating: 3, count: 1_500_000).write(to: file)
        try await store.put(file: file, handover: .moving, key: ObjectKey("a/b"))
        #expect(try await store.get(ObjectKey("a/b")) == [UInt8](repeating: 3, count: 1_500_000))
        #expect(!FileManager.default.fileExists(atPath: file.path))
        await store.close()
    }

    @Test("a read-only disk is told apart and can be read")
    func readOnly() async throws {
        let place = root.appending(path: "objects")
        let database = try SQLiteDatabase(file: root.appending(path: "test.sqlite"))
        try await database.migrate(Notes.migrations, namespace: "notes")
        await database.close()
        let first = try FileObjectStore(root: place)
        try await first.put([1], key: ObjectKey("a"))
        await first.close()
        try #require(disk.forbidWriting())
        let second = try FileObjectStore(root: place)
        #expect(try await second.get(ObjectKey("a")) == [1])
        await #expect { try await second.put([2], key: ObjectKey("a")) } throws: { kind(of: $0) == "readOnly" }
        await #expect { try await second.delete(ObjectKey("a")) } throws: { kind(of: $0) == "readOnly" }
        await second.close()
        #expect { try SQLiteDatabase(file: root.appending(path: "test.sqlite")) } throws: { error in
            ["readOnly", "unavailable"].contains(kind(of: error))
        }
    }
}
