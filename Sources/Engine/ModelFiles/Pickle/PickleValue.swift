/// What a pickle holds, rebuilt as data: nothing of it has behaviour.
///
/// Lists, dictionaries and objects have identity, as in Python, because a pickle may refer to them again, even from
/// inside themselves. Who walks a value must bound the depth.
enum PickleValue: Sendable {
    case none
    case bool(Bool)
    case int(Int)
    /// A whole number beyond 64 bits, as little-endian two's complement.
    case largeInt([UInt8])
    case float(Double)
    case string(String)
    case bytes([UInt8])
    case tuple([PickleValue])
    case list(PickleList)
    case set([PickleValue])
    case dictionary(PickleDictionary)
    /// The name of a class or function, not called or made.
    case global(PickleGlobal)
    /// An instance of a class that is known to be data, or one whose class is not known and that nobody may use.
    case object(PickleObject)
    /// A NumPy array; scalars are arrays without axes.
    case array(NumPyArray)
    /// A NumPy element type.
    case elementType(NumPyType)
    /// What a pickle refers to outside itself, such as the storage of a tensor.
    case persistent(PicklePersistent)
}

/// The name of something in a Python module.
struct PickleGlobal: Hashable, Sendable, CustomStringConvertible {
    let module: String
    let name: String

    var description: String { "\(module).\(name)" }
}

/// A list that a pickle may refer to several times.
///
/// `@unchecked Sendable` without a lock: only the interpreter that makes it writes, before anyone else sees it. The
/// same is true of the other classes here.
final class PickleList: @unchecked Sendable {
    var elements: [PickleValue] = []
}

/// A dictionary in the order of its making; keys may be any value.
final class PickleDictionary: @unchecked Sendable {
    var pairs: [(key: PickleValue, value: PickleValue)] = []

    /// The last value under a text key.
    subscript(key: String) -> PickleValue? {
        pairs.last { if case .string(key) = $0.key { true } else { false } }?.value
    }
}

/// An instance of a class: what it was made with and the state that was given to it.
final class PickleObject: @unchecked Sendable {
    let type: PickleGlobal
    /// What the class, or the function that makes it, was called with.
    let arguments: [PickleValue]
    /// What BUILD gave it: mostly a dictionary of its attributes.
    var state: PickleValue?
    /// Elements given to a subclass of a list.
    var elements: [PickleValue] = []
    /// Items given to a subclass of a dictionary.
    var items = PickleDictionary()

    init(type: PickleGlobal, arguments: [PickleValue]) {
        self.type = type
        self.arguments = arguments
    }

    /// An attribute by name, from the state.
    subscript(attribute: String) -> PickleValue? {
        switch state {
        case .dictionary(let attributes): return attributes[attribute]
        // Classes with slots have a pair: the dictionary or None, and the slots.
        case .tuple(let parts):
            for case .dictionary(let attributes) in parts {
                if let value = attributes[attribute] { return value }
            }
            return nil
        default: return nil
        }
    }
}

/// What a pickle refers to by a persistent identifier.
final class PicklePersistent: @unchecked Sendable {
    let identifier: PickleValue

    init(identifier: PickleValue) {
        self.identifier = identifier
    }
}
