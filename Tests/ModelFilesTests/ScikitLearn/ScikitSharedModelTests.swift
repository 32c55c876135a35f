import Foundation
import JSON
import ModelFiles
import Tensors
import TestSupport
import Testing

@Suite("A digit classifier of somebody else", .enabled(if: SharedData.isPresent, "needs the shared samples"))
struct ScikitSharedModelTests {
    @Test("a joblib file answers what scikit-learn answered, within 1e-5")
    func agreement() async throws {
        let file = "models/mca_mlp_sklearn_joblib.pkl"
        let expected = try JSONValue(parsing: try Data(contentsOf: SharedData.file("mnist/expected.json")))
        let entry = try #require(expected["models"]?[file])
        let model = try ModelImporter.read(contentsOf: SharedData.file("mnist/\(file)"))
        #expect(model.inspection.labels == (0...9).map(String.init))
        #expect(model.inspection.inputs.first?.shape == [nil, 784])
        let pixels = try SharedModelTests.images().map(Float.init)
        let output = try #require(
            try await Engine.predict(model, ["X": Tensor(shape: [1000, 784], values: pixels)]).first)

        let rows = try #require(entry["output_first5"]?.arrayValue)
        let reference = rows.flatMap { $0.arrayValue ?? [] }.compactMap(\.doubleValue).map(Float.init)
        let first = Tensor(shape: [5, 10], values: Array(output.values.prefix(50)))
        #expect(first.distance(to: Tensor(shape: [5, 10], values: reference)) < 1e-5)
        let digits = ScikitCase.firstLargest(output)
        #expect(Array(digits.prefix(100)) == entry["labels_first100"]?.arrayValue?.compactMap(\.intValue))
        let right = zip(digits, try SharedModelTests.labels()).count { $0 == Int($1) }
        #expect(Double(right) / 1000 == entry["accuracy_first1000"]?.doubleValue)
    }
}
