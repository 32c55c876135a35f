import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("prunelle purge, erase and audit", .timeLimit(.minutes(10)))
struct PrivacyCommandTests {
    private let work: Workplace
    private static let purging = [
        "PRUNELLE_RETENTION_REPLACED": "on", "PRUNELLE_RETENTION_INFERENCE_DAYS": "10",
    ]

    init() throws { work = try Workplace() }

    /// Makes records with the real server; their ids.
    private func draw(_ count: Int) async throws -> [String] {
        try await work.importDefault()
        let server = try await work.serve()
        var ids: [String] = []
        for _ in 0..<count {
            ids.append(try #require(try await server.client.send(.predictUpright).json["id"]?.stringValue))
        }
        #expect(try await server.stop() == 0)
        return ids
    }

    private func withDatabase<Value>(_ body: (any SQLDatabase) async throws -> Value) async throws -> Value {
        let database = try SQLiteDatabase(file: work.folder.file("data/prunelle.sqlite"))
        let value = try await body(database)
        await database.close()
        return value
    }

    private func drawings() async throws -> [String] {
        try await withDatabase { database in
            try await database.query("SELECT id FROM digits_drawings ORDER BY id").map { try $0.text("id") }
        }
    }

    private func makeOld(_ id: String) async throws {
        try await withDatabase { database in
            _ = try await database.write(
                "UPDATE digits_drawings SET created_at = created_at - 950400000000 WHERE id = \(bind: id)")
        }
    }

    @Test("purge removes what is too old, and with --dry-run only counts it")
    func purge() async throws {
        let ids = try await draw(3)
        try await makeOld(ids[1])
        let byDefault = try await work.run("purge")
        #expect(byDefault.output.contains("digits drawings: kept for ever\n"), "\(byDefault.errors)")
        let planned = try await work.run("purge", "--dry-run", settings: Self.purging)
        #expect(planned.output.contains(/digits drawings: 1 from before \d{4}-\d\d-\d\d would be removed/))
        #expect(try await drawings() == ids)
        let done = try await work.run("purge", "--json", settings: Self.purging)
        let outcome = try JSONValue(parsing: done.output)[0]
        #expect(outcome?["count"] == 1)
        #expect(outcome?["dry_run"] == false)
        #expect(try await drawings() == [ids[0], ids[2]])
        let audit = try JSONValue(parsing: try await work.run("audit", "--json", "--limit", "1").output)
        #expect(audit[0]?["act"] == "data.purge")
        #expect(audit[0]?["detail"]?[0]?["count"] == 1)
        try await work.run("purge", "--app", "dogs").expectRefusal(64, "there is no app 'dogs'")
    }

    @Test("a subject is erased, and neither the database's files nor the audit log tell who it was")
    func erase() async throws {
        let ids = try await draw(2)
        let ofDigits = ["erase", "--app", "digits", "--subject", ids[0]]
        let planned = try await work.run(ofDigits + ["--dry-run"])
        #expect(planned.output == "digits: 1 record would be removed\n", "\(planned.errors)")
        #expect(try await drawings() == ids)
        let all = try await work.run("erase", "--subject", ids[0]).output
        #expect(all.split(separator: "\n").contains("digits: 1 record removed"))
        #expect(try await drawings() == [ids[1]])
        #expect(try await work.run(ofDigits).output == "digits: 0 records removed\n")
        for file in try work.folder.files() where file.contains("sqlite") {
            let content = try Data(contentsOf: work.folder.file(file))
            #expect(content.firstRange(of: Data(ids[0].utf8)) == nil, "\(file)")
        }
        let audit = try JSONValue(parsing: try await work.run("audit", "--json", "--limit", "2").output)
        #expect(audit[1]?["act"] == "data.erase")
        #expect(audit[1]?["detail"]?["digits"] == 1)
        #expect(audit[1]?["subject"]?.stringValue?.wholeMatch(of: /p_[0-9a-z]{26}/) != nil)
        #expect(audit[0]?["subject"] == audit[1]?["subject"])
        try await work.run("erase").expectRefusal(64, "--subject")
        try await work.run("erase", "--subject", "").expectRefusal(64, "--subject")
    }

    @Test("what is erased under a running server is in no file of the database either")
    func eraseWhileServing() async throws {
        try await work.importDefault()
        let server = try await work.serve()
        let id = try #require(try await server.client.send(.predictUpright).json["id"]?.stringValue)
        func files() throws -> [String] {
            try work.folder.files().filter { file in
                guard file.contains("sqlite") else { return false }
                return try Data(contentsOf: work.folder.file(file)).firstRange(of: Data(id.utf8)) != nil
            }
        }
        #expect(try files() != [])
        let outcome = try await work.run("erase", "--app", "digits", "--subject", id)
        #expect(outcome.output == "digits: 1 record removed\n", "\(outcome.errors)")
        #expect(try files() == [])
        #expect(try await server.client.send(.predictUpright).status == 200)
        #expect(try await server.stop() == 0)
    }

    @Test("the forms of a name are told, each once")
    func names() async throws {
        let forms = try await work.run("names", "ann.jpg").output.split(separator: "\n").map(String.init)
        #expect(forms.count == 3)
        #expect(forms.first == "ann.jpg")
        #expect(forms.dropFirst().allSatisfy { $0.hasPrefix("p_") })
        #expect(forms.last?.hasSuffix(".jpg") == true)
        #expect(try await work.run("names", "ann.jpg").output.split(separator: "\n").map(String.init) == forms)
    }

    @Test("a secret of the operator makes other pseudonyms, and a short one is refused without being told")
    func secret() async throws {
        var subjects: [JSONValue?] = []
        for secret in ["a secret of the operator", "another secret of the operator", ""] {
            let settings = ["PRUNELLE_PSEUDONYM_SECRET": secret]
            #expect(try await work.run("erase", "--subject", "ann.jpg", settings: settings).status == 0)
            let audit = try await work.run("audit", "--json", "--limit", "1", settings: settings)
            subjects.append(try JSONValue(parsing: audit.output)[0]?["subject"])
        }
        #expect(Set(subjects.compactMap { $0?.stringValue }).count == 3)
        let refused = try await work.run("audit", settings: ["PRUNELLE_PSEUDONYM_SECRET": "hush-hush"])
        #expect(refused.status == 78)
        #expect(refused.errors.contains("PRUNELLE_PSEUDONYM_SECRET: must have 16 characters or more, has 9"))
        #expect(!refused.errors.contains("hush"))
    }

    @Test("audit shows the newest first, and as many as wanted")
    func audit() async throws {
        for name in ["one", "two", "three"] {
            #expect(try await work.run("token", "create", name).status == 0)
        }
        let all = try await work.run("audit").output.split(separator: "\n")
        #expect(all.count == 3)
        #expect(all.first?.contains("token.create  three  by user ") == true)
        #expect(try await work.run("audit", "--limit", "1").output.split(separator: "\n") == [all[0]])
        #expect(try await work.run("audit", "--app", "digits").output == "")
        for limit in ["0", "x", "-1", "100001"] {
            try await work.run("audit", "--limit", limit).expectRefusal(64, "1 to 100000")
        }
    }

    @Test("a model that was added and chosen by command is in the audit log with the user")
    func models() async throws {
        let id = try await work.importDefault()
        let entry = try JSONValue(parsing: try await work.run("audit", "--json", "--app", "digits").output)[0]
        #expect(entry?["act"] == "model.add")
        #expect(entry?["subject"] == .string(id))
        #expect(entry?["detail"]?["alias"] == "default")
        #expect(entry?["actor"]?.stringValue?.hasPrefix("user ") == true)
    }
}
