import Foundation
import JSON
import ONNX
import Tensors
import TestSupport
import Testing

private let starter = repository.appending(path: "Models/digits/digits.onnx")
private let hasStarter = FileManager.default.fileExists(atPath: starter.path)

/// The values that a model expects are found by showing it drawn digits.
@Suite("The trial of a model", .enabled(if: hasStarter, "Models/digits/digits.onnx is not there"))
struct ModelTrialTests {
    /// A network that was trained on other values than the starter: those times `scale` plus `shift` are 0…1.
    struct Convention: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scale: Float
        let shift: Float
        let mean: Double
        let deviation: Double
        let pixelScale: Double
    }

    private static let conventions = [
        Convention(testDescription: "0…1", scale: 1, shift: 0, mean: 0, deviation: 1, pixelScale: 1 / 255),
        Convention(testDescription: "0…255", scale: 1 / 255, shift: 0, mean: 0, deviation: 1, pixelScale: 1),
        Convention(
            testDescription: "MNIST's mean and deviation", scale: 0.3081, shift: 0.1307, mean: 0.1307,
            deviation: 0.3081, pixelScale: 1 / 255),
        Convention(
            testDescription: "−1…1", scale: 0.5, shift: 0.5, mean: 0.5, deviation: 0.5, pixelScale: 1 / 255),
    ]

    /// The starter model behind a change of its input.
    private static func model(_ convention: Convention) throws -> [UInt8] {
        var model = try ONNXModel(decoding: [UInt8](Data(contentsOf: starter)))
        let name = try #require(model.graph.inputs.first).name
        model.graph.inputs[0].name = "raw"
        for (constant, value) in [("scale", convention.scale), ("shift", convention.shift)] {
            model.graph.initializers.append(ONNXTensor(name: constant, Tensor(shape: [1], values: [value])))
        }
        model.graph.nodes.insert(
            contentsOf: [
                ONNXNode(operation: "Mul", inputs: ["raw", "scale"], outputs: ["scaled"]),
                ONNXNode(operation: "Add", inputs: ["scaled", "shift"], outputs: [name]),
            ], at: 0)
        return model.encoded()
    }

    @Test("tells what values a network was trained on", arguments: conventions)
    func values(convention: Convention) async throws {
        let server = try await DigitsServer()
        let form = try Multipart(["name": "a", "is_default": "true"], file: Self.model(convention))
        let added = try await server.json(form.call("/api/v1/models/import"), status: 201)
        let values = try #require(added["preprocessing"]?["values"])
        #expect(values["mean"]?.arrayValue?.first?.doubleValue == convention.mean)
        #expect(values["standard_deviation"]?.arrayValue?.first?.doubleValue == convention.deviation)
        #expect(values["scale"]?.doubleValue == convention.pixelScale)
        #expect(added["trial"]?["plausible"] == true)
        #expect(added["inspection"]?["format"] == "onnx")
        #expect(try await server.predict(Picture.upright)["digit"] == 1)

        let id = try #require(added["id"]?.stringValue)
        let shown = try await server.get("/api/v1/models/\(id)")
        #expect(shown["preprocessing"] == added["preprocessing"])
        #expect(shown["trial"] == added["trial"])
        #expect(shown["file"]?["name"] == "model.bin")
    }

    @Test("what the owner states is used even where the trial speaks against it, and the trial tells")
    func stated() async throws {
        let server = try await DigitsServer()
        var form = try Multipart(["name": "a"], file: Self.model(Self.conventions[1]))
        form.add("description", #"{"preprocessing": {"range": "0..1", "channels": "gray"}}"#)
        let added = try await server.json(form.call("/api/v1/models/import"), status: 201)
        #expect(added["preprocessing"]?["certainty"] == "stated")
        let scale = try #require(added["preprocessing"]?["values"]?["scale"]?.doubleValue)
        #expect(abs(scale * 255 - 1) < 1e-9)
        #expect(added["trial"]?["plausible"] == false)
    }

    @Test("a network that knows no digits keeps what its reader believes")
    func strokes() async throws {
        let server = try await DigitsServer()
        let form = Multipart(["name": "a"], file: SampleModels.strokes)
        let added = try await server.json(form.call("/api/v1/models/import"), status: 201)
        #expect(added["preprocessing"]?["certainty"] == "assumed")
        #expect(added["trial"]?["plausible"] == false)
    }

    @Test("a description that cannot be read is refused and nothing is kept")
    func damaged() async throws {
        let server = try await DigitsServer()
        for text in ["{", "[]", #"{"architectur": "resnet50"}"#] {
            var form = Multipart(["name": "a"], file: SampleModels.strokes)
            form.add("description", text)
            let answer = try await server.json(form.call("/api/v1/models/import"), status: 400)
            #expect(answer["detail"]?.stringValue?.contains("description") == true)
        }
        #expect(try await server.get("/api/v1/models") == [])
    }

    @Test("an unknown model is not found")
    func unknown() async throws {
        let server = try await DigitsServer()
        for id in ["68b8c1f0a1b2c3d4e5f60718", "x"] {
            #expect(try await server.get("/api/v1/models/\(id)", status: 404)["detail"] == "Not found.")
        }
    }
}

@Suite("The trial of other people's models", .enabled(if: SharedData.isPresent, "needs the shared samples"))
struct SharedModelTrialTests {
    private static let files: [String] = {
        guard let bytes = try? Data(contentsOf: SharedData.file("mnist/expected.json")),
            let models = (try? JSONValue(parsing: [UInt8](bytes)))?["models"]?.objectValue
        else { return [] }
        return models.keys
    }()

    @Test("finds the range they were trained on", arguments: files)
    func values(file: String) async throws {
        let expected = try JSONValue(parsing: [UInt8](Data(contentsOf: SharedData.file("mnist/expected.json"))))
        let isBytes = expected["models"]?[file]?["input"]?.stringValue?.hasPrefix("x/255") != true
        let server = try await DigitsServer()
        let form = Multipart(["name": "a"], file: [UInt8](try Data(contentsOf: SharedData.file("mnist/\(file)"))))
        let added = try await server.json(form.call("/api/v1/models/import"), status: 201)
        let scale = try #require(added["preprocessing"]?["values"]?["scale"]?.doubleValue)
        #expect((scale == 1) == isBytes, "\(added["preprocessing"]?.text() ?? "")")
        #expect(added["trial"]?["plausible"] == true)
    }
}

extension Multipart {
    fileprivate init(_ fields: KeyValuePairs<String, String>, file: [UInt8]) {
        self.init(fields)
        add("file", file: "model.bin", file)
    }
}
