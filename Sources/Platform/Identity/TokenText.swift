import Foundation
public import Observability
import Privacy

/// The text of a token that Prunelle made: a prefix that tells leaked ones in logs and repositories, and 256 random bits.
public struct TokenText: Sendable {
    /// What the holder sends; shown once and kept nowhere.
    public let secret: Secret<String>
    /// Its first characters, to tell tokens apart in a list.
    public let hint: String

    /// What every token begins with.
    public static let prefix = "prunelle_"
    private static let randomBytes = 32
    /// Characters that follow the prefix: 256 bits in base 64 without padding.
    private static let randomCharacters = 43
    private static let hintCharacters = 5

    /// A new one.
    init() {
        let random = Data(RandomBytes.make(Self.randomBytes)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        secret = Secret(Self.prefix + random)
        hint = Self.prefix + random.prefix(Self.hintCharacters)
    }

    /// Whether a text looks like a token that Prunelle made; no other can be in the database.
    static func isPlausible(_ text: String) -> Bool {
        guard text.hasPrefix(prefix), text.utf8.count == prefix.utf8.count + randomCharacters else { return false }
        return text.utf8.dropFirst(prefix.utf8.count).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// What is kept of a token. A token of 256 random bits cannot be found by trying, so that no salt is needed.
    static func hash(_ text: String) -> [UInt8] { Blake2b.hash(text.utf8) }
}
