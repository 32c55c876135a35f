/// What a pickle holds, rebuilt as data: nothing of it has behaviour.
///
/// Lists, dictionaries and objects have identity, as in Python, because a pickle may refer to them again, even from
/// inside themselves (then they are never freed; files are read by a process of their own that ends soon). Without
/// such cycles, values lie inside each other at most `PickleMemory.maximumNesting` deep; who follows references must
/// bound the steps nevertheless, because a few bytes may refer to the same list very often.
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
    ///
    /// Indirect, as `elementType`, so that values stay small.
    indirect case global(PickleGlobal)
    /// An instance of a class that is known to be data, or one whose class is not known and that nobody may use.
    case object(PickleObject)
    /// A NumPy array; scalars are arrays without axes.
    case array(NumPyArray)
    /// A NumPy element type.
    indirect case elementType(NumPyType)
    /// What a pickle refers to outside itself, such as the storage of a tensor.
    case persistent(PicklePersistent)
}

/// The name of something in a Python module.
struct PickleGlobal: Hashable, Sendable, CustomStringConvertible {
    let module: String
    let name: String

    var description: String { "\(module).\(name)" }
}

/// Something that a pickle can refer to several times and that changes while it is made.
///
/// `@unchecked Sendable` without a lock: only the interpreter that makes it writes, before anyone else sees it. The
/// same is true of its subclasses.
class PickleNode: @unchecked Sendable {
    /// Position in the list of the memory it belongs to.
    var number = 0

    /// The values it holds directly.
    var children: [PickleValue] { [] }

    init() {}

    /// Forgets what it holds, so that nothing is freed recursively.
    func dismantle() {}
}

/// A list that a pickle may refer to several times.
final class PickleList: PickleNode, @unchecked Sendable {
    var elements: [PickleValue] = []
    /// While it is made: levels of tuples inside each other in it, and values when tuples are written out.
    var depth: Int32 = 1
    var weight = 0

    override var children: [PickleValue] { elements }
    override func dismantle() { elements = [] }
}

/// A dictionary in the order of its making; keys may be any value.
final class PickleDictionary: PickleNode, @unchecked Sendable {
    var pairs: [(key: PickleValue, value: PickleValue)] = []
    /// While it is made: values in it when tuples are written out.
    var weight = 0

    /// The last value under a text key.
    subscript(key: String) -> PickleValue? {
        pairs.last { if case .string(key) = $0.key { true } else { false } }?.value
    }

    override var children: [PickleValue] { pairs.flatMap { [$0.key, $0.value] } }
    override func dismantle() { pairs = [] }
}

/// An instance of a class: what it was made with and the state that was given to it.
final class PickleObject: PickleNode, @unchecked Sendable {
    let type: PickleGlobal
    /// Whether the class is of no known package: nobody may use it for more than the data in it.
    let isForeign: Bool
    /// What the class, or the function that makes it, was called with.
    private(set) var arguments: [PickleValue]
    /// What BUILD gave it: mostly a dictionary of its attributes.
    var state: PickleValue?
    /// Elements given to a subclass of a list.
    var elements: [PickleValue] = []
    /// Items given to a subclass of a dictionary.
    var items: PickleDictionary { ownItems ?? PickleDictionary() }
    /// The dictionary of the items, once there are any.
    var ownItems: PickleDictionary?

    init(type: PickleGlobal, arguments: [PickleValue], isForeign: Bool = false) {
        self.type = type
        self.arguments = arguments
        self.isForeign = isForeign
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

    override var children: [PickleValue] {
        arguments + (state.map { [$0] } ?? []) + elements + (ownItems.map { [.dictionary($0)] } ?? [])
    }

    override func dismantle() {
        arguments = []
        state = nil
        elements = []
        ownItems = nil
    }
}

/// What a pickle refers to by a persistent identifier.
final class PicklePersistent: @unchecked Sendable {
    let identifier: PickleValue

    init(identifier: PickleValue) {
        self.identifier = identifier
    }
}
