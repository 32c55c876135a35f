import Foundation
import Storage
import TestSupport
import Testing

/// Drives a database and a dictionary side by side, closing and opening the database in between.
@Suite(.timeLimit(.minutes(10)))
struct SQLRandomWalkTests {
    /// One change that either happens or does not.
    private enum Step {
        case insert(Int, String)
        case rename(Int, String)
        case delete(Int)
        case unit([Step])
        case transaction([Step], isAbandoned: Bool)
        case reopen

        static func random(using random: inout RepeatableRandom, nested: Bool = false) -> Step {
            let id = Int.random(in: 0..<20, using: &random)
            // Few enough names that unique values clash often.
            let name = ["a", "b'", "c\"", "d;--", "é", "f?", "", "%"].randomElement(using: &random) ?? ""
            let few = 1...Int.random(in: 1...4, using: &random)
            switch Int.random(in: 0..<(nested ? 6 : 10), using: &random) {
            case 0, 1: return .insert(id, "\(name)\(id % 3)")
            case 2, 3: return .rename(id, "\(name)\(id % 2)")
            case 4, 5: return .delete(id)
            case 6, 7: return .unit(few.map { _ in Step.random(using: &random, nested: true) })
            case 8:
                return .transaction(
                    few.map { _ in Step.random(using: &random, nested: true) }, isAbandoned: .random(using: &random))
            default: return .reopen
            }
        }

        /// The statement of a step that is not made of others.
        var statement: SQLStatement {
            switch self {
            case .insert(let id, let name): "INSERT INTO notes (id, title) VALUES (\(bind: id), \(bind: name))"
            case .rename(let id, let name): "UPDATE notes SET title = \(bind: name) WHERE id = \(bind: id)"
            case .delete(let id): "DELETE FROM notes WHERE id = \(bind: id)"
            case .unit, .transaction, .reopen: "SELECT 1"
            }
        }
    }

    private struct Clash: Error {}
    private struct Abandoned: Error {}

    /// The dictionary.
    private struct Model {
        var titles: [Int: String] = [:]

        mutating func apply(_ step: Step) throws {
            switch step {
            case .insert(let id, let name):
                guard titles[id] == nil, !titles.values.contains(name) else { throw Clash() }
                titles[id] = name
            case .rename(let id, let name):
                guard titles[id] != nil, titles[id] != name else { return }
                guard !titles.values.contains(name) else { throw Clash() }
                titles[id] = name
            case .delete(let id): titles[id] = nil
            case .unit(let steps):
                var copy = self
                for step in steps { try copy.apply(step) }
                self = copy
            case .transaction(let steps, let isAbandoned):
                var copy = self
                for step in steps { try copy.apply(step) }
                if isAbandoned { throw Abandoned() }
                self = copy
            case .reopen: break
            }
        }
    }

    @Test("a database holds what a dictionary would", arguments: SQLDriver.allCases, 1...10)
    func walk(driver: SQLDriver, seed: Int) async throws {
        var random = RepeatableRandom(seed: seed)
        var model = Model()
        let folder = try TemporaryFolder()
        var database = try await driver.openNotes(folder)
        for number in 0..<120 {
            let step = Step.random(using: &random)
            let expected = Result { try model.apply(step) }
            if case .reopen = step {
                await database.close()
                database = try await driver.open(folder)
            }
            do {
                try await Self.apply(step, to: database)
                #expect(throws: Never.self, "seed \(seed), step \(number)") { try expected.get() }
            } catch {
                #expect(throws: (any Error).self, "seed \(seed), step \(number)") { try expected.get() }
                #expect(error is Abandoned || kind(of: error) == "conflict")
            }
            let titles = try await database.query("SELECT id, title FROM notes").map {
                (try $0.get("id", as: Int.self), try $0.text("title"))
            }
            #expect(Dictionary(uniqueKeysWithValues: titles) == model.titles, "seed \(seed), step \(number)")
        }
        await database.close()
    }

    private static func apply(_ step: Step, to database: any SQLDatabase) async throws {
        switch step {
        case .insert, .rename, .delete: try await database.write(step.statement)
        case .unit(let steps): try await database.write(steps.map(\.statement))
        case .transaction(let steps, let isAbandoned):
            let statements = steps.map(\.statement)
            try await database.transaction { transaction in
                for statement in statements { try await transaction.execute(statement) }
                if isAbandoned { throw Abandoned() }
            }
        case .reopen: break
        }
    }
}
