/// A dense array of 32-bit floats with a shape: what goes into a network and what comes out.
///
/// Values are row-major: the last axis varies fastest.
public struct Tensor: Sendable, Equatable {
    /// Length of each axis; empty for a scalar.
    public let shape: [Int]
    /// `shape.reduce(1, *)` values.
    public var values: [Float]

    /// Makes a tensor of a shape from its values.
    ///
    /// - Precondition: `values.count` is the product of `shape`.
    public init(shape: [Int], values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "a tensor of shape \(shape) needs that many values")
        self.shape = shape
        self.values = values
    }

    /// A tensor of zeros.
    public init(zeros shape: [Int]) {
        self.init(shape: shape, values: [Float](repeating: 0, count: shape.reduce(1, *)))
    }

    /// The same values under another shape of the same product.
    public func reshaped(_ shape: [Int]) -> Tensor {
        Tensor(shape: shape, values: values)
    }
}
