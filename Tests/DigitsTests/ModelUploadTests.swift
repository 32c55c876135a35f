import Application
import Foundation
import JSON
import Registry
import TestSupport
import Testing

@Suite("Uploads of models", .timeLimit(.minutes(10)))
struct ModelUploadTests {
    private static let limit = 100_000

    private func server() async throws -> DigitsServer {
        var options = DigitsServer.Options()
        options.limits.modelBytes = Self.limit
        options.converter = ChildProcessConverter(executable: Programs.prunelle)
        return try await DigitsServer.withStrokes(options)
    }

    @Test(
        "a model file cut at every kilobyte is refused, and the server goes on with the old one",
        arguments: ["strokes.h5", "strokes.keras"])
    func cutFiles(name: String) async throws {
        let server = try await server()
        let before = try await server.defaultModel()
        let file = try Picture.golden(name)
        // Two at a time: each is read by a process of its own.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<2 {
                group.addTask {
                    for length in stride(from: 1024 * (lane + 1), to: file.count, by: 2048) {
                        let answer = try await server.addModel(
                            Array(file[..<length]), isDefault: true, status: 400)
                        let reason = answer["detail"]?.stringValue ?? ""
                        #expect(reason.hasPrefix("Modèle inutilisable : "), "\(length): \(reason)")
                        #expect(!reason.contains("/"), "\(length): \(reason)")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await server.defaultModel() == before)
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
        _ = try await server.addModel(file, isDefault: true)
        #expect(try await server.predict(Picture.level)["digit"] == 0)
    }

    @Test("an ONNX file cut at every kilobyte is refused")
    func cutGraphs() async throws {
        let server = try await DigitsServer.withStrokes()
        for length in stride(from: 1024, to: SampleModels.strokes.count, by: 1024) {
            _ = try await server.addModel(Array(SampleModels.strokes[..<length]), isDefault: true, status: 400)
        }
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
    }

    @Test(
        "bytes changed at random within a model file are refused or harmless",
        arguments: ["strokes.h5", "strokes.keras"])
    func damagedFiles(name: String) async throws {
        let server = try await server()
        let good = try Picture.golden(name)
        var random = RepeatableRandom(seed: 3)
        for _ in 0..<12 {
            var file = good
            // Where headers and names lie, rather than in the weights.
            for _ in 0..<8 { file[.random(in: 0..<6000, using: &random)] = .random(in: 0...255, using: &random) }
            var form = Multipart(["name": "damaged", "algo": "b", "is_default": "true"])
            form.add("file", file: name, file)
            let answer = try await server.client.send(form.call("/api/v1/models"))
            #expect([201, 400].contains(answer.status), "\(answer.text)")
            #expect(!answer.text.contains("/tmp"))
        }
        let prediction = try await server.predict(Picture.upright)
        #expect(prediction["using_model"] == true)
    }

    @Test("an upload beyond the limit is refused, leaves nothing, and one below it is taken")
    func limits() async throws {
        let server = try await server()
        let small = try await server.addModel([UInt8](repeating: 1, count: Self.limit - 2000))
        #expect(small["has_binary"] == true)
        var form = Multipart(["name": "large", "algo": "b"])
        form.add("file", file: "m.h5", [UInt8](repeating: 1, count: Self.limit))
        let answer = try await server.client.send(form.call("/api/v1/models"))
        #expect(answer.status == 413)
        #expect(try answer.json["detail"]?.stringValue?.contains("\(Self.limit)") == true)
        try await eventually { try !server.folder.files().contains { $0.hasPrefix("uploads/") } }
    }

    @Test("an upload said to have a gibibyte is refused before it comes")
    func gibibyte() async throws {
        let server = try await server()
        let port = server.client.port
        let answer = try await blocking {
            let connection = try HTTPConnection(port: port)
            let head = "POST /api/v1/models HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            connection.write(Array("\(head)Content-Length: 1073741824\r\n\r\n--x\r\n".utf8))
            return try connection.answer()
        }
        #expect(answer.status == 413)
        #expect(try answer.json.keys == ["detail"])
    }

    @Test("a client that leaves in the middle of an upload leaves nothing behind")
    func goneInTheMiddle() async throws {
        let server = try await DigitsServer.withStrokes()
        let port = server.client.port
        try await blocking {
            for _ in 0..<10 {
                let connection = try HTTPConnection(port: port)
                let head =
                    "POST /api/v1/models HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\n"
                connection.write(Array("\(head)Content-Length: 10000000\r\n\r\n".utf8))
                let part = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"m\"\r\n\r\n"
                connection.write(Array(part.utf8) + [UInt8](repeating: 5, count: 300_000))
            }
        }
        try await eventually { try !server.folder.files().contains { $0.hasPrefix("uploads/") } }
        #expect(try await server.get("/api/v1/models").arrayValue?.count == 1)
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
    }
}

@Suite("POST /api/v1/models/import", .timeLimit(.minutes(10)))
struct ModelImportTests {
    private func importing(_ file: [UInt8]?, _ fields: KeyValuePairs<String, String>) -> HTTPCall {
        var form = Multipart(fields)
        if let file { form.add("file", file: "model.bin", file) }
        return form.call("/api/v1/models/import")
    }

    @Test("the format is told from the content", arguments: ["strokes.h5", "strokes.keras", "onnx"])
    func formats(name: String) async throws {
        let server = try await DigitsServer()
        let (file, format): ([UInt8], String) =
            name == "onnx"
            ? (SampleModels.strokes, "onnx")
            : (try Picture.golden(name), name.hasSuffix("h5") ? "h5" : "keras")
        let model = try await server.json(
            importing(file, ["name": "imported", "is_default": "yes", "algo": "dense"]), status: 201)
        #expect(model["format"]?.stringValue == format)
        #expect(model["algo"] == "dense")
        #expect(model["is_default"] == true)
        #expect(try await server.predict(Picture.level)["digit"] == 0)
    }

    @Test("a file that could not answer is refused and not kept, even when it is not to be the default")
    func refusals() async throws {
        let server = try await DigitsServer()
        let scenarios = [
            Scenario(name: "no file", call: importing(nil, ["name": "a"]), status: 400, detail: "'file'"),
            Scenario(name: "no name", call: importing(SampleModels.strokes, [:]), status: 400, detail: "'name'"),
            Scenario(
                name: "text", call: importing([1, 2, 3], ["name": "a"]), status: 400, detail: "not a model file"),
            Scenario(name: "empty", call: importing([], ["name": "a"]), status: 400, detail: "vide"),
            Scenario(
                name: "four classes", call: importing(SampleModels.constant([1, 2, 3, 4]), ["name": "a"]), status: 400,
                detail: "4 values"),
            .refused(
                "JSON", .json("POST", "/api/v1/models/import", "{}"), 415,
                "Unsupported media type \"application/json\" in request."),
        ]
        for scenario in scenarios { try await scenario.check(on: server) }
        #expect(try await server.get("/api/v1/models") == [])
        #expect(try !server.folder.files().contains { $0.hasPrefix("objects/models/") })
    }
}
