import Foundation
import Imaging
import Inference
import JSON
import Tensors
import TestSupport
import Testing

@testable import Training

/// The files of the digits model that comes with the project.
enum StarterModel {
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = repository.appending(path: "Models/digits")
    static let mnist = repository.appending(path: ".deps/mnist")
    static var hasMNIST: Bool { FileManager.default.fileExists(atPath: mnist.appending(path: "complete").path) }
}

@Suite("The starter model", .serialized)
struct StarterModelTests {
    private func accuracy(_ samples: SampleSource.Fixed) async throws -> Double {
        let wrong = try await misread(samples)
        return 1 - Double(wrong.count) / Double(max(1, samples.count))
    }

    /// Numbers of the samples that are not read right.
    private func misread(_ samples: SampleSource.Fixed) async throws -> [Int] {
        let runtime = try InferenceRuntime()
        defer { runtime.stop() }
        let file = StarterModel.folder.appending(path: "digits.onnx")
        let model = try await runtime.load(.bytes([UInt8](try Data(contentsOf: file))), name: "digits")
        var wrong: [Int] = []
        for start in stride(from: 0, to: samples.count, by: 100) {
            let count = min(100, samples.count - start)
            let values = samples.pixels(start..<start + count)
            let scores = try await model.predict(Tensor(shape: [count, 28, 28, 1], values: values))[0]
            for index in 0..<count {
                let row = scores.values[index * 10..<(index + 1) * 10]
                let best = row.indices.max { row[$0] < row[$1] } ?? row.startIndex
                if best - row.startIndex != samples.labels[start + index] { wrong.append(start + index) }
            }
        }
        return wrong
    }

    @Test("it is small, and its measured accuracy is what was promised")
    func metrics() throws {
        let json = try JSONValue(parsing: Data(contentsOf: StarterModel.folder.appending(path: "metrics.json")))
        let metrics = try #require(TrainingMetrics(json))
        let test = try #require(metrics["test"])
        #expect(test.count == 10_000)
        #expect(test.accuracy >= 0.993)
        #expect(metrics.fileSize < 1 << 20)
        let file = try Data(contentsOf: StarterModel.folder.appending(path: "digits.onnx"))
        #expect(file.count == metrics.fileSize)
    }

    @Test("it reads digits drawn from stroke shapes that it never saw, thin, thick, slanted and pale")
    func drawn() async throws {
        let recipe = try TrainingRecipe(
            JSONValue(parsing: Data(contentsOf: StarterModel.folder.appending(path: "recipe.json"))))
        let drawing = try #require(recipe.drawing)
        let samples = SampleSource.shapes(
            count: 500, seed: 7777, drawing: drawing, augmentation: recipe.augmentation)
        #expect(try await accuracy(samples) >= 0.985)
    }

    @Test(
        "it reads the MNIST test pictures as they are and framed as the digits app frames them",
        .enabled(if: StarterModel.hasMNIST, "scripts/fetch-mnist gets them"))
    func mnist() async throws {
        var input = InputRecipe()
        (input.width, input.height, input.channels) = (28, 28, 1)
        let data = try PictureDataset(folder: StarterModel.mnist, input: input)
        let test = try #require(data.test)
        #expect(try await accuracy(SampleSource.plain(test)) >= 0.993)
        #expect(try await accuracy(SampleSource.framed(test, recipe: DrawingRecipe())) >= 0.993)
    }

    /// The first character of each file's name is the digit it shows.
    static var pictures: [URL] {
        guard let root = SharedData.root?.appending(path: "mnist") else { return [] }
        let names = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        return (names?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "png" }.sorted { $0.path < $1.path }
    }

    @Test("it reads scans and drawings of others", .enabled(if: SharedData.isPresent, "needs shared data"))
    func shared() async throws {
        var samples = SampleSource.Fixed()
        for file in Self.pictures {
            let name = file.lastPathComponent
            let digit =
                name.hasPrefix("mnist") ? file.deletingLastPathComponent().lastPathComponent : String(name.prefix(1))
            let pixels = try DigitPreprocessing().tensor(from: [UInt8](try Data(contentsOf: file))).values
            samples += SampleSource.Fixed(pixels: pixels, labels: [try #require(Int(digit))])
        }
        #expect(samples.count > 40)
        let names = try await misread(samples).map { Self.pictures[$0].lastPathComponent }
        #expect(names.isEmpty, "misread")
    }
}
