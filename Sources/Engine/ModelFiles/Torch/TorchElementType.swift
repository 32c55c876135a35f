/// The type of the elements of a stored weight.
enum TorchElementType: Sendable, CaseIterable {
    case float64, float32, float16, bfloat16
    case int64, int32, int16, int8
    case uint64, uint32, uint16, uint8
    case bool

    /// Length of an element in bytes.
    var width: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        default: false
        }
    }
}

extension TorchElementType {
    /// Reads elements as 32-bit floats.
    ///
    /// - Parameters:
    ///   - bytes: elements one after the other, or all that `steps` reach.
    ///   - steps: how the elements of an array lie; nil for elements in order from the first byte on.
    /// - Precondition: all elements lie within `bytes`.
    func floats(
        _ bytes: UnsafeRawBufferPointer, count: Int, steps: TorchSteps? = nil, isBigEndian: Bool = false
    ) -> [Float] {
        let width = self.width
        return [Float](unsafeUninitializedCapacity: count) { target, used in
            used = count
            func convert<Bits: FixedWidthInteger>(_: Bits.Type, _ make: (Bits) -> Float) {
                var steps = steps
                for index in 0..<count {
                    let offset = (steps?.next() ?? index) * width
                    let bits = bytes.loadUnaligned(fromByteOffset: offset, as: Bits.self)
                    target[index] = make(isBigEndian ? bits.byteSwapped : bits)
                }
            }
            switch self {
            case .float32 where steps == nil && !isBigEndian:
                guard count > 0 else { return }
                UnsafeMutableRawBufferPointer(target).copyMemory(from: .init(rebasing: bytes[0..<count * 4]))
            case .float64: convert(UInt64.self) { Float(Double(bitPattern: $0)) }
            case .float32: convert(UInt32.self) { Float(bitPattern: $0) }
            case .float16: convert(UInt16.self) { Float(Float16(bitPattern: $0)) }
            case .bfloat16: convert(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
            case .int64: convert(Int64.self) { Float($0) }
            case .int32: convert(Int32.self) { Float($0) }
            case .int16: convert(Int16.self) { Float($0) }
            case .int8: convert(Int8.self) { Float($0) }
            case .uint64: convert(UInt64.self) { Float($0) }
            case .uint32: convert(UInt32.self) { Float($0) }
            case .uint16: convert(UInt16.self) { Float($0) }
            case .uint8: convert(UInt8.self) { Float($0) }
            case .bool: convert(UInt8.self) { $0 == 0 ? 0 : 1 }
            }
        }
    }
}

/// Goes through the elements of an array, row-major, wherever its strides put them.
struct TorchSteps {
    private let shape: [Int]
    private let strides: [Int]
    private var position: [Int]
    private var offset = 0

    /// - Precondition: no axis is empty, and the last element is less than half the largest number away.
    init(shape: [Int], strides: [Int]) {
        // Along an axis of one element any stride may be stated, and none is taken.
        let axes = shape.indices.filter { shape[$0] != 1 }
        self.shape = axes.map { shape[$0] }
        self.strides = axes.map { strides[$0] }
        position = axes.map { _ in 0 }
    }

    /// Distance of the next element from the first, in elements.
    mutating func next() -> Int {
        let current = offset
        var axis = shape.count - 1
        while axis >= 0 {
            position[axis] += 1
            offset += strides[axis]
            if position[axis] < shape[axis] { break }
            offset -= strides[axis] * shape[axis]
            position[axis] = 0
            axis -= 1
        }
        return current
    }
}
