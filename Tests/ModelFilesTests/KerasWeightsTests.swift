import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

/// Weights without their layers: see `Golden/make_keras_one.py`.
@Suite("Keras weights without layers")
struct KerasWeightsTests {
    static let models = GoldenModel.models(in: "keras1.json").filter { $0.file.hasPrefix("weights") }

    static func architecture() throws -> JSONValue {
        let json = try JSONValue(parsing: try GoldenModel.bytes(of: "keras1.json"))
        return try #require(json["weights"]?["architecture"])
    }

    static func refusal(_ file: String, _ architecture: JSONValue?, input: [Int]? = nil) throws -> ModelFileError? {
        var description = ModelDescription()
        description.architecture = architecture
        description.input = input
        let bytes = try GoldenModel.bytes(of: file)
        do throws(ModelFileError) {
            _ = try ModelImporter.read(bytes, description: description)
            return nil
        } catch {
            return error
        }
    }

    @Test("the JSON of the model gives the layers, by name or by order, also as a text", arguments: models)
    func described(golden: GoldenModel) async throws {
        var description = ModelDescription()
        let object = try Self.architecture()
        for architecture in [object, .string(object.text())] {
            description.architecture = architecture
            let model = try ModelImporter.read(try golden.bytes(), description: description)
            #expect(model.inspection.parameterCount == golden.parameters)
            let outputs = try await Engine.predict(model, golden.inputs)
            #expect(try #require(outputs.first).distance(to: golden.outputs[0]) < 1e-4)
        }
    }

    @Test("without a description the refusal names the layers and says what to write", arguments: models)
    func undescribed(golden: GoldenModel) throws {
        let error = try #require(try Self.refusal(golden.file, nil))
        #expect(error.kind == .unsupported)
        #expect(error.message.contains("3×3×1×3"), "\(error)")
        #expect(error.message.contains(#"{"architecture": "NAME"}"#) && error.message.contains("vgg16"))
        #expect(error.message.contains("model.to_json()"))
    }

    static let misfits: [(JSONValue, String)] = [
        ("vgg16", "the weights are not those of vgg16; the file has"),
        ("gpt4", "the architecture 'gpt4' is not known; known are densenet121"),
        (17, #""architecture" of the description must be a name or an object"#),
        ([:], #"must have "class_name""#),
        (["name": "vgg16", "pooling": "sum"], #""pooling" of the architecture must be "avg" or "max""#),
        (["class_name": "MyModel", "config": [:]], "the model is of class 'MyModel'"),
        ("{\"class_name\"", "the architecture of the description is damaged"),
        (["class_name": "Sequential", "config": ["name": "x", "layers": []]], "has no layers"),
    ]

    @Test("a description that does not fit is refused with the reason", arguments: misfits)
    func misfit(architecture: JSONValue, reason: String) throws {
        for file in ["weights_two.h5", "weights_three.weights.h5"] {
            let error = try Self.refusal(file, architecture)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "was read")")
        }
    }

    @Test("a described network of other shapes is refused")
    func shapes() throws {
        var text = try Self.architecture().text()
        text.replace("\"filters\":3", with: "\"filters\":5")
        let error = try Self.refusal("weights_two.h5", .string(text))
        #expect(error?.message.contains("has weight 'kernel' of shape [3, 3, 1, 3] instead of [3, 3, 1, 5]") == true)
    }

    @Test(
        "sizes of pictures that make no sense are refused",
        arguments: [[], [224], [0, 0, 3], [1 << 40, 2, 3], [-1, 1, 1]])
    func sizes(input: [Int]) throws {
        let error = try Self.refusal("weights_two.h5", "vgg16", input: input)
        #expect(error?.message.contains("height, width and channels") == true)
    }

    @Test("flipped bits give a model or one clear line, never a crash", arguments: models, 0..<3)
    func flips(golden: GoldenModel, seed: Int) throws {
        let bytes = try golden.bytes()
        var description = ModelDescription()
        description.architecture = seed == 0 ? nil : try Self.architecture()
        var random = RepeatableRandom(seed: seed)
        for _ in 0..<HostileFileTests.rounds {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            do throws(ModelFileError) {
                _ = try ModelImporter.read(damaged, description: description)
            } catch {
                #expect(!error.message.isEmpty && !error.message.contains("\n"))
            }
        }
    }
}
