/// Tuples, lists, dictionaries and sets.
extension PickleInterpreter {
    /// Follows an instruction that makes a container or puts something in.
    ///
    /// - Returns: whether it is one.
    mutating func fill(_ opcode: PickleOpcode) throws(ModelFileError) -> Bool {
        switch opcode {
        case .emptyTuple: try push(.tuple([]))
        case .tuple1: try pushTuple(try pop(1))
        case .tuple2: try pushTuple(try pop(2))
        case .tuple3: try pushTuple(try pop(3))
        case .tuple: try pushTuple(try popMark())
        case .emptyList: try push(.list(try memory.keep(PickleList())))
        case .list: try push(try list(try popMark()))
        case .append: try append([try pop()])
        case .appends: try append(try popMark())
        case .emptyDictionary: try push(.dictionary(try memory.keep(PickleDictionary())))
        case .dictionary:
            let items = try popMark()
            let dictionary = try memory.keep(PickleDictionary())
            try add(items, to: dictionary)
            try push(.dictionary(dictionary))
        case .setItem: try setItems(try pop(2))
        case .setItems: try setItems(try popMark())
        case .emptySet: try push(PickleItem(PickleUnfinished(.set, .set([]))))
        case .frozenSet: try push(try set(try popMark()))
        case .addItems: try addItems(try popMark())
        default: return false
        }
        return true
    }

    /// The top values, in the order in which they were pushed.
    mutating func pop(_ count: Int) throws(ModelFileError) -> [PickleItem] {
        var items: [PickleItem] = []
        for _ in 0..<count { items.append(try pop()) }
        return items.reversed()
    }

    private mutating func pushTuple(_ items: [PickleItem]) throws(ModelFileError) { try push(try tuple(items)) }

    func tuple(_ items: [PickleItem]) throws(ModelFileError) -> PickleItem {
        let (depth, weight) = try charge(items)
        return PickleItem(.tuple(items.map(\.value)), depth: depth, weight: weight)
    }

    func set(_ items: [PickleItem]) throws(ModelFileError) -> PickleItem {
        let (depth, weight) = try charge(items)
        return PickleItem(.set(items.map(\.value)), depth: depth, weight: weight)
    }

    func list(_ items: [PickleItem]) throws(ModelFileError) -> PickleValue {
        let list = try memory.keep(PickleList())
        try add(items, to: list)
        return .list(list)
    }

    private func add(_ items: [PickleItem], to list: PickleList) throws(ModelFileError) {
        let (depth, weight) = try charge(items)
        list.depth = max(list.depth, depth)
        list.weight += weight
        for item in items { list.elements.append(item.value) }
    }

    /// Counts the memory of values about to be held, and those that are in them each time, so that nobody who walks
    /// tuples of tuples takes longer than that.
    ///
    /// - Returns: depth and weight of a tuple of them.
    @discardableResult
    func charge(_ items: [PickleItem]) throws(ModelFileError) -> (depth: Int32, weight: Int) {
        var depth: Int32 = 1
        var weight = 1
        for item in items {
            depth = max(depth, item.depth + 1)
            // No sum overflows: each weight has been counted as memory, and the stack is bounded.
            weight += item.weight
        }
        guard depth <= PickleMemory.maximumTupleNesting else {
            throw ModelFileError(
                .refused,
                "the pickle nests tuples deeper than \(PickleMemory.maximumTupleNesting) levels, which is refused")
        }
        try memory.take(32)
        try memory.take(slots: weight)
        return (depth, weight)
    }

    private mutating func append(_ items: [PickleItem]) throws(ModelFileError) {
        switch try top().value {
        case .list(let list): try add(items, to: list)
        case .object(let object):
            try charge(items)
            object.elements += items.map(\.value)
        default: throw PickleReader.damaged("it adds elements to what is no list")
        }
    }

    private mutating func setItems(_ items: [PickleItem]) throws(ModelFileError) {
        switch try top().value {
        case .dictionary(let dictionary): try add(items, to: dictionary)
        case .object(let object):
            let dictionary: PickleDictionary
            if let own = object.ownItems { dictionary = own } else { dictionary = try memory.keep(PickleDictionary()) }
            object.ownItems = dictionary
            try add(items, to: dictionary)
        default: throw PickleReader.damaged("it adds items to what is no dictionary")
        }
    }

    /// Adds keys and values, which alternate.
    func add(_ items: [PickleItem], to dictionary: PickleDictionary) throws(ModelFileError) {
        guard items.count.isMultiple(of: 2) else { throw PickleReader.damaged("a dictionary of it lacks a value") }
        dictionary.weight += try charge(items).weight
        for index in stride(from: 0, to: items.count, by: 2) {
            dictionary.pairs.append((items[index].value, items[index + 1].value))
        }
    }

    private mutating func addItems(_ items: [PickleItem]) throws(ModelFileError) {
        try charge(items)
        guard let set = try top().unfinished, set.kind == .set else {
            throw PickleReader.damaged("it adds elements to what is no set")
        }
        try set.insert(items)
    }
}
