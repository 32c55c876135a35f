/// Why bytes are not an ONNX model that can be used, in one line.
public struct ONNXError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sort of fault.
    public enum Kind: Sendable {
        /// The bytes break the rules of the format.
        case damaged
        /// The model keeps weights outside the file.
        case external
        /// The model uses a part of the format that is not supported.
        case unsupported
        /// The model exceeds a limit.
        case tooLarge
    }

    /// The sort of fault.
    public let kind: Kind
    /// What is wrong, and where.
    public let reason: String

    /// Makes an error of the sort `damaged`.
    public init(_ reason: String) {
        self.init(.damaged, reason)
    }

    /// Makes an error.
    public init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    public var description: String { reason }
}
