/// Arrays and scalars of NumPy, as pickles rebuild them.
extension PickleInterpreter {
    /// Axes of an array; NumPy has at most 64.
    private static let maximumAxes = 64
    /// Elements without bytes, which the length of the file does not bound.
    private static let maximumEmptyElements = 1 << 16

    /// Completes an array.
    ///
    /// The state is a version, the shape, the type, whether the first axis varies fastest, and the data.
    ///
    /// - Source: `array_setstate` of NumPy.
    func buildArray(_ unfinished: PickleUnfinished, _ state: PickleItem) throws(ModelFileError) {
        guard case .tuple(let parts) = state.value, (4...5).contains(parts.count),
            case .elementType(let type) = parts[parts.count - 3],
            let isColumnMajor = Self.flag(parts[parts.count - 2])
        else { throw PickleReader.damaged("an array of it has an unknown state") }
        let shape = try Self.shape(parts[parts.count - 4])
        let count = try Self.elementCount(shape, of: type)
        guard type.kind == .object else {
            let bytes = try Self.data(parts[parts.count - 1])
            try Self.check(bytes.count, is: count, type)
            let array = NumPyArray(shape: shape, type: type, isColumnMajor: isColumnMajor, bytes: bytes)
            return try unfinished.change(to: .array(array))
        }
        guard case .list(let list) = parts[parts.count - 1], list.elements.count == count else {
            throw PickleReader.damaged("an array of objects does not hold as many as its shape tells")
        }
        try memory.take(slots: list.weight)
        // Objects are written row by row, whatever the flag tells.
        let array = NumPyArray(shape: shape, type: type, bytes: [], objects: list.elements)
        try unfinished.change(to: .array(array), depth: list.depth + 1, weight: list.weight + 1)
    }

    /// A number of NumPy: an array without axes.
    func scalar(_ arguments: [PickleItem]) throws(ModelFileError) -> PickleItem {
        guard case .elementType(let type)? = arguments.first?.value, arguments.count <= 2 else {
            throw PickleReader.damaged("a NumPy number of it has no type")
        }
        if type.kind == .object, let object = arguments.last, arguments.count == 2 { return object }
        let zero = [UInt8](repeating: 0, count: arguments.count < 2 ? min(type.size, 64) : 0)
        let bytes = arguments.count < 2 ? zero : try Self.data(arguments[1].value)
        try Self.check(bytes.count, is: 1, type)
        return PickleItem(.array(NumPyArray(shape: [], type: type, bytes: bytes)))
    }

    /// An array of protocol 5: data, type, shape, order, and the order of the axes for the order `K`.
    func arrayOfBuffer(_ arguments: [PickleItem]) throws(ModelFileError) -> PickleItem {
        guard (4...5).contains(arguments.count), case .elementType(let type) = arguments[1].value,
            let order = arguments[3].value.text, type.kind != .object
        else { throw PickleReader.damaged("an array of it has an unknown form") }
        let bytes = try Self.data(arguments[0].value)
        let shape = try Self.shape(arguments[2].value)
        try Self.check(bytes.count, is: try Self.elementCount(shape, of: type), type)
        if order == "K", arguments.count == 5, case .tuple = arguments[4].value {
            let axes = try Self.shape(arguments[4].value)
            try memory.take(bytes.count)
            let rows = NumPyArray(shape: shape, type: type, bytes: bytes)
            guard let array = rows.permuted(axes) else {
                throw PickleReader.damaged("an array of it has an order of axes that makes no sense")
            }
            return PickleItem(.array(array))
        }
        return PickleItem(
            .array(NumPyArray(shape: shape, type: type, isColumnMajor: order == "F", bytes: bytes)))
    }

    // MARK: Parts

    /// The shape in a tuple, or that of one axis.
    static func shape(_ value: PickleValue) throws(ModelFileError) -> [Int] {
        let lengths: [PickleValue] =
            switch value {
            case .tuple(let parts): parts
            case .list(let list): list.elements
            default: [value]
            }
        guard lengths.count <= maximumAxes else { throw PickleReader.damaged("an array of it has too many axes") }
        var shape: [Int] = []
        for length in lengths {
            guard let length = length.wholeNumber, length >= 0 else {
                throw PickleReader.damaged("an array of it has a shape that makes no sense")
            }
            shape.append(length)
        }
        return shape
    }

    /// Number of elements; the product of all lengths but zeros fits too, so that strides do.
    static func elementCount(_ shape: [Int], of type: NumPyType) throws(ModelFileError) -> Int {
        var count = max(1, type.size)
        for length in shape where length > 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, product <= 1 << 48 else {
                throw PickleReader.damaged("an array of it claims more elements than the file holds")
            }
            count = product
        }
        count /= max(1, type.size)
        guard type.size > 0 || count <= maximumEmptyElements else {
            throw PickleReader.damaged("an array of it has too many elements without bytes")
        }
        return shape.contains(0) ? 0 : count
    }

    private static func check(_ bytes: Int, is count: Int, _ type: NumPyType) throws(ModelFileError) {
        // The count has been checked with the size.
        guard bytes == count * type.size else {
            throw PickleReader.damaged("an array of it has \(bytes) bytes instead of \(count * type.size)")
        }
    }

    private static func data(_ value: PickleValue) throws(ModelFileError) -> [UInt8] {
        switch value {
        case .bytes(let bytes): return bytes
        // A string of Python 2 that happened to be ASCII.
        case .string(let text): return Array(text.utf8)
        default: throw PickleReader.damaged("an array of it has no data")
        }
    }

    private static func flag(_ value: PickleValue) -> Bool? {
        switch value {
        case .bool(let flag): flag
        case .int(let number): number != 0
        default: nil
        }
    }
}

extension PickleValue {
    /// A whole number of Python or NumPy.
    var wholeNumber: Int? {
        switch self {
        case .int(let number): number
        case .bool(let flag): flag ? 1 : 0
        case .array(let array) where array.shape.isEmpty: try? array.integers().first
        default: nil
        }
    }
}
