import Foundation
import Storage
import TestSupport
import Testing

/// What every SQL database promises when several tasks use it at once.
@Suite(.timeLimit(.minutes(10)))
struct SQLConcurrencyTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        "units that fail, at once or at the commit, do not hurt those beside them", arguments: SQLDriver.allCases,
        [[3], [7], [3, 7]])
    func neighbours(driver: SQLDriver, failing: [Int]) async throws {
        let database = try await driver.openNotes(folder)
        try await database.write(Notes.insert(1_000, "taken"))
        let acknowledged = await withTaskGroup(of: Int?.self) { group in
            for id in 0..<200 {
                group.addTask {
                    var unit = [Notes.insert(id), "UPDATE notes SET stars = 1 WHERE id = \(bind: id)"]
                    switch failing.contains(id % 10) ? id % 10 : 0 {
                    case 3: unit.append(Notes.insert(2_000 + id, "taken"))
                    // Found missing only when everything else has been done.
                    case 7: unit.append("INSERT INTO remarks VALUES (\(bind: 5_000 + id), 'of no note')")
                    default: break
                    }
                    return (try? await database.write(unit)).map { _ in id }
                }
            }
            return await group.reduce(into: Set<Int>()) { if let id = $1 { $0.insert(id) } }
        }
        let expected = Set((0..<200).filter { !failing.contains($0 % 10) })
        #expect(acknowledged == expected)
        #expect(try await Set(Notes.ids(database)) == expected.union([1_000]))
        #expect(try await database.query("SELECT id FROM notes WHERE stars = 1").count == expected.count)
    }

    @Test("of tasks that want the same unique value one gets it", arguments: SQLDriver.allCases)
    func uniqueness(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        let winners = await withTaskGroup(of: Bool.self) { group in
            for id in 0..<50 {
                group.addTask { (try? await database.write(Notes.insert(id, "wanted"))) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(winners == 1)
        #expect(try await Notes.ids(database).count == 1)
    }

    @Test("no update is lost between two users of a database", arguments: SQLDriver.allCases)
    func lostUpdates(driver: SQLDriver) async throws {
        let databases = [try await driver.openNotes(folder), try await driver.open(folder)]
        try await databases[0].write("INSERT INTO notes (id, weight) VALUES (1, 0)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        try await databases[task % 2].transaction { transaction in
                            let weight = try await transaction.query("SELECT weight FROM notes")[0].real("weight")
                            try await transaction.execute("UPDATE notes SET weight = \(bind: weight + 1)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await databases[1].query("SELECT weight FROM notes")[0].real("weight") == 80)
        for database in databases { await database.close() }
    }

    @Test("two users that write as fast as they can both get on", arguments: SQLDriver.allCases)
    func contention(driver: SQLDriver) async throws {
        let databases = [try await driver.openNotes(folder), try await driver.open(folder, timeout: .seconds(20))]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<16 {
                group.addTask {
                    for id in 0..<50 { try await databases[task % 2].write(Notes.insert(task * 1_000 + id)) }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await Notes.ids(databases[0]).count == 800)
        for database in databases { await database.close() }
    }

    @Test("what is acknowledged is seen at once, by both ways of reading and by others", arguments: SQLDriver.allCases)
    func readingOwnWrites(driver: SQLDriver) async throws {
        let writer = try await driver.openNotes(folder)
        let other = try await driver.open(folder)
        for id in 0..<50 {
            try await writer.write(Notes.insert(id))
            #expect(try await writer.lookup("SELECT 1 FROM notes WHERE id = \(bind: id)") != nil)
            #expect(try await writer.query("SELECT 1 FROM notes WHERE id = \(bind: id)").count == 1)
            #expect(try await other.lookup("SELECT 1 FROM notes WHERE id = \(bind: id)") != nil)
        }
        for database in [writer, other] { await database.close() }
    }

    @Test("readers see all of a unit or nothing of it", arguments: SQLDriver.allCases)
    func isolation(driver: SQLDriver) async throws {
        let database = try await driver.openNotes(folder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for id in 0..<100 { try await database.write([Notes.insert(2 * id), Notes.insert(2 * id + 1)]) }
            }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<100 {
                        #expect(try await Notes.ids(database).count.isMultiple(of: 2))
                        let row = try await database.lookup("SELECT COUNT(*) AS total FROM notes")
                        #expect(try row?.integer("total").isMultiple(of: 2) == true)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
