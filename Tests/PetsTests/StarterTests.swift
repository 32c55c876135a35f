import Foundation
import Imaging
import Inference
import JSON
import ModelFiles
import Observability
import Registry
import Tensors
import TestSupport
import Testing

/// The starter model: its recipe in `Models/pets` and the weights that `scripts/bootstrap` fetches.
private enum Starter {
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let models = repository.appending(path: "Models")
    static let weights = repository.appending(path: ".deps/weights")
    static let file = weights.appending(path: "efficientnet-lite2-9656183e.pth")
    static let isInstalled = FileManager.default.fileExists(atPath: file.path)
    static let comment: Comment = "the weights are not installed: scripts/bootstrap"

    static func recipe() throws -> JSONValue {
        try JSONValue(parsing: Data(contentsOf: models.appending(path: "pets/recipe.json")))
    }

    /// A server that has nothing but the starter, and what it logged while it started.
    static func server(weights: URL?) async throws -> (server: PetsServer, log: String) {
        let folder = try TemporaryFolder()
        let log = folder.file("log.txt")
        let writer = try LogWriter(.file(path: log.path))
        var options = PetsServer.Options()
        options.starterModels = models
        options.starterWeights = weights
        options.logger = Logger(label: "pets", writer: writer)
        let server = try await PetsServer(options, original: nil)
        writer.flush()
        return (server, try String(contentsOf: log, encoding: .utf8))
    }
}

@Suite("A starter model whose weights are not there")
struct MissingStarterTests {
    @Test("without weights the server starts and says what to run")
    func missing() async throws {
        let empty = try TemporaryFolder()
        for weights in [nil, empty.url] {
            let (server, log) = try await Starter.server(weights: weights)
            #expect(log.contains("the weights of the starter model are not installed; scripts/bootstrap fetches them"))
            #expect(try await server.catalog.versions(of: "pets").isEmpty)
        }
    }

    @Test("weights that are not whole are refused before anything reads them")
    func damaged() async throws {
        let folder = try TemporaryFolder()
        let file = folder.file(Starter.file.lastPathComponent)
        try Data(repeating: 0x80, count: 4000).write(to: file)
        let (server, log) = try await Starter.server(weights: folder.url)
        #expect(log.contains("the weights of the starter model are not whole; scripts/bootstrap fetches them again"))
        #expect(try await server.catalog.versions(of: "pets").isEmpty)
    }
}

@Suite("The starter model", .enabled(if: Starter.isInstalled, Starter.comment))
struct StarterTests {
    private static func model() throws -> ImportedModel {
        try ModelImporter.read(
            contentsOf: Starter.file, description: try ModelDescription(json: try Starter.recipe()))
    }

    /// The pictures of `Golden/starter.py`.
    private static func picture(_ number: Int, side: Int) -> [Float] {
        var values: [Float] = []
        for channel in 0..<3 {
            for row in 0..<side {
                for column in 0..<side {
                    let down = sin(Double(row) * (0.021 * Double(number) + 0.01 * Double(channel)))
                    let across = cos(Double(column) * (0.033 * Double(number) - 0.004 * Double(channel)))
                    values.append(Float((127.5 + 63.7 * (down + across)).rounded(.toNearestOrEven)))
                }
            }
        }
        return values
    }

    @Test("gives the probabilities and the scores that PyTorch gives, within 1e-4")
    func reference() async throws {
        let golden = try #require(
            Bundle.module.url(forResource: "starter", withExtension: "json", subdirectory: "Golden"))
        let expected = try #require(try JSONValue(parsing: Data(contentsOf: golden)).arrayValue)
        let recipe = try Starter.recipe()
        var plain = ModelDescription()
        plain.input = recipe["input"]?.arrayValue?.compactMap(\.intValue)
        let side = try #require(plain.input?.last)
        let runtime = try InferenceRuntime()
        let network = try await runtime.load(
            .bytes(try ModelImporter.read(contentsOf: Starter.file, description: plain).onnx), name: "network")
        let starter = try await runtime.load(.bytes(try Self.model().onnx), name: "starter")
        for (index, answer) in expected.enumerated() {
            let picture = Self.picture(index + 1, side: side)
            let shape = [1, 3, side, side]
            let result = try await starter.predict(["picture": Tensor(shape: shape, values: picture)])
            let shares = (answer["probabilities"]?.arrayValue ?? []).compactMap(\.doubleValue)
            #expect(result[0].shape == [1, 3])
            for (share, value) in zip(shares, result[0].values) { #expect(abs(share - Double(value)) < 1e-4) }

            let values = picture.map { ($0 / 255 - 0.498) / 0.502 }
            let scores = try await network.predict(["input": Tensor(shape: shape, values: values)])[0].values
            let sample = (answer["scores"]?.arrayValue ?? []).compactMap(\.doubleValue)
            #expect(sample.count == 40 && scores.count == 1000)
            for (position, score) in sample.enumerated() {
                #expect(abs(score - Double(scores[25 * position])) < 1e-4, "class \(25 * position)")
            }
        }
    }

    @Test("is made of the same weights and recipe to the same bytes")
    func determinism() throws {
        #expect(try Self.model().onnx == Self.model().onnx)
    }

    @Test("answers where it is installed")
    func answers() async throws {
        let (server, log) = try await Starter.server(weights: Starter.weights)
        #expect(!log.contains("starter"), "\(log)")
        let version = try #require(try await server.catalog.versions(of: "pets").first)
        #expect(version.origin == .starter)
        #expect(version.metrics["accuracy"]?.doubleValue != nil)
        #expect(try await server.predict(Picture.red).keys.contains("probabilities"))
    }

    @Test(
        "tells photos of cats and dogs apart, and other things from both, as Models/pets/README.md says",
        .enabled(if: SharedData.isPresent, "needs the sample data beside the repository"))
    func photos() async throws {
        let runtime = try InferenceRuntime()
        let network = try await runtime.load(.bytes(try Self.model().onnx), name: "starter")
        var profile = PreprocessingProfile(width: 260, height: 260)
        (profile.layout, profile.fit, profile.filter, profile.scale) = (.nchw, .stretch, .bicubic, 1)
        profile.reducesLargeJPEG = false
        let (decoder, prepared) = (ImageDecoder(limits: ImageLimits()), profile)

        var pets: (count: Int, apart: Int, named: Int) = (0, 0, 0)
        for file in try ["cat", "dog", "petimages"].flatMap({ try Self.files("cats_dogs/\($0)") }) {
            let photo = [UInt8](try Data(contentsOf: file))
            let values = try await network.predict { try prepared.tensor(from: photo, decoder: decoder) }[0].values
            let truth = file.lastPathComponent.lowercased().hasPrefix("cat") ? 0 : 1
            pets.count += 1
            if values[truth] > values[1 - truth] { pets.apart += 1 }
            if values[truth] == values.max() { pets.named += 1 }
        }
        #expect(pets.count == 63)
        #expect(pets.apart >= 61)
        #expect(pets.named >= 60)

        let others = [
            "banana/overripe", "banana/ripe", "banana/rotten", "banana/unripe", "pokemon/photos", "pokemon/scans",
            "rakuten/products_with_images/images",
        ]
        var neither: (count: Int, named: Int) = (0, 0)
        for file in try others.flatMap(Self.files) {
            let photo = [UInt8](try Data(contentsOf: file))
            let values = try await network.predict { try prepared.tensor(from: photo, decoder: decoder) }[0].values
            neither.count += 1
            if values[2] == values.max() { neither.named += 1 }
        }
        #expect(neither.count == 62)
        #expect(neither.named == 62)
    }

    private static func files(_ folder: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: SharedData.file(folder), includingPropertiesForKeys: nil)
            .filter { ["jpg", "png"].contains($0.pathExtension) }
    }
}
