import Application
import Foundation
import JSON
import Pets
import TestSupport
import Testing

/// The pages as files: their words in both languages, and what they ask of the browser.
struct PagesTests {
    static let web = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Web")

    /// The text of a file below `Web`.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: web.appending(path: path), encoding: .utf8)
    }

    private static func files(_ folder: String, _ ending: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: web.appending(path: folder).path)
            .filter { $0.hasSuffix(ending) }.sorted().map { "\(folder)/\($0)" }
    }

    /// The keys that a file of words defines.
    private static func keys(_ text: String) -> Set<String> {
        Set(text.matches(of: /(?m)^ +'([\w.\-]+)':/).map { String($0.1) })
    }

    @Test("both languages hold the same words, and those that a page fills in", arguments: ["pets", "digits"])
    func languages(app: String) throws {
        let (english, french) = (try Self.text("\(app)/texts-en.js"), try Self.text("\(app)/texts-fr.js"))
        #expect(Self.keys(english).count > 50)
        #expect(Self.keys(english).symmetricDifference(Self.keys(french)) == [])
        for key in Self.keys(english) {
            let (one, other) = (Self.places(of: key, in: english), Self.places(of: key, in: french))
            #expect(one == other, "\(key) is filled with \(one) in one language and \(other) in the other")
        }
    }

    /// The names in braces within a key's text.
    private static func places(of key: String, in text: String) -> Set<String> {
        guard let start = text.range(of: "'\(key)':")?.upperBound else { return [] }
        let rest = text[start...]
        let end = rest.range(of: "\n    '")?.lowerBound ?? rest.endIndex
        return Set(rest[..<end].matches(of: /\{(\w+)\}/).map { String($0.1) })
    }

    @Test("every word that the pages ask for is there")
    func used() throws {
        let known = Self.keys(try Self.text("pets/texts-fr.js")).union(
            Self.keys(try Self.text("shared/texts.js")))
        var asked: Set<String> = []
        let shared = try Self.files("shared", ".js").filter { !$0.hasSuffix("texts.js") && !$0.hasSuffix("i18n.js") }
        for file in try shared + Self.files("pets", ".js") + Self.files("pets", ".html")
        where !file.contains("texts-") {
            let text = try Self.text(file)
            asked.formUnion(text.matches(of: /\bt\('([\w.\-]+)'/).map { String($0.1) })
            asked.formUnion(text.matches(of: /data-i18n[a-z\-]*="([\w.\-]+)"/).map { String($0.1) })
            asked.formUnion(text.matches(of: /'((?:api|error|refusal)\.\w+)'/).map { String($0.1) })
        }
        #expect(asked.count > 90)
        #expect(asked.subtracting(known) == [])
        // What is put together from a word of the API.
        let composed =
            ["stable", "moderate", "major", "not_enough_data"].map { "drift.\($0)" }
            + ["classes", "confidence"].flatMap { part in
                ["stable", "moderate", "major"].map { "drift.\(part).\($0)" }
            }
            + ["starter", "upload", "import", "training"].map { "models.origin.\($0)" }
            + ["cat", "dog", "neither"].map { "animal.\($0)" }
            + ["unreadable", "not_an_image", "no_model", "busy", "model_failed"].map { "outcome.\($0)" }
            + [
                "empty", "unknown_format", "unsupported", "too_many_bytes", "too_many_pixels", "side_too_long",
                "truncated", "damaged",
            ].map { "picture.\($0)" } + [1, 7, 30, 90].map { "watch.window.\($0)" }
            + ["unreachable", "refused", "failed"].map { "api.\($0)" }
            + ["file", "name"].map { "upload.missing.\($0)" }
            + ["published", "own", "refused", "show", "hide"].map { "token.\($0)" }
            + ["home", "info", "inference", "review"].flatMap { ["title.\($0)", "nav.\($0)"] }
        #expect(Set(composed).subtracting(known) == [])
    }

    @Test("every page of the app is there, without script or style in its text, and leads to the others")
    func pages() throws {
        let pages = [PetsApp.card.page] + PetsApp.card.pages.map(\.value)
        #expect(PetsApp.card.pages.map(\.key).sorted() == ["inference", "info", "review"])
        for page in pages {
            let text = try Self.text(page)
            #expect(!text.contains(/<script(?![^>]*\bsrc=)/) && !text.contains(/\son\w+=/), "\(page)")
            #expect(!text.contains("<style") && !text.contains(/\sstyle=/), "\(page)")
            for link in ["./", "info", "inference", "review", "docs"] {
                #expect(text.contains("href=\"\(link)\" data-nav="), "\(page) leads to \(link)")
            }
            for file in text.matches(of: /(?:src|href)="\/assets\/([\w\/.\-]+)/) {
                #expect(FileManager.default.fileExists(atPath: Self.web.appending(path: String(file.1)).path))
            }
        }
    }

    @Test("modules import only what is there")
    func modules() throws {
        for file in try Self.files("pets", ".js") + Self.files("shared", ".js") + Self.files("digits", ".js") {
            let text = try Self.text(file)
            for match in text.matches(of: /(?s)import \{([^}]*)\} from '(\.[^']+)'/) {
                let path = URL(filePath: "/\(file)").deletingLastPathComponent().appending(path: String(match.2))
                let source = try Self.text(String(path.standardized.path.dropFirst()))
                for name in match.1.split(whereSeparator: { " ,\n".contains($0) }) {
                    #expect(
                        source.contains(try Regex("export (async )?(function|class|const) \(name)\\b")),
                        "\(file) imports \(name) from \(match.2)")
                }
            }
        }
    }
}
