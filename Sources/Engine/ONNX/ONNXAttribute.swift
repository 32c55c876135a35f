/// A parameter of an operation that is fixed when the graph is written.
public enum ONNXAttribute: Sendable, Equatable {
    case int(Int)
    case float(Float)
    case string(String)
    case ints([Int])
    case floats([Float])
    case strings([String])
    case tensor(ONNXTensor)
    case tensors([ONNXTensor])
    /// A branch of an `If`, or the body of a `Loop` or `Scan`.
    case graph(ONNXGraph)
    case graphs([ONNXGraph])
}

extension ONNXAttribute: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
    ExpressibleByArrayLiteral
{
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Float) { self = .float(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    /// A list of integers; other lists are written as `.floats([…])` or `.strings([…])`.
    public init(arrayLiteral elements: Int...) { self = .ints(elements) }
}
