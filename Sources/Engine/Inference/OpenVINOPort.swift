import COpenVINO

/// Reads the description of a model's inputs and outputs.
enum OpenVINOPort {
    /// Turns a failed question about a model into the statement that the model is invalid.
    static func check(_ status: ov_status_e) throws(InferenceError) {
        do { try OpenVINOFailure.check(status) } catch { throw .invalidModel(reason: error.reason) }
    }

    /// Describes the inputs or outputs that `port` finds by index.
    ///
    /// - Throws: `invalidModel` for an element type that cannot be converted, or an input without a rank.
    static func specifications(
        _ count: Int, kind: String, port: (Int, UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e
    ) throws(InferenceError) -> [TensorSpecification] {
        var result: [TensorSpecification] = []
        for index in 0..<count {
            var found: OpaquePointer?
            try check(port(index, &found))
            guard let found else { throw .invalidModel(reason: "\(kind) \(index) is missing") }
            defer { ov_output_const_port_free(found) }
            result.append(try specification(of: found, fallbackName: "\(kind)\(index)"))
        }
        return result
    }

    private static func specification(
        of port: OpaquePointer, fallbackName: String
    ) throws(InferenceError) -> TensorSpecification {
        let name = name(of: port) ?? fallbackName
        var type = DYNAMIC
        try check(ov_port_get_element_type(port, &type))
        guard let elementType = ElementType(library: type) else {
            throw .invalidModel(reason: "\"\(name)\" has elements of a type that is not supported")
        }
        var partial = ov_partial_shape_t()
        try check(ov_port_get_partial_shape(port, &partial))
        defer { ov_partial_shape_free(&partial) }
        let isRankKnown = partial.rank.min == partial.rank.max && partial.rank.min >= 0
        let rank = isRankKnown ? Int(partial.rank.min) : 0
        let shape = (0..<rank).map { axis -> Int? in
            guard let dimension = partial.dims?[axis], dimension.min == dimension.max else { return nil }
            return Int(dimension.min)
        }
        return TensorSpecification(name: name, shape: shape, hasKnownRank: isRankKnown, elementType: elementType)
    }

    /// The name of a port; nil for the few formats that leave them unnamed.
    private static func name(of port: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard ov_port_get_any_name(port, &text) == OK, let text else { return nil }
        defer { ov_free(text) }
        return String(cString: text)
    }
}

extension ElementType {
    /// The library's constants for the types; those missing here cannot be converted.
    private static let libraryTypes: [UInt32: ElementType] = [
        F32.rawValue: .f32, F64.rawValue: .f64, F16.rawValue: .f16, BF16.rawValue: .bf16,
        I8.rawValue: .i8, I16.rawValue: .i16, I32.rawValue: .i32, I64.rawValue: .i64,
        U8.rawValue: .u8, U16.rawValue: .u16, U32.rawValue: .u32, U64.rawValue: .u64,
        OV_BOOLEAN.rawValue: .boolean,
    ]

    init?(library type: ov_element_type_e) {
        guard let found = Self.libraryTypes[type.rawValue] else { return nil }
        self = found
    }

    /// The library's constant for this type.
    var library: ov_element_type_e {
        switch self {
        case .f32: F32
        case .f64: F64
        case .f16: F16
        case .bf16: BF16
        case .i8: I8
        case .i16: I16
        case .i32: I32
        case .i64: I64
        case .u8: U8
        case .u16: U16
        case .u32: U32
        case .u64: U64
        case .boolean: OV_BOOLEAN
        }
    }
}
