/// A decision tree whose structure has been checked: no node has two parents, and children come after them.
struct ScikitTree {
    /// The child for values up to the threshold; −1 for leaves. The same for `right` and larger values.
    private(set) var left: [Int]
    private(set) var right: [Int]
    /// The column a node looks at.
    private(set) var feature: [Int]
    private(set) var threshold: [Double]
    /// What each node answers, `outputs` numbers each.
    private(set) var values: [Double]
    let outputs: Int
    /// Number of columns of an input; nil where the tree does not tell.
    let featureCount: Int?

    var count: Int { left.count }

    func isLeaf(_ node: Int) -> Bool { left[node] < 0 }

    func value(_ node: Int) -> ArraySlice<Double> { values[node * outputs..<(node + 1) * outputs] }

    /// Reads the tree of an estimator with `tree_`.
    ///
    /// The object is made of the numbers of columns, classes and outputs, and gets a dictionary with its nodes. The
    /// record of a node grew over the years, but kept the names of its fields.
    init(of estimator: ScikitObject) throws(ModelFileError) {
        let tree = try estimator.child("tree_")
        guard tree.type.module.contains("tree"), let columns = tree.arguments.first?.number.flatMap(Int.init(exactly:)),
            (1...1 << 24).contains(columns), tree.arguments.count == 3
        else { throw tree.damaged("it states no number of columns") }
        guard tree.arguments[2].number == 1 else {
            throw estimator.unsupported("predicts several things at once; only classifiers with one output are read")
        }
        guard case .array(let nodes)? = tree.value("nodes") else { throw tree.missing("nodes") }
        let count = nodes.shape.first ?? 0
        let values = try tree.array("values", rank: 3)
        guard values.shape[0] == count, values.shape[1] == 1, count > 0, values.shape[2] > 0 else {
            throw tree.damaged("it has \(count) nodes and values of the shape \(values.shape)")
        }
        try self.init(
            nodes, names: (left: "left_child", right: "right_child", feature: "feature", threshold: "threshold"),
            values: values.values, outputs: values.shape[2], featureCount: columns, isLeaf: nil, of: tree)
    }

    /// Reads an array of records.
    ///
    /// - Parameter isLeaf: name of the field that marks leaves; by default those without children are.
    init(
        _ nodes: NumPyArray, names: (left: String, right: String, feature: String, threshold: String), values: [Double],
        outputs: Int, featureCount: Int?, isLeaf: String?, of owner: ScikitObject
    ) throws(ModelFileError) {
        func field(_ name: String) throws(ModelFileError) -> [Double] {
            try owner.context.take(elements: nodes.elementCount)
            guard let array = ScikitArray(nodes, field: name) else { throw owner.missing(name) }
            return array.values
        }
        func integers(_ name: String) throws(ModelFileError) -> [Int] {
            let numbers = try field(name)
            let integers = numbers.compactMap { Int(exactly: $0) }
            guard integers.count == numbers.count else { throw owner.damaged("'\(name)' holds no whole numbers") }
            return integers
        }
        left = try integers(names.left)
        right = try integers(names.right)
        feature = try integers(names.feature)
        threshold = try field(names.threshold)
        if let isLeaf {
            for (index, flag) in try field(isLeaf).enumerated() where flag != 0 {
                left[index] = -1
                right[index] = -1
            }
        }
        self.values = values
        self.outputs = outputs
        self.featureCount = featureCount
        try check(owner)
    }

    private func check(_ owner: ScikitObject) throws(ModelFileError) {
        guard values.count == count * outputs, count > 0, values.allSatisfy(\.isFinite) else {
            throw owner.damaged("its nodes and values do not fit each other")
        }
        let columns = featureCount ?? 1 << 24
        var hasParent = [Bool](repeating: false, count: count)
        for node in 0..<count where !(left[node] < 0 && right[node] < 0) {
            for child in [left[node], right[node]] {
                guard child > node, child < count, !hasParent[child] else {
                    throw owner.damaged("node \(node) of a tree has the child \(child), which makes no tree")
                }
                hasParent[child] = true
            }
            guard (0..<columns).contains(feature[node]), !threshold[node].isNaN else {
                throw owner.damaged("node \(node) of a tree looks at column \(feature[node]) of \(columns)")
            }
        }
    }

    // MARK: Changes

    /// The tree with other numbers in its nodes.
    func mapValues(outputs: Int, _ transform: (ArraySlice<Double>) -> [Double]) -> ScikitTree {
        var values: [Double] = []
        values.reserveCapacity(count * outputs)
        for node in 0..<count { values += transform(value(node)) }
        return ScikitTree(self, values: values, outputs: outputs, featureCount: featureCount)
    }

    /// The tree for inputs of which it sees only some columns.
    func looking(at columns: [Int], of total: Int) -> ScikitTree? {
        guard columns.count == featureCount, columns.allSatisfy({ (0..<total).contains($0) }) else { return nil }
        var tree = ScikitTree(self, values: values, outputs: outputs, featureCount: total)
        for node in 0..<count where !isLeaf(node) { tree.feature[node] = columns[feature[node]] }
        return tree
    }

    private init(_ other: ScikitTree, values: [Double], outputs: Int, featureCount: Int?) {
        (left, right, feature, threshold) = (other.left, other.right, other.feature, other.threshold)
        (self.values, self.outputs, self.featureCount) = (values, outputs, featureCount)
    }
}
