/// What is rebuilt as data where a pickle would call a function or make an instance.
enum PickleConstructor: Sendable {
    case set
    case list
    case dictionary
    case defaultDictionary
    case deque
    case tuple
    case bytes
    /// Text of Latin-1 back to the bytes it was made from: protocol 2 has no bytes.
    case encodedText
    /// `copyreg._reconstructor`: a class, the base class that has a state, that state.
    case reconstructedObject
    case newObject
    case newObjectWithNames
    /// An array whose shape and data come with BUILD.
    case array
    case elementType
    case scalar
    case arrayOfBuffer
    /// The only argument is the class of the instance.
    case emptyInstance
}

extension PickleInterpreter {
    func rebuild(
        _ constructor: PickleConstructor, _ name: PickleGlobal, _ arguments: [PickleItem]
    ) throws(ModelFileError) -> PickleItem {
        switch constructor {
        case .set: return try set(try elements(of: arguments.first, name))
        case .tuple: return try tuple(try elements(of: arguments.first, name))
        case .list, .deque: return PickleItem(try list(try elements(of: arguments.first, name)))
        case .dictionary: return try dictionary(arguments.first, name)
        // The first argument makes values for missing keys.
        case .defaultDictionary: return try dictionary(arguments.dropFirst().first, name)
        case .bytes: return try bytes(arguments, name)
        case .encodedText: return try encodedText(arguments, name)
        case .reconstructedObject: return try reconstructed(arguments, name)
        case .newObject:
            guard let type = arguments.first else { throw Self.senseless(name) }
            return try instance(of: type, Array(arguments.dropFirst()))
        case .newObjectWithNames:
            guard arguments.count == 3 else { throw Self.senseless(name) }
            return try instance(of: arguments[0], try self.arguments(arguments[1]), named: arguments[2])
        case .array:
            // Shape and type are placeholders here.
            let empty = NumPyArray(shape: [0], type: NumPyType(kind: .int, size: 1), bytes: [])
            return PickleItem(PickleUnfinished(.array, .array(empty)))
        case .elementType: return PickleItem(PickleUnfinished(.elementType, .elementType(try elementType(arguments))))
        case .scalar: return try scalar(arguments)
        case .arrayOfBuffer: return try arrayOfBuffer(arguments)
        case .emptyInstance:
            guard arguments.count == 1 else { throw Self.senseless(name) }
            return try instance(of: arguments[0], [])
        }
    }

    static func senseless(_ name: PickleGlobal) -> ModelFileError {
        PickleReader.damaged("\(PickleReader.quoted(name.description)) gets arguments that make no sense")
    }

    /// The elements of a list, tuple or set; none where there is no argument.
    private func elements(of argument: PickleItem?, _ name: PickleGlobal) throws(ModelFileError) -> [PickleItem] {
        guard let argument else { return [] }
        switch argument.value {
        case .list(let list): return Self.items(list.elements, depth: list.depth, weight: list.weight)
        case .tuple, .set: return try arguments(tuple(of: argument))
        default: throw Self.senseless(name)
        }
    }

    private func tuple(of item: PickleItem) -> PickleItem {
        guard case .set(let elements) = item.value else { return item }
        return PickleItem(.tuple(elements), depth: item.depth, weight: item.weight)
    }

    /// A dictionary of nothing, of another, or of a list of pairs.
    private func dictionary(_ argument: PickleItem?, _ name: PickleGlobal) throws(ModelFileError) -> PickleItem {
        let result = try memory.keep(PickleDictionary())
        switch argument?.value {
        case nil, .some(.none): break
        case .dictionary(let other): try copy(other, to: result)
        case .list(let pairs):
            try memory.take(slots: pairs.weight)
            result.weight = pairs.weight
            for pair in pairs.elements {
                switch pair {
                case .tuple(let parts) where parts.count == 2: result.pairs.append((parts[0], parts[1]))
                case .list(let parts) where parts.elements.count == 2:
                    result.pairs.append((parts.elements[0], parts.elements[1]))
                default: throw Self.senseless(name)
                }
            }
        default: throw Self.senseless(name)
        }
        return PickleItem(.dictionary(result))
    }

    /// Adds the items of a dictionary to another.
    func copy(_ source: PickleDictionary, to target: PickleDictionary) throws(ModelFileError) {
        try memory.take(slots: source.weight)
        target.pairs += source.pairs
        target.weight += source.weight
    }

    private func bytes(_ arguments: [PickleItem], _ name: PickleGlobal) throws(ModelFileError) -> PickleItem {
        switch arguments.first?.value {
        case nil: return PickleItem(.bytes([]))
        case .bytes(let bytes): return PickleItem(.bytes(bytes))
        case .string: return try encodedText(arguments, name)
        case .list(let list):
            // How Python 2 writes an array of bytes.
            try memory.take(list.elements.count)
            var bytes: [UInt8] = []
            for element in list.elements {
                guard case .int(let value) = element, let byte = UInt8(exactly: value) else {
                    throw Self.senseless(name)
                }
                bytes.append(byte)
            }
            return PickleItem(.bytes(bytes))
        default: throw Self.senseless(name)
        }
    }

    private func encodedText(_ arguments: [PickleItem], _ name: PickleGlobal) throws(ModelFileError) -> PickleItem {
        guard case .string(let text)? = arguments.first?.value, arguments.count == 2,
            case .string(let encoding) = arguments[1].value, ["latin1", "latin-1"].contains(encoding)
        else { throw Self.senseless(name) }
        try memory.take(32 + text.utf8.count)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            guard let byte = UInt8(exactly: scalar.value) else { throw Self.senseless(name) }
            bytes.append(byte)
        }
        return PickleItem(.bytes(bytes))
    }

    private func reconstructed(_ arguments: [PickleItem], _ name: PickleGlobal) throws(ModelFileError) -> PickleItem {
        guard arguments.count == 3, let base = arguments[1].global else { throw Self.senseless(name) }
        let isPlain = base.name == "object"
        let made = try instance(of: arguments[0], isPlain ? [] : [arguments[2]])
        guard case .object(let object) = made.value else { return made }
        // Subclasses of containers have the elements as the state of their base.
        switch arguments[2].value {
        case .dictionary(let items) where base.name == "dict": object.ownItems = items
        case .list(let list) where base.name == "list":
            try memory.take(slots: list.weight)
            object.elements = list.elements
        default: break
        }
        return made
    }
}
