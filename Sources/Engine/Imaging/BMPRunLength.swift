/// Unpacks the run-length coding of BMP, of bytes or of pairs of four bits.
struct BMPRunLength {
    let bytes: [UInt8]
    var offset: Int
    let isNibbles: Bool
    let width: Int
    /// Pixels of the picture.
    let count: Int
    private var output: [UInt8] = []

    init(bytes: [UInt8], offset: Int, isNibbles: Bool, width: Int, count: Int) {
        self.bytes = bytes
        self.offset = offset
        self.isNibbles = isNibbles
        self.width = width
        self.count = count
    }

    /// The index of every pixel, or nil when the data ends before the picture does.
    ///
    /// The output grows with the data that is really there, at most 65,536 pixels for four bytes (a skip).
    mutating func unpack() -> [UInt8]? {
        var x = 0
        while output.count < count, let length = bytes.byte(at: offset), let value = bytes.byte(at: offset + 1) {
            offset += 2
            if length > 0 {
                let visible = max(0, min(Int(length), width - x))
                append(run: value, visible)
                x += visible
                continue
            }
            switch value {
            case 0:  // end of the row
                let partial = output.count % width
                if partial > 0 { skip(width - partial) }
                x = 0
            case 1:  // end of the picture
                return output.count >= count ? output : nil
            case 2:  // a move right and up
                guard let right = bytes.byte(at: offset), let up = bytes.byte(at: offset + 1) else { return nil }
                offset += 2
                skip(Int(right) + Int(up) * width)
                x = output.count % width
            default:
                guard appendLiteral(Int(value)) else { return nil }
                x += Int(value)
            }
        }
        return output.count >= count ? output : nil
    }

    private mutating func append(run value: UInt8, _ length: Int) {
        let length = min(length, count - output.count)
        guard isNibbles else {
            output.append(contentsOf: repeatElement(value, count: length))
            return
        }
        for index in 0..<length { output.append(index % 2 == 0 ? value >> 4 : value & 15) }
    }

    private mutating func appendLiteral(_ length: Int) -> Bool {
        let byteCount = isNibbles ? (length + 1) / 2 : length
        for index in 0..<min(length, count - output.count) {
            guard let byte = bytes.byte(at: offset + (isNibbles ? index / 2 : index)) else { return false }
            output.append(isNibbles ? (index % 2 == 0 ? byte >> 4 : byte & 15) : byte)
        }
        // Literals are padded to an even place in the file.
        offset += byteCount
        offset += offset & 1
        return true
    }

    private mutating func skip(_ length: Int) {
        output.append(contentsOf: repeatElement(0, count: min(length, count - output.count)))
    }
}
