/// Element types of a model's inputs and outputs; outside of the model all of them are `Float`.
public enum ElementType: String, Sendable, CaseIterable {
    case f32, f64, f16, bf16, i8, i16, i32, i64, u8, u16, u32, u64, boolean

    /// Bytes of one element.
    public var size: Int {
        switch self {
        case .i8, .u8, .boolean: 1
        case .f16, .bf16, .i16, .u16: 2
        case .f32, .i32, .u32: 4
        case .f64, .i64, .u64: 8
        }
    }

    /// Writes values in this type.
    ///
    /// Integers are rounded to the nearest and brought into the range of the type; a boolean is whether the value
    /// differs from zero.
    ///
    /// - Precondition: the values are finite and `target` has room for all of them.
    func store(_ values: UnsafeBufferPointer<Float>, to target: UnsafeMutableRawPointer) {
        func write<T>(_ convert: (Float) -> T) {
            let typed = target.bindMemory(to: T.self, capacity: values.count)
            for index in values.indices { typed[index] = convert(values[index]) }
        }
        switch self {
        case .f32:
            if let base = values.baseAddress { target.copyMemory(from: base, byteCount: values.count * 4) }
        case .f64: write { Double($0) }
        case .f16: write { Float16($0) }
        case .bf16: write { Self.brainFloat($0) }
        case .i8: write { Self.integer($0, as: Int8.self) }
        case .i16: write { Self.integer($0, as: Int16.self) }
        case .i32: write { Self.integer($0, as: Int32.self) }
        case .i64: write { Self.integer($0, as: Int64.self) }
        case .u8: write { Self.integer($0, as: UInt8.self) }
        case .u16: write { Self.integer($0, as: UInt16.self) }
        case .u32: write { Self.integer($0, as: UInt32.self) }
        case .u64: write { Self.integer($0, as: UInt64.self) }
        case .boolean: write { $0 == 0 ? UInt8(0) : 1 }
        }
    }

    /// Reads values of this type; integers beyond 2²⁴ and doubles lose digits.
    func load(_ count: Int, from source: UnsafeRawPointer) -> [Float] {
        func read<T>(_ convert: (T) -> Float) -> [Float] {
            let typed = source.bindMemory(to: T.self, capacity: count)
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                for index in 0..<count { buffer.initializeElement(at: index, to: convert(typed[index])) }
                initialized = count
            }
        }
        switch self {
        case .f32:
            return [Float](
                UnsafeBufferPointer(start: source.bindMemory(to: Float.self, capacity: count), count: count))
        case .f64: return read { (value: Double) in Float(value) }
        case .f16: return read { (value: Float16) in Float(value) }
        case .bf16: return read { (value: UInt16) in Float(bitPattern: UInt32(value) << 16) }
        case .i8: return read { (value: Int8) in Float(value) }
        case .i16: return read { (value: Int16) in Float(value) }
        case .i32: return read { (value: Int32) in Float(value) }
        case .i64: return read { (value: Int64) in Float(value) }
        case .u8: return read { (value: UInt8) in Float(value) }
        case .u16: return read { (value: UInt16) in Float(value) }
        case .u32: return read { (value: UInt32) in Float(value) }
        case .u64: return read { (value: UInt64) in Float(value) }
        case .boolean: return read { (value: UInt8) in value == 0 ? 0 : 1 }
        }
    }

    private static func integer<T: FixedWidthInteger>(_ value: Float, as type: T.Type) -> T {
        let rounded = value.rounded(.toNearestOrEven)
        if rounded <= Float(T.min) { return .min }
        // The largest integer may round up to a float that no longer fits, hence the comparison before the conversion.
        if rounded >= Float(T.max) { return .max }
        return T(rounded)
    }

    /// The upper half of the float, rounded to the nearest, ties to even.
    private static func brainFloat(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
    }
}
