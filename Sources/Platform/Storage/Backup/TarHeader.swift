/// The 512 bytes before each file of a tar archive.
///
/// - Source: POSIX.1-2017, `pax`, "ustar Interchange Format"; sizes from 8 GiB on in GNU's base-256 form.
struct TarHeader: Equatable {
    static let length = 512
    /// Longest path that fits into the header itself; longer ones take a record of their own before it.
    static let longestPath = 100

    var path: String
    var size: Int
    /// `0` for a file, `x` for a record about the next one.
    var type = UInt8(ascii: "0")
    /// Seconds since 1970.
    var modified = 0

    /// How many bytes of padding follow so many bytes of content.
    static func padding(after size: Int) -> Int { (length - size % length) % length }

    /// The header as it is written.
    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.length)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { bytes[offset + index] = byte }
        }
        func octal(_ number: Int, digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(String(path.utf8.prefix(Self.longestPath)) ?? "", at: 0)
        put(octal(0o640, digits: 7), at: 100)
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        if size < 1 << 33 {
            put(octal(size, digits: 11), at: 124)
        } else {
            bytes[124] = 0x80
            for index in 0..<8 { bytes[128 + index] = UInt8(truncatingIfNeeded: size >> (56 - 8 * index)) }
        }
        put(octal(modified, digits: 11), at: 136)
        bytes[156] = type
        put("ustar", at: 257)
        put("00", at: 263)
        put(octal(Self.checksum(of: bytes), digits: 6), at: 148)
        bytes[155] = UInt8(ascii: " ")
        return bytes
    }

    /// Reads a header; nil for a block of zeros, which ends the archive.
    init?(_ bytes: [UInt8]) throws(TransferError) {
        guard bytes.contains(where: { $0 != 0 }) else { return nil }
        let broken = TransferError.badArchive("it is damaged, or no tar archive")
        func text(_ range: Range<Int>) -> String { String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self) }
        func octal(_ range: Range<Int>) -> Int? { Int(text(range).filter { $0 != " " }, radix: 8) }
        guard bytes.count == Self.length, text(257..<262) == "ustar", octal(148..<156) == Self.checksum(of: bytes)
        else {
            throw broken
        }
        let isBinary = bytes[124] == 0x80
        let size =
            isBinary ? Int(exactly: bytes[128..<136].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) : octal(124..<136)
        guard let size, size >= 0 else { throw broken }
        let prefix = text(345..<500)
        path = (prefix.isEmpty ? "" : prefix + "/") + text(0..<100)
        self.size = size
        type = bytes[156]
        modified = octal(136..<148) ?? 0
    }

    init(path: String, size: Int, type: UInt8 = UInt8(ascii: "0"), modified: Int = 0) {
        self.path = path
        self.size = size
        self.type = type
        self.modified = modified
    }

    /// The record that tells a path too long for a header.
    static func record(ofPath path: String) -> [UInt8] {
        // The length counts its own digits.
        let rest = " path=\(path)\n"
        var length = rest.utf8.count + 1
        while "\(length)".count + rest.utf8.count != length { length += 1 }
        return Array("\(length)\(rest)".utf8)
    }

    /// The path that a record tells; nil if it tells something else.
    static func path(inRecord record: [UInt8]) -> String? {
        for line in record.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: line, as: UTF8.self)
            if let start = text.firstRange(of: " path=") { return String(text[start.upperBound...]) }
        }
        return nil
    }

    /// The sum of all bytes, those of the sum itself counted as spaces.
    private static func checksum(of bytes: [UInt8]) -> Int {
        bytes.enumerated().reduce(0) { $0 + (148..<156 ~= $1.offset ? 32 : Int($1.element)) }
    }
}
