import Foundation
import JSON
import TestSupport
import Testing

/// The page tells refusals in the visitor's language by what the API says; both must mean the same texts.
@Suite(.timeLimit(.minutes(10)))
struct RefusalPageTests {
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Web")

    /// The files of that name, the app's before the one that all apps share.
    private static func text(_ app: String, _ shared: String) throws -> String {
        try ["digits/\(app)", "shared/\(shared)"].map {
            try String(contentsOf: page.appending(path: $0), encoding: .utf8)
        }.joined()
    }

    @Test(
        "what the server says of a model is what the page knows how to say",
        arguments: [
            ("text", [1, 2, 3] as [UInt8], "refusal.unknown"), ("empty", [], "refusal.empty"),
            ("four classes", SampleModels.constant([1, 2, 3, 4]), "refusal.output"),
            ("a pickle that runs a command", Array("cposix\nsystem\n(S'id'\ntR.".utf8), "refusal.dangerous"),
        ])
    func known(name: String, file: [UInt8], key: String) async throws {
        let server = try await DigitsServer()
        var form = Multipart(["name": "a"])
        form.add("file", file: "model.bin", file)
        let answer = try await server.json(form.call("/api/v1/models/import"), status: 400)
        let detail = try #require(answer["detail"]?.stringValue)
        #expect(try Self.key(of: detail) == key, "\(detail)")
    }

    @Test("a description that is wrong, and no earlier model, are told in the page's own words")
    func sentences() async throws {
        let server = try await DigitsServer()
        var form = Multipart(["name": "a", "description": "{"])
        form.add("file", file: "model.bin", SampleModels.strokes)
        let wrong = try await server.json(form.call("/api/v1/models/import"), status: 400)
        #expect(try Self.key(of: try #require(wrong["detail"]?.stringValue)) == "refusal.wrongDescription")
        let back = try await server.json(HTTPCall("POST", "/api/v1/models/rollback"), status: 409)
        #expect(try Self.key(of: try #require(back["detail"]?.stringValue)) == "refusal.noEarlier")
    }

    @Test("every text of a refusal is there")
    func texts() throws {
        let words = try Self.text("texts-fr.js", "texts.js")
        let keys = try Self.text("refusals.js", "refusals.js").matches(of: /'(refusal\.\w+)'/).map { String($0.1) }
        #expect(Set(keys).count > 15)
        for key in keys { #expect(words.contains("'\(key)':"), "\(key)") }
    }

    /// The key of the text that the page's table gives for a `detail`; nil for none.
    private static func key(of detail: String) throws -> String? {
        let table = try text("refusals.js", "refusals.js")
        for match in table.matches(of: /'((?:[^'\\]|\\')+)': '(refusal\.\w+)'/)
        where match.1.replacing("\\'", with: "'") == detail {
            return String(match.2)
        }
        for match in table.matches(of: /\['((?:[^'\\]|\\')+)', '(refusal\.\w+)'\]/) {
            let start = match.1.replacing("\\'", with: "'")
            guard detail.hasPrefix(start) else { continue }
            guard match.2 == "refusal.unusable" else { return String(match.2) }
            for gist in table.matches(of: /\[\/(.+)\/, '(refusal\.\w+)'\]/)
            where detail.contains(try Regex(String(gist.1))) {
                return String(gist.2)
            }
            return String(match.2)
        }
        return nil
    }
}
