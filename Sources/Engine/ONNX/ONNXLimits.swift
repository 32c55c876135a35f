/// How large and how deep a model may be before it is refused.
public struct ONNXLimits: Sendable {
    /// Nodes in all graphs together.
    public var maximumNodes = 200_000
    /// Initializers and attribute tensors together.
    public var maximumTensors = 200_000
    /// Graphs inside each other; the main graph is at depth 1, the branches of an `If` in it at depth 2.
    public var maximumDepth = 8
    /// Axes of one tensor.
    public var maximumRank = 16
    /// Elements of one tensor.
    public var maximumElements = 1 << 31
    /// Numbers in one list.
    public var maximumListLength = 1 << 22
    /// Names and other texts of the whole model.
    public var maximumTexts = 1 << 22

    /// The limits above.
    public static let standard = ONNXLimits()

    /// Makes the default limits, to be changed by property.
    public init() {}
}
