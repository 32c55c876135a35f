import Foundation
import Storage
import Testing

struct SmokeTests {
    @Test("a row that was written is read back")
    func smoke() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "storage-\(ObjectID.next())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try SQLiteDatabase(file: folder.appending(path: "a/test.sqlite"))
        try await database.migrate(
            [Migration(id: "1", statements: ["CREATE TABLE t (id BIGINT PRIMARY KEY, x TEXT)"])], namespace: "t")
        for i in 0..<3 { try await database.write("INSERT INTO t VALUES (\(bind: i), \(bind: "v\(i)"))") }
        await #expect(throws: StorageError.self) { try await database.write("INSERT INTO t VALUES (0, 'x')") }
        #expect(try await database.lookup("SELECT x FROM t WHERE id = 2")?.text("x") == "v2")
        #expect(try await database.query("SELECT x FROM t").count == 3)
        let n = try await database.transaction { t in
            try await t.execute("DELETE FROM t WHERE id = 1").changedRows
        }
        #expect(n == 1)
        await database.close()
    }
}
