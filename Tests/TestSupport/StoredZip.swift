/// Writes zip archives byte by byte, honest ones and others.
///
/// Source: APPNOTE.TXT of PKWARE, sections 4.3.7, 4.3.12 and 4.3.16.
public struct StoredZip {
    /// One entry, stored without compression unless `method` and `packed` say otherwise.
    public struct Entry {
        /// The name as bytes, since hostile ones are no text.
        public var name: [UInt8]
        /// What the entry unpacks to.
        public var content: [UInt8]
        /// What lies in the archive; the content itself for stored entries.
        public var packed: [UInt8]?
        /// 0 for stored, 8 for deflated.
        public var method: UInt16 = 0
        /// Bit 0 says encrypted, bit 3 that the sizes follow the data.
        public var flags: UInt16 = 0
        /// Upper half: Unix mode, such as 0o120777 for a symbolic link.
        public var attributes: UInt32 = 0
        /// Length claimed in both headers instead of the true one.
        public var claimedSize: UInt32?
        /// Length in the archive claimed in both headers instead of the true one.
        public var claimedPackedSize: UInt32?
        /// Checksum claimed instead of the true one.
        public var claimedChecksum: UInt32?
        /// Extra field of both headers.
        public var extra: [UInt8] = []
        /// Name in the local header where it differs.
        public var localName: [UInt8]?
        /// Place of the local header where it differs: entries may so share their bytes.
        public var claimedOffset: UInt32?

        /// Makes an honest entry.
        public init(_ name: String, _ content: [UInt8]) {
            self.name = Array(name.utf8)
            self.content = content
        }
    }

    /// The entries in order.
    public var entries: [Entry]

    /// Makes an archive of entries.
    public init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// The bytes of the archive.
    ///
    /// - Parameter claimedCount: number of entries claimed at the end instead of the true one.
    public func bytes(claimedCount: UInt16? = nil) -> [UInt8] {
        var output = LittleEndian()
        var directory = LittleEndian()
        for entry in entries {
            let offset = UInt32(output.bytes.count)
            let packed = entry.packed ?? entry.content
            let common = common(entry, packed: packed)
            output.append(UInt32(0x0403_4B50))
            output.bytes += common
            output.append(UInt16((entry.localName ?? entry.name).count))
            output.append(UInt16(entry.extra.count))
            output.bytes += (entry.localName ?? entry.name) + entry.extra + packed
            directory.append(UInt32(0x0201_4B50))
            directory.append(UInt16(0x0314))
            directory.bytes += common
            directory.append(UInt16(entry.name.count))
            directory.append(UInt16(entry.extra.count))
            for _ in 0..<3 { directory.append(UInt16(0)) }
            directory.append(entry.attributes)
            directory.append(entry.claimedOffset ?? offset)
            directory.bytes += entry.name + entry.extra
        }
        let start = UInt32(output.bytes.count)
        output.bytes += directory.bytes
        output.append(UInt32(0x0605_4B50))
        output.append(UInt32(0))
        for _ in 0..<2 { output.append(claimedCount ?? UInt16(entries.count)) }
        output.append(UInt32(directory.bytes.count))
        output.append(start)
        output.append(UInt16(0))
        return output.bytes
    }

    /// The fields that both headers share, from the version needed to the two sizes.
    private func common(_ entry: Entry, packed: [UInt8]) -> [UInt8] {
        var fields = LittleEndian()
        fields.append(UInt16(20))
        fields.append(entry.flags)
        fields.append(entry.method)
        fields.append(UInt32(0x21_0000))
        fields.append(entry.claimedChecksum ?? Self.checksum(entry.content))
        fields.append(entry.claimedPackedSize ?? UInt32(packed.count))
        fields.append(entry.claimedSize ?? UInt32(entry.content.count))
        return fields.bytes
    }

    /// CRC-32 as in zip and gzip.
    public static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { checksum, byte in
            table[Int(UInt8(truncatingIfNeeded: checksum) ^ byte)] ^ checksum >> 8
        }
    }

    private static let table: [UInt32] = (0..<256).map { (byte: UInt32) in
        (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    private struct LittleEndian {
        var bytes: [UInt8] = []

        mutating func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
        }
    }
}
