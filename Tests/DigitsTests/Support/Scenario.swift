import JSON
import TestSupport
import Testing

/// A request and what must come back.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let call: HTTPCall
    let status: Int
    /// The exact body.
    var json: JSONValue?
    /// What `detail` must be like, where its whole text is not fixed.
    var detail: String?
    /// Text that must appear in the body.
    var present: [String] = []
    /// Text that must not appear, beside what never may.
    var absent: [String] = []

    var testDescription: String { name }

    /// Traces of the inside that no answer may show.
    private static let secrets = [
        "/tmp", "/home", "/work", ".sqlite", "SELECT ", "INSERT ", "CREATE TABLE", "digits_drawings", ".swift",
        "Swift.",
        "prunelle-tests", "uploads/", "objects/",
    ]

    /// Sends the request and compares.
    func check(on server: DigitsServer) async throws {
        let answer = try await server.client.send(call)
        #expect(answer.status == status, "\(answer.text.prefix(500))")
        if let json { #expect(try answer.json == json) }
        if status >= 400 {
            #expect(answer["Content-Type"] == "application/json")
            let body = try answer.json
            #expect(body.keys == ["detail"])
            if let detail { #expect(body["detail"]?.stringValue?.contains(detail) == true, "\(answer.text)") }
        }
        for text in present { #expect(answer.text.contains(text), "\(answer.text.prefix(500))") }
        for text in absent + Self.secrets { #expect(!answer.text.contains(text), "\(answer.text.prefix(500))") }
    }
}

extension Scenario {
    /// A request that is refused with exactly this `detail`.
    static func refused(_ name: String, _ call: HTTPCall, _ status: Int, _ detail: String) -> Scenario {
        Scenario(name: name, call: call, status: status, json: ["detail": .string(detail)])
    }
}
