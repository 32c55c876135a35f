/// Reads numbers and bytes from a part of an HDF5 file, never beyond its end.
struct HDF5Cursor {
    private let file: FileBytes
    private(set) var position: Int
    let end: Int

    /// A part of a file.
    ///
    /// - Throws: `ModelFileError` where the file ends before the part does.
    init(_ file: FileBytes, at address: HDF5Address, count: Int? = nil) throws(ModelFileError) {
        guard let offset = address.offset, offset <= file.count else { throw HDF5File.damaged("points beyond its end") }
        let length = count ?? file.count - offset
        guard length >= 0, length <= file.count - offset else { throw HDF5File.damaged("is cut off") }
        self.file = file
        position = offset
        end = offset + length
    }

    var remaining: Int { end - position }

    /// The next `width` bytes as a number, lowest byte first.
    mutating func number(_ width: Int) throws(ModelFileError) -> UInt64 {
        guard width <= remaining else { throw HDF5File.damaged("ends in the middle of a number") }
        var value: UInt64 = 0
        file.withBytes { bytes in
            for index in 0..<width { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        }
        position += width
        return value
    }

    mutating func byte() throws(ModelFileError) -> UInt8 { UInt8(try number(1)) }

    /// The next number, of up to four bytes, as a size.
    mutating func small(_ width: Int) throws(ModelFileError) -> Int {
        precondition(width <= 4, "a number of more bytes may not fit")
        return Int(try number(width))
    }

    /// The next eight bytes as a length.
    mutating func length() throws(ModelFileError) -> Int {
        guard let length = Int(exactly: try number(8)), length <= 1 << 48 else {
            throw HDF5File.damaged("states an impossible length")
        }
        return length
    }

    mutating func address() throws(ModelFileError) -> HDF5Address { HDF5Address(value: try number(8)) }

    mutating func skip(_ count: Int) throws(ModelFileError) {
        guard count >= 0, count <= remaining else { throw HDF5File.damaged("is cut off") }
        position += count
    }

    /// Moves on to a multiple of eight bytes from a start, or to the end.
    mutating func align(from start: Int) {
        position = min(end, start + (position - start + 7) / 8 * 8)
    }

    /// The next bytes, as a part of their own.
    mutating func part(_ count: Int) throws(ModelFileError) -> HDF5Cursor {
        let part = try HDF5Cursor(file, at: HDF5Address(value: UInt64(position)), count: count)
        try skip(count)
        return part
    }

    /// The next bytes, copied.
    mutating func bytes(_ count: Int) throws(ModelFileError) -> [UInt8] {
        let start = position
        try skip(count)
        return file.withBytes { Array($0[start..<start + count]) }
    }

    /// Lends the next bytes.
    mutating func withBytes<Result>(_ count: Int, _ body: (UnsafeRawBufferPointer) -> Result) throws(ModelFileError)
        -> Result
    {
        let start = position
        try skip(count)
        return file.withBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    }

    /// Checks the four letters that start a structure.
    mutating func expect(_ signature: StaticString) throws(ModelFileError) {
        let found = try bytes(signature.utf8CodeUnitCount)
        let isEqual = signature.withUTF8Buffer { $0.elementsEqual(found) }
        guard isEqual else { throw HDF5File.damaged("has no \(signature) where one should be") }
    }

    /// The bytes up to the next zero, or to the end.
    mutating func text() throws(ModelFileError) -> String {
        let start = position
        let bytes = file.withBytes { Array($0[start..<end].prefix { $0 != 0 }) }
        position = min(end, start + bytes.count + 1)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A place in an HDF5 file.
struct HDF5Address: Hashable {
    let value: UInt64

    /// Bytes from the start of the file; nil for the address that stands for "nowhere".
    var offset: Int? { value == .max ? nil : Int(exactly: value) }
}
