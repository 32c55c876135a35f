/// Names, calls and instances.
extension PickleInterpreter {
    /// Longest name of a module, class or function.
    private static let maximumName = 1024

    /// Follows an instruction that names or makes something.
    ///
    /// - Returns: whether it is one.
    mutating func make(_ opcode: PickleOpcode) throws(ModelFileError) -> Bool {
        switch opcode {
        case .global: try push(.global(try globalLines()))
        case .stackGlobal:
            let names = try pop(2)
            guard case .string(let module) = names[0].value, case .string(let name) = names[1].value else {
                throw PickleReader.damaged("it names a class by what is no text")
            }
            try push(.global(try checked(module: module, name: name)))
        case .reduce:
            let (callable, arguments) = try callAndArguments()
            try push(try call(callable, arguments))
        case .newObject:
            let (type, arguments) = try callAndArguments()
            try push(try instance(of: type, arguments))
        case .newObjectWithNames:
            let parts = try pop(3)
            try charge(parts)
            try push(try instance(of: parts[0], try arguments(parts[1]), named: parts[2]))
        case .instance:
            let type = try globalLines()
            try push(try instance(of: PickleItem(.global(type)), try popMark()))
        case .object:
            let items = try popMark()
            guard let type = items.first else { throw PickleReader.damaged("it makes an instance of nothing") }
            try push(try instance(of: type, Array(items.dropFirst())))
        case .build: try build(try pop())
        case .persistent: try pushPersistent(try pop())
        case .persistentText:
            let line = try cursor.line(limit: Self.maximumName)
            try pushPersistent(PickleItem(.string(String(decoding: line, as: UTF8.self))))
        case .extension1, .extension2, .extension4:
            throw ModelFileError(
                .refused, "the pickle names a class by a number of Python's extension registry, which is refused")
        default: return false
        }
        return true
    }

    private mutating func pushPersistent(_ identifier: PickleItem) throws(ModelFileError) {
        // Old PyTorch refers to the class of a network by its name and its source text.
        if case .tuple(let parts) = identifier.value, case .string("module")? = parts.first, parts.count > 1,
            case .global = parts[1]
        {
            return try push(parts[1])
        }
        let (depth, weight) = try charge([identifier])
        let persistent = PicklePersistent(identifier: identifier.value)
        try push(PickleItem(.persistent(persistent), depth: depth, weight: weight))
    }

    // MARK: Names

    private mutating func globalLines() throws(ModelFileError) -> PickleGlobal {
        let module = try cursor.line(limit: Self.maximumName)
        let name = try cursor.line(limit: Self.maximumName)
        return try checked(module: String(decoding: module, as: UTF8.self), name: String(decoding: name, as: UTF8.self))
    }

    private mutating func checked(module: String, name: String) throws(ModelFileError) -> PickleGlobal {
        guard module.utf8.count <= Self.maximumName, name.utf8.count <= Self.maximumName else {
            throw ModelFileError(.refused, "the pickle asks for something with a name of thousands of letters; refused")
        }
        let global = PickleGlobal(module: module, name: name)
        if case .refused(let reason) = ruling(on: global) {
            throw Self.refused("asks for \(PickleReader.quoted(global.description)), which \(reason)")
        }
        try memory.take(64)
        return PickleGlobal(module: Self.newModules[module] ?? module, name: Self.newNames[global] ?? name)
    }

    /// Modules that Python 3 has renamed.
    private static let newModules = ["__builtin__": "builtins", "copy_reg": "copyreg"]
    /// Classes that Python 3 has renamed.
    private static let newNames = [
        PickleGlobal(module: "__builtin__", name: "long"): "int",
        PickleGlobal(module: "__builtin__", name: "unicode"): "str",
        PickleGlobal(module: "__builtin__", name: "xrange"): "range",
    ]

    static func refused(_ what: String) -> ModelFileError {
        ModelFileError(.refused, "the pickle \(what); nothing in it was run")
    }

    // MARK: Calls and instances

    /// A class or function below a tuple of arguments.
    private mutating func callAndArguments() throws(ModelFileError) -> (PickleItem, [PickleItem]) {
        let parts = try pop(2)
        try charge([parts[1]])
        return (parts[0], try arguments(parts[1]))
    }

    /// The elements of a tuple, as items of the depth and weight of the whole.
    func arguments(_ tuple: PickleItem) throws(ModelFileError) -> [PickleItem] {
        guard case .tuple(let elements) = tuple.value else {
            throw PickleReader.damaged("it calls something with what is no tuple")
        }
        return Self.items(elements, depth: tuple.depth, weight: tuple.weight)
    }

    /// The elements of a container as items.
    ///
    /// Their own depth and weight are not known any more; those of the container are bounds, the weight counted once.
    static func items(_ elements: [PickleValue], depth: Int32, weight: Int) -> [PickleItem] {
        elements.enumerated().map { index, element in
            PickleItem(element, depth: depth, weight: index == 0 ? weight : 1)
        }
    }

    /// What a call gives; nothing is called.
    func call(_ callable: PickleItem, _ arguments: [PickleItem]) throws(ModelFileError) -> PickleItem {
        guard let global = callable.global else { throw PickleReader.damaged("it calls what is no function") }
        switch ruling(on: global) {
        case .rebuilt(let constructor): return try rebuild(constructor, global, arguments)
        case .data: return try object(global, arguments)
        case .instances, .name, .foreign, .refused:
            throw Self.refused("calls \(PickleReader.quoted(global.description)), which is not known to be data")
        }
    }

    /// An instance of a class, which is not asked.
    func instance(
        of type: PickleItem, _ arguments: [PickleItem], named: PickleItem? = nil
    ) throws(ModelFileError) -> PickleItem {
        guard let global = type.global else { throw PickleReader.damaged("it makes an instance of what is no class") }
        var arguments = arguments
        // Arguments by name follow the others.
        if let named, case .dictionary(let names) = named.value, !names.pairs.isEmpty { arguments.append(named) }
        switch ruling(on: global) {
        case .rebuilt(let constructor): return try rebuild(constructor, global, arguments)
        case .data, .instances: return try object(global, arguments)
        case .foreign: return try object(global, arguments, isForeign: true)
        case .name, .refused:
            throw Self.refused(
                "makes an instance of \(PickleReader.quoted(global.description)), which is not known to be data")
        }
    }

    func object(
        _ type: PickleGlobal, _ arguments: [PickleItem], isForeign: Bool = false
    ) throws(ModelFileError) -> PickleItem {
        try charge(arguments)
        let object = PickleObject(type: type, arguments: arguments.map(\.value), isForeign: isForeign)
        return PickleItem(.object(try memory.keep(object)))
    }

    // MARK: State

    /// Attributes by which a state would change how an instance behaves.
    private static let behaviour: Set = [
        "__class__", "__setstate__", "__reduce__", "__reduce_ex__", "__getstate__", "__getattr__", "__getattribute__",
        "__del__", "__call__", "__bases__", "__mro__", "__globals__", "__code__", "__builtins__", "__import__",
        "__init__", "__new__", "__init_subclass__",
    ]

    /// Gives a state to the value on top.
    private mutating func build(_ state: PickleItem) throws(ModelFileError) {
        let target = try top()
        if let unfinished = target.unfinished {
            switch unfinished.kind {
            case .array: try buildArray(unfinished, state)
            case .elementType: try buildElementType(unfinished, state)
            case .set: break
            }
            return
        }
        switch target.value {
        case .object(let object): try build(object, state)
        // Attributes of an OrderedDict, such as the versions of layers that PyTorch notes, are no weights.
        case .dictionary, .list, .set: break
        case .global(let global):
            throw Self.refused("changes \(PickleReader.quoted(global.description)) itself")
        default: throw PickleReader.damaged("it gives a state to what has none")
        }
    }

    private mutating func build(_ object: PickleObject, _ state: PickleItem) throws(ModelFileError) {
        try charge([state])
        for case .dictionary(let attributes) in [state.value] + Self.parts(of: state.value) {
            for case (.string(let name), _) in attributes.pairs where Self.behaviour.contains(name) {
                throw Self.refused("sets \(PickleReader.quoted(name)) of an object, which would change what it does")
            }
        }
        if case .dictionary(let old) = object.state, case .dictionary(let new) = state.value {
            // Attributes given in two steps.
            let merged = try memory.keep(PickleDictionary())
            try copy(old, to: merged)
            try copy(new, to: merged)
            object.state = .dictionary(merged)
        } else {
            object.state = state.value
        }
        if let array = try joblibArray(object) { try replaceTop(with: array) }
    }

    private static func parts(of value: PickleValue) -> [PickleValue] {
        if case .tuple(let parts) = value { parts } else { [] }
    }
}
