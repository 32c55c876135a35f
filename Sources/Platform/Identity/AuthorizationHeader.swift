/// What an `Authorization` header of a request says, as far as bearer tokens are concerned.
///
/// - Source: RFC 6750, section 2.1, and RFC 9110, section 11: the scheme in any case, then at least one space. What a
///   token may consist of is not checked: a wrong one is simply unknown.
public enum AuthorizationHeader: Sendable, Equatable {
    /// There is none, or it is empty.
    case missing
    /// There is a scheme and nothing after it.
    case withoutCredentials
    /// The scheme is not `Bearer`.
    case otherScheme
    /// A token, at most `maximumLength` bytes long.
    case bearer(String)
    /// A token longer than any there is.
    case tooLong

    /// Longest token that is looked at, in bytes.
    public static let maximumLength = 4096

    /// Reads the value of the header; nil where the request has none.
    public init(_ value: String?) {
        guard let value else {
            self = .missing
            return
        }
        let bytes = Self.trimmed(Array(value.utf8)[...])
        guard !bytes.isEmpty else {
            self = .missing
            return
        }
        guard let space = bytes.firstIndex(of: UInt8(ascii: " ")) else {
            self = .withoutCredentials
            return
        }
        // The end was trimmed, so there is something after the space.
        let token = Self.trimmed(bytes[space...])
        guard Self.isBearer(bytes[..<space]) else {
            self = .otherScheme
            return
        }
        self = token.count > Self.maximumLength ? .tooLong : .bearer(String(decoding: token, as: UTF8.self))
    }

    /// Without the spaces and tabs around.
    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return [] }
        return bytes[first...last]
    }

    private static func isBearer(_ scheme: ArraySlice<UInt8>) -> Bool {
        let name = Array("bearer".utf8)
        guard scheme.count == name.count else { return false }
        return zip(scheme, name).allSatisfy { byte, letter in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 == letter : byte == letter
        }
    }
}
