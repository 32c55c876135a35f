import Application
import Foundation
import JSON
import Pets
import TestSupport
import Testing

struct PredictionTests {
    @Test("a prediction has the original's fields, each share formatted by itself")
    func fields() async throws {
        let server = try await PetsServer()
        let dog = try await server.predict(Picture.red, name: "mon image é.jpg")
        #expect(dog.keys == ["filename", "prediction", "confidence", "probabilities"])
        #expect(dog["filename"] == "mon image é.jpg")
        #expect(dog["prediction"] == "Dog")
        // The sigmoid of 4.
        #expect(dog["confidence"] == "98.20%")
        #expect(dog["probabilities"] == ["cat": "1.80%", "dog": "98.20%"])
        let cat = try await server.predict(Picture.blue)
        #expect(cat["prediction"] == "Cat")
        #expect(cat["confidence"] == "98.20%")
        #expect(cat["probabilities"] == ["cat": "98.20%", "dog": "1.80%"])
    }

    @Test("a score of exactly one half is a cat")
    func half() async throws {
        let server = try await PetsServer()
        let answer = try await server.predict(Picture.grey)
        #expect(answer["prediction"] == "Cat")
        #expect(answer["confidence"] == "50.00%")
    }

    @Test(
        "models of one, two and three values are read, as probabilities or not",
        arguments: [
            ([0.8765], "87.65%"), ([4.0], "98.20%"), ([0.25, 0.75], "75.00%"), ([0, 2], "88.08%"),
            ([0.1, 0.3, 0.6], "75.00%"), ([1, 1, 5], "50.00%"),
        ] as [([Float], String)])
    func outputs(values: [Float], dog: String) async throws {
        let server = try await PetsServer(original: SampleModels.constant(values))
        #expect(try await server.predict(Picture.red)["probabilities"]?["dog"] == .string(dog))
    }

    @Test("the name of the file is told as it was sent, and found again by it")
    func sentName() async throws {
        let server = try await PetsServer()
        for name in ["albums/été/a.bmp", "<b>a</b>.bmp", "../../etc/passwd", "a b;c='d'.bmp"] {
            #expect(try await server.predict(Picture.red, name: name)["filename"] == .string(name))
        }
        try await server.kept(4)
        let erased = try await server.app.erase(subject: "albums/été/a.bmp", dryRun: false)
        #expect(erased == 1)
        let untouched = try await server.predict([], name: "", type: "application/octet-stream", status: 400)
        #expect(untouched["detail"] == "Format d'image invalide")
    }

    @Test("every call that reaches the route is a line of the monitoring file, and no other")
    func monitoring() async throws {
        let server = try await PetsServer()
        _ = try await server.predict(Picture.red)
        _ = try await server.predict(Picture.red, type: "text/plain", status: 400)
        _ = try await server.predict(Array("no picture".utf8), status: 500)
        var withoutToken = HTTPCall.predict(Picture.red)
        withoutToken.headers.removeLast()
        try await server.json(withoutToken, status: 403)
        try await server.json(Multipart(["file": "text"]).call("/api/predict").authorized, status: 422)
        try await eventually { server.monitoring.count == 3 }
        let lines = server.monitoring.map { $0.split(separator: ",").map(String.init) }
        #expect(lines.map(\.last) == ["True", "False", "False"])
        for line in lines {
            #expect(line[0].wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?/) != nil, "\(line)")
            #expect(line[1].wholeMatch(of: /\d+\.\d\d/) != nil, "\(line)")
        }
        let file = server.folder.file("processed/monitoring_inference.csv")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.split(whereSeparator: \.isNewline).first == "timestamp,inference_time_ms,success")
    }

    @Test("without a model the answer is 503, also for what is no picture")
    func noModel() async throws {
        let server = try await PetsServer(original: nil)
        let unavailable: JSONValue = ["detail": "Modèle non disponible"]
        #expect(try await server.predict(Picture.red, status: 503) == unavailable)
        #expect(try await server.predict([1], type: "text/plain", status: 503) == unavailable)
        for path in ["/health", "/api/health"] {
            #expect(try await server.get(path) == ["status": "healthy", "model_loaded": false])
        }
        let info = try await server.get("/api/info")
        #expect(info["model_loaded"] == false && info["parameters"] == 0 && info["version"] == "1.0.0")
        try await eventually { server.monitoring.count == 2 }
    }

    @Test("health and info tell of the model that answers")
    func health() async throws {
        let server = try await PetsServer()
        for path in ["/health", "/api/health"] {
            #expect(try await server.get(path) == ["status": "healthy", "model_loaded": true])
        }
        let info = try await server.get("/api/info")
        #expect(info.keys == ["model_loaded", "model_path", "version", "parameters"])
        #expect(info["model_path"] == "data/processed/models/cats_dogs_model.keras")
        #expect(info["parameters"]?.intValue ?? 0 >= 48)
    }

    @Test("a model that is none of pets does not answer")
    func otherModel() async throws {
        let server = try await PetsServer(original: SampleModels.digits)
        #expect(try await server.get("/health")["model_loaded"] == false)
    }

    @Test(
        "what is no picture we read is refused with the original's prefix",
        arguments: [[], Array("GIF89a".utf8), Array("no picture".utf8), Array(Picture.red.prefix(60))])
    func unreadable(bytes: [UInt8]) async throws {
        let server = try await PetsServer()
        let detail = try await server.predict(bytes, type: "image/png", status: 500)["detail"]?.stringValue ?? ""
        #expect(detail.hasPrefix("Erreur de prédiction: "))
        #expect(!detail.contains("/") && !detail.contains("Swift"))
    }

    @Test("a picture above the limits is refused, at the limit it is read")
    func limits() async throws {
        var options = PetsServer.Options()
        options.limits.picturePixels = 64
        let server = try await PetsServer(options)
        _ = try await server.predict(Picture.bmp(red: 1, green: 1, blue: 1, width: 8, height: 8))
        _ = try await server.predict(Picture.bmp(red: 1, green: 1, blue: 1, width: 13, height: 5), status: 500)
        options.limits.pictureBytes = 1000
        let small = try await PetsServer(options)
        let answer = try await small.client.send(.predict([UInt8](repeating: 0, count: 100_000)))
        #expect(answer.status == 413)
    }

    @Test("many predictions at once are all answered")
    func concurrent() async throws {
        let server = try await PetsServer()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    let answer = try await server.predict(number % 2 == 0 ? Picture.red : Picture.blue)
                    #expect(answer["prediction"] == (number % 2 == 0 ? "Dog" : "Cat"))
                }
            }
            try await group.waitForAll()
        }
        try await eventually { server.monitoring.count == 60 }
    }

    @Test("the document has the original's title, and a path with a slash too many leads to the one without")
    func framework() async throws {
        let server = try await PetsServer()
        let document = try await server.get("/openapi.json")
        #expect(document["info"]?["title"] == "Cats vs Dogs Classifier")
        #expect(document["info"]?["version"] == "1.0.0")
        let paths = try #require(document["paths"])
        let open = [
            "/health", "/api/health", "/api/info", "/api/metrics/daily", "/api/metrics/7d", "/api/v1/session",
        ]
        for path in paths.keys {
            for (method, operation) in paths[path]?.objectValue ?? JSONObject() {
                let isOpen = operation["security"] == nil
                #expect(isOpen == open.contains(path), "\(method) \(path): the pages of the document ask for the token")
            }
        }
        let answer = try await server.client.get("/health/?a=b")
        #expect(answer.status == 307 && answer["Location"] == "/health?a=b")
        #expect(try await server.client.get("//example.org/").status == 404)
    }
}
