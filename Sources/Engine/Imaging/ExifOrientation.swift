extension Orientation {
    /// Reads the tag `Orientation` (0x0112) of the first directory of an EXIF block, which is laid out as TIFF 6.0.
    ///
    /// - Returns: upright when the tag is absent or the block cannot be read: a picture is shown all the same.
    init(exif bytes: [UInt8], in range: Range<Int>) {
        self = Self.read(bytes, range) ?? .upright
    }

    private static let tag = 0x0112
    private static let entryLength = 12

    private static func read(_ bytes: [UInt8], _ range: Range<Int>) -> Orientation? {
        // JPEG always, WebP sometimes has this marker before the TIFF header.
        let start = bytes.holds("Exif\0\0", at: range.lowerBound) ? range.lowerBound + 6 : range.lowerBound
        let isBigEndian: Bool
        if bytes.holds("II*\0", at: start) {
            isBigEndian = false
        } else if bytes.holds("MM\0*", at: start) {
            isBigEndian = true
        } else {
            return nil
        }
        func number(at offset: Int, length: Int) -> Int? {
            guard offset >= start, offset <= range.upperBound - length else { return nil }
            return bytes.number(at: offset, length: length, bigEndian: isBigEndian)
        }
        guard let offset = number(at: start + 4, length: 4), let count = number(at: start + offset, length: 2) else {
            return nil
        }
        for index in 0..<count {
            let entry = start + offset + 2 + index * entryLength
            guard let tag = number(at: entry, length: 2) else { return nil }
            guard tag == Self.tag else { continue }
            let isLong = number(at: entry + 2, length: 2) == 4
            return number(at: entry + 8, length: isLong ? 4 : 2).flatMap(Orientation.init(rawValue:))
        }
        return nil
    }
}
