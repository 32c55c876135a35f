import Foundation
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("backups", .timeLimit(.minutes(10)))
struct BackupTests {
    private let folder: TemporaryFolder
    private let other: TemporaryFolder
    private var file: URL { folder.file("backup.tar") }

    init() throws { (folder, other) = (try TemporaryFolder(), try TemporaryFolder()) }

    private func backup(_ database: any SQLDatabase, _ objects: any ObjectStore) -> Backup {
        Backup(of: database, objects, schemas: Library.schemas, leavingOut: ["cache/"], program: "1.2.3")
    }

    private func restore() throws -> Restore { try Restore(from: file, schemas: Library.schemas) { _ in } }

    /// A row that refers to an object, and the object.
    private static func add(_ number: Int, to database: any SQLDatabase, _ objects: any ObjectStore) async throws {
        let content = Array("cover \(number)".utf8)
        let hash = ContentHash(of: content)
        try await objects.put(content, key: ObjectKey(folder: "covers", hash: hash))
        try await database.write(
            "INSERT INTO books (author, text, hash) VALUES ('a', 'new', \(bind: hash.description))")
    }

    private static func content(_ objects: any ObjectStore) async throws -> [String: [UInt8]] {
        var content: [String: [UInt8]] = [:]
        for object in try await objects.list(prefix: "", limit: .max) {
            content[object.key.text] = try await objects.get(object.key)
        }
        return content
    }

    @Test(
        "what is restored is what was there, without what can be made again", arguments: DatabaseTransferTests.Way.all)
    func whole(way: DatabaseTransferTests.Way) async throws {
        let (source, objects) = (try await way.from.open(folder), InMemoryObjectStore())
        try await Library.fill(source)
        for number in 0..<20 { try await Self.add(number, to: source, objects) }
        try await objects.put([], key: ObjectKey("empty"))
        let long = "\(String(repeating: "long/", count: 40))key"
        try await objects.put([UInt8](repeating: 7, count: 3 << 20), key: ObjectKey(long))
        var kept = try await Self.content(objects)
        try await objects.put([1], key: ObjectKey("cache/graph"))
        let manifest = try await backup(source, objects).write(to: file) { _ in }
        #expect(manifest.objects == 22)
        #expect(manifest.missing == [])
        #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)

        let (target, store) = (try await way.to.open(other), try FileObjectStore(root: other.file("objects")))
        try await restore().run(into: target, store, replacing: false) { _ in }
        #expect(try await Library.content(target) == Library.content(source))
        #expect(try await Self.content(store) == kept)
        #expect(try await target.unfinishedCopy() == nil)
        let next = try await target.write(Library.book(1) + " RETURNING id").rows[0].integer("id")
        #expect(next == 82)

        // Only an explicit word lets it go, and then everything else is gone too.
        await #expect(throws: TransferError.self) {
            try await restore().run(into: target, store, replacing: false) { _ in }
        }
        try await store.put([2], key: ObjectKey("cache/other"))
        try await store.put([2], key: ObjectKey("stranger"))
        try await restore().run(into: target, store, replacing: true) { _ in }
        kept["cache/other"] = [2]
        #expect(try await Self.content(store) == kept)
        #expect(try await Library.content(target) == Library.content(source))
        for database in [source, target] { await database.close() }
    }

    @Test(
        "made under load it holds every row acknowledged before it began, and every object that its rows name",
        arguments: SQLDriver.allCases)
    func underLoad(driver: SQLDriver) async throws {
        let (source, objects) = (try await driver.open(folder), try FileObjectStore(root: folder.file("objects")))
        try await Library.fill(source)
        let acknowledged = Acknowledged()
        let load = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<4 {
                    group.addTask {
                        var number = client
                        while !Task.isCancelled {
                            try await Self.add(number, to: source, objects)
                            let hash = ContentHash(of: Array("cover \(number)".utf8)).description
                            acknowledged.insert(hash)
                            number += 4
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        try await eventually { acknowledged.all.count > 200 }
        let before = acknowledged.all
        let manifest = try await backup(source, objects).write(to: file) { _ in }
        load.cancel()
        _ = await load.result
        #expect(acknowledged.all.count > before.count)
        #expect(manifest.missing == [])

        let (target, store) = (try await driver.open(other), try FileObjectStore(root: other.file("objects")))
        try await restore().run(into: target, store, replacing: false) { _ in }
        let hashes = Set(
            try await target.query("SELECT hash FROM books WHERE hash IS NOT NULL").map { try $0.text("hash") })
        #expect(before.subtracting(hashes) == [])
        for hash in hashes {
            let bytes = try await store.get(ObjectKey("covers/\(hash.prefix(2))/\(hash)"))
            #expect(ContentHash(of: bytes).description == hash)
        }
        for database in [source, target] { await database.close() }
    }

    @Test("an object that is missing already does not stop it, and is told")
    func missing() async throws {
        let (source, objects) = (try await SQLDriver.sqlite.open(folder), InMemoryObjectStore())
        try await Library.fill(source)
        try await Self.add(1, to: source, objects)
        let key = try ObjectKey(folder: "covers", hash: ContentHash(of: Array("cover 1".utf8)))
        try await objects.delete(key)
        #expect(try await backup(source, objects).write(to: file) { _ in }.missing == [key.text])
        await source.close()
    }

    @Test("any changed byte, and any lost end, is noticed before anything is touched")
    func damage() async throws {
        let (source, objects) = (try await SQLDriver.sqlite.open(folder), InMemoryObjectStore())
        try await Library.fill(source, books: 3)
        try await Self.add(1, to: source, objects)
        _ = try await backup(source, objects).write(to: file) { _ in }
        await source.close()
        let whole = [UInt8](try Data(contentsOf: file))
        _ = try restore()
        var (noticed, tried) = (0, 0)
        for position in stride(from: 0, to: whole.count, by: 37) {
            var bytes = whole
            bytes[position] ^= 0x20
            try Data(bytes).write(to: file)
            tried += 1
            do {
                let manifest = try restore().manifest
                // Padding, times and owners in the headers mean nothing, and the manifest has words nobody relies on.
                #expect(manifest.rows == 27 + 3 + 1, "\(position)")
            } catch is TransferError {
                noticed += 1
            }
        }
        #expect(noticed > tried / 3)
        for count in [0, 1, 511, 512, 5_000, whole.count - 1_024] {
            try Data(whole[..<count]).write(to: file)
            #expect(throws: TransferError.self, "\(count)") { try restore() }
        }
    }

    @Test("an archive of an older program is brought up to date, one of a newer program is refused")
    func versions() async throws {
        let old = DatabaseSchema(namespace: "library", migrations: Array(Library.schemas[0].migrations[..<1]))
        let (source, objects) = (try await SQLDriver.sqlite.open(folder), InMemoryObjectStore())
        try await source.migrate(old)
        try await source.write("INSERT INTO z_authors (id) VALUES ('old')")
        _ = try await Backup(of: source, objects, schemas: [old], program: "0").write(to: file) { _ in }
        let target = try await SQLDriver.sqlite.open(other)
        try await Library.fill(target)
        try await restore().run(into: target, objects, replacing: true) { _ in }
        #expect(try await target.query("SELECT id FROM z_authors").map(\.values) == [["old"]])
        #expect(try await target.query("SELECT * FROM rules").map(\.values) == [["loans", 3]])
        try FileManager.default.removeItem(at: file)
        _ = try await backup(target, objects).write(to: file) { _ in }
        #expect(throws: TransferError.newerSchema(namespace: "library", migration: "002-rules")) {
            try Restore(from: file, schemas: [old]) { _ in }
        }
        for database in [source, target] { await database.close() }
    }

    @Test("a backup that fails leaves no file, and one that is there is never replaced")
    func refusals() async throws {
        let (source, objects) = (try await SQLDriver.sqlite.open(folder), InMemoryObjectStore())
        await #expect(throws: TransferError.emptySource) { try await backup(source, objects).write(to: file) { _ in } }
        #expect(try folder.files().filter { $0.contains("backup") } == [])
        try await Library.fill(source)
        try Data([1]).write(to: file)
        await #expect(throws: TransferError.targetHasData("a file of that name")) {
            try await backup(source, objects).write(to: file) { _ in }
        }
        #expect(try Data(contentsOf: file) == Data([1]))
        // What a crash has left is in nobody's way.
        try FileManager.default.removeItem(at: file)
        try Data(repeating: 9, count: 1 << 20).write(to: folder.file("backup.tar.part"))
        _ = try await backup(source, objects).write(to: file) { _ in }
        _ = try restore()
        await source.close()
    }

    @Test("tar and sha256sum read it", .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/tar")))
    func strangers() async throws {
        let (source, objects) = (try await SQLDriver.sqlite.open(folder), InMemoryObjectStore())
        try await Library.fill(source)
        try await objects.put([1, 2, 3], key: ObjectKey("\(String(repeating: "long/", count: 40))key"))
        _ = try await backup(source, objects).write(to: file) { _ in }
        await source.close()
        let (path, target) = (file.path, other.url.path)
        let output = try await blocking {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = [
                "-c", "tar -C \"$1\" -xf \"$0\" && cd \"$1\" && sha256sum --quiet --check SHA256SUMS && ls objects",
                path,
                target,
            ]
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let output = pipe.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return String(decoding: output, as: UTF8.self)
        }
        #expect(output == "long\n")
    }
}

/// Hashes of objects whose rows were acknowledged.
private final class Acknowledged: Sendable {
    private let hashes = Mutex<Set<String>>([])

    var all: Set<String> { hashes.withLock(\.self) }

    func insert(_ hash: String) { hashes.withLock { _ = $0.insert(hash) } }
}
