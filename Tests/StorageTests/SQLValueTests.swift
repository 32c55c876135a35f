import Foundation
import JSON
import Observability
import Storage
import Testing

struct SQLStatementTests {
    @Test("values in a literal become placeholders")
    func binding() {
        let name = "x'; DROP TABLE notes; --"
        let statement: SQLStatement = "SELECT * FROM notes WHERE title = \(bind: name) AND stars > \(bind: 3)"
        #expect(statement.sql == "SELECT * FROM notes WHERE title = ? AND stars > ?")
        #expect(statement.arguments == [.text(name), 3])
    }

    @Test("a list becomes as many placeholders, and an empty one matches nothing")
    func lists() {
        let some: SQLStatement = "SELECT 1 WHERE 1 IN (\(list: [1, 2, 3]))"
        #expect(some.sql == "SELECT 1 WHERE 1 IN (?, ?, ?)")
        #expect(some.arguments == [1, 2, 3])
        let none: SQLStatement = "SELECT 1 WHERE 1 IN (\(list: [Int]()))"
        #expect(none == "SELECT 1 WHERE 1 IN (NULL)")
    }

    @Test("names are quoted, and parts bring their values along")
    func parts() {
        let part: SQLStatement = "stars = \(bind: 5)"
        var statement: SQLStatement = "SELECT \(name: "we\"ird") FROM notes WHERE \(part: part)"
        #expect(statement.sql == "SELECT \"we\"\"ird\" FROM notes WHERE stars = ?")
        statement += " AND id = \(bind: 1)"
        #expect((statement + " LIMIT 1").sql.hasSuffix("stars = ? AND id = ? LIMIT 1"))
        #expect(statement.arguments == [5, 1])
    }
}

struct SQLValueConvertibleTests {
    /// Whether a value is the same after being stored and read.
    private func survives<Value: SQLValueConvertible & Equatable>(_ value: Value) -> Bool {
        Value(sqlValue: value.sqlValue) == value
    }

    @Test("every type reads back what it stored")
    func roundTrips() throws {
        #expect(survives(Int.min) && survives(Int64.max) && survives(0.1) && survives(true) && survives(false))
        #expect(survives("é") && survives([UInt8]([0, 1])) && survives(Int?.none) && survives(Int?.some(3)))
        #expect(survives(ObjectID.next()) && survives(ContentHash(of: [1])))
        #expect(survives(try ObjectKey("a/b")))
        #expect(survives(["a": [1, nil]] as JSONValue))
        #expect(survives(Timestamp(microseconds: -1)))
    }

    @Test("a number that would lose digits is not read")
    func precision() {
        #expect(Double(sqlValue: .integer(1 << 53)) == 9_007_199_254_740_992)
        #expect(Double(sqlValue: .integer((1 << 53) + 1)) == nil)
        #expect(Int(sqlValue: .real(1)) == nil)
        #expect(Bool(sqlValue: .integer(2)) == nil)
    }
}

struct SQLRowTests {
    private let row = SQLRow(
        names: ["id", "name", "ratio", "flag", "nothing", "bytes", "json"],
        values: [7, "n", 0.5, true, nil, .blob([1, 2]), #"{"a":[1]}"#])

    @Test("values are read as the type that is asked for")
    func reading() throws {
        #expect(try row.get("id", as: Int.self) == 7)
        #expect(try row.integer("id") == 7)
        #expect(try row.real("id") == 7)
        #expect(try row.text("name") == "n")
        #expect(try row.get("flag", as: Bool.self))
        #expect(try row.optionalText("nothing") == nil)
        #expect(try row.optionalText("name") == "n")
        #expect(try row.optionalInteger("nothing") == nil)
        #expect(try row.blob("bytes") == [1, 2])
        #expect(try row.get("json", as: JSONValue.self) == ["a": [1]])
        #expect(try row.get(at: 2, as: Double.self) == 0.5)
    }

    @Test("a value of another kind is an error, and so is null where a value must be")
    func mismatches() {
        for read: (SQLRow) throws -> Void in [
            { _ = try $0.integer("name") }, { _ = try $0.text("id") }, { _ = try $0.text("nothing") },
            { _ = try $0.get("id", as: Bool.self) }, { _ = try $0.get("name", as: ObjectID.self) },
            { _ = try $0.get("ratio", as: Int.self) }, { _ = try $0.get("name", as: JSONValue.self) },
        ] {
            #expect { try read(row) } throws: { kind(of: $0) == "corrupt" }
        }
    }

    @Test("a missing column is a mistake in the program, and the names there are go to the log only")
    func missing() {
        #expect { try row.text("absent") } throws: { error in
            guard let error = error as? StorageError, case .invalidStatement(let detail) = error else { return false }
            return detail.contains("absent") && detail.contains("ratio") && !"\(error)".contains("absent")
        }
    }
}
