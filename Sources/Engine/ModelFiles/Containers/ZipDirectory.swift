/// Where the entries of a zip archive lie that are stored as they are, so that they can be read in place.
///
/// Archives are opened and checked by `ZipArchive`; this only finds what it cannot tell. An entry that is packed,
/// encrypted or described in contradictory ways is left out, and is read through `ZipArchive`.
///
/// - Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16.
struct ZipDirectory {
    /// An entry that is not packed.
    struct Place: Sendable {
        /// Bytes of the file.
        let range: Range<Int>
        /// CRC-32 of the bytes; 0 where the writer left it out, as PyTorch does when asked to.
        let checksum: UInt32
    }

    /// The entries by name.
    private(set) var places: [String: Place] = [:]

    /// Reads the directory; at most `maximumEntries` entries.
    init(_ file: FileBytes, maximumEntries: Int) {
        places = file.withBytes { bytes in
            let bytes = ZipBytes(bytes: bytes)
            guard let end = bytes.endRecord() else { return [:] }
            return bytes.places(from: end.directory, count: min(end.count, maximumEntries))
        }
    }
}

/// The bytes of an archive; reading beyond the end gives nil.
private struct ZipBytes {
    let bytes: UnsafeRawBufferPointer

    /// A number of two, four or eight bytes, lowest first.
    func number(_ width: Int, at offset: Int) -> Int? {
        guard offset >= 0, width <= bytes.count, offset <= bytes.count - width else { return nil }
        var value: UInt64 = 0
        for index in (0..<width).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
        return Int(exactly: value)
    }

    private func text(at offset: Int, count: Int) -> String? {
        guard offset >= 0, count <= bytes.count, offset <= bytes.count - count else { return nil }
        return String(decoding: bytes[offset..<offset + count], as: UTF8.self)
    }

    /// Where the directory starts and how many entries it has.
    func endRecord() -> (directory: Int, count: Int)? {
        // A comment of up to 65535 bytes may follow the record.
        let first = max(0, bytes.count - 22 - 0xFFFF)
        var position = bytes.count - 22
        while position >= first, number(4, at: position) != 0x0605_4B50 { position -= 1 }
        guard position >= first, let count = number(2, at: position + 10), let start = number(4, at: position + 16)
        else { return nil }
        guard count == 0xFFFF || start == 0xFFFF_FFFF else { return (start, count) }
        guard number(4, at: position - 20) == 0x0706_4B50, let large = number(8, at: position - 12),
            number(4, at: large) == 0x0606_4B50, let count = number(8, at: large + 32),
            let start = number(8, at: large + 48)
        else { return nil }
        return (start, count)
    }

    func places(from start: Int, count: Int) -> [String: ZipDirectory.Place] {
        var places: [String: ZipDirectory.Place] = [:]
        var position = start
        for _ in 0..<count {
            guard number(4, at: position) == 0x0201_4B50, let flags = number(2, at: position + 8),
                let method = number(2, at: position + 10), let checksum = number(4, at: position + 16),
                let nameLength = number(2, at: position + 28), let extraLength = number(2, at: position + 30),
                let commentLength = number(2, at: position + 32),
                let name = text(at: position + 46, count: nameLength)
            else { break }
            if method == 0, flags & 1 == 0, let range = range(of: name, header: position, nameLength, extraLength) {
                places[name] = ZipDirectory.Place(range: range, checksum: UInt32(truncatingIfNeeded: checksum))
            }
            position += 46 + nameLength + extraLength + commentLength
        }
        return places
    }

    /// The bytes of an entry that is not packed, from its header in the directory.
    private func range(of name: String, header: Int, _ nameLength: Int, _ extraLength: Int) -> Range<Int>? {
        guard var packed = number(4, at: header + 20), var size = number(4, at: header + 24),
            var local = number(4, at: header + 42)
        else { return nil }
        // Numbers that do not fit in four bytes stand in an extra field, in this order.
        var extra = wideNumbers(at: header + 46 + nameLength, count: extraLength)
        if size == 0xFFFF_FFFF, !extra.isEmpty { size = extra.removeFirst() }
        if packed == 0xFFFF_FFFF, !extra.isEmpty { packed = extra.removeFirst() }
        if local == 0xFFFF_FFFF, !extra.isEmpty { local = extra.removeFirst() }
        guard packed == size, number(4, at: local) == 0x0403_4B50, let localName = number(2, at: local + 26),
            let localExtra = number(2, at: local + 28), text(at: local + 30, count: localName) == name
        else { return nil }
        let start = local + 30 + localName + localExtra
        guard start <= bytes.count, size <= bytes.count - start else { return nil }
        return start..<start + size
    }

    /// The numbers of the extra field for archives beyond 4 GB.
    private func wideNumbers(at start: Int, count: Int) -> [Int] {
        var position = start
        while position + 4 <= start + count, let tag = number(2, at: position), let length = number(2, at: position + 2)
        {
            if tag == 1 {
                let end = min(position + 4 + length, start + count)
                return stride(from: position + 4, through: end - 8, by: 8).map { number(8, at: $0) ?? .max }
            }
            position += 4 + length
        }
        return []
    }
}
