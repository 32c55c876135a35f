/// Why bytes are not an ONNX model that can be used, in one line.
public struct ONNXError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong, and where.
    public let reason: String

    /// Makes an error from its reason.
    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { reason }
}
