import Foundation
import Inference
import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

/// A network made by Keras (see `Golden/make.py`), an input, and what Keras answered.
struct GoldenModel: Sendable, CustomTestStringConvertible {
    let file: String
    let inputs: [String: Tensor]
    let outputs: [Tensor]
    let parameters: Int

    var testDescription: String { file }

    /// The bytes of the model file.
    func bytes() throws -> [UInt8] { try Self.bytes(of: file) }

    static func bytes(of file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: file)))
    }

    static let folder = Bundle.module.bundleURL.appending(path: "Golden")

    /// All golden models of all versions of Keras.
    static let all: [GoldenModel] = ["keras2.json", "keras212.json", "keras3.json"].flatMap(models)

    /// The golden models that a list names.
    static func models(in file: String) -> [GoldenModel] {
        guard let bytes = try? bytes(of: file), let json = try? JSONValue(parsing: bytes) else { return [] }
        return (json.objectValue ?? JSONObject()).flatMap { _, entry in
            (entry["files"]?.arrayValue ?? []).map { file in
                GoldenModel(
                    file: file.stringValue ?? "",
                    inputs: Dictionary(
                        uniqueKeysWithValues: (entry["inputs"]?.objectValue ?? JSONObject()).map {
                            ($0, Tensor(golden: $1))
                        }),
                    outputs: (entry["outputs"]?.arrayValue ?? []).map(Tensor.init(golden:)),
                    parameters: entry["parameters"]?.intValue ?? -1)
            }
        }
    }
}

/// Runs imported models.
enum Engine {
    static func predict(_ model: ImportedModel, _ inputs: [String: Tensor]) async throws -> [Tensor] {
        let runtime = try InferenceRuntime()
        let loaded = try await runtime.load(.bytes(model.onnx), name: "test")
        return try await loaded.predict(inputs)
    }
}

extension Tensor {
    /// A tensor as the scripts write it: its shape and its values.
    init(golden json: JSONValue) {
        self.init(
            shape: (json["shape"]?.arrayValue ?? []).compactMap(\.intValue),
            values: (json["values"]?.arrayValue ?? []).compactMap(\.doubleValue).map(Float.init))
    }

    /// The largest distance between values, relative to 1 or to the value, whichever is larger.
    func distance(to other: Tensor) -> Float {
        guard shape == other.shape else { return .infinity }
        var largest: Float = 0
        for (left, right) in zip(values, other.values) {
            let distance = abs(left - right) / max(1, abs(right))
            if !(distance <= largest) { largest = distance.isNaN ? .infinity : distance }
        }
        return largest
    }
}
