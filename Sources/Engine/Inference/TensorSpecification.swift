/// Name, shape and element type of an input or output of a model.
public struct TensorSpecification: Sendable, Equatable {
    /// The name in the model file.
    public let name: String
    /// Length of each axis; nil where any length will do.
    public let shape: [Int?]
    /// Whether `shape` tells the number of axes; false for outputs whose rank depends on the input.
    public let hasKnownRank: Bool
    /// Type of the elements inside the model.
    public let elementType: ElementType

    /// Whether the first axis is open, as a batch needs.
    public var hasOpenFirstAxis: Bool {
        hasKnownRank && !shape.isEmpty && shape[0] == nil
    }

    /// Whether a tensor of this shape fits.
    public func accepts(_ candidate: [Int]) -> Bool {
        guard hasKnownRank else { return true }
        return candidate.count == shape.count
            && zip(shape, candidate).allSatisfy { expected, got in expected.map { $0 == got } ?? (got > 0) }
    }

    /// Bytes that a tensor of this shape takes inside the model; nil when the number is beyond what can be counted.
    func byteCount(of lengths: [Int]) -> Int? {
        var product = elementType.size
        for length in lengths {
            let (next, overflow) = product.multipliedReportingOverflow(by: length)
            guard !overflow, length >= 0 else { return nil }
            product = next
        }
        return product
    }

    /// The shape with the length 1 for every open axis: the smallest tensor the model may take.
    var smallestShape: [Int] {
        shape.map { $0 ?? 1 }
    }
}
