/// The type of the elements of a NumPy array.
struct NumPyType: Sendable, Equatable {
    enum Kind: Character, Sendable {
        case bool = "b"
        case int = "i"
        case uint = "u"
        case float = "f"
        case complex = "c"
        case bytes = "S"
        case unicode = "U"
        case object = "O"
        case record = "V"
    }

    let kind: Kind
    /// Length of an element in bytes.
    let size: Int
    var isBigEndian = false
    /// For records: the fields, in order.
    var fields: [Field] = []

    struct Field: Sendable, Equatable {
        let name: String
        let type: NumPyType
        /// Where the field starts in the element, in bytes.
        let offset: Int
    }
}

/// A NumPy array as data.
final class NumPyArray: @unchecked Sendable {
    let shape: [Int]
    let type: NumPyType
    /// Whether the first axis varies fastest.
    let isColumnMajor: Bool
    /// The elements' bytes; empty for arrays of objects.
    let bytes: [UInt8]
    /// The elements of an array of objects, row-major.
    let objects: [PickleValue]

    init(shape: [Int], type: NumPyType, isColumnMajor: Bool = false, bytes: [UInt8], objects: [PickleValue] = []) {
        self.shape = shape
        self.type = type
        self.isColumnMajor = isColumnMajor
        self.bytes = bytes
        self.objects = objects
    }
}
