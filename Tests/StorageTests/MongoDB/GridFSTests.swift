import Foundation
import Storage
import TestSupport
import Testing

@Suite("GridFS", .enabled(if: MongoServer.isPossible, "\(MongoServer.reason)"), .timeLimit(.minutes(10)))
struct GridFSTests {
    private let server: MongoServer
    private let folder: TemporaryFolder

    init() throws {
        server = try MongoServer.shared.get()
        folder = try TemporaryFolder()
    }

    private func file(_ count: Int) throws -> (url: URL, hash: ContentHash) {
        var random = RepeatableRandom(seed: count)
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        let url = folder.file("given-\(count)")
        try Data(bytes).write(to: url)
        return (url, ContentHash(of: bytes))
    }

    @Test(
        "a file comes back as it was given, whatever its size", arguments: [0, 1, 261_119, 261_120, 261_121, 5 << 20])
    func roundTrip(size: Int) async throws {
        let database = try server.open()
        let bucket = GridFSBucket(database)
        let (given, hash) = try file(size)
        let id = try await bucket.upload(given, name: "model.h5", contentType: "application/x-hdf5", hash: hash)
        let copy = folder.file("copy-\(size)")
        #expect(try await bucket.download(id, to: copy) == hash)
        #expect(try ContentHash(ofFile: copy) == hash)
        #expect(try await bucket.hash(of: id) == hash)
        let described = try #require(try await bucket.file(id))
        #expect(described.length == size && described.name == "model.h5")
        #expect(described.contentType == "application/x-hdf5" && described.hash == hash)
        #expect(try await bucket.files(of: hash).map(\.id) == [id])
        try await bucket.delete(id)
        #expect(try await bucket.file(id) == nil)
        #expect(try await database.count([:], in: "fs.chunks") == 0)
        await #expect(throws: StorageError.self) { try await bucket.hash(of: id) }
        await database.close()
    }

    @Test("PyMongo reads what we write, and we read what PyMongo writes")
    func pymongo() async throws {
        let name = MongoServer.databaseName()
        let database = try server.open(name)
        let bucket = GridFSBucket(database)
        let (given, hash) = try file(600_000)
        let id = try await bucket.upload(given, name: "ours.bin", contentType: "a/b", hash: hash)
        let (server, port) = (server, server.port)
        let printed = try await blocking {
            try server.run(
                """
                import sys, hashlib, gridfs, pymongo
                from bson import ObjectId
                db = pymongo.MongoClient("127.0.0.1", int(sys.argv[1]))[sys.argv[2]]
                fs = gridfs.GridFS(db)
                file = fs.get(ObjectId(sys.argv[3]))
                print(hashlib.sha256(file.read()).hexdigest(), file.filename, file.content_type, file.length,
                    file.upload_date.tzinfo, sorted(i["name"] for i in db.fs.chunks.list_indexes()))
                print(fs.put(bytes(range(256)) * 3000, filename="theirs.bin", content_type="c/d"))
                """, "\(port)", name, id.description)
        }
        let lines = printed.split(separator: "\n").map(String.init)
        #expect(lines.first == "\(hash) ours.bin a/b 600000 None ['_id_', 'files_id_1_n_1']")
        let theirs = try #require(ObjectID(lines.last ?? ""))
        let expected = ContentHash(of: (0..<3_000).flatMap { _ in UInt8.min...UInt8.max })
        #expect(try await bucket.download(theirs, to: folder.file("theirs")) == expected)
        let described = try #require(try await bucket.file(theirs))
        #expect(described.name == "theirs.bin" && described.contentType == "c/d" && described.hash == nil)
        await database.close()
    }

    @Test("a file with a missing or damaged piece is told as such, and one without its document is not there")
    func damage() async throws {
        let database = try server.open()
        let bucket = GridFSBucket(database)
        let (given, hash) = try file(600_000)
        let id = try await bucket.upload(given, name: "a", contentType: "b", hash: hash)
        try await database.delete(["n": 1], in: "fs.chunks")
        let missing = await #expect(throws: StorageError.self) { try await bucket.hash(of: id) }
        #expect(kind(of: missing) == "corrupt")
        try await database.delete(["n": 2], in: "fs.chunks")
        let short = await #expect(throws: StorageError.self) { try await bucket.hash(of: id) }
        #expect(kind(of: short) == "corrupt")
        try await database.delete(["_id": .objectID(id)], in: "fs.files")
        let gone = await #expect(throws: StorageError.self) {
            try await bucket.download(id, to: folder.file("gone"))
        }
        #expect(kind(of: gone) == "notFound")
        await database.close()
    }
}
