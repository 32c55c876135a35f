import Foundation
import JSON
import Storage
import TestSupport
import Testing

@Suite("POST /api/v1/predict", .timeLimit(.minutes(10)))
struct PredictionTests {
    private static let keys = ["digit", "id", "latency_ms", "model_id", "proba", "using_model"]

    @Test("a prediction has exactly the original's six fields, each of its type")
    func fields() async throws {
        let server = try await DigitsServer.withStrokes()
        let answer = try await server.predict(Picture.upright)
        #expect(answer.keys == Self.keys)
        #expect(answer["id"]?.stringValue?.wholeMatch(of: /[0-9a-f]{24}/) != nil)
        #expect(answer["digit"] == 1)
        #expect(answer["proba"]?.doubleValue.map((0.9...1).contains) == true)
        #expect(answer["model_id"] == .null)
        #expect(answer["using_model"] == true)
        guard case .integer(let latency) = answer["latency_ms"] else {
            Issue.record("latency_ms is no integer: \(answer.text())")
            return
        }
        #expect((0..<60_000).contains(latency))
    }

    @Test("`proba` is the model's own value, not rounded")
    func probability() async throws {
        let server = try await DigitsServer()
        let values: [Float] = [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.123457, 0.008, 0.840543]
        _ = try await server.addModel(SampleModels.constant(values), isDefault: true)
        let answer = try await server.predict(Picture.upright)
        #expect(answer["digit"] == 9)
        #expect(abs((answer["proba"]?.doubleValue ?? 0) - 0.840543) < 1e-6)
    }

    @Test("a model that gives scores instead of probabilities is answered through a softmax")
    func scores() async throws {
        let server = try await DigitsServer()
        _ = try await server.addModel(
            SampleModels.constant([0, 0, 0, 0, 0, 9, 0, 0, 0, 0].map { $0 * 0.5 }), isDefault: true)
        let answer = try await server.predict(Picture.upright)
        #expect(answer["digit"] == 5)
        let expected = exp(4.5) / (exp(4.5) + 9)
        #expect(abs((answer["proba"]?.doubleValue ?? 0) - expected) < 1e-5)
    }

    @Test(
        "the drawing is read wherever it lies, however large, and in whatever colours",
        arguments: [
            ("upright", [(140, 50), (140, 230)], 1), ("in a corner", [(270, 5), (270, 70)], 1),
            ("small", [(200, 200), (200, 212)], 1), ("level", [(50, 140), (230, 140)], 0),
            ("level at the bottom", [(5, 275), (120, 275)], 0),
        ] as [(String, [(Double, Double)], Int)])
    func drawings(name: String, points: [(Double, Double)], digit: Int) async throws {
        let server = try await DigitsServer.withStrokes()
        let surfaces: [(Canvas.Colour, Canvas.Colour)] = [
            (Canvas.white, Canvas.black), (Canvas.black, Canvas.white), (Canvas.clear, Canvas.black),
            (Canvas.clear, Canvas.white), ((200, 190, 170, 255), (30, 20, 90, 255)),
        ]
        for (paper, ink) in surfaces {
            var canvas = Canvas(background: paper)
            canvas.stroke(points.map { (x: $0.0, y: $0.1) }, width: 4, ink)
            let answer = try await server.predict(canvas.dataURL)
            #expect(answer["digit"]?.intValue == digit, "\(name): \(ink) on \(paper)")
        }
    }

    @Test("a blank drawing is predicted like any other")
    func blank() async throws {
        let server = try await DigitsServer.withStrokes()
        let answer = try await server.predict(Picture.blank)
        #expect(answer["digit"] == 9)
        #expect(answer["using_model"] == true)
    }

    @Test("a picture of a single pixel is a picture")
    func singlePixel() async throws {
        let server = try await DigitsServer.withStrokes()
        #expect(try await server.predict(Canvas(1, 1).dataURL)["digit"] == 9)
    }

    @Test("every picture format is read", arguments: ["jpg", "png", "gif", "webp", "bmp"])
    func formats(suffix: String) async throws {
        let server = try await DigitsServer.withStrokes()
        let file = try Picture.golden("upright.\(suffix)")
        #expect(try await server.predict(Picture.dataURL(file, type: "image/\(suffix)"))["digit"] == 1)
        // Only the bytes tell the format: everything up to the first comma is passed over.
        #expect(try await server.predict(Picture.dataURL(file))["digit"] == 1)
        let bare = "data:image," + Data(file).base64EncodedString()
        #expect(try await server.predict(bare)["digit"] == 1)
    }

    @Test("line breaks within base64 are passed over, as Python's decoder does")
    func wrappedBase64() async throws {
        let server = try await DigitsServer.withStrokes()
        let text = Data(try Picture.golden("upright.png")).base64EncodedString(options: .lineLength64Characters)
        #expect(try await server.predict("data:image/png;base64," + text)["digit"] == 1)
    }

    @Test("JSON, a form and a multipart form are answered alike")
    func bodies() async throws {
        let server = try await DigitsServer.withStrokes()
        let unreserved = CharacterSet.alphanumerics
        let escaped = try #require(Picture.upright.addingPercentEncoding(withAllowedCharacters: unreserved))
        let form = HTTPCall(
            "POST", "/api/v1/predict", headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array("image=\(escaped)&model_id=seven".utf8))
        let calls = [
            .predict(Picture.upright, modelID: "seven"), form,
            Multipart(["image": Picture.upright, "model_id": "seven"]).call("/api/v1/predict"),
        ]
        for call in calls {
            let answer = try await server.json(call)
            #expect(answer.keys == Self.keys)
            #expect(answer["digit"] == 1)
            #expect(answer["model_id"] == "seven")
        }
        #expect(try await server.get("/api/v1/records").arrayValue?.count == calls.count)
    }

    @Test("the content type may have parameters and any case")
    func contentType() async throws {
        let server = try await DigitsServer.withStrokes()
        var call = HTTPCall.predict(Picture.upright)
        call.headers = [("Content-Type", "Application/JSON; charset=UTF-8")]
        #expect(try await server.json(call)["digit"] == 1)
    }

    @Test(
        "`model_id` is echoed and stored, whatever JSON it is",
        arguments: [
            nil, "", "unknown", "68b8c1f0a1b2c3d4e5f60718", 7, 1.5, true, [], [1, [nil]], ["a": ["b": "ü\u{1F600}"]],
        ] as [JSONValue])
    func modelIDs(modelID: JSONValue) async throws {
        let server = try await DigitsServer.withStrokes()
        let answer = try await server.predict(Picture.level, modelID: modelID)
        #expect(answer["model_id"] == modelID)
        #expect(answer["digit"] == 0, "the default model answers")
        #expect(try await server.get("/api/v1/records")[0]?["model_id"] == modelID)
    }

    @Test("`model_id` may be left out")
    func noModelID() async throws {
        let server = try await DigitsServer.withStrokes()
        let body: JSONValue = ["image": .string(Picture.upright)]
        let answer = try await server.json(.json("POST", "/api/v1/predict", body.text()))
        #expect(answer["model_id"] == .null)
        #expect(answer["digit"] == 1)
    }

    @Test("the id of a model has that model answer; null has the default one", arguments: DigitsStore.allCases)
    func namedModel(store: DigitsStore) async throws {
        let server = try await DigitsServer.withStrokes(.on(store))
        let other = try await server.addModel(SampleModels.always(4))
        let id = try #require(other["id"])
        #expect(try await server.predict(Picture.upright, modelID: id)["digit"] == 4)
        #expect(try await server.predict(Picture.upright, modelID: nil)["digit"] == 1)
    }

    @Test("the id of a model without a file, or whose file cannot be read, has no model answer")
    func namedModelWithoutUse() async throws {
        let server = try await DigitsServer.withStrokes()
        let fields: JSONValue = ["name": "words only", "algo": "none"]
        let description = try await server.json(.json("POST", "/api/v1/models", fields.text()), status: 201)
        let broken = try await server.addModel(Array("not a model".utf8), format: "pickle")
        for model in [description, broken] {
            let answer = try await server.predict(Picture.upright, modelID: try #require(model["id"]))
            #expect(answer["digit"] == .null)
            #expect(answer["using_model"] == false)
        }
    }

    @Test("without a model no digit is invented, and the drawing is kept for later")
    func noModel() async throws {
        let server = try await DigitsServer()
        let answer = try await server.predict(Picture.upright)
        #expect(answer.keys == Self.keys)
        #expect(answer["digit"] == .null)
        #expect(answer["proba"] == .number(0))
        #expect(answer["using_model"] == false)
        let record = try #require(try await server.get("/api/v1/records?fields=all")[0])
        #expect(record["id"] == answer["id"])
        #expect(record["pred_digit"] == .null)
        #expect(record["stub"] == true)
        let stored = try await server.database.query("SELECT image FROM digits_drawings")
        #expect(try stored.first?.text("image") == Picture.upright)
    }

    @Test("a model whose values are no numbers gives no digit either")
    func notNumbers() async throws {
        let server = try await DigitsServer()
        _ = try await server.addModel(SampleModels.notNumbers, isDefault: true)
        let answer = try await server.predict(Picture.upright)
        #expect(answer["digit"] == .null)
        #expect(answer["proba"] == .number(0))
        #expect(answer["using_model"] == false)
        #expect(try await server.get("/api/v1/records")[0]?["stub"] == true)
    }

    @Test("with a model the drawing itself is not kept, only what the model saw")
    func drawingIsNotKept() async throws {
        let server = try await DigitsServer.withStrokes()
        _ = try await server.predict(Picture.upright)
        let stored = try await server.database.query("SELECT image, LENGTH(seen) AS seen FROM digits_drawings")
        #expect(try stored.first?.get("image") == String?.none)
        #expect(try stored.first?.integer("seen") == 784)
    }

    @Test("many predictions at once are all answered and all stored", arguments: DigitsStore.allCases)
    func concurrent(store: DigitsStore) async throws {
        let server = try await DigitsServer.withStrokes(.on(store))
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let answer = try await server.predict(number % 2 == 0 ? Picture.level : Picture.upright)
                    #expect(answer["digit"]?.intValue == number % 2)
                    return answer["id"]?.stringValue
                }
            }
            return try await group.reduce(into: Set<String>()) { if let id = $1 { $0.insert(id) } }
        }
        #expect(ids.count == 60)
        let records = try await server.get("/api/v1/records?limit=0").arrayValue ?? []
        #expect(Set(records.compactMap { $0["id"]?.stringValue }) == ids)
    }
}
