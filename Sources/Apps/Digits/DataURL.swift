import Foundation

/// The bytes carried by a `data:image/…;base64,…` URL.
enum DataURL {
    /// Whether a text claims to be a picture in a data URL.
    static func isImage(_ text: String) -> Bool {
        text.utf8.starts(with: "data:image".utf8)
    }

    /// The bytes after the first comma; nil when they are not base64.
    ///
    /// Characters outside the alphabet are passed over, as Python's `b64decode` does; wrong padding is refused.
    static func bytes(of text: String) -> [UInt8]? {
        guard let comma = text.utf8.firstIndex(of: UInt8(ascii: ",")) else { return nil }
        let payload = Data(text.utf8[text.utf8.index(after: comma)...])
        let data = Data(base64Encoded: payload) ?? Data(base64Encoded: payload, options: .ignoreUnknownCharacters)
        return data.map { [UInt8]($0) }
    }
}
