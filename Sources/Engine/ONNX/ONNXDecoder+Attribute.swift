extension ONNXDecoder {
    /// Reads a parameter.
    ///
    /// - Returns: no attribute for one whose kind is of no interest outside the engine (types of optional values), and
    ///   for one that takes the value of a parameter of the function it is in: then the name of that.
    mutating func attribute(
        _ bytes: ArraySlice<UInt8>
    ) throws(ONNXError) -> (name: String, attribute: ONNXAttribute?, reference: String?) {
        var fields = AttributeFields()
        var reader = ProtobufReader(bytes, subject: "attribute")
        while let (field, value) = try reader.next() {
            switch field {
            case 1: fields.name = try text(value, "attribute")
            case 2: fields.float = try float(value, "attribute")
            case 3: fields.int = try integer(value, "attribute")
            case 4: fields.string = try text(value, "attribute")
            case 5: fields.tensors.append(try tensor(try message(value, "attribute")))
            case 6: fields.graphs.append(try graph(try message(value, "attribute")))
            case 7: try floats(value, into: &fields.floats, "attribute")
            case 8: try integers(value, into: &fields.ints, "attribute")
            case 9: fields.strings.append(try text(value, "attribute"))
            case 10: fields.tensors.append(try tensor(try message(value, "attribute")))
            case 11: fields.graphs.append(try graph(try message(value, "attribute")))
            case 20: fields.kind = try integer(value, "attribute")
            case 21: fields.reference = try text(value, "attribute")
            case 22, 23:
                throw ONNXError(.unsupported, "attribute '\(fields.name)' is a sparse tensor, which is not supported")
            default: break
            }
        }
        if let reference = fields.reference, !reference.isEmpty { return (fields.name, nil, reference) }
        return (fields.name, fields.attribute, nil)
    }

    /// The fields of an attribute message, of which its kind selects one.
    private struct AttributeFields {
        var name = ""
        var reference: String?
        var kind = 0
        var float: Float?
        var int: Int?
        var string: String?
        var floats: [Float] = []
        var ints: [Int] = []
        var strings: [String] = []
        var tensors: [ONNXTensor] = []
        var graphs: [ONNXGraph] = []

        var attribute: ONNXAttribute? {
            switch ONNXAttribute.Kind(rawValue: kind) {
            case .float: .float(float ?? 0)
            case .int: .int(int ?? 0)
            case .string: .string(string ?? "")
            case .tensor: tensors.first.map(ONNXAttribute.tensor)
            case .graph: graphs.first.map(ONNXAttribute.graph)
            case .floats: .floats(floats)
            case .ints: .ints(ints)
            case .strings: .strings(strings)
            case .tensors: .tensors(tensors)
            case .graphs: .graphs(graphs)
            case nil: guessed
            }
        }

        /// Files of the first format versions name no kind; the field that is there tells.
        private var guessed: ONNXAttribute? {
            guard kind == 0 else { return nil }
            if let float { return .float(float) }
            if let int { return .int(int) }
            if let string { return .string(string) }
            if !floats.isEmpty { return .floats(floats) }
            if !ints.isEmpty { return .ints(ints) }
            if !strings.isEmpty { return .strings(strings) }
            return tensors.first.map(ONNXAttribute.tensor) ?? graphs.first.map(ONNXAttribute.graph)
        }
    }
}
