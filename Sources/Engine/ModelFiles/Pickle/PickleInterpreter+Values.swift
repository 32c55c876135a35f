/// Numbers, text and bytes.
extension PickleInterpreter {
    /// Bytes of the longest whole number; Python's random generators have some of 16.
    private static let maximumIntBytes = 4096
    /// Bytes of the longest line of text, an array of protocol 0.
    private static let maximumLine = 1 << 30

    /// Follows an instruction that pushes a value of its own.
    ///
    /// - Returns: whether it is one.
    mutating func pushValue(_ opcode: PickleOpcode) throws(ModelFileError) -> Bool {
        switch opcode {
        case .none: try push(.none)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .binaryInt: try push(.int(Int(Int32(truncatingIfNeeded: try cursor.number(4)))))
        case .binaryInt1: try push(.int(Int(try cursor.byte())))
        case .binaryInt2: try push(.int(Int(try cursor.number(2))))
        case .long1: try push(try long(Int(try cursor.byte())))
        case .long4: try push(try long(try cursor.length(4)))
        case .intText, .longText: try push(try intText())
        case .floatText: try push(try floatText())
        case .binaryFloat: try push(.float(Double(bitPattern: try cursor.number(8).byteSwapped)))
        default: return try pushText(opcode)
        }
        return true
    }

    private mutating func pushText(_ opcode: PickleOpcode) throws(ModelFileError) -> Bool {
        switch opcode {
        case .shortBinaryUnicode: try pushText(length: try cursor.length(1))
        case .binaryUnicode: try pushText(length: try cursor.length(4))
        case .binaryUnicode8: try pushText(length: try cursor.length(8))
        case .shortBinaryBytes: try pushBytes(length: try cursor.length(1))
        case .binaryBytes: try pushBytes(length: try cursor.length(4))
        case .binaryBytes8, .byteArray8: try pushBytes(length: try cursor.length(8))
        case .shortBinaryString: try push(oldString: try cursor.bytes(try cursor.length(1)))
        case .binaryString: try push(oldString: try cursor.bytes(try cursor.length(4)))
        case .stringText:
            let line = try cursor.line(limit: Self.maximumLine)
            try push(oldString: try PickleEscapes.unquoted(line))
        case .unicodeText:
            let text = try PickleEscapes.text(try cursor.line(limit: Self.maximumLine))
            try memory.take(32 + text.utf8.count)
            try push(.string(text))
        case .nextBuffer, .readOnlyBuffer:
            throw ModelFileError(.unsupported, "the pickle keeps the data of its arrays in another file")
        default: return false
        }
        return true
    }

    private mutating func pushText(length: Int) throws(ModelFileError) {
        try memory.take(32 + length)
        try push(.string(try cursor.text(length)))
    }

    private mutating func pushBytes(length: Int) throws(ModelFileError) {
        try memory.take(32 + length)
        try push(.bytes(try cursor.bytes(length)))
    }

    /// A string of Python 2, which is text or bytes: text where it is ASCII.
    private mutating func push(oldString bytes: [UInt8]) throws(ModelFileError) {
        try memory.take(32 + 2 * bytes.count)
        let isASCII = bytes.allSatisfy { $0 < 0x80 }
        try push(isASCII ? .string(String(decoding: bytes, as: UTF8.self)) : .bytes(bytes))
    }

    // MARK: Numbers

    private mutating func long(_ count: Int) throws(ModelFileError) -> PickleValue {
        guard count <= Self.maximumIntBytes else { throw Self.intTooLong }
        return Self.int(try cursor.bytes(count))
    }

    private static let intTooLong = ModelFileError(
        .refused, "the pickle holds a whole number of more than \(maximumIntBytes) bytes, which is refused")

    /// The value of a number in little-endian two's complement.
    static func int(_ bytes: [UInt8]) -> PickleValue {
        let fill: UInt8 = bytes.last.map { $0 >= 0x80 } == true ? 0xFF : 0
        var significant = bytes
        while let last = significant.last, last == fill, significant.count > 8 { significant.removeLast() }
        let signFits = significant.count < 8 || (significant.last.map { $0 >= 0x80 } ?? false) == (fill == 0xFF)
        guard significant.count <= 8, signFits else {
            if !signFits { significant.append(fill) }
            return .largeInt(significant)
        }
        var value: UInt64 = fill == 0xFF ? .max : 0
        for byte in significant.reversed() { value = value << 8 | UInt64(byte) }
        return .int(Int(Int64(bitPattern: value)))
    }

    private mutating func intText() throws(ModelFileError) -> PickleValue {
        var line = try cursor.line(limit: 2 * Self.maximumIntBytes)
        if line == Array("01".utf8) { return .bool(true) }
        if line == Array("00".utf8) { return .bool(false) }
        if line.last == UInt8(ascii: "L") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        if let value = Int(text) { return .int(value) }
        let isNegative = text.hasPrefix("-")
        let digits = line.dropFirst(isNegative ? 1 : 0)
        guard !digits.isEmpty, digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            throw PickleReader.damaged("\(PickleReader.quoted(text)) is no whole number")
        }
        // Magnitude, little-endian, with room for the sign.
        var bytes: [UInt8] = []
        for digit in digits {
            var carry = Int(digit - UInt8(ascii: "0"))
            for index in bytes.indices {
                carry += 10 * Int(bytes[index])
                bytes[index] = UInt8(truncatingIfNeeded: carry)
                carry >>= 8
            }
            if carry > 0 { bytes.append(UInt8(truncatingIfNeeded: carry)) }
        }
        bytes.append(0)
        guard isNegative else { return Self.int(bytes) }
        var carry = 1
        for index in bytes.indices {
            carry += Int(~bytes[index])
            bytes[index] = UInt8(truncatingIfNeeded: carry)
            carry >>= 8
        }
        return Self.int(bytes)
    }

    private mutating func floatText() throws(ModelFileError) -> PickleValue {
        let text = String(decoding: try cursor.line(limit: 400), as: UTF8.self)
        guard let value = Double(text) else {
            throw PickleReader.damaged("\(PickleReader.quoted(text)) is no number")
        }
        return .float(value)
    }
}
