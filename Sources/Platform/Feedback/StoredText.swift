/// Text from outside as it is stored: without the character U+0000, which databases refuse, and of a bounded length.
enum StoredText {
    /// The most characters that are kept.
    static let limit = 1024

    /// The text as it is stored, and so as it must be looked for.
    static func of(_ text: String) -> String {
        let kept = text.count > limit ? String(text.prefix(limit)) : text
        return kept.unicodeScalars.contains("\0") ? kept.replacing("\0", with: "\u{FFFD}") : kept
    }
}
