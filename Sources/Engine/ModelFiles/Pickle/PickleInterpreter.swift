/// Follows the instructions of one pickle.
///
/// The stack holds values; a mark is a position in it. The memo keeps values for later reference.
struct PickleInterpreter {
    var cursor: PickleCursor
    let memory: PickleMemory
    /// Pickles around this one: joblib puts those of arrays of objects between the instructions.
    let nesting: Int
    private(set) var stack: [PickleItem] = []
    private var marks: [Int] = []
    private var memo = PickleMemo()
    private let rulings = Rulings()

    /// Values on the stack at once; the largest tuples take one each.
    private static let maximumStack = 2 << 20

    init(_ cursor: PickleCursor, memory: PickleMemory, nesting: Int = 0) {
        self.cursor = cursor
        self.memory = memory
        self.nesting = nesting
    }

    /// Follows the instructions up to the one that stops.
    ///
    /// - Returns: what the pickle holds.
    mutating func run() throws(ModelFileError) -> PickleItem {
        while true {
            let byte = try cursor.byte()
            guard let opcode = PickleOpcode(rawValue: byte) else {
                throw PickleReader.damaged("byte \(cursor.position - 1) is \(byte), which is no instruction")
            }
            if opcode == .stop { return try pop() }
            if try pushValue(opcode) { continue }
            if try fill(opcode) { continue }
            if try make(opcode) { continue }
            try manage(opcode)
        }
    }

    /// Stack, marks and memo.
    private mutating func manage(_ opcode: PickleOpcode) throws(ModelFileError) {
        switch opcode {
        case .proto:
            let version = try cursor.byte()
            guard version <= 5 else {
                throw ModelFileError(.unsupported, "the pickle has protocol \(version), at most 5 is known")
            }
        case .frame: _ = try cursor.length(8)
        case .mark:
            guard marks.count < Self.maximumStack else { throw Self.stackTooDeep }
            marks.append(stack.count)
        case .pop:
            // Above a mark there may be nothing: then it is the mark that goes.
            if stack.count == marks.last { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popMark()
        case .duplicate: try push(try top())
        case .put: try memo.set(Int(try cursor.byte()), try top(), memory)
        case .putLong: try memo.set(Int(try cursor.number(4)), try top(), memory)
        case .putText: try memo.set(try memoKey(), try top(), memory)
        case .memoize: try memo.append(try top(), memory)
        case .get: try push(try memo.item(Int(try cursor.byte())))
        case .getLong: try push(try memo.item(Int(try cursor.number(4))))
        case .getText: try push(try memo.item(try memoKey()))
        default: throw PickleReader.damaged("instruction \(opcode) is out of place")
        }
    }

    private mutating func memoKey() throws(ModelFileError) -> Int {
        let text = String(decoding: try cursor.line(limit: 20), as: UTF8.self)
        guard let key = Int(text), key >= 0, key <= UInt32.max else {
            throw PickleReader.damaged("it refers to entry \(PickleReader.quoted(text))")
        }
        return key
    }

    // MARK: Stack

    private static let stackTooDeep = ModelFileError(
        .refused, "the pickle needs more than \(maximumStack) values at once, which is refused")

    mutating func push(_ item: PickleItem) throws(ModelFileError) {
        guard stack.count < Self.maximumStack else { throw Self.stackTooDeep }
        stack.append(item)
    }

    mutating func push(_ value: PickleValue) throws(ModelFileError) { try push(PickleItem(value)) }

    /// Removes the top value; those below a mark are out of reach.
    mutating func pop() throws(ModelFileError) -> PickleItem {
        guard stack.count > marks.last ?? 0, let item = stack.popLast() else { throw Self.emptyStack }
        return item
    }

    func top() throws(ModelFileError) -> PickleItem {
        guard stack.count > marks.last ?? 0, let item = stack.last else { throw Self.emptyStack }
        return item
    }

    mutating func replaceTop(with item: PickleItem) throws(ModelFileError) {
        _ = try pop()
        stack.append(item)
    }

    /// Removes the values above the last mark, and the mark.
    mutating func popMark() throws(ModelFileError) -> [PickleItem] {
        guard let mark = marks.popLast() else { throw PickleReader.damaged("it lacks a mark") }
        let items = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return items
    }

    private static let emptyStack = PickleReader.damaged("it takes a value where there is none")

    // MARK: Policy

    /// What may be made of something with a name.
    func ruling(on global: PickleGlobal) -> PicklePolicy.Ruling { rulings[global] }

    /// The policy, asked once for each name.
    private final class Rulings {
        private var known: [PickleGlobal: PicklePolicy.Ruling] = [:]

        subscript(global: PickleGlobal) -> PicklePolicy.Ruling {
            if let ruling = known[global] { return ruling }
            let ruling = PicklePolicy.ruling(on: global)
            known[global] = ruling
            return ruling
        }
    }
}

/// The values that a pickle refers to again.
private struct PickleMemo {
    /// Entries are mostly numbered without gaps.
    private var dense: [PickleItem?] = []
    private var sparse: [Int: PickleItem] = [:]
    private var count = 0

    mutating func set(_ key: Int, _ item: PickleItem, _ memory: PickleMemory) throws(ModelFileError) {
        try memory.take(2 * MemoryLayout<PickleItem?>.stride)
        if (try? self.item(key)) == nil { count += 1 }
        if key < dense.count {
            dense[key] = item
        } else if key <= dense.count + 1 {
            // Python 2 counts from one.
            while dense.count < key { dense.append(nil) }
            dense.append(item)
        } else {
            sparse[key] = item
        }
    }

    /// Keeps a value under the number of entries.
    mutating func append(_ item: PickleItem, _ memory: PickleMemory) throws(ModelFileError) {
        try set(count, item, memory)
    }

    func item(_ key: Int) throws(ModelFileError) -> PickleItem {
        // An entry may have come before those that closed the gap.
        guard let item = (key < dense.count ? dense[key] : nil) ?? sparse[key] else {
            throw PickleReader.damaged("it refers to entry \(key), which there is not")
        }
        return item
    }
}
