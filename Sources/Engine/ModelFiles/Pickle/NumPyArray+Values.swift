/// The elements of an array in forms that a reader can use, row by row.
extension NumPyArray {
    /// Number of elements; that it fits was checked when the array was made.
    var elementCount: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

    /// The elements as numbers.
    ///
    /// - Throws: `ModelFileError` for what are no real numbers.
    func doubles() throws(ModelFileError) -> [Double] {
        switch (type.kind, type.size) {
        case (.bool, 1): map(UInt8.self) { $0 == 0 ? 0 : 1 }
        case (.int, 1): map(UInt8.self) { Double(Int8(bitPattern: $0)) }
        case (.int, 2): map(UInt16.self) { Double(Int16(bitPattern: $0)) }
        case (.int, 4): map(UInt32.self) { Double(Int32(bitPattern: $0)) }
        case (.int, 8): map(UInt64.self) { Double(Int64(bitPattern: $0)) }
        case (.uint, 1): map(UInt8.self) { Double($0) }
        case (.uint, 2): map(UInt16.self) { Double($0) }
        case (.uint, 4): map(UInt32.self) { Double($0) }
        case (.uint, 8): map(UInt64.self) { Double($0) }
        case (.float, 2): map(UInt16.self) { Double(Float16(bitPattern: $0)) }
        case (.float, 4): map(UInt32.self) { Double(Float(bitPattern: $0)) }
        case (.float, 8): map(UInt64.self) { Double(bitPattern: $0) }
        default: throw unreadable("numbers")
        }
    }

    /// The elements as numbers of 32 bits.
    ///
    /// - Throws: `ModelFileError` for what are no real numbers.
    func floats() throws(ModelFileError) -> [Float] {
        switch (type.kind, type.size) {
        case (.float, 4): map(UInt32.self) { Float(bitPattern: $0) }
        case (.float, 8): map(UInt64.self) { Float(Double(bitPattern: $0)) }
        default: try doubles().map { Float($0) }
        }
    }

    /// The elements as whole numbers.
    ///
    /// - Throws: `ModelFileError` for what are none, and for those beyond 64 bits.
    func integers() throws(ModelFileError) -> [Int] {
        switch (type.kind, type.size) {
        case (.bool, 1): return map(UInt8.self) { $0 == 0 ? 0 : 1 }
        case (.int, 1): return map(UInt8.self) { Int(Int8(bitPattern: $0)) }
        case (.int, 2): return map(UInt16.self) { Int(Int16(bitPattern: $0)) }
        case (.int, 4): return map(UInt32.self) { Int(Int32(bitPattern: $0)) }
        case (.int, 8): return map(UInt64.self) { Int(Int64(bitPattern: $0)) }
        case (.uint, 1): return map(UInt8.self) { Int($0) }
        case (.uint, 2): return map(UInt16.self) { Int($0) }
        case (.uint, 4): return map(UInt32.self) { Int($0) }
        case (.uint, 8), (.float, _):
            var result: [Int] = []
            for value in type.kind == .float ? try doubles() : map(UInt64.self, { Double($0) }) {
                guard let whole = Int(exactly: value) else { throw unreadable("whole numbers") }
                result.append(whole)
            }
            return result
        default: throw unreadable("whole numbers")
        }
    }

    /// The elements as text: of arrays of text, and of arrays of objects that are all text.
    ///
    /// - Throws: `ModelFileError` for others.
    func texts() throws(ModelFileError) -> [String] {
        if type.kind == .object {
            var result: [String] = []
            for object in objects {
                guard let text = object.text else { throw unreadable("text") }
                result.append(text)
            }
            return result
        }
        guard type.kind == .unicode || type.kind == .bytes else { throw unreadable("text") }
        let bytes = rowMajorBytes()
        return (0..<elementCount).map { index in
            let element = bytes[index * type.size..<(index + 1) * type.size]
            if type.kind == .bytes { return String(decoding: Self.trimmed(element), as: UTF8.self) }
            var scalars = String.UnicodeScalarView()
            for start in stride(from: element.startIndex, to: element.endIndex, by: 4) {
                let code = element[start..<start + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                scalars.append(Unicode.Scalar(type.isBigEndian ? code : code.byteSwapped) ?? "\u{FFFD}")
            }
            while scalars.last?.value == 0 { scalars.removeLast() }
            return String(scalars)
        }
    }

    /// One field of an array of records, as an array of the same shape; nil where there is none of the name.
    func field(_ name: String) -> NumPyArray? {
        guard let field = type.fields.last(where: { $0.name == name }) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(elementCount * field.type.size)
        for index in 0..<elementCount {
            let start = index * type.size + field.offset
            result += bytes[start..<start + field.type.size]
        }
        return NumPyArray(shape: shape, type: field.type, isColumnMajor: isColumnMajor, bytes: result)
    }

    // MARK: Order

    /// The array with its axes in another order, row by row; nil where that is no order of them.
    func permuted(_ axes: [Int]) -> NumPyArray? {
        guard axes.sorted() == Array(shape.indices), !isColumnMajor else { return nil }
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(1, shape[axis + 1]) }
        let newShape = axes.map { shape[$0] }
        let positions = Self.positions(newShape, strides: axes.map { strides[$0] })
        return NumPyArray(shape: newShape, type: type, bytes: gathered(positions))
    }

    /// The bytes of the elements, row by row.
    func rowMajorBytes() -> [UInt8] {
        guard isColumnMajor, shape.count > 1 else { return bytes }
        return gathered(columnMajorPositions())
    }

    private func gathered(_ positions: [Int]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for position in positions { result += bytes[position * type.size..<(position + 1) * type.size] }
        return result
    }

    /// Where the elements lie, row by row, in an array whose first axis varies fastest.
    private func columnMajorPositions() -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for axis in shape.indices.dropFirst() { strides[axis] = strides[axis - 1] * max(1, shape[axis - 1]) }
        return Self.positions(shape, strides: strides)
    }

    /// Positions of all elements, row by row; strides in elements.
    private static func positions(_ shape: [Int], strides: [Int]) -> [Int] {
        guard !shape.contains(0) else { return [] }
        var positions = [0]
        for (length, stride) in zip(shape, strides) {
            positions = positions.flatMap { start in (0..<length).map { start + $0 * stride } }
        }
        return positions
    }

    // MARK: Elements

    /// All elements, row by row.
    private func map<Bits: FixedWidthInteger, Value>(_: Bits.Type, _ convert: (Bits) -> Value) -> [Value] {
        let width = MemoryLayout<Bits>.size
        let isBigEndian = type.isBigEndian
        return bytes.withUnsafeBytes { raw in
            let count = min(raw.count / width, elementCount)
            let element = { (index: Int) -> Value in
                let bits = raw.loadUnaligned(fromByteOffset: index * width, as: Bits.self)
                return convert(isBigEndian ? Bits(bigEndian: bits) : Bits(littleEndian: bits))
            }
            guard isColumnMajor, shape.count > 1 else { return (0..<count).map(element) }
            return columnMajorPositions().map(element)
        }
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = bytes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? bytes.startIndex
        return bytes[..<end]
    }

    private func unreadable(_ what: String) -> ModelFileError {
        ModelFileError(
            .unsupported,
            "the pickle holds an array of type '\(type.kind.rawValue)\(type.size)' in the place of \(what)")
    }
}
