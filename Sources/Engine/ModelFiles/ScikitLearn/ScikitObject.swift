/// What all estimators of one file share while they are read: the limits, and what has been counted.
final class ScikitContext {
    let limits: ModelFileLimits
    /// Elements that may still be read: a few bytes of a pickle can refer to one array very often.
    private var remainingElements: Int
    /// Estimators inside each other that may still be visited, for the same reason.
    private var remainingObjects = 50_000
    /// Estimators that are not trees, each of which becomes operations of its own, that may still be read.
    private var remainingSteps = 1000
    /// Number of weights read so far.
    private(set) var parameterCount = 0
    /// Version of scikit-learn that wrote the file.
    var version: String?

    /// - Parameter fileBytes: length of the file; what may be read grows with it.
    init(limits: ModelFileLimits, fileBytes: Int) {
        self.limits = limits
        let (scaled, overflow) = fileBytes.multipliedReportingOverflow(by: 16)
        remainingElements = min(limits.maximumParameters, overflow ? Int.max : max(scaled, 1 << 24))
    }

    func take(elements count: Int) throws(ModelFileError) {
        guard count <= remainingElements else {
            throw ModelFileError(.tooLarge, "the estimator refers to more numbers than the limit for its file allows")
        }
        remainingElements -= count
        parameterCount += count
    }

    func takeStep() throws(ModelFileError) {
        remainingSteps -= 1
        guard remainingSteps >= 0 else {
            throw ModelFileError(.tooLarge, "the estimator is made of more than 1000 estimators that are not trees")
        }
    }

    func takeObject(depth: Int) throws(ModelFileError) {
        remainingObjects -= 1
        guard remainingObjects >= 0, depth <= limits.maximumNesting else {
            throw ModelFileError(.tooLarge, "the estimator holds too many estimators inside each other")
        }
    }
}

/// An estimator as it lies in the pickle: a class name and attributes that changed their names over the years.
struct ScikitObject {
    let type: PickleGlobal
    let context: ScikitContext
    private let object: PickleObject
    private let depth: Int

    /// Takes a pickled object of scikit-learn.
    ///
    /// - Throws: `ModelFileError` naming what it is instead.
    init(_ value: PickleValue, _ context: ScikitContext, depth: Int = 0) throws(ModelFileError) {
        guard case .object(let object) = value else {
            throw ModelFileError(.unsupported, "the pickle holds \(value.kindForPeople) where an estimator is expected")
        }
        guard object.type.module == "sklearn" || object.type.module.hasPrefix("sklearn.") else {
            throw ModelFileError(
                .refused,
                "the pickle holds an object of the class \(object.type), which is not part of scikit-learn; "
                    + "only scikit-learn's own estimators are read")
        }
        try context.takeObject(depth: depth)
        self.object = object
        self.context = context
        self.depth = depth
        type = object.type
        if case .string(let version)? = object["_sklearn_version"], context.version == nil { context.version = version }
    }

    /// Name of the class without its module.
    var name: String { type.name }

    /// An attribute by the first of its names that is there and not `None`.
    func value(_ names: String...) -> PickleValue? { value(names) }

    private func value(_ names: [String]) -> PickleValue? {
        for name in names {
            switch object[name] {
            case nil, .some(.none): continue
            case let value?: return value
            }
        }
        return nil
    }

    /// What the object was made with, for classes of compiled code.
    var arguments: [PickleValue] { object.arguments }
    /// What was given to the object after its making.
    var state: PickleValue? { object.state }

    // MARK: Arrays

    /// An array of numbers.
    ///
    /// - Parameter rank: number of axes it must have; nil for any.
    func array(_ names: String..., rank: Int? = nil, allowsNaN: Bool = false) throws(ModelFileError) -> ScikitArray {
        guard let value = value(names) else { throw missing(names[0]) }
        return try array(value, named: names[0], rank: rank, allowsNaN: allowsNaN)
    }

    func optionalArray(_ names: String..., rank: Int? = nil) throws(ModelFileError) -> ScikitArray? {
        guard let value = value(names) else { return nil }
        return try array(value, named: names[0], rank: rank)
    }

    func array(
        _ value: PickleValue, named name: String, rank: Int? = nil, allowsNaN: Bool = false
    ) throws(ModelFileError) -> ScikitArray {
        let array: ScikitArray
        switch value {
        case .array(let stored):
            try context.take(elements: stored.elementCount)
            guard let numbers = ScikitArray(stored) else { throw damaged("'\(name)' does not hold plain numbers") }
            array = numbers
        case .object(let object) where object.type.isSparseMatrix:
            array = try dense(object, named: name)
        default:
            let list = try elements(value, named: name)
            try context.take(elements: list.count)
            let numbers = list.compactMap(\.number)
            guard numbers.count == list.count else { throw damaged("'\(name)' does not hold plain numbers") }
            array = ScikitArray(shape: [numbers.count], values: numbers)
        }
        if let rank, array.shape.count != rank {
            throw damaged("'\(name)' has \(array.shape.count) axes instead of \(rank)")
        }
        guard allowsNaN || array.values.allSatisfy({ !$0.isNaN }) else {
            throw damaged("'\(name)' holds values that are not numbers")
        }
        return array
    }

    /// A matrix of SciPy that keeps only what is not zero.
    private func dense(_ matrix: PickleObject, named name: String) throws(ModelFileError) -> ScikitArray {
        guard let shape = matrix["_shape"] ?? matrix["shape"], case .tuple(let axes) = shape, axes.count == 2,
            let rows = axes[0].number.flatMap(Int.init(exactly:)),
            let columns = axes[1].number.flatMap(Int.init(exactly:)),
            let data = matrix["data"], let indices = matrix["indices"], let pointers = matrix["indptr"],
            case (let count, false) = rows.multipliedReportingOverflow(by: columns),
            (0..<1 << 40).contains(rows), columns >= 0
        else {
            throw unsupported("keeps '\(name)' in a form of sparse matrix that is not supported; convert it to dense")
        }
        try context.take(elements: count)
        let numbers = try array(data, named: name, rank: 1).values
        let places = try array(indices, named: name, rank: 1).values
        let starts = try array(pointers, named: name, rank: 1).values
        guard starts.count == rows + 1, places.count == numbers.count else {
            throw damaged("the sparse matrix '\(name)' contradicts itself")
        }
        var values = [Double](repeating: 0, count: count)
        for row in 0..<rows {
            guard let start = Int(exactly: starts[row]), let end = Int(exactly: starts[row + 1]), start >= 0,
                start <= end,
                end <= numbers.count
            else { throw damaged("the sparse matrix '\(name)' contradicts itself") }
            for index in start..<end {
                guard let column = Int(exactly: places[index]), (0..<columns).contains(column) else {
                    throw damaged("the sparse matrix '\(name)' contradicts itself")
                }
                values[row * columns + column] += numbers[index]
            }
        }
        return ScikitArray(shape: [rows, columns], values: values)
    }

    // MARK: Single values

    func number(_ names: String...) throws(ModelFileError) -> Double {
        guard let number = value(names)?.number, !number.isNaN else { throw missing(names[0]) }
        return number
    }

    func integer(_ names: String...) throws(ModelFileError) -> Int {
        guard let number = value(names)?.number, let integer = Int(exactly: number) else { throw missing(names[0]) }
        return integer
    }

    func text(_ names: String...) -> String? {
        switch value(names) {
        case .string(let text)?: return text
        case .array(let array)? where array.elementCount == 1: return array.classLabels?.first
        default: return nil
        }
    }

    /// Whether an attribute is there and true.
    func flag(_ names: String...) -> Bool { value(names)?.number.map { $0 != 0 } ?? false }

    // MARK: What is inside

    /// An estimator inside this one.
    func child(_ value: PickleValue) throws(ModelFileError) -> ScikitObject {
        try ScikitObject(value, context, depth: depth + 1)
    }

    func child(_ names: String...) throws(ModelFileError) -> ScikitObject {
        guard let value = value(names) else { throw missing(names[0]) }
        return try child(value)
    }

    /// The elements of a list, a tuple or an array of objects.
    func list(_ names: String...) throws(ModelFileError) -> [PickleValue] {
        guard let value = value(names) else { throw missing(names[0]) }
        return try elements(value, named: names[0])
    }

    func elements(_ value: PickleValue, named name: String) throws(ModelFileError) -> [PickleValue] {
        switch value {
        case .list(let list): return list.elements
        case .tuple(let elements): return elements
        case .array(let array) where array.type.kind == .object && array.objects.count == array.elementCount:
            return array.objects
        default: throw damaged("'\(name)' is no list")
        }
    }

    // MARK: Errors

    func damaged(_ what: String) -> ModelFileError { ModelFileError(.damaged, "the \(name) is damaged: \(what)") }

    func unsupported(_ what: String) -> ModelFileError { ModelFileError(.unsupported, "the \(name) \(what)") }

    func missing(_ attribute: String) -> ModelFileError {
        ModelFileError(
            .unsupported,
            "the \(name) has no usable '\(attribute)'; it was not fitted, or it comes from a version that is not supported"
        )
    }

    /// Requires a shape of an array.
    func check(_ array: ScikitArray, _ name: String, is shape: [Int]) throws(ModelFileError) {
        guard array.shape == shape else {
            throw damaged("'\(name)' has the shape \(array.shape) instead of \(shape)")
        }
    }
}

extension PickleGlobal {
    /// Whether this is one of SciPy's matrices with compressed rows.
    fileprivate var isSparseMatrix: Bool {
        module.hasPrefix("scipy.sparse") && (name == "csr_matrix" || name == "csr_array")
    }
}

extension PickleValue {
    /// What the value is, for messages.
    var kindForPeople: String {
        switch self {
        case .none: "nothing"
        case .bool, .int, .largeInt, .float: "a number"
        case .string: "a text"
        case .bytes: "bytes"
        case .tuple, .list: "a list"
        case .set: "a set"
        case .dictionary: "a dictionary"
        case .global(let global): "the name \(global)"
        case .object(let object): "an object of the class \(object.type)"
        case .array: "an array"
        case .elementType: "an element type"
        case .persistent: "a reference to something outside"
        }
    }
}
