/// The type of the elements of an array or attribute, as far as models use it.
enum HDF5Datatype {
    /// IEEE floats of 2, 4 or 8 bytes.
    case float(width: Int, isBigEndian: Bool)
    /// The upper half of 32-bit floats.
    case brainFloat
    /// Texts of a fixed number of bytes.
    case text(width: Int)
    /// Texts of any length in a heap.
    case variableText
    /// Anything else.
    case other

    /// Bytes of an element in the file; nil for types that are not read.
    var width: Int? {
        switch self {
        case .float(let width, _), .text(let width): width
        case .brainFloat: 2
        case .variableText: 16
        case .other: nil
        }
    }

    /// Reads a datatype message.
    init(_ message: HDF5Cursor) throws(ModelFileError) {
        var message = message
        let head = try message.byte()
        let flags = try message.small(3)
        let size = try message.small(4)
        switch head & 15 {
        case 1:
            try message.skip(4)
            let layout = try message.bytes(4).map(Int.init) + [try message.small(4)]
            let isBigEndian = flags & 1 != 0
            switch (size, layout) {
            case (2, [10, 5, 0, 10, 15]), (4, [23, 8, 0, 23, 127]), (8, [52, 11, 0, 52, 1023]):
                self = flags & 0x40 == 0 ? .float(width: size, isBigEndian: isBigEndian) : .other
            case (2, [7, 8, 0, 7, 127]): self = isBigEndian ? .other : .brainFloat
            default: self = .other
            }
        case 3: self = size > 0 ? .text(width: size) : .other
        case 9: self = flags & 15 == 1 && size == 16 ? .variableText : .other
        default: self = .other
        }
    }
}

/// The shape of an array or attribute.
struct HDF5Dataspace {
    /// Lengths; empty for a single element.
    let shape: [Int]
    /// Product of the lengths, 0 for an empty one.
    let count: Int

    /// Reads a dataspace message.
    ///
    /// - Throws: `ModelFileError` for shapes whose product is beyond any file.
    init(_ message: HDF5Cursor) throws(ModelFileError) {
        var message = message
        let version = try message.byte()
        let rank = try message.small(1)
        guard (1...2).contains(version), rank <= 8 else { throw HDF5File.damaged("has a shape that makes no sense") }
        try message.skip(1)
        let isNull = try message.byte() == 2 && version == 2
        if version == 1 { try message.skip(4) }
        var shape: [Int] = []
        var count = isNull ? 0 : 1
        for _ in 0..<rank {
            let length = try message.length()
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard !overflow, product <= 1 << 48 else { throw HDF5File.damaged("has a shape that makes no sense") }
            count = product
            shape.append(length)
        }
        self.shape = shape
        self.count = count
    }
}
