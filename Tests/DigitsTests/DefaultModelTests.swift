import Foundation
import JSON
import ONNX
import TestSupport
import Testing

@Suite("The model that answers", .timeLimit(.minutes(10)))
struct DefaultModelTests {
    private func choose(_ model: JSONValue) throws -> HTTPCall {
        HTTPCall("PATCH", "/api/v1/models/\(try #require(model["id"]?.stringValue))/default")
    }

    private static let rollback = HTTPCall("POST", "/api/v1/models/rollback")

    @Test(
        "a model added as default answers the next prediction, and is the only default", arguments: DigitsStore.allCases
    )
    func addAsDefault(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        for digit in [3, 8, 5] {
            let model = try await server.addModel(SampleModels.always(digit), isDefault: true)
            #expect(model["is_default"] == true)
            #expect(try await server.predict(Picture.upright)["digit"]?.intValue == digit)
            #expect(try await server.defaultModel() == model["id"]?.stringValue)
        }
    }

    @Test("the default is switched without an upload, and back", arguments: DigitsStore.allCases)
    func choice(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let three = try await server.addModel(SampleModels.always(3), isDefault: true)
        let eight = try await server.addModel(SampleModels.always(8))
        let answer = try await server.json(choose(eight))
        #expect(answer.keys == eight.keys)
        #expect(answer["id"] == eight["id"])
        #expect(answer["is_default"] == true)
        #expect(try await server.predict(Picture.upright)["digit"] == 8)
        #expect(try await server.defaultModel() == eight["id"]?.stringValue)
        try await server.json(choose(three))
        #expect(try await server.predict(Picture.upright)["digit"] == 3)
        let back = try await server.json(Self.rollback)
        #expect(back["id"] == eight["id"])
        #expect(back["is_default"] == true)
        #expect(try await server.predict(Picture.upright)["digit"] == 8)
    }

    @Test("without an earlier model there is nothing to go back to", arguments: DigitsStore.allCases)
    func nothingToRollBack(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let none = Scenario.refused("none", Self.rollback, 409, "Aucun modèle précédent")
        try await none.check(on: server)
        _ = try await server.addModel(SampleModels.always(3), isDefault: true)
        try await none.check(on: server)
    }

    private static let unknown: [Scenario] = [
        .refused("unknown", HTTPCall("PATCH", "/api/v1/models/68b8c1f0a1b2c3d4e5f60718/default"), 404, "Not found."),
        .refused("no id", HTTPCall("PATCH", "/api/v1/models/x/default"), 404, "Not found."),
        .refused("climbing", HTTPCall("PATCH", "/api/v1/models/..%2F..%2Fetc/default"), 404, "Not found."),
        .refused(
            "GET", HTTPCall("GET", "/api/v1/models/68b8c1f0a1b2c3d4e5f60718/default"), 405,
            "Method \"GET\" not allowed."),
        .refused("GET rollback", HTTPCall("GET", "/api/v1/models/rollback"), 405, "Method \"GET\" not allowed."),
    ]

    @Test("a model that does not exist cannot be chosen", arguments: unknown)
    func unknownModels(scenario: Scenario) async throws {
        let server = try await DigitsServer.withStrokes()
        let before = try await server.defaultModel()
        try await scenario.check(on: server)
        #expect(try await server.defaultModel() == before)
    }

    /// A file that is no model of digits, and a word of the reason.
    struct Unusable: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: [UInt8]
        var reason: String?
    }

    private static let unusable = [
        Unusable(testDescription: "text", file: Array("hello".utf8), reason: "not a model file"),
        Unusable(testDescription: "zeros", file: [UInt8](repeating: 0, count: 100_000), reason: "not a model"),
        Unusable(testDescription: "a pickle", file: [0x80, 0x04, 0x95] + Array("numpy".utf8), reason: "pickle"),
        Unusable(testDescription: "a cut HDF5 file", file: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0]),
        Unusable(
            testDescription: "an empty archive", file: [0x50, 0x4B, 0x03, 0x04] + [UInt8](repeating: 0, count: 60)),
        Unusable(testDescription: "a damaged graph", file: Array(SampleModels.strokes[..<200])),
        Unusable(
            testDescription: "a graph of larger pictures",
            file: SampleModels.constant([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], shape: ["N", 32, 32, 1]), reason: "28×28"),
        Unusable(
            testDescription: "a graph of four classes", file: SampleModels.constant([1, 2, 3, 4]), reason: "4 values"),
        Unusable(testDescription: "a graph of two inputs", file: SampleModels.twoInputs, reason: "2 inputs"),
        Unusable(testDescription: "a picture", file: Canvas(8, 8).png, reason: "not a model file"),
    ]

    @Test(
        "a file that cannot read digits is refused as default with its reason, and the old model goes on",
        arguments: unusable)
    func unusableFiles(unusable: Unusable) async throws {
        let (name, file, reason) = (unusable.testDescription, unusable.file, unusable.reason)
        let server = try await DigitsServer.withStrokes()
        let before = try await server.defaultModel()
        var form = Multipart(["name": "bad", "algo": "b", "is_default": "true"])
        form.add("file", file: "../../model.h5", file)
        let upload = Scenario(
            name: name, call: form.call("/api/v1/models"), status: 400, detail: reason,
            present: ["Modèle inutilisable : "])
        try await upload.check(on: server)
        #expect(try await server.get("/api/v1/models").arrayValue?.count == 1, "nothing was added")

        // Without the wish to be default it is stored and listed, and refused once it is chosen.
        let kept = try await server.addModel(file, name: "kept", format: "pickle")
        #expect(kept["has_binary"] == true)
        #expect(try await server.get("/api/v1/models").arrayValue?.count == 2)
        let choice = Scenario(name: name, call: try choose(kept), status: 400, detail: reason)
        try await choice.check(on: server)
        try await choice.check(on: server)

        #expect(try await server.defaultModel() == before)
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
        try await eventually { try !server.folder.files().contains { $0.hasPrefix("uploads/") } }
    }

    @Test("a pickle is stored and listed, and refused as default with the reason")
    func pickle() async throws {
        let server = try await DigitsServer.withStrokes()
        let file: [UInt8] = [0x80, 0x04, 0x95] + Array("cos\nsystem\n(S'touch /tmp/prunelle-pwned'\ntR.".utf8)
        let refusal = try await server.addModel(file, format: "pickle", isDefault: true, status: 400)
        #expect(refusal["detail"]?.stringValue?.contains("pickle") == true)
        let model = try await server.addModel(file, format: "pickle")
        #expect(model["format"] == "pickle")
        #expect(model["has_binary"] == true)
        #expect(try await server.get("/api/v1/models")[0]?["id"] == model["id"])
        let choice = try await server.json(choose(model), status: 400)
        #expect(choice["detail"]?.stringValue?.contains("pickle") == true)
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/prunelle-pwned"))
    }

    @Test("an empty file is refused")
    func emptyFile() async throws {
        let server = try await DigitsServer()
        #expect(try await server.addModel([], status: 400) == ["detail": "Le fichier du modèle est vide"])
        #expect(try await server.get("/api/v1/models") == [])
    }

    @Test("Keras files answer as the same network in ONNX does", arguments: ["strokes.h5", "strokes.keras"])
    func keras(name: String) async throws {
        let server = try await DigitsServer.withStrokes()
        let expected = [try await server.predict(Picture.upright), try await server.predict(Picture.level)]
        _ = try await server.addModel(try Picture.golden(name), format: "h5", isDefault: true)
        for (image, expected) in zip([Picture.upright, Picture.level], expected) {
            let answer = try await server.predict(image)
            #expect(answer["digit"] == expected["digit"])
            let distance = abs((answer["proba"]?.doubleValue ?? 0) - (expected["proba"]?.doubleValue ?? 1))
            #expect(distance < 1e-4)
        }
    }

    @Test("a choice made by another server on the same data counts at once", arguments: DigitsStore.allCases)
    func twoServers(store: DigitsStore) async throws {
        let first = try await DigitsServer(.on(store))
        var options = try DigitsServer.Options.on(store)
        options.folder = first.folder
        options.documents = try first.documents?.again()
        let second = try await DigitsServer(options)
        let three = try await first.addModel(SampleModels.always(3), isDefault: true)
        #expect(try await second.predict(Picture.upright)["digit"] == 3)
        _ = try await second.addModel(SampleModels.always(8), isDefault: true)
        #expect(try await first.predict(Picture.upright)["digit"] == 8)
        try await first.json(choose(three))
        #expect(try await second.predict(Picture.upright)["digit"] == 3)
    }

    @Test(
        "no prediction fails while the default is switched, and each is made by one of the two models",
        arguments: DigitsStore.allCases)
    func switchUnderLoad(store: DigitsStore) async throws {
        let server = try await DigitsServer(.on(store))
        let models = [
            try await server.addModel(SampleModels.always(3), isDefault: true),
            try await server.addModel(SampleModels.always(8)),
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<25 {
                        let answer = try await server.predict(Picture.upright)
                        #expect(answer["digit"] == 3 || answer["digit"] == 8)
                        #expect(answer["using_model"] == true)
                    }
                }
            }
            for turn in 0..<20 { try await server.json(choose(models[turn % 2])) }
            try await group.waitForAll()
        }
        #expect(try await server.get("/api/v1/metrics/overview")["total_records"] == 100)
    }

    @Test("the choice outlives the server", arguments: DigitsStore.allCases)
    func restart(store: DigitsStore) async throws {
        var options = try DigitsServer.Options.on(store)
        options.folder = try TemporaryFolder()
        let first = try await DigitsServer(options)
        _ = try await first.addModel(SampleModels.always(6), isDefault: true)
        await first.stop()
        let second = try await DigitsServer(options)
        #expect(try await second.predict(Picture.upright)["digit"] == 6)
    }
}
