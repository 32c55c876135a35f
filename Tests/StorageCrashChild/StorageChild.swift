import Foundation
import Storage

/// The work of a child process of the storage tests.
enum StorageChild {
    static func main(_ arguments: [String]) async {
        do {
            switch arguments.first {
            case "insert": try await insertForEver(into: arguments[1])
            case "append": try await appendForEver(to: arguments[1], database: arguments[2])
            case "count": try await count(in: arguments[1], times: Int(arguments[2]) ?? 0)
            case "put": try await putForEver(into: FileObjectStore(root: URL(filePath: arguments[1])))
            case "put-s3": try await putForEver(into: bucket(arguments[1]), filesIn: URL(filePath: arguments[2]))
            case "limited-put": try await putWithLimitedFileSize(into: URL(filePath: arguments[1]))
            case "stream": try await stream(URL(filePath: arguments[2]), into: URL(filePath: arguments[1]))
            default:
                say(
                    "usage: storage-crash-child insert|append|count|put|put-s3|limited-put|stream PLACE [TIMES|FILE|FOLDER]"
                )
            }
        } catch {
            say("failed \(error) \((error as? StorageError)?.detail ?? "")")
            exit(1)
        }
    }

    static let migrations = [
        Migration(id: "001-rows", statements: ["CREATE TABLE rows (id TEXT PRIMARY KEY, size BIGINT NOT NULL)"]),
        Migration(
            id: "002-counter",
            statements: [
                "CREATE TABLE counter (value BIGINT NOT NULL)", "INSERT INTO counter VALUES (0)",
            ]),
    ]

    /// Opens the database at a URL or in a file.
    private static func open(_ location: String) throws -> any SQLDatabase {
        guard location.contains("://") else {
            var configuration = SQLiteConfiguration()
            // So that pages are moved out of the log all the time, also when the program is killed.
            configuration.logThreshold = 50
            return try SQLiteDatabase(file: URL(filePath: location), configuration: configuration)
        }
        switch try DatabaseURL(location) {
        case .sqlite(let path): return try SQLiteDatabase(file: URL(filePath: path))
        case .postgreSQL(let address): return PostgreSQLDatabase(address)
        }
    }

    /// Inserts rows in 16 tasks until killed, and prints the id of each that was acknowledged.
    private static func insertForEver(into location: String) async throws {
        let database = try open(location)
        try await database.migrate(migrations, namespace: "child")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for size in 0..<16 {
                group.addTask {
                    while true {
                        let id = ObjectID.next()
                        try await database.write("INSERT INTO rows VALUES (\(bind: id), \(bind: size))")
                        say("\(id)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Appends documents in 16 tasks until killed, and prints the id of each that was acknowledged.
    private static func appendForEver(to uri: String, database name: String) async throws {
        let address = try MongoAddress(uri, database: name)
        let database = MongoDatabase(MongoConfiguration(address: address))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for size in 0..<16 {
                group.addTask {
                    while true {
                        let id = ObjectID.next()
                        try await database.append(["_id": .objectID(id), "size": .int(size)], to: "rows")
                        say("\(id)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Reads a number and writes it back plus one, so many times.
    private static func count(in location: String, times: Int) async throws {
        let database = try open(location)
        try await database.migrate(migrations, namespace: "child")
        for _ in 0..<times {
            try await database.transaction { transaction in
                let value = try await transaction.query("SELECT value FROM counter")[0].integer("value")
                try await transaction.execute("UPDATE counter SET value = \(bind: value + 1)")
            }
        }
        await database.close()
        say("done")
    }

    /// A bucket that takes files above 4 MiB in parts of 5 MiB, the least there is.
    private static func bucket(_ url: String) throws -> S3ObjectStore {
        var configuration = S3Configuration(address: try S3Address(url: url))
        configuration.multipartThreshold = 4 << 20
        configuration.partSize = 5 << 20
        return S3ObjectStore(configuration)
    }

    /// Stores objects under their own hash in four tasks until killed, and prints each key.
    ///
    /// - Parameter folder: where a fifth task makes files to store, of which some are large; none without it.
    private static func putForEver(into store: any ObjectStore, filesIn folder: URL? = nil) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for number in 0... {
                        let content = Array("\(task) \(number) \(ObjectID.next())".utf8)
                        let bytes = Array(repeatElement(content, count: 1 + (number * 997 + task) % 1_500).joined())
                        let key = try ObjectKey(folder: "objects", hash: ContentHash(of: bytes))
                        try await store.put(bytes, key: key)
                        say("\(key)")
                    }
                }
            }
            if let folder { group.addTask { try await putFilesForEver(from: folder, into: store) } }
            try await group.waitForAll()
        }
    }

    /// Stores files of 11, 1 and 6 MiB in turn under their own hash until killed, and prints each key.
    private static func putFilesForEver(from folder: URL, into store: any ObjectStore) async throws {
        let file = folder.appending(path: "file")
        for number in 0... {
            var block = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 << 20)
            block.replaceSubrange(..<24, with: "\(ObjectID.next())".utf8)
            var content = Data()
            for _ in 0..<[11, 1, 6][number % 3] { content += block }
            try content.write(to: file)
            let key = try ObjectKey(folder: "files", hash: ContentHash(ofFile: file))
            try await store.put(file: file, handover: .moving, key: key)
            say("\(key)")
        }
    }

    /// Stores more than a file may hold and prints what became of it.
    private static func putWithLimitedFileSize(into root: URL) async throws {
        let store = try FileObjectStore(root: root)
        var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
        // Without this the system ends a process that exceeds its limit.
        signal(SIGXFSZ, SIG_IGN)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        do {
            try await store.put([UInt8](repeating: 7, count: 2 << 20), key: ObjectKey("large"))
            say("stored")
        } catch StorageError.full {
            say("full")
        }
        try await store.put([UInt8](repeating: 7, count: 1 << 20), key: ObjectKey("fits"))
        say("\(try await store.list(prefix: "").map(\.key.text).joined(separator: " "))")
    }

    /// Stores a file, reads it back and hashes it, and prints its size and the most memory that took, in bytes.
    private static func stream(_ file: URL, into root: URL) async throws {
        let store = try FileObjectStore(root: root)
        let key = try ObjectKey("large")
        try await store.put(file: file, handover: .copying, key: key)
        let copy = root.appending(path: "copy")
        try await store.download(key, to: copy)
        guard try ContentHash(ofFile: copy) == ContentHash(ofFile: file) else { return say("different") }
        say("\(try await store.size(of: key) ?? 0)")
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        say("\((peak?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? .max / 1_024) * 1_024)")
    }

    /// Prints a line at once, in one piece.
    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
}
