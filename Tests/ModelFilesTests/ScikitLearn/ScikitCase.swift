import Foundation
import Inference
import JSON
import ModelFiles
import Tensors
import Testing

/// A classifier of scikit-learn in a file, inputs, and what it answered.
struct ScikitCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// Name of the output: `probabilities` or `scores`.
    let output: String
    let inputs: Tensor
    /// One row for each input; nil where scikit-learn has no such numbers.
    let answers: Tensor?
    /// Index of the predicted class for each input.
    let predicted: [Int]
    let labels: [String]

    var testDescription: String { name }

    init?(name: String, _ json: JSONValue) {
        guard let inputs = Self.matrix(json["inputs"]) else { return nil }
        self.name = name
        self.inputs = inputs
        answers = Self.matrix(json["answers"])
        output = json["output"]?.stringValue ?? ""
        predicted = json["predicted"]?.arrayValue?.compactMap(\.intValue) ?? []
        labels = json["labels"]?.arrayValue?.compactMap(\.stringValue) ?? []
    }

    private static func matrix(_ json: JSONValue?) -> Tensor? {
        guard let rows = json?.arrayValue, let first = rows.first?.arrayValue else { return nil }
        return Tensor(
            shape: [rows.count, first.count],
            values: rows.flatMap { $0.arrayValue ?? [] }.compactMap(\.doubleValue).map(Float.init))
    }

    /// Checks what an imported model answers, all inputs at once and the first alone.
    func check(_ model: ImportedModel, _ runtime: InferenceRuntime, tolerance: Float = 1e-5) async throws {
        #expect(model.inspection.outputs.map(\.name) == [output])
        #expect(model.inspection.labels == labels)
        #expect(model.inspection.inputs.first?.shape == [nil, inputs.shape[1]])
        let loaded = try await runtime.load(.bytes(model.onnx), name: name)
        let result = try #require(try await loaded.predict(["X": inputs]).first)
        if let answers {
            let distance = result.distance(to: answers)
            #expect(distance <= tolerance, "\(name) differs by \(distance)")
        }
        // Where scikit-learn's own answer and its numbers disagree, the numbers count.
        let expected = output == "probabilities" ? answers.map(Self.firstLargest) ?? predicted : predicted
        #expect(Self.firstLargest(result) == expected, "\(name)")
        let single = Tensor(shape: [1, inputs.shape[1]], values: Array(inputs.values.prefix(inputs.shape[1])))
        let alone = try #require(try await loaded.predict(["X": single]).first)
        let row = Tensor(shape: [1, result.shape[1]], values: Array(result.values.prefix(result.shape[1])))
        #expect(alone.distance(to: row) <= tolerance)
    }

    static func firstLargest(_ scores: Tensor) -> [Int] {
        (0..<scores.shape[0]).map { row in
            let values = scores.values[row * scores.shape[1]..<(row + 1) * scores.shape[1]]
            return values.indices.reduce(values.startIndex) { values[$1] > values[$0] ? $1 : $0 } - values.startIndex
        }
    }
}
