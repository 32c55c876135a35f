/// The numbers of a NumPy array in double precision, row-major.
struct ScikitArray: Sendable, Equatable {
    let shape: [Int]
    let values: [Double]

    /// - Precondition: `values.count` is the product of `shape`.
    init(shape: [Int], values: [Double]) {
        precondition(shape.reduce(1, *) == values.count, "an array of shape \(shape) needs that many values")
        self.shape = shape
        self.values = values
    }

    var rows: Int { shape.first ?? 1 }
    var columns: Int { shape.count > 1 ? shape[1] : 1 }

    /// One row of a matrix.
    func row(_ index: Int) -> ArraySlice<Double> { values[index * columns..<(index + 1) * columns] }

    subscript(row: Int, column: Int) -> Double { values[row * columns + column] }

    /// A matrix with rows and columns exchanged.
    var transposed: ScikitArray {
        let (rows, columns) = (rows, columns)
        var result = [Double](repeating: 0, count: values.count)
        for row in 0..<rows {
            for column in 0..<columns { result[column * rows + row] = values[row * columns + column] }
        }
        return ScikitArray(shape: [columns, rows], values: result)
    }

    func map(_ transform: (Double) -> Double) -> ScikitArray {
        ScikitArray(shape: shape, values: values.map(transform))
    }
}

extension ScikitArray {
    /// Reads the numbers of an array; nil where the elements are no real numbers.
    init?(_ array: NumPyArray) {
        if array.type.kind == .object {
            let numbers = array.objects.compactMap(\.number)
            guard numbers.count == array.elementCount else { return nil }
            self.init(shape: array.shape, values: numbers)
        } else {
            guard let numbers = try? array.doubles(), numbers.count == array.elementCount else { return nil }
            self.init(shape: array.shape, values: numbers)
        }
    }

    /// Reads a field of an array of records; nil as for whole arrays.
    init?(_ array: NumPyArray, field name: String) {
        guard array.type.kind == .record, let field = array.field(name) else { return nil }
        self.init(field)
    }
}

extension PickleValue {
    /// A number of Python or a NumPy scalar; nil for all else.
    var number: Double? {
        switch self {
        case .bool(let value): value ? 1 : 0
        case .int(let value): Double(value)
        case .float(let value): value
        case .array(let array) where array.elementCount == 1 && array.type.kind != .object:
            (try? array.doubles())?.first
        default: nil
        }
    }
}
