import Foundation
import Tensors
import TestSupport
import Testing

@testable import ModelFiles

@Suite("Estimators that lie or want to run code")
struct HostileEstimatorTests {
    typealias P = PickledEstimators

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let kind: ModelFileError.Kind
        let message: String
        let value: PickleValue
        var testDescription: String { name }
    }

    static let classes = P.array([0, 1, 2])
    static let selfHolding: PickleValue = {
        let steps = PickleList()
        let pipeline = P.estimator("Pipeline", ["steps": .list(steps)])
        steps.elements = [.tuple([.string("again"), pipeline])]
        return pipeline
    }()

    /// A pipeline of two pipelines of two pipelines…, which a pickle states in a few bytes each.
    static let bomb: PickleValue = (0..<40).reduce(P.estimator("StandardScaler", [:])) { inner, _ in
        P.estimator("Pipeline", ["steps": P.list([.tuple([.string("a"), inner]), .tuple([.string("b"), inner])])])
    }

    static let manyReferences: PickleValue = {
        let layers = P.list([PickleValue](repeating: P.zeros(256, 256), count: 1000))
        let biases = P.list([PickleValue](repeating: P.zeros(256), count: 1000))
        return P.estimator(
            "MLPClassifier",
            ["classes_": classes, "coefs_": layers, "intercepts_": biases, "activation": .string("relu")])
    }()

    /// A tree whose every second node is a leaf beside the next one.
    static let deepTree: PickleValue = {
        var nodes: [P.Node] = []
        for index in 0..<2500 { nodes += [(2 * index + 1, 2 * index + 2, 0, 0.5), P.leaf] }
        return P.decisionTree(P.tree(nodes + [P.leaf]))
    }()

    static func trees(_ message: String, _ nodes: [P.Node], columns: Int = 2) -> Case {
        Case(
            name: message, kind: .damaged, message: message, value: P.decisionTree(P.tree(nodes, columns: columns)))
    }

    static func linear(_ changes: [String: PickleValue]) -> PickleValue {
        let whole = ["classes_": classes, "coef_": P.zeros(3, 4), "intercept_": P.zeros(3)]
        return P.estimator("LogisticRegression", whole.merging(changes) { $1 })
    }

    static func machine(_ changes: [String: PickleValue]) -> PickleValue {
        let whole: [String: PickleValue] = [
            "classes_": classes, "support_vectors_": P.zeros(5, 4), "_dual_coef_": P.zeros(2, 5),
            "kernel": .string("rbf"),
            "_gamma": .float(1), "_n_support": P.array([2, 2, 1]), "_intercept_": P.zeros(3),
            "probability": .bool(true),
            "_probA": P.zeros(3), "_probB": P.zeros(3),
        ]
        return P.estimator("SVC", whole.merging(changes) { $1 })
    }

    static func neighbors(_ changes: [String: PickleValue]) -> PickleValue {
        let whole: [String: PickleValue] = [
            "classes_": classes, "_fit_X": P.zeros(4, 2), "_y": P.array([0, 1, 2, 0]), "n_neighbors": .int(2),
            "effective_metric_": .string("euclidean"), "weights": .string("uniform"),
        ]
        return P.estimator("KNeighborsClassifier", whole.merging(changes) { $1 })
    }

    static let cases: [Case] = [
        trees("node 1 of a tree has the child 0", [(1, 2, 0, 0.5), (0, 2, 0, 0.5), P.leaf]),
        trees("node 0 of a tree has the child 0", [(0, 0, 0, 0.5)]),
        trees("node 0 of a tree has the child 9", [(1, 9, 0, 0.5), P.leaf]),
        trees("node 0 of a tree has the child -5", [(1, -5, 0, 0.5), P.leaf]),
        trees("node 0 of a tree has the child 1", [(1, 1, 0, 0.5), P.leaf]),
        trees("node 0 of a tree looks at column 7 of 2", [(1, 2, 7, 0.5), P.leaf, P.leaf]),
        trees("node 0 of a tree looks at column -1 of 2", [(1, 2, -1, 0.5), P.leaf, P.leaf]),
        trees("node 0 of a tree looks at column 0", [(1, 2, 0, .nan), P.leaf, P.leaf]),
        Case(
            name: "a tree as deep as its nodes allow", kind: .tooLarge, message: "a tree is deeper than 2000 levels",
            value: deepTree),
        trees("it states no number of columns", [P.leaf], columns: -3),
        Case(
            name: "a lying count of nodes", kind: .damaged, message: "it has 1 nodes and values of the shape [2, 1, 2]",
            value: P.decisionTree(P.tree([P.leaf], values: [1, 0, 1, 0], count: 2))),
        Case(
            name: "a pipeline in itself", kind: .tooLarge, message: "too many estimators inside each other",
            value: selfHolding),
        Case(
            name: "a bomb of pipelines", kind: .tooLarge, message: "too many estimators inside each other", value: bomb),
        Case(
            name: "one array a thousand times", kind: .tooLarge, message: "more numbers than the limit",
            value: manyReferences),
        Case(
            name: "coefficients of another shape", kind: .damaged,
            message: "'coef_' has the shape [2, 4] instead of [3, 4]",
            value: linear(["coef_": P.zeros(2, 4)])),
        Case(
            name: "no columns", kind: .damaged, message: "'coef_' is empty", value: linear(["coef_": P.zeros(3, 0)])),
        Case(
            name: "coefficients that are no numbers", kind: .damaged,
            message: "'coef_' holds values that are not numbers",
            value: linear(["coef_": P.array([3, 1], [1, .nan, 2])])),
        Case(
            name: "too few intercepts", kind: .damaged, message: "it has 2 intercepts for 3 scores",
            value: linear(["intercept_": P.zeros(2)])),
        Case(
            name: "not fitted", kind: .unsupported, message: "has no usable 'coef_'; it was not fitted",
            value: P.estimator("LogisticRegression", ["classes_": classes])),
        Case(name: "no classes", kind: .unsupported, message: "has 0 classes", value: linear(["classes_": P.zeros(0)])),
        Case(
            name: "counts of support vectors that lie", kind: .damaged, message: "'_n_support' does not fit",
            value: machine(["_n_support": P.array([1e15, 2, 1])])),
        Case(
            name: "negative counts of support vectors", kind: .damaged, message: "'_n_support' does not fit",
            value: machine(["_n_support": P.array([-2, 6, 1])])),
        Case(
            name: "too few dual coefficients", kind: .damaged,
            message: "'_dual_coef_' has the shape [2, 4] instead of [2, 5]",
            value: machine(["_dual_coef_": P.zeros(2, 4)])),
        Case(
            name: "a kernel that is a function", kind: .unsupported, message: "has the kernel 'a function'",
            value: machine(["kernel": .global(PickleGlobal(module: "os", name: "system"))])),
        Case(
            name: "a class that does not exist", kind: .damaged, message: "a sample has a class that does not exist",
            value: neighbors(["_y": P.array([0, 1, 3, 0])])),
        Case(
            name: "more neighbours than samples", kind: .damaged, message: "it asks for 5 neighbours among 4 samples",
            value: neighbors(["n_neighbors": .int(5)])),
        Case(
            name: "weights by a function", kind: .unsupported, message: "weights its neighbours by a function",
            value: neighbors(["weights": .global(PickleGlobal(module: "os", name: "system"))])),
        Case(
            name: "a function in a pipeline", kind: .refused, message: "calls a Python function",
            value: P.estimator(
                "Pipeline",
                [
                    "steps": P.list([
                        .tuple([
                            .string("a"),
                            P.estimator(
                                "FunctionTransformer", ["func": .global(PickleGlobal(module: "os", name: "system"))]),
                        ]), .tuple([.string("b"), linear([:])]),
                    ])
                ])),
        Case(
            name: "somebody's own class", kind: .refused,
            message: "the class mine.MyModel, which is not part of scikit-learn",
            value: P.object("mine", "MyModel", ["classes_": classes])),
        Case(
            name: "somebody's own step", kind: .refused,
            message: "the class mine.Cleaner, which is not part of scikit-learn",
            value: P.estimator(
                "Pipeline",
                [
                    "steps": P.list([
                        .tuple([.string("a"), P.object("mine", "Cleaner", [:])]), .tuple([.string("b"), linear([:])]),
                    ])
                ])),
        Case(
            name: "a regressor", kind: .unsupported, message: "a LinearRegression, which predicts numbers",
            value: P.estimator("LinearRegression", [:])),
        Case(
            name: "a transformer alone", kind: .unsupported, message: "a StandardScaler, which classifies nothing",
            value: P.estimator("StandardScaler", [:])),
        Case(
            name: "an estimator that is not read", kind: .unsupported,
            message: "GaussianProcessClassifier is not supported; supported are: AdaBoost",
            value: P.estimator("GaussianProcessClassifier", [:])),
        Case(
            name: "no estimator", kind: .unsupported, message: "holds a text where an estimator is expected",
            value: .string("hello")),
        Case(
            name: "a million columns of products", kind: .tooLarge,
            message: "PolynomialFeatures makes more than 200000",
            value: P.estimator(
                "Pipeline",
                [
                    "steps": P.list([
                        .tuple([
                            .string("a"),
                            P.estimator(
                                "PolynomialFeatures",
                                ["n_features_in_": .int(1000), "degree": .int(9), "include_bias": .bool(true)]),
                        ]), .tuple([.string("b"), linear([:])]),
                    ])
                ])),
        Case(
            name: "a huge sparse matrix", kind: .tooLarge, message: "more numbers than the limit",
            value: linear([
                "coef_": P.object(
                    "scipy.sparse.csr", "csr_matrix",
                    [
                        "_shape": .tuple([.int(1 << 30), .int(1 << 30)]), "data": P.zeros(0), "indices": P.zeros(0),
                        "indptr": P.zeros(1),
                    ])
            ])),
        Case(
            name: "a sparse matrix that points outside", kind: .damaged,
            message: "the sparse matrix 'coef_' contradicts itself",
            value: linear([
                "coef_": P.object(
                    "scipy.sparse.csr", "csr_matrix",
                    [
                        "_shape": .tuple([.int(3), .int(4)]), "data": P.zeros(1), "indices": P.array([4]),
                        "indptr": P.array([0, 1, 1, 1]),
                    ])
            ])),
    ]

    @Test("each is refused with a line that tells why", arguments: cases)
    func refusal(sample: Case) throws {
        let error = #expect(throws: ModelFileError.self) { try P.read(sample.value) }
        #expect(error?.kind == sample.kind)
        #expect(error?.message.contains(sample.message) == true, "\(error?.message ?? "was read")")
    }

    @Test("an isotonic calibration whose steps 32 bits cannot tell apart is refused, not read wrongly")
    func isotonic() throws {
        func calibration(_ scores: [Double], _ probabilities: [Double]) throws -> ScikitCalibration {
            let value = P.estimator(
                "IsotonicRegression", ["X_thresholds_": P.array(scores), "y_thresholds_": P.array(probabilities)])
            return try ScikitCalibration(ScikitObject(value, ScikitContext(limits: .standard, fileBytes: 1000)))
        }
        _ = try calibration([0, 0.5, 1 - 1e-6, 1], [0, 0.2, 0.4, 0.9])
        _ = try calibration([0, 1 - 1e-12, 1], [0, 0.9, 0.9])
        let error = #expect(throws: ModelFileError.self) { try calibration([0, 1 - 1e-12, 1], [0, 0.2, 0.9]) }
        #expect(error?.kind == .unsupported)
        #expect(error?.message.contains(#"method="sigmoid""#) == true)
    }

    @Test("what the cases are made from is read")
    func harmless() throws {
        #expect(try P.read(Self.linear([:])).inspection.labels == ["0", "1", "2"])
        #expect(try P.read(Self.machine([:])).inspection.outputs.map(\.name) == ["probabilities"])
        #expect(try P.read(Self.neighbors([:])).inspection.inputs.first?.shape == [nil, 2])
        let tree = P.decisionTree(P.tree([(1, 2, 0, 0.5), P.leaf, P.leaf]))
        #expect(try P.read(tree).inspection.outputs.map(\.name) == ["probabilities"])
        let packed = P.dictionary(["model": tree, "accuracy": .float(0.9)])
        #expect(try P.read(packed).inspection.labels == ["0", "1"])
    }

    @Test("a golden file with flipped bits is read or refused, never anything else", arguments: 0..<8)
    func flips(seed: Int) throws {
        var random = RepeatableRandom(seed: seed)
        let names = ["forest", "svc_probability", "boosting", "histogram", "knn", "adaboost", "pipeline", "mlp"]
        // Not packed, so that flips reach the estimator.
        let original = try GoldenModel.bytes(of: "sklearn022_\(names[seed]).pkl")
        for _ in 0..<150 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            do throws(ModelFileError) {
                _ = try ModelImporter.read(bytes)
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
    }
}
