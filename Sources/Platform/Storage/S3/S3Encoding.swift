/// The percent-encoding that Signature V4 is computed over: everything but `A-Z a-z 0-9 - . _ ~`.
enum S3Encoding {
    /// A name or value of a query.
    static func query(_ text: String) -> String { encode(text.utf8, keepingSlashes: false) }

    /// A path, whose slashes stay.
    static func path(_ text: String) -> String { encode(text.utf8, keepingSlashes: true) }

    private static let digits = Array("0123456789ABCDEF".utf8)

    private static func encode(_ bytes: String.UTF8View, keepingSlashes: Bool) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(bytes.count)
        for byte in bytes {
            if isPlain(byte) || keepingSlashes && byte == UInt8(ascii: "/") {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
