/// Element types of NumPy, as pickles describe them.
extension PickleInterpreter {
    /// The type of a text such as `f8`; byte order and fields come with the state.
    func elementType(_ arguments: [PickleItem]) throws(ModelFileError) -> NumPyType {
        guard case .string(let text)? = arguments.first?.value, let type = NumPyType(descriptor: text) else {
            if case .string(let text)? = arguments.first?.value {
                throw ModelFileError(
                    .unsupported,
                    "the pickle holds an array of the type \(PickleReader.quoted(text)), which is not read")
            }
            throw PickleReader.damaged("a NumPy type of it has no name")
        }
        return type
    }

    /// Completes an element type.
    ///
    /// The state is a version, the byte order, shape of an element, names and places of fields, size, alignment, …
    ///
    /// - Source: `arraydescr_reduce` of NumPy.
    func buildElementType(_ unfinished: PickleUnfinished, _ state: PickleItem) throws(ModelFileError) {
        guard case .elementType(let type) = unfinished.value, case .tuple(let parts) = state.value, parts.count >= 5,
            let order = parts[1].text
        else { throw PickleReader.damaged("a NumPy type of it has an unknown state") }
        // The first versions lack the shape of an element.
        let shift = parts.count >= 6 ? 0 : -1
        var size = type.size
        if [.bytes, .unicode, .record].contains(type.kind), parts.count > 5 + shift,
            case .int(let stated) = parts[5 + shift], stated >= 0
        {
            size = stated
        }
        guard size <= NumPyType.maximumSize else { throw PickleReader.damaged("a NumPy type of it is too long") }
        var fields: [NumPyType.Field] = []
        if type.kind == .record, case .tuple(let names) = parts[3 + shift] {
            fields = try self.fields(names, parts[4 + shift], size: size)
        }
        let complete = NumPyType(kind: type.kind, size: size, isBigEndian: order == ">", fields: fields)
        try unfinished.change(to: .elementType(complete))
    }

    private func fields(
        _ names: [PickleValue], _ places: PickleValue, size: Int
    ) throws(ModelFileError) -> [NumPyType.Field] {
        guard case .dictionary(let places) = places, names.count <= 1000 else {
            throw PickleReader.damaged("a NumPy record of it has no fields")
        }
        var fields: [NumPyType.Field] = []
        for name in names {
            guard let name = name.text, case .tuple(let place)? = places[name], place.count >= 2,
                case .elementType(let type) = place[0], case .int(let offset) = place[1],
                (0...size).contains(offset), type.size <= size - offset
            else { throw PickleReader.damaged("a field of a NumPy record does not fit") }
            guard type.kind != .object, type.fields.isEmpty else {
                throw ModelFileError(
                    .unsupported, "the pickle holds records of objects or of records, which are not read")
            }
            fields.append(NumPyType.Field(name: name, type: type, offset: offset))
        }
        return fields
    }
}

extension NumPyType {
    /// Length of the longest element that is read, in bytes.
    static let maximumSize = 1 << 30

    /// A type from its short name, such as `<f8` or `U10`; nil for dates and for what makes no sense.
    init?(descriptor: String) {
        var text = descriptor[...]
        var isBigEndian = false
        if let order = text.first, "<>|=".contains(order) {
            isBigEndian = order == ">"
            text.removeFirst()
        }
        guard let letter = text.popFirst(), let kind = Kind(rawValue: letter == "a" ? "S" : letter) else { return nil }
        let number = text.isEmpty ? (kind == .object ? 8 : nil) : Int(text)
        guard let number, number >= 0, number <= Self.maximumSize / 4, !text.hasPrefix("+") else { return nil }
        let widths: [Int]? =
            switch kind {
            case .bool: [1]
            case .int, .uint: [1, 2, 4, 8]
            case .float: [2, 4, 8, 12, 16]
            case .complex: [8, 16, 24, 32]
            case .object: [4, 8]
            case .bytes, .unicode, .record: nil
            }
        guard widths?.contains(number) != false else { return nil }
        self.init(kind: kind, size: kind == .unicode ? 4 * number : number, isBigEndian: isBigEndian)
    }
}

extension PickleValue {
    /// Text, also where Python 2 wrote it as bytes.
    var text: String? {
        switch self {
        case .string(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }
}
