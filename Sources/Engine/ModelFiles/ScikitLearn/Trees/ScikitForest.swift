import ONNX

/// Many trees that are walked at once: each step of the walk moves one level down in all of them.
///
/// Tables hold the nodes of all trees, level by level, so that the right child follows the left one. Leaves lead to
/// themselves, so that deep and shallow trees take the same number of steps. The work for an input is the number of
/// trees times the largest depth, whatever the number of nodes.
struct ScikitForest {
    private let feature: [Int32]
    private let threshold: [Double]
    /// The left child, or the node itself for leaves.
    private let next: [Int32]
    /// The number of a leaf among leaves.
    private let leaf: [Int32]
    /// What the leaves answer, `outputs` numbers each.
    private let values: [Double]
    let outputs: Int
    let treeCount: Int
    /// The roots' places.
    private let roots: [Int]
    private let depth: Int

    static let maximumNodes = 1 << 28
    /// Every level is a step of the walk; real trees have a few dozen.
    static let maximumDepth = 2000

    /// - Throws: `tooLarge`, or `damaged` where trees answer with different numbers of values.
    init(_ trees: [ScikitTree], outputs: Int, of owner: ScikitObject) throws(ModelFileError) {
        guard !trees.isEmpty, trees.allSatisfy({ $0.outputs == outputs }) else {
            throw owner.damaged("it has no trees, or they do not have \(outputs) outputs each")
        }
        guard trees.reduce(0, { $0 + $1.count }) <= Self.maximumNodes else {
            throw ModelFileError(.tooLarge, "the trees have more than \(Self.maximumNodes) nodes")
        }
        var (feature, next, leaf): ([Int32], [Int32], [Int32]) = ([], [], [])
        var (threshold, values): ([Double], [Double]) = ([], [])
        // The nodes of a level, by tree and number; the roots are the first level.
        var level = trees.indices.map { (tree: $0, node: 0) }
        var start = 0
        var depth = 0
        while true {
            var children: [(tree: Int, node: Int)] = []
            for (offset, place) in level.enumerated() {
                let tree = trees[place.tree]
                if tree.isLeaf(place.node) {
                    feature.append(0)
                    threshold.append(.infinity)
                    next.append(Int32(start + offset))
                    leaf.append(Int32(values.count / outputs))
                    values += tree.value(place.node)
                } else {
                    feature.append(Int32(tree.feature[place.node]))
                    threshold.append(Double(Float.below(tree.threshold[place.node])))
                    next.append(Int32(start + level.count + children.count))
                    leaf.append(0)
                    children.append((place.tree, tree.left[place.node]))
                    children.append((place.tree, tree.right[place.node]))
                }
            }
            if children.isEmpty { break }
            guard depth < Self.maximumDepth else {
                throw ModelFileError(.tooLarge, "a tree is deeper than \(Self.maximumDepth) levels")
            }
            start += level.count
            depth += 1
            level = children
        }
        (self.feature, self.threshold, self.next, self.leaf) = (feature, threshold, next, leaf)
        (self.values, self.outputs, self.depth) = (values, outputs, depth)
        treeCount = trees.count
        roots = Array(trees.indices)
    }

    /// Writes the walk.
    ///
    /// - Returns: shape `[N, trees, outputs]`, or `[N, trees]` for one output.
    func write(_ x: ScikitMatrix, _ graph: inout ScikitGraph) -> String {
        let leaves: String
        if depth == 0 {
            let zero = graph.multiply(graph.columns([0], of: x.name), graph.scalar(0))
            let all = graph.add(graph.row(roots.map(Double.init)), zero)
            leaves = graph.cast(all, to: .int32)
        } else {
            leaves = walk(x, &graph)
        }
        let shape = outputs == 1 ? [values.count] : [values.count / outputs, outputs]
        return graph.node("Gather", [graph.constant(values, shape), leaves], ["axis": 0])
    }

    private func walk(_ x: ScikitMatrix, _ graph: inout ScikitGraph) -> String {
        let feature = graph.table(feature)
        let threshold = graph.constant(threshold, [threshold.count])
        let next = graph.table(next)
        func step(_ seen: String, _ limits: String, _ lefts: String, _ graph: inout ScikitGraph) -> String {
            let isRight = graph.cast(graph.node("Greater", [seen, limits]), to: .int32)
            return graph.add(lefts, isRight)
        }
        // The first step is the same node for every input.
        let first = roots.map { Int(self.feature[$0]) }
        var place = step(
            graph.columns(first, of: x.name), graph.row(roots.map { self.threshold[$0] }),
            graph.unsqueeze(graph.table(roots.map { self.next[$0] }), axis: 0), &graph)
        for _ in 1..<max(depth, 1) {
            let seen = graph.node(
                "GatherElements", [x.name, graph.node("Gather", [feature, place], ["axis": 0])], ["axis": 1])
            let limits = graph.node("Gather", [threshold, place], ["axis": 0])
            place = step(seen, limits, graph.node("Gather", [next, place], ["axis": 0]), &graph)
        }
        return graph.node("Gather", [graph.table(leaf), place], ["axis": 0])
    }

    /// The range of the thresholds.
    static func range(of trees: [ScikitTree]) -> ScikitRange? {
        let thresholds = trees.lazy.flatMap { tree in
            (0..<tree.count).lazy.filter { !tree.isLeaf($0) }.map { tree.threshold[$0] }
        }
        return ScikitRange(thresholds, source: "the thresholds of the trees")
    }
}
