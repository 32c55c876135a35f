import Foundation
import JSON
import TestSupport
import Testing

@Suite("POST /api/v1/preview", .timeLimit(.minutes(10)))
struct PreviewTests {
    private static let keys = [
        "digit", "input", "latency_ms", "model_id", "proba", "probabilities", "using_model",
    ]

    private func preview(_ image: String, modelID: JSONValue = nil, on server: DigitsServer) async throws -> JSONValue {
        try await server.json(.predict(image, modelID: modelID, path: "/api/v1/preview"))
    }

    @Test("a preview tells all ten probabilities, what the model saw and which model it was, and stores nothing")
    func fields() async throws {
        let server = try await DigitsServer.withStrokes()
        let answer = try await preview(Picture.upright, on: server)
        #expect(answer.keys == Self.keys)
        #expect(answer["digit"] == 1)
        #expect(answer["using_model"] == true)
        #expect(answer["model_id"]?.stringValue == (try await server.defaultModel()))
        let probabilities = (answer["probabilities"]?.arrayValue ?? []).compactMap(\.doubleValue)
        #expect(probabilities.count == 10)
        #expect(abs(probabilities.reduce(0, +) - 1) < 1e-4)
        #expect(answer["proba"]?.doubleValue == probabilities[1])
        #expect(try await server.get("/api/v1/records") == [])
        #expect(try await server.get("/api/v1/metrics/overview")["total_records"] == 0)
    }

    @Test("the picture of a preview is a PNG, and reading it again gives the same digit")
    func seenPicture() async throws {
        let server = try await DigitsServer.withStrokes()
        let seen = try #require(try await preview(Picture.level, on: server)["input"]?.stringValue)
        #expect(seen.hasPrefix("data:image/png;base64,"))
        #expect(try await preview(seen, on: server)["digit"] == 0)
    }

    @Test("without a model a preview has no digit, no probabilities and no picture")
    func noModel() async throws {
        let server = try await DigitsServer()
        var answer = try await preview(Picture.upright, on: server)
        guard case .object(var members) = answer else { return }
        members["latency_ms"] = nil
        answer = .object(members)
        #expect(
            answer == [
                "digit": nil, "proba": 0.0, "probabilities": nil, "input": nil, "model_id": nil, "using_model": false,
            ])
    }

    @Test("a preview tells the model that was asked for")
    func namedModel() async throws {
        let server = try await DigitsServer.withStrokes()
        let other = try await server.addModel(SampleModels.always(4))
        let answer = try await preview(Picture.upright, modelID: try #require(other["id"]), on: server)
        #expect(answer["digit"] == 4)
        #expect(answer["model_id"] == other["id"])
    }
}
