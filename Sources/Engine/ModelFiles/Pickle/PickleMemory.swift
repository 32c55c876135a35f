/// What the values of a pickle may take, and all of its lists, dictionaries and objects.
///
/// Not for several threads.
final class PickleMemory {
    /// How deep lists, dictionaries, objects and tuples may lie inside each other; Python's own pickler gives up there.
    static let maximumNesting = 500
    /// How deep tuples, sets and arrays of objects may lie directly inside each other.
    static let maximumTupleNesting = 100
    /// What a value takes where it is held, in bytes.
    static let slot = MemoryLayout<PickleValue>.stride

    private var left: Int
    private var nodes: [PickleNode] = []

    /// - Parameter size: bytes of the pickle.
    init(pickleBytes size: Int) {
        // Small pickles may refer to something often; large ones are mostly arrays, which take what they have.
        left = 256 << 20 + (size > 1 << 40 ? 1 << 43 : 8 * size)
    }

    /// Counts memory about to be taken.
    func take(_ bytes: Int) throws(ModelFileError) {
        guard bytes <= left else {
            throw ModelFileError(
                .tooLarge, "the pickle would take many times its own size in memory; that is refused")
        }
        left -= bytes
    }

    /// Counts memory for a number of values.
    func take(slots count: Int) throws(ModelFileError) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: Self.slot)
        try take(overflow ? .max : bytes)
    }

    /// Keeps a new list, dictionary or object until the pickle is read.
    func keep<Node: PickleNode>(_ node: Node) throws(ModelFileError) -> Node {
        try take(node is PickleObject ? 200 : 80)
        node.number = nodes.count
        nodes.append(node)
        return node
    }

    /// Empties everything, without recursion: a million lists inside each other would overflow the stack when the
    /// outermost is freed.
    func dismantle() {
        for node in nodes { node.dismantle() }
        nodes = []
    }

    /// Hands over a value: checks how deep it is and empties all that does not belong to it.
    func finish(_ value: PickleValue) throws(ModelFileError) {
        let heights = try self.heights(below: value)
        for node in nodes where heights[node.number] == nil { node.dismantle() }
        nodes = []
    }

    /// For each node that a value holds, how many levels lie below it; nil for others.
    ///
    /// A node that holds itself counts once: such ones are not freed, so that their depth does not matter.
    private func heights(below value: PickleValue) throws(ModelFileError) -> [Int?] {
        var heights = [Int?](repeating: nil, count: nodes.count)
        var isOpen = [Bool](repeating: false, count: nodes.count)
        var path = [Visit(number: -1, children: Self.references(in: [value]))]
        while let visit = path.last {
            if let child = visit.children.last {
                path[path.count - 1].children.removeLast()
                if let height = heights[child.number] {
                    path[path.count - 1].height = max(visit.height, height + child.depth)
                } else if !isOpen[child.number] {
                    isOpen[child.number] = true
                    path.append(
                        Visit(
                            number: child.number, children: Self.references(in: nodes[child.number].children),
                            depth: child.depth))
                }
                continue
            }
            guard visit.height <= Self.maximumNesting else {
                throw ModelFileError(
                    .refused, "the pickle nests values deeper than \(Self.maximumNesting) levels, which is refused")
            }
            path.removeLast()
            guard let parent = path.indices.last else { break }
            heights[visit.number] = visit.height
            path[parent].height = max(path[parent].height, visit.height + visit.depth)
        }
        return heights
    }

    /// A node on the way from the outermost value.
    private struct Visit {
        let number: Int
        /// Nodes still to be visited.
        var children: [Reference]
        /// Levels from the holder to it.
        var depth = 0
        /// Levels below it, as far as they have been seen.
        var height = 0
    }

    private struct Reference {
        let number: Int
        /// Levels from the holder, more than one where it lies in a tuple.
        let depth: Int
    }

    /// The nodes that values hold directly or in tuples, whose depth and size are bounded when they are made.
    private static func references(in values: [PickleValue], depth: Int = 1) -> [Reference] {
        var result: [Reference] = []
        for value in values {
            switch value {
            case .list(let node): result.append(Reference(number: node.number, depth: depth))
            case .dictionary(let node): result.append(Reference(number: node.number, depth: depth))
            case .object(let node):
                result.append(Reference(number: node.number, depth: depth))
            case .tuple(let elements), .set(let elements): result += references(in: elements, depth: depth + 1)
            case .array(let array): result += references(in: array.objects, depth: depth + 1)
            case .persistent(let persistent): result += references(in: [persistent.identifier], depth: depth + 1)
            default: break
            }
        }
        return result
    }
}
