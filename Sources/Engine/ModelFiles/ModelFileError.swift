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
        // Counted as scalars: a name from the file may pile any number of marks onto one character.
        let scalars = message.unicodeScalars
        let isLong = scalars.dropFirst(Self.maximumLength).first != nil
        if isLong || scalars.contains(where: Self.isControl) {
            var line = String.UnicodeScalarView()
            for scalar in scalars.prefix(Self.maximumLength) {
                line.append(Self.isControl(scalar) ? "\u{FFFD}" : scalar)
            }
            self.message = String(line) + (isLong ? "…" : "")
        } else {
            self.message = message
        }
    }

    /// Enough for the layers of a network, written out for the user to change.
    private static let maximumLength = 4000

    /// Controls, line and paragraph separators, and marks that turn the direction of text.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        }
    }

    public var description: String { message }
}
