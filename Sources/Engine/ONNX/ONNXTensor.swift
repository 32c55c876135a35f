public import Tensors

/// A constant tensor: the weights of a layer, or a parameter of an operation.
public struct ONNXTensor: Sendable, Equatable {
    /// The elements, in the form that was at hand when the tensor was made.
    public enum Contents: Sendable, Equatable {
        /// Little-endian bytes in row-major order, `elementType.bits` each; a part of the file for decoded tensors.
        case bytes(ArraySlice<UInt8>)
        /// Elements of a tensor of type `float`.
        case floats([Float])
        /// Elements of a tensor of type `int64`.
        case integers([Int64])
        /// Elements of a tensor of type `string`.
        case texts([String])
    }

    /// Name, unique in its graph; empty for the tensor of an attribute.
    public var name: String
    /// Length of each axis; empty for a scalar.
    public var shape: [Int]
    /// Type of the elements.
    public var elementType: ONNXElementType
    /// The elements.
    public var contents: Contents

    /// Makes a tensor from elements that already have the right form and number.
    public init(name: String, shape: [Int], elementType: ONNXElementType, contents: Contents) {
        self.name = name
        self.shape = shape
        self.elementType = elementType
        self.contents = contents
    }

    /// Makes a tensor of 32-bit floats.
    public init(name: String, _ tensor: Tensor) {
        self.init(name: name, shape: tensor.shape, elementType: .float, contents: .floats(tensor.values))
    }

    /// Makes a list of 64-bit integers, such as a shape or a list of axes.
    public init(name: String, integers: [Int]) {
        self.init(
            name: name, shape: [integers.count], elementType: .int64, contents: .integers(integers.map(Int64.init)))
    }

    /// Number of elements, or nil where the product of the axes overflows.
    public var elementCount: Int? {
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow else { return nil }
            count = product
        }
        return count
    }

    /// The elements as 32-bit floats; nil unless the type is `float` and the number of elements fits the shape.
    ///
    /// - Complexity: O(elements) for decoded tensors.
    public var floats: Tensor? {
        guard elementType == .float, let count = elementCount else { return nil }
        switch contents {
        case .floats(let values):
            return values.count == count ? Tensor(shape: shape, values: values) : nil
        case .bytes(let bytes):
            guard bytes.count == 4 * count else { return nil }
            let values = [Float](unsafeUninitializedCapacity: count) { values, used in
                bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(values).copyMemory(from: $0) }
                used = count
            }
            return Tensor(shape: shape, values: values)
        case .integers, .texts:
            return nil
        }
    }
}
