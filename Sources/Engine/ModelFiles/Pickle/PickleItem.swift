/// What lies on the stack of the interpreter.
struct PickleItem {
    /// The value; none where it is unfinished.
    private let plain: PickleValue
    /// What instructions that follow still change.
    let unfinished: PickleUnfinished?
    /// Levels of tuples, sets and arrays of objects inside each other.
    private let plainDepth: Int32
    /// Values in it when tuples, sets and arrays of objects are written out, as who walks it must do.
    private let plainWeight: Int

    init(_ value: PickleValue, depth: Int32 = 1, weight: Int = 1) {
        plain = value
        unfinished = nil
        plainDepth = depth
        plainWeight = weight
    }

    init(_ unfinished: PickleUnfinished) {
        plain = .none
        self.unfinished = unfinished
        plainDepth = 1
        plainWeight = 1
    }

    /// The value as it is now; what is unfinished cannot be changed from now on.
    var value: PickleValue {
        guard let unfinished else { return plain }
        unfinished.isUsed = true
        return unfinished.value
    }

    var depth: Int32 { unfinished?.depth ?? plainDepth }
    var weight: Int { unfinished?.weight ?? plainWeight }

    /// The class or function whose name it is.
    var global: PickleGlobal? {
        if unfinished == nil, case .global(let global) = plain { global } else { nil }
    }
}

/// An array, element type or set that is still being made.
///
/// As values these never change, so that nobody may use one before it is complete: only an array that contains itself
/// would need that.
final class PickleUnfinished {
    enum Kind {
        case array
        case elementType
        case set
    }

    let kind: Kind
    private(set) var value: PickleValue
    private(set) var depth: Int32 = 1
    private(set) var weight = 1
    fileprivate(set) var isUsed = false

    init(_ kind: Kind, _ value: PickleValue) {
        self.kind = kind
        self.value = value
    }

    /// Changes the value.
    ///
    /// - Throws: `ModelFileError` where it has been used.
    func change(to value: PickleValue, depth: Int32 = 1, weight: Int = 1) throws(ModelFileError) {
        guard !isUsed else {
            throw ModelFileError(.unsupported, "the pickle holds an array or a set that contains itself")
        }
        self.value = value
        self.depth = depth
        self.weight = weight
    }

    /// Adds elements to a set, in place.
    func insert(_ elements: [PickleItem]) throws(ModelFileError) {
        guard case .set(var members) = value else { return }
        value = .none
        var depth = depth
        var weight = weight
        for element in elements {
            members.append(element.value)
            depth = max(depth, element.depth + 1)
            weight += element.weight
        }
        try change(to: .set(members), depth: depth, weight: weight)
    }
}
