@testable import ModelFiles

/// Estimators as they lie in pickles, made up by tests.
enum PickledEstimators {
    static func object(
        _ module: String, _ name: String, _ attributes: [String: PickleValue], arguments: [PickleValue] = []
    ) -> PickleValue {
        let object = PickleObject(type: PickleGlobal(module: module, name: name), arguments: arguments)
        object.state = dictionary(attributes)
        return .object(object)
    }

    static func estimator(_ name: String, _ attributes: [String: PickleValue]) -> PickleValue {
        object("sklearn.made_up", name, attributes)
    }

    static func dictionary(_ items: [String: PickleValue]) -> PickleValue {
        let dictionary = PickleDictionary()
        dictionary.pairs = items.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        return .dictionary(dictionary)
    }

    static func list(_ elements: [PickleValue]) -> PickleValue {
        let list = PickleList()
        list.elements = elements
        return .list(list)
    }

    static func array(_ shape: [Int], _ values: [Double]) -> PickleValue {
        let bytes = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        return .array(NumPyArray(shape: shape, type: NumPyType(kind: .float, size: 8), bytes: bytes))
    }

    static func array(_ values: [Double]) -> PickleValue { array([values.count], values) }

    static func zeros(_ shape: Int...) -> PickleValue {
        array(shape, [Double](repeating: 0, count: shape.reduce(1, *)))
    }

    /// One node of a tree: children, column, threshold.
    typealias Node = (left: Int, right: Int, feature: Int, threshold: Double)

    static let leaf: Node = (-1, -1, -2, -2)

    /// A tree of two classes and two columns.
    static func tree(_ nodes: [Node], values: [Double]? = nil, columns: Int = 2, count: Int? = nil) -> PickleValue {
        let whole = NumPyType(kind: .int, size: 8)
        let fields = ["left_child", "right_child", "feature", "threshold"].enumerated().map { index, name in
            NumPyType.Field(
                name: name, type: index < 3 ? whole : NumPyType(kind: .float, size: 8), offset: 8 * index)
        }
        let bytes = nodes.flatMap { node -> [UInt8] in
            let words = [node.left, node.right, node.feature].map { UInt64(bitPattern: Int64($0)) }
            return (words + [node.threshold.bitPattern]).flatMap { word in
                withUnsafeBytes(of: word.littleEndian) { Array($0) }
            }
        }
        let records = NumPyArray(
            shape: [nodes.count], type: NumPyType(kind: .record, size: 32, fields: fields), bytes: bytes)
        let values = values ?? nodes.flatMap { _ -> [Double] in [1, 0] }
        return object(
            "sklearn.tree._tree", "Tree",
            [
                "nodes": .array(records), "values": array([count ?? nodes.count, 1, 2], values),
                "node_count": .int(nodes.count),
            ], arguments: [.int(columns), array([2]), .int(1)])
    }

    static func decisionTree(_ tree: PickleValue) -> PickleValue {
        estimator("DecisionTreeClassifier", ["tree_": tree, "classes_": array([0, 1])])
    }

    /// Reads an estimator that may refer to a million numbers.
    static func read(_ value: PickleValue) throws -> ImportedModel {
        var request = ReadingRequest()
        request.limits.maximumParameters = 1 << 20
        return try ScikitLearnReader.model(value, fileBytes: 10_000, request)
    }
}
