import Foundation
import Synchronization
import Testing

@testable import Storage

/// What is particular to objects in files: links, leftovers, the disk's faults.
@Suite(.timeLimit(.minutes(10)))
struct FileObjectStoreTests {
    private let folder: TemporaryFolder
    private let root: URL

    init() throws {
        folder = try TemporaryFolder()
        root = folder.file("objects")
    }

    @Test("an object lies at the path that is its key, ready to be read")
    func layout() async throws {
        let store = try FileObjectStore(root: root)
        let key = try ObjectKey("models/3f/m.onnx")
        try await store.put([1, 2], key: key)
        let file = try #require(try await store.localFile(of: key))
        #expect(file.path == root.path + "/models/3f/m.onnx")
        #expect(try Data(contentsOf: file) == Data([1, 2]))
        #expect(try folder.files(below: "objects") == ["models/3f/m.onnx"])
    }

    @Test("links are not followed, in no part of a key")
    func links() async throws {
        let store = try FileObjectStore(root: root)
        let secret = folder.file("secret")
        try FileManager.default.createDirectory(at: secret, withIntermediateDirectories: true)
        try Data("private".utf8).write(to: secret.appending(path: "file"))
        try await store.put([1], key: ObjectKey("folder/object"))
        let manager = FileManager.default
        try manager.createSymbolicLink(at: root.appending(path: "way-out"), withDestinationURL: secret)
        try manager.createSymbolicLink(
            at: root.appending(path: "folder/link"), withDestinationURL: secret.appending(path: "file"))
        for name in ["way-out/file", "folder/link"] {
            let key = try ObjectKey(name)
            await #expect { try await store.get(key) } throws: { ["corrupt", "notFound"].contains(kind(of: $0)) }
            await #expect(throws: StorageError.self) { try await store.localFile(of: key) }
        }
        await #expect(throws: StorageError.self) { try await store.put([2], key: ObjectKey("way-out/new")) }
        await #expect(throws: StorageError.self) { try await store.delete(ObjectKey("way-out/file")) }
        // A link in the place of an object is replaced, not written through.
        try await store.put([3], key: ObjectKey("folder/link"))
        #expect(try String(contentsOf: secret.appending(path: "file"), encoding: .utf8) == "private")
        #expect(try manager.contentsOfDirectory(atPath: secret.path) == ["file"])
        #expect(try await store.list(prefix: "").map(\.key.text) == ["folder/link", "folder/object"])
    }

    @Test("a link is not taken in as a file")
    func linkedUpload() async throws {
        let store = try FileObjectStore(root: root)
        try Data("private".utf8).write(to: folder.file("secret"))
        try FileManager.default.createSymbolicLink(at: folder.file("upload"), withDestinationURL: folder.file("secret"))
        for handover in [FileHandover.copying, .moving] {
            await #expect(throws: StorageError.self) {
                try await store.put(file: folder.file("upload"), handover: handover, key: ObjectKey("x"))
            }
        }
        #expect(try await !store.exists(ObjectKey("x")))
    }

    @Test("a pipe in the place of an object does not hold anyone up")
    func pipes() async throws {
        let store = try FileObjectStore(root: root)
        #expect(mkfifo(root.appending(path: "pipe").path, 0o600) == 0)
        await #expect(throws: StorageError.self) { try await store.get(ObjectKey("pipe")) }
        #expect(try await store.list(prefix: "") == [])
    }

    @Test(
        "when any step fails the old object stays, nothing is left over, and the next try succeeds",
        arguments: [false, true])
    func faults(isNew: Bool) async throws {
        let failing = Mutex<Int?>(nil)
        let store = try FileObjectStore(root: root) { _ throws(StorageError) in
            let fails = failing.withLock { countdown in
                countdown = countdown.map { $0 - 1 }
                return countdown == 0
            }
            if fails { throw .full(detail: "injected") }
        }
        let key = try ObjectKey("a/b")
        if !isNew { try await store.put([1], key: key) }
        var failures = 0
        for number in 1... {
            failing.withLock { $0 = number }
            do {
                try await store.put([2, 2], key: key)
                break
            } catch {
                failures += 1
                #expect(kind(of: error) == "full")
                let seen = try? await store.get(key)
                // Once the new name is there it may be seen, though it was not promised to last.
                #expect(seen == (isNew ? nil : [1]) || (seen == [2, 2] && number == 6), "step \(number)")
                #expect(try folder.files(below: "objects/.incoming") == [], "step \(number)")
            }
        }
        #expect(failures == 6)
        #expect(try await store.get(key) == [2, 2])
    }

    @Test("what a crash left is removed at the start, what another process is writing is not")
    func leftovers() async throws {
        let first = try FileObjectStore(root: root)
        try await first.put([1], key: ObjectKey("kept"))
        let incoming = root.appending(path: ".incoming")
        try Data([1, 2, 3]).write(to: incoming.appending(path: "left"))
        try Data([4, 5, 6]).write(to: incoming.appending(path: "busy"))
        let busy = try FileDescriptor.open(incoming.appending(path: "busy"))
        let isLocked = busy.lock()
        #expect(isLocked)
        let second = try FileObjectStore(root: root)
        #expect(try folder.files(below: "objects") == [".incoming/busy", "kept"])
        #expect(try await second.list(prefix: "").map(\.key.text) == ["kept"])
        try #require(try busy.status().size == 3, "held open until here")
    }

    @Test("a store is not opened where there is a file")
    func unusableRoot() throws {
        try Data([1]).write(to: folder.file("file"))
        for name in ["file", "file/below"] {
            #expect { try FileObjectStore(root: folder.file(name)) } throws: { error in
                error is StorageError && !"\(error)".contains(folder.url.lastPathComponent)
            }
        }
    }

    @Test("a large file is streamed")
    func memory() async throws {
        let file = folder.file("large")
        #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
        // Sparse, so that the test writes it twice only.
        #expect(truncate(file.path, 192 << 20) == 0)
        let child = try ChildProcess("stream", root.path, file.path)
        let lines = await child.lines()
        #expect(lines.first == "\(192 << 20)")
        let peak = try #require(lines.last.flatMap { Int($0) })
        #expect(peak < 96 << 20, "the most memory the process ever had")
    }
}
