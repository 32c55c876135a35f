import Foundation
import Storage
import TestSupport
import Testing

/// What every object store promises.
@Suite(.timeLimit(.minutes(10)))
struct ObjectStoreContractTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// So many bytes, different at both ends and in the middle.
    private func pattern(_ size: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 7, count: size)
        for (mark, position) in [0, size / 2, size - 1].enumerated() where bytes.indices.contains(position) {
            bytes[position] = UInt8(mark)
        }
        return bytes
    }

    @Test("bytes come back as they went in", arguments: ObjectDriver.allCases, [0, 1, 4_096, 2_500_001])
    func bytes(driver: ObjectDriver, size: Int) async throws {
        let store = try await driver.open(folder)
        let key = try ObjectKey("a/b/c.bin")
        try await store.put(pattern(size), key: key)
        #expect(try await store.get(key) == pattern(size))
        #expect(try await store.size(of: key) == size)
        #expect(try await store.exists(key))
        try await store.download(key, to: folder.file("copy"))
        #expect(try Data(contentsOf: folder.file("copy")) == Data(pattern(size)))
        #expect(try await store.withFile(of: key) { try Data(contentsOf: $0) } == Data(pattern(size)))
    }

    @Test("writing again replaces", arguments: ObjectDriver.allCases)
    func replacing(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        let key = try ObjectKey("a")
        for size in [100, 10, 0, 5] {
            try await store.put(pattern(size), key: key)
            #expect(try await store.get(key) == pattern(size))
        }
        #expect(try await store.list(prefix: "") == [StoredObject(key: key, size: 5)])
    }

    @Test(
        "what is not there is told as such", arguments: ObjectDriver.allCases,
        ["absent", "there/below", "folder", "folder/x"])
    func absent(driver: ObjectDriver, name: String) async throws {
        let store = try await driver.open(folder)
        // On a server without folders the object below is another one, and this is no question.
        if !driver.knowsFolders, name == "there/below" { return }
        try await store.put([1], key: ObjectKey("there"))
        try await store.put([1], key: ObjectKey("folder/inside"))
        let key = try ObjectKey(name)
        #expect(try await store.size(of: key) == nil)
        #expect(try await !store.exists(key))
        await #expect { try await store.get(key) } throws: { kind(of: $0) == "notFound" }
        await #expect { try await store.download(key, to: folder.file("copy")) } throws: { kind(of: $0) == "notFound" }
        await #expect { try await store.localFile(of: key) } throws: { kind(of: $0) == "notFound" }
        await #expect { try await store.withFile(of: key) { _ in } } throws: { kind(of: $0) == "notFound" }
        await #expect { try await store.copy(key, to: ObjectKey("x")) } throws: { kind(of: $0) == "notFound" }
        try await store.delete(key)
        #expect(try await store.list(prefix: "").map(\.key.text) == ["folder/inside", "there"])
    }

    @Test("an object larger than the caller can take is refused", arguments: ObjectDriver.allCases)
    func limit(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        let key = try ObjectKey("a")
        try await store.put(pattern(10), key: key)
        #expect(try await store.get(key, limit: 10).count == 10)
        await #expect { try await store.get(key, limit: 9) } throws: { kind(of: $0) == "tooLarge" }
    }

    @Test(
        "a key is not a folder of another, until that is gone", arguments: ObjectDriver.allCases.filter(\.knowsFolders))
    func foldersAndObjects(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        let (outer, inner) = (try ObjectKey("a/b"), try ObjectKey("a/b/c/d"))
        try await store.put([1], key: outer)
        await #expect { try await store.put([2], key: inner) } throws: { kind(of: $0) == "conflict" }
        try await store.delete(outer)
        try await store.put([2], key: inner)
        await #expect { try await store.put([1], key: outer) } throws: { kind(of: $0) == "conflict" }
        await #expect { try await store.copy(inner, to: outer) } throws: { kind(of: $0) == "conflict" }
        #expect(try await store.get(inner) == [2])
        try await store.delete(inner)
        try await store.put([1], key: outer)
        #expect(try await store.get(outer) == [1])
    }

    @Test("a file is copied or moved in", arguments: ObjectDriver.allCases, [FileHandover.copying, .moving])
    func files(driver: ObjectDriver, handover: FileHandover) async throws {
        let store = try await driver.open(folder)
        let file = folder.file("upload")
        try Data(pattern(2_000_000)).write(to: file)
        try await store.put(file: file, handover: handover, key: ObjectKey("models/m"))
        #expect(try await store.get(ObjectKey("models/m")) == pattern(2_000_000))
        #expect(FileManager.default.fileExists(atPath: file.path) == (handover == .copying))
    }

    @Test("a file that cannot be stored stays where it is", arguments: ObjectDriver.allCases.filter(\.knowsFolders))
    func refusedFile(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        try await store.put([1], key: ObjectKey("a"))
        let file = folder.file("upload")
        try Data([1, 2, 3]).write(to: file)
        await #expect {
            try await store.put(file: file, handover: .moving, key: ObjectKey("a/b"))
        } throws: { kind(of: $0) == "conflict" }
        #expect(try Data(contentsOf: file) == Data([1, 2, 3]))
        await #expect {
            try await store.put(file: folder.file("absent"), handover: .copying, key: ObjectKey("x"))
        } throws: { kind(of: $0) == "notFound" }
    }

    @Test("a copy lives its own life", arguments: ObjectDriver.allCases)
    func copies(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        let (source, target) = (try ObjectKey("a"), try ObjectKey("b/c"))
        try await store.put([1], key: source)
        try await store.copy(source, to: target)
        try await store.copy(source, to: source)
        try await store.put([2], key: source)
        #expect(try await store.get(target) == [1])
        try await store.delete(source)
        #expect(try await store.get(target) == [1])
    }

    @Test("listings are in the order of the keys, by any prefix and page", arguments: ObjectDriver.allCases)
    func listing(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        // `-` and `.` sort before `/`, digits and letters behind it.
        let names = ["a-b", "a.b", "a/b", "a/c/d", "a/c-d", "a0", "aa/b", "b", "B", "ab/c/d/e"]
        for name in names.shuffled() { try await store.put(Array(name.utf8), key: ObjectKey(name)) }
        let sorted = driver.sorted(try names.map { try ObjectKey($0) })
        #expect(driver == .s3 || sorted.map(\.text).prefix(3) == ["B", "a-b", "a.b"])
        #expect(try await store.list(prefix: "").map(\.key) == sorted)
        #expect(try await store.list(prefix: "").allSatisfy { $0.size == $0.key.text.utf8.count })
        for prefix in ["a", "a/", "a/c", "a/c/", "ab/c/d", "z", "a/b/c", "/", "../"] {
            #expect(
                try await store.list(prefix: prefix).map(\.key) == sorted.filter { $0.text.hasPrefix(prefix) },
                "prefix \(prefix)")
        }
        for size in 1...4 {
            var paged: [ObjectKey] = []
            while case let page = try await store.list(prefix: "a", after: paged.last, limit: size), !page.isEmpty {
                #expect(page.count <= size)
                paged += page.map(\.key)
            }
            #expect(paged == sorted.filter { $0.text.hasPrefix("a") }, "pages of \(size)")
        }
    }

    @Test("readers see the old object or the new one, never a mixture", arguments: ObjectDriver.allCases)
    func atomicity(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        let key = try ObjectKey("shared")
        func version(_ number: UInt8) -> [UInt8] { Array(repeating: number, count: 200_000 + Int(number) * 1_000) }
        try await store.put(version(0), key: key)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task: UInt8 in 0..<2 {
                group.addTask {
                    for number in 0..<10 { try await store.put(version(task * 10 + UInt8(number)), key: key) }
                }
                group.addTask {
                    for _ in 0..<30 {
                        let bytes = try await store.get(key)
                        #expect(bytes == version(bytes[0]))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("many tasks may store under the same folders", arguments: ObjectDriver.allCases)
    func concurrency(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask { try await store.put([UInt8(number)], key: ObjectKey("x/\(number % 3)/\(number)")) }
            }
            try await group.waitForAll()
        }
        #expect(try await store.list(prefix: "x/").count == 60)
    }

    @Test("a closed store refuses", arguments: ObjectDriver.allCases)
    func closing(driver: ObjectDriver) async throws {
        let store = try await driver.open(folder)
        let key = try ObjectKey("a")
        try await store.put([1], key: key)
        await store.close()
        await store.close()
        await #expect { try await store.get(key) } throws: { kind(of: $0) == "unavailable" }
        await #expect { try await store.put([2], key: key) } throws: { kind(of: $0) == "unavailable" }
        await #expect { try await store.list(prefix: "") } throws: { kind(of: $0) == "unavailable" }
    }

    @Test("a store holds what a dictionary would", arguments: ObjectDriver.allCases, 1...6)
    func walk(driver: ObjectDriver, seed: Int) async throws {
        var random = RepeatableRandom(seed: seed)
        var model: [ObjectKey: [UInt8]] = [:]
        var store = try await driver.open(folder)
        // Where there are no folders, the rule about them is the caller's to keep.
        let names =
            driver.knowsFolders ? ["a", "a/b", "a/b/c", "a/d", "e", "e/f"] : ["a.b", "a/b", "a/c/d", "a-d", "e/f"]
        let keys = try (names + ["g-h", "i.j/k"]).map { try ObjectKey($0) }
        for number in 0..<120 {
            let key = keys.randomElement(using: &random) ?? keys[0]
            let isBlocked = model.keys.contains {
                $0.text.hasPrefix(key.text + "/") || key.text.hasPrefix($0.text + "/")
            }
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
                var failure: (any Error)?
                do { try await store.put(bytes, key: key) } catch { failure = error }
                #expect(kind(of: failure) == (isBlocked ? "conflict" : nil), "seed \(seed), step \(number)")
                if !isBlocked { model[key] = bytes }
            case 4...6:
                try await store.delete(key)
                model[key] = nil
            case 7:
                guard let source = model.keys.sorted().randomElement(using: &random), !isBlocked else { continue }
                try await store.copy(source, to: key)
                model[key] = model[source]
            case 8 where driver.isLasting:
                await store.close()
                store = try await driver.open(folder)
            default:
                let bytes = try? await store.get(key)
                #expect(bytes == model[key])
            }
            #expect(
                try await store.list(prefix: "")
                    == driver.sorted(model.keys).map { StoredObject(key: $0, size: model[$0]?.count ?? 0) },
                "seed \(seed), step \(number)")
        }
        for (key, bytes) in model { #expect(try await store.get(key) == bytes) }
    }
}
