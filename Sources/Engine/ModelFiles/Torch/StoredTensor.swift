import Tensors

/// A weight that lies in a file or in an unpacked part of one, and is read when it is asked for.
struct StoredTensor: Sendable {
    private let bytes: FileBytes
    /// Where the first element lies.
    private let start: Int
    let shape: [Int]
    /// Steps between neighbours along each axis, in elements; nil for row-major ones without gaps.
    private let strides: [Int]?
    let type: TorchElementType
    private let isBigEndian: Bool
    /// Number of elements.
    let count: Int
    /// The bytes between the first and the last element, counted in memory so that parts of several files differ.
    let extent: Range<Int>

    /// A view of a storage.
    ///
    /// - Parameters:
    ///   - storage: the part of `bytes` that holds the elements.
    ///   - offset: the first element, counted in elements from the start of the storage.
    /// - Throws: `ModelFileError` for a view that reaches beyond the storage or has more elements than it.
    init(
        _ name: String, in bytes: FileBytes, storage: Range<Int>, type: TorchElementType, offset: Int = 0,
        shape: [Int], strides: [Int]? = nil, isBigEndian: Bool = false
    ) throws(ModelFileError) {
        precondition(storage.lowerBound >= 0 && storage.upperBound <= bytes.count, "a storage lies in its file")
        let capacity = storage.count / type.width
        guard let count = Self.product(shape), count <= capacity else {
            throw ModelFileError(
                .damaged, "weight '\(name)' of shape \(shape) claims more elements than the \(capacity) that are stored"
            )
        }
        let isPlain = count <= 1 || strides.map { Self.isRowMajor(shape, $0) } ?? true
        guard strides == nil || strides?.count == shape.count,
            let last = isPlain ? max(0, count - 1) : Self.reach(shape, strides ?? []),
            offset >= 0, offset <= capacity, count == 0 || last < capacity - offset
        else {
            throw ModelFileError(
                .damaged, "weight '\(name)' of shape \(shape) reaches beyond the values that are stored")
        }
        self.bytes = bytes
        self.type = type
        self.shape = shape
        self.strides = isPlain ? nil : strides
        self.isBigEndian = isBigEndian
        self.count = count
        start = storage.lowerBound + offset * type.width
        let address = bytes.withBytes { $0.baseAddress.map { Int(bitPattern: $0) } ?? 0 } + start
        extent = address..<address + (count == 0 ? 0 : last + 1) * type.width
    }

    /// The values, row-major.
    func read() -> Tensor {
        guard count > 0 else { return Tensor(zeros: shape) }
        let values = bytes.withBytes { bytes in
            let elements = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let steps = strides.map { TorchSteps(shape: shape, strides: $0) }
            return type.floats(elements, count: count, steps: steps, isBigEndian: isBigEndian)
        }
        bytes.release(start..<start + extent.count)
        return Tensor(shape: shape, values: values)
    }

    /// The weight as one of a network.
    func named(_ name: String) -> NamedWeights.Weight {
        NamedWeights.Weight(name: name, shape: shape, isFloatingPoint: type.isFloatingPoint) { read() }
    }

    /// Number of elements; nil for a negative length or an impossible number, even where another length is 0.
    static func product(_ shape: [Int]) -> Int? {
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: max(1, length))
            guard length >= 0, !overflow else { return nil }
            count = product
        }
        return shape.contains(0) ? 0 : count
    }

    /// Whether elements follow each other in order; the stride along an axis of one element says nothing, and
    /// depthwise and 1×1 convolutions in the layout `channels_last` differ in nothing else.
    private static func isRowMajor(_ shape: [Int], _ strides: [Int]) -> Bool {
        guard shape.count == strides.count else { return false }
        var step = 1
        for (length, stride) in zip(shape, strides).reversed() where length != 1 {
            guard stride == step else { return false }
            // The product has been checked not to overflow.
            step *= max(1, length)
        }
        return true
    }

    /// Distance of the last element from the first; nil for steps backwards and impossible distances.
    private static func reach(_ shape: [Int], _ strides: [Int]) -> Int? {
        guard shape.count == strides.count, strides.allSatisfy({ $0 >= 0 }) else { return nil }
        var last = 0
        for (length, stride) in zip(shape, strides) {
            let (distance, overflow) = max(0, length - 1).multipliedReportingOverflow(by: stride)
            let (sum, isTooFar) = last.addingReportingOverflow(distance)
            guard !overflow, !isTooFar else { return nil }
            last = sum
        }
        return last
    }
}
