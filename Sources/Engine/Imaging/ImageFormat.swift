/// The picture file formats that are read.
public enum ImageFormat: String, Sendable, CaseIterable {
    case jpeg, png, gif, webp, bmp, tiff

    /// The format by the first bytes of a file, or nil when they are those of none that is read.
    public static func sniff(_ bytes: some Sequence<UInt8>) -> ImageFormat? {
        let start = Array(bytes.prefix(longestSignature))
        if start.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if start.starts(with: "GIF87a".utf8) || start.starts(with: "GIF89a".utf8) { return .gif }
        if start.starts(with: "RIFF".utf8), start.dropFirst(8).starts(with: "WEBP".utf8) { return .webp }
        if start.starts(with: "BM".utf8) { return .bmp }
        if start.starts(with: [0x49, 0x49, 0x2A, 0]) || start.starts(with: [0x4D, 0x4D, 0, 0x2A]) { return .tiff }
        return nil
    }

    /// The name of a known format that is not read, by the first bytes of a file.
    static func nameOfRefusedFormat(_ bytes: some Sequence<UInt8>) -> String? {
        let start = Array(bytes.prefix(textSearchLength))
        for (name, offset, signature) in refusedSignatures where start.dropFirst(offset).starts(with: signature) {
            return name
        }
        let text = String(decoding: start, as: UTF8.self).lowercased()
        return text.contains("<svg") ? "SVG" : nil
    }

    private static let longestSignature = 12
    /// How far an `<svg` element is looked for behind an XML declaration, a document type and comments.
    private static let textSearchLength = 1024

    private static let refusedSignatures: [(name: String, offset: Int, signature: [UInt8])] = [
        ("HEIF", 4, Array("ftypheic".utf8)), ("HEIF", 4, Array("ftypheix".utf8)),
        ("HEIF", 4, Array("ftypmif1".utf8)), ("AVIF", 4, Array("ftypavif".utf8)),
        ("JPEG XL", 0, [0xFF, 0x0A]), ("JPEG XL", 4, Array("JXL ".utf8)),
        ("JPEG 2000", 4, Array("jP  ".utf8)), ("JPEG 2000", 0, [0xFF, 0x4F, 0xFF, 0x51]),
        ("ICO", 0, [0x00, 0x00, 0x01, 0x00]), ("PSD", 0, Array("8BPS".utf8)), ("PDF", 0, Array("%PDF".utf8)),
    ]
}
