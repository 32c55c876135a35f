/// Why a model file is not read, in one line that tells a stranger what to do about it.
public struct ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What a caller can do about the error.
    public enum Kind: String, Sendable {
        /// The bytes are of no known format.
        case unknownFormat = "unknown-format"
        /// The bytes start like a known format and then break its rules.
        case damaged
        /// The file asks for something that is never done, such as running code or opening another file.
        case refused
        /// The file is sound, but something in it is not supported.
        case unsupported
        /// The file exceeds a limit.
        case tooLarge = "too-large"
        /// The file could not be opened or read.
        case unreadable
    }

    /// The sort of error.
    public let kind: Kind
    /// What is wrong, and where.
    public let message: String

    /// Makes an error; what would break the line or make it endless, such as names from the file, is cut out.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = OneLine.text(message, maximumLength: Self.maximumLength)
    }

    /// Enough for the layers of a network, written out for the user to change.
    private static let maximumLength = 4000

    public var description: String { message }
}
