import Foundation
import JSON
import ModelFiles
import Tensors
import Testing

/// A network of `keras.applications` with random weights, and what Keras answered; see `keras_applications.py`.
struct ApplicationCase {
    let name: String
    let input: Tensor
    let output: Tensor
    let parameters: Int
    /// Files that hold the whole model.
    let models: [URL]
    /// Files that hold the weights alone.
    let weights: [URL]

    init(_ json: JSONValue, in folder: URL) throws {
        func files(_ key: String) -> [URL] {
            (json[key]?.arrayValue ?? []).compactMap(\.stringValue).map { folder.appending(path: $0) }
        }
        func tensor(_ key: String) throws -> Tensor {
            let shape = try #require(json[key]?["shape"]?.arrayValue).compactMap(\.intValue)
            let values = try #require(json[key]?["values"]?.arrayValue).compactMap(\.doubleValue)
            return Tensor(shape: shape, values: values.map(Float.init))
        }
        name = try #require(json["name"]?.stringValue)
        input = try tensor("input")
        output = try tensor("output")
        parameters = try #require(json["parameters"]?.intValue)
        models = files("files")
        weights = files("weights")
    }

    /// Whether networks of the name are built from weights alone.
    var isNamed: Bool { !["ConvNeXtTiny", "EfficientNetV2B0", "NASNetMobile"].contains(name) }

    /// Height, width and channels of the pictures.
    var shape: [Int] { Array(input.shape.dropFirst()) }

    /// Imports a file and compares what the model answers.
    func check(_ file: URL, _ description: ModelDescription = ModelDescription()) async {
        do {
            let model = try ModelImporter.read(contentsOf: file, description: description)
            let name = try #require(model.inspection.inputs.first?.name)
            let answer = try await Engine.predict(model, [name: input])
            let scale = max(1, output.values.reduce(0) { max($0, abs($1)) })
            let distance = answer.first?.relative(scale).distance(to: output.relative(scale)) ?? .infinity
            #expect(distance < 1e-4, "\(file.lastPathComponent) differs by \(distance)")
            if file.pathExtension != "h5" || !file.lastPathComponent.contains(".weights") {
                #expect(model.inspection.parameterCount == parameters, "\(file.lastPathComponent)")
            }
            #expect(model.inspection.preprocessing != nil, "\(file.lastPathComponent)")
        } catch {
            Issue.record("\(file.lastPathComponent): \(error)")
        }
    }

    /// Imports weights by the name of the network, and without any help.
    func checkWeights() async {
        var description = ModelDescription()
        description.input = shape
        for file in weights {
            if isNamed { await check(file, description) }
            description.architecture = .string(name)
            if isNamed { await check(file, description) }
        }
    }
}

extension Tensor {
    fileprivate func relative(_ scale: Float) -> Tensor { Tensor(shape: shape, values: values.map { $0 / scale }) }
}

@Suite("Networks of keras.applications agree with Keras", .serialized)
struct KerasApplicationTests {
    /// Set by hand to see every network, whole and without its top, in every format: this takes many minutes.
    static let areAllWanted = ProcessInfo.processInfo.environment["PRUNELLE_ALL_APPLICATIONS"] != nil

    static let quick = ["VGG16 ResNet50 MobileNetV2", "EfficientNetB0 Xception", "InceptionV3 DenseNet121"]

    @Test(
        "whole models and weights answer what Keras 3 answered, within 1e-4",
        .enabled(if: Frameworks.areInstalled, Frameworks.comment), arguments: quick)
    func keras3(names: String) async throws {
        try await Self.check(["--quick"] + names.split(separator: " ").map(String.init))
    }

    @Test(
        "every network in every format agrees too",
        .enabled(if: areAllWanted && Frameworks.areInstalled, "PRUNELLE_ALL_APPLICATIONS is not set"),
        arguments: [
            "VGG16 ResNet50V2", "ResNet50 MobileNet MobileNetV2", "MobileNetV3Small MobileNetV3Large EfficientNetB0",
            "EfficientNetV2B0 Xception", "InceptionV3 DenseNet121", "InceptionResNetV2", "ConvNeXtTiny",
        ])
    func everything(names: String) async throws {
        try await Self.check(names.split(separator: " ").map(String.init))
    }

    private static func check(_ arguments: [String]) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "applications-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await check(Frameworks.run("keras_applications.py", into: folder, arguments), in: folder)
    }

    /// Folders that the script has filled by hand with another version of Keras, such as that of TensorFlow 2.15.
    static let folders = ProcessInfo.processInfo.environment["PRUNELLE_APPLICATIONS"]?.split(separator: ":") ?? []

    @Test("models of other versions of Keras agree too", .enabled(if: !folders.isEmpty), arguments: folders)
    func others(folder: Substring) async throws {
        let folder = URL(filePath: String(folder))
        let expected = try JSONValue(parsing: [UInt8](Data(contentsOf: folder.appending(path: "expected.json"))))
        try await Self.check(expected, in: folder)
    }

    static func check(_ expected: JSONValue, in folder: URL) async throws {
        let cases = try #require(expected.arrayValue)
        #expect(!cases.isEmpty)
        for json in cases {
            let one = try ApplicationCase(json, in: folder)
            for file in one.models { await one.check(file) }
            await one.checkWeights()
        }
    }
}
