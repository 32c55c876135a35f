import Inference
import Tensors
import Testing

@testable import ModelFiles

private typealias P = PickledEstimators

/// Classifiers in dictionaries and lists, as `pickle.dump({"model": …, "scaler": …})` writes them.
@Suite("Classifiers packed with what goes before them")
struct ScikitPackageTests {
    /// Class 1 where the first of two values is above 0.5.
    private static let tree = P.decisionTree(
        P.tree([(1, 2, 0, 0.5), P.leaf, P.leaf], values: [0, 0, 1, 0, 0, 1]))

    private static func scaler(_ name: String = "StandardScaler", columns: Int = 2) -> PickleValue {
        let numbers = P.array([Double](repeating: 10, count: columns))
        return P.object(
            "sklearn.preprocessing._data", name,
            ["mean_": numbers, "scale_": numbers, "with_mean": .bool(true), "with_std": .bool(true)])
    }

    private static func refusal(_ value: PickleValue) -> String? {
        do {
            _ = try P.read(value)
            return nil
        } catch let error as ModelFileError {
            return error.message
        } catch {
            return nil
        }
    }

    @Test(
        "a scaler beside the classifier prepares its input, and a note says so",
        arguments: [
            P.dictionary(["model": tree, "scaler": scaler(), "accuracy": .float(0.9)]), .tuple([tree, scaler()]),
            P.list([scaler(), tree]),
        ])
    func prepared(value: PickleValue) async throws {
        let model = try P.read(value)
        #expect(model.inspection.notes.first?.contains("StandardScaler beside the DecisionTreeClassifier") == true)
        let runtime = try InferenceRuntime()
        let loaded = try await runtime.load(.bytes(model.onnx), name: "test")
        // 12 and 20 become 0.2 and 1.
        let input = Tensor(shape: [2, 2], values: [12, 0, 20, 0])
        let output = try #require(try await loaded.predict(["X": input]).first)
        #expect(output.values == [1, 0, 0, 1])
    }

    @Test("several are taken in the only order that fits")
    func order() throws {
        let projection = P.object(
            "sklearn.decomposition._pca", "PCA",
            ["components_": P.zeros(2, 5), "mean_": P.zeros(5), "whiten": .bool(false)])
        let model = try P.read(
            P.dictionary(["classifier": Self.tree, "pca": projection, "scaler": Self.scaler(columns: 5)]))
        #expect(model.inspection.inputs.first?.shape == [nil, 5])
        #expect(model.inspection.notes.count == 1)
    }

    @Test("what does not fit, or fits in several orders, is refused with what to save instead")
    func unclear() throws {
        for others in [[Self.scaler(columns: 3)], [Self.scaler(), Self.scaler()]] {
            let text = try #require(Self.refusal(.tuple([Self.tree] + others)))
            #expect(text.contains("beside the DecisionTreeClassifier") && text.contains("make_pipeline"), "\(text)")
        }
        let words = P.object("sklearn.feature_extraction.text", "TfidfVectorizer", [:])
        #expect(
            Self.refusal(.tuple([Self.tree, words]))?.contains("the step TfidfVectorizer is not supported") == true)
    }

    @Test("a scaler that is already a step of the pipeline is not used twice")
    func shared() throws {
        let scaler = Self.scaler()
        let pipeline = P.object(
            "sklearn.pipeline", "Pipeline",
            ["steps": P.list([.tuple([.string("a"), scaler]), .tuple([.string("b"), Self.tree])])])
        #expect(try P.read(.tuple([pipeline, scaler])).inspection.notes.isEmpty)
        // A pipeline without a classifier is what goes before one.
        let preparing = P.object(
            "sklearn.pipeline", "Pipeline", ["steps": P.list([.tuple([.string("a"), scaler])])])
        #expect(try P.read(.tuple([preparing, Self.tree])).inspection.notes.count == 1)
    }

    @Test("an encoder of labels beside it names the classes, where it has as many")
    func labels() throws {
        func encoder(_ names: [String]) -> PickleValue {
            let classes = NumPyArray(
                shape: [names.count], type: NumPyType(kind: .bytes, size: 4),
                bytes: names.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: 4 - $0.utf8.count) })
            return P.object("sklearn.preprocessing._label", "LabelEncoder", ["classes_": .array(classes)])
        }
        #expect(try P.read(.tuple([Self.tree, encoder(["cat", "dog"])])).inspection.labels == ["cat", "dog"])
        #expect(try P.read(.tuple([Self.tree, encoder(["a", "b", "c"])])).inspection.labels == ["0", "1"])
    }
}
