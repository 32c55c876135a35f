import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("prunelle token", .timeLimit(.minutes(10)))
struct TokenCommandTests {
    private let work: Workplace

    init() throws { work = try Workplace() }

    private func create(_ arguments: String...) async throws -> String {
        let outcome = try await work.run(["token", "create"] + arguments)
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("not shown again"))
        return outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func list() async throws -> [JSONValue] {
        let outcome = try await work.run("token", "list", "--json")
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try #require(try JSONValue(parsing: outcome.output).arrayValue)
    }

    @Test("a token is shown once, and no file holds it")
    func hashedAtRest() async throws {
        let token = try await create("website", "--app", "digits", "--expires", "90d")
        #expect(token.wholeMatch(of: /prunelle_[0-9A-Za-z_-]{43}/) != nil)
        let entry = try #require(try await list().first)
        #expect(entry["name"] == "website")
        #expect(entry["app"] == "digits")
        #expect(entry["state"] == "active")
        #expect(entry["hint"] == .string(String(token.prefix(14))))
        #expect(entry["last_used_on"] == .null)
        #expect(entry["token"] == nil)
        let plain = try await work.run("token", "list")
        #expect(plain.output.contains("website"))
        #expect(!plain.output.contains(token))
        let files = try work.folder.files().filter { $0.hasPrefix("data/") }
        #expect(files.contains { $0.contains("sqlite") })
        for file in files {
            let content = try Data(contentsOf: work.folder.file(file))
            #expect(content.firstRange(of: Data(token.utf8)) == nil, "\(file)")
            #expect(content.firstRange(of: Data(token.dropFirst(9).utf8)) == nil, "\(file)")
        }
    }

    @Test("two tokens of a name both count; the old one is revoked by its id, once")
    func rotation() async throws {
        _ = try await create("website")
        _ = try await create("website")
        let ids = try await list().compactMap { $0["id"]?.stringValue }
        #expect(ids.count == 2)
        try await work.run("token", "revoke", "website").expectRefusal(65, ids[1])
        #expect(try await work.run("token", "revoke", ids[1]).output == ids[1] + "\n")
        #expect(try await list().map { $0["state"] } == ["active", "revoked"])
        #expect(try await work.run("token", "revoke", "website").output == ids[0] + "\n")
        try await work.run("token", "revoke", "website").expectRefusal(65, "was revoked before")
        try await work.run("token", "revoke", ids[0]).expectRefusal(65, "was revoked before")
        try await work.run("token", "revoke", "nobody").expectRefusal(65, "there is no token 'nobody'")
        let audit = try await work.run("audit", "--json")
        let entries = try #require(try JSONValue(parsing: audit.output).arrayValue)
        #expect(
            entries.map { $0["act"] } == ["token.revoke", "token.revoke", "token.create", "token.create"])
        #expect(entries.allSatisfy { $0["actor"]?.stringValue?.hasPrefix("user ") == true })
    }

    @Test(
        "what cannot be is refused before anything is made",
        arguments: [
            ([""], 65), (["a\nb"], 65), (["\u{9B}31m"], 65), ([String(repeating: "x", count: 65)], 65),
            (["0123456789abcdef01234567"], 65), (["x", "--app", "dogs"], 64), (["x", "--expires", "0d"], 64),
            (["x", "--expires", "-1d"], 64), (["x", "--expires", "90"], 64), (["x", "--expires", "9y"], 64),
            (["x", "--expires", "99999999999999999999d"], 64), (["x", "--expires", "36501d"], 64),
            (["x", "--expires", ""], 64), ([], 64), (["x", "y"], 64),
        ] as [([String], Int)])
    func refusals(arguments: [String], status: Int) async throws {
        try await work.run(["token", "create"] + arguments).expectRefusal(status)
    }

    @Test("a hundred years is the longest time")
    func longestTime() async throws {
        _ = try await create("x", "--expires", "36500d")
        #expect(try await list().first?["expires_at"]?.stringValue?.hasPrefix("212") == true)
    }
}
