/// Reads the parts of a pickle one after another; every read is checked against the end.
struct PickleCursor {
    let file: FileBytes
    /// Where the next read starts, in bytes from the start of the file.
    private(set) var position: Int

    /// - Parameter position: at most the length of the file.
    init(_ file: FileBytes, at position: Int) throws(ModelFileError) {
        guard (0...file.count).contains(position) else { throw Self.cutOff }
        self.file = file
        self.position = position
    }

    static let cutOff = PickleReader.damaged("it is cut off")

    var remaining: Int { file.count - position }

    mutating func byte() throws(ModelFileError) -> UInt8 {
        guard position < file.count else { throw Self.cutOff }
        defer { position += 1 }
        return file.withBytes { $0[position] }
    }

    /// The next bytes as a little-endian number; at most eight.
    mutating func number(_ width: Int) throws(ModelFileError) -> UInt64 {
        guard width <= 8, width <= remaining else { throw Self.cutOff }
        var value: UInt64 = 0
        file.withBytes { bytes in
            for index in 0..<width { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        }
        position += width
        return value
    }

    /// The next bytes as a length, which must lie in the file.
    mutating func length(_ width: Int) throws(ModelFileError) -> Int {
        guard let length = Int(exactly: try number(width)), length <= remaining else {
            throw PickleReader.damaged("it states a length beyond its end")
        }
        return length
    }

    mutating func skip(_ count: Int) throws(ModelFileError) {
        guard count >= 0, count <= remaining else { throw Self.cutOff }
        position += count
    }

    /// The next bytes, copied.
    mutating func bytes(_ count: Int) throws(ModelFileError) -> [UInt8] {
        let start = position
        try skip(count)
        return file.withBytes { Array($0[start..<start + count]) }
    }

    /// The next bytes as text; what is no UTF-8, such as half a surrogate pair, is replaced.
    mutating func text(_ count: Int) throws(ModelFileError) -> String {
        let start = position
        try skip(count)
        return file.withBytes { String(decoding: $0[start..<start + count], as: UTF8.self) }
    }

    /// The bytes up to the end of the line, which is skipped.
    ///
    /// - Parameter limit: longer lines are refused.
    mutating func line(limit: Int) throws(ModelFileError) -> [UInt8] {
        let start = position
        let end = file.withBytes { bytes in
            bytes[start..<min(bytes.count, start + min(limit, bytes.count) + 1)].firstIndex(of: UInt8(ascii: "\n"))
        }
        guard let end else { throw PickleReader.damaged("a line of it does not end") }
        position = end + 1
        return file.withBytes { Array($0[start..<end]) }
    }
}
