/// The length of one axis of a value.
public enum ONNXDimension: Sendable, Equatable {
    /// A known length.
    case fixed(Int)
    /// A length known only when the model runs, such as `N` for the batch; empty where the file gives no name.
    case symbol(String)

    /// The known length, or nil.
    public var length: Int? { if case .fixed(let length) = self { length } else { nil } }
}

extension ONNXDimension: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int) { self = .fixed(value) }
    public init(stringLiteral value: String) { self = .symbol(value) }
}

/// A value that enters or leaves a graph.
public struct ONNXValue: Sendable, Equatable {
    /// Name, unique in its graph.
    public var name: String
    /// Type of the elements; nil for what is no tensor (sequences, maps, optionals).
    public var elementType: ONNXElementType?
    /// Length of each axis; nil where the file leaves the rank open.
    public var shape: [ONNXDimension]?
    /// Whether the value is a tensor, as far as the file says; sequences, maps and optionals are none.
    public var isTensor = true

    /// Makes a value.
    public init(name: String, elementType: ONNXElementType? = .float, shape: [ONNXDimension]?) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
    }
}
