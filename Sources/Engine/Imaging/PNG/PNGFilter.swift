/// Undoes the row filters of PNG (ISO/IEC 15948, clause 9) in place.
enum PNGFilter {
    /// Restores one row.
    ///
    /// - Parameters:
    ///   - type: the filter byte, 0...4.
    ///   - row: the filtered bytes; they become the samples.
    ///   - above: the restored row above, or nil at the top of the picture or pass; as long as `row`.
    ///   - step: bytes from a pixel to the next, at least 1: one of 1, 2, 3, 4, 6, 8.
    /// - Returns: whether the filter exists.
    static func restore(
        _ type: UInt8, _ row: UnsafeMutableBufferPointer<UInt8>, above: UnsafeMutableBufferPointer<UInt8>?, step: Int
    ) -> Bool {
        guard let bytes = row.baseAddress else { return type <= 4 }
        let count = row.count
        switch (type, above?.baseAddress) {
        case (0, _): return true
        case (1, _), (4, nil):
            // With nothing above, Paeth's choice is always the byte to the left.
            for index in min(step, count)..<count { bytes[index] &+= bytes[index - step] }
        case (2, let above?):
            for index in 0..<count { bytes[index] &+= above[index] }
        case (2, nil): return true
        case (3, let above):
            for index in 0..<count {
                let left = index >= step ? Int(bytes[index - step]) : 0
                bytes[index] &+= UInt8(truncatingIfNeeded: (left + Int(above?[index] ?? 0)) >> 1)
            }
        case (4, let above?): paeth(bytes, above, count, step)
        default: return false
        }
        return true
    }

    private static func paeth(
        _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafeMutablePointer<UInt8>, _ count: Int, _ step: Int
    ) {
        switch step {
        case 1: paeth(row, above, count, Pixel1.self)
        case 2: paeth(row, above, count, Pixel2.self)
        case 3: paeth(row, above, count, Pixel3.self)
        case 4: paeth(row, above, count, Pixel4.self)
        case 6: paeth(row, above, count, Pixel6.self)
        default: paeth(row, above, count, Pixel8.self)
        }
    }

    /// Paeth on whole pixels. When the pixel above equals the one above left, the choice is the pixel to the left
    /// for every channel, and the other way round: in drawings that is nearly always so.
    @inline(__always)
    private static func paeth<Pixel: PackedPixel>(
        _ row: UnsafeMutablePointer<UInt8>, _ above: UnsafeMutablePointer<UInt8>, _ count: Int, _: Pixel.Type
    ) {
        var left: UInt64 = 0
        var aboveLeft: UInt64 = 0
        var index = 0
        while index + Pixel.size <= count {
            let up = Pixel.load(above + index)
            let rest = Pixel.load(row + index)
            let choice: UInt64
            if up == aboveLeft {
                choice = left
            } else if left == aboveLeft {
                choice = up
            } else {
                choice = paeth(left, up, aboveLeft, size: Pixel.size)
            }
            // Byte-wise addition: the top bits are added apart so that no carry reaches the next byte.
            let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
            left = ((choice & low) &+ (rest & low)) ^ ((choice ^ rest) & ~low)
            Pixel.store(left, row + index)
            aboveLeft = up
            index += Pixel.size
        }
    }

    @inline(__always)
    private static func paeth(_ left: UInt64, _ up: UInt64, _ aboveLeft: UInt64, size: Int) -> UInt64 {
        var result: UInt64 = 0
        for byte in 0..<size {
            let shift = UInt64(byte &* 8)
            let (a, b, c) = (
                Int(left &>> shift & 255), Int(up &>> shift & 255), Int(aboveLeft &>> shift & 255)
            )
            let (toLeft, toUp) = (abs(b &- c), abs(a &- c))
            let toAboveLeft = abs(a &+ b &- c &- c)
            let choice = toLeft <= toUp && toLeft <= toAboveLeft ? a : toUp <= toAboveLeft ? b : c
            result |= UInt64(choice) &<< shift
        }
        return result
    }
}

/// The bytes of one pixel in one number.
private protocol PackedPixel {
    static var size: Int { get }
    static func load(_ bytes: UnsafeMutablePointer<UInt8>) -> UInt64
    static func store(_ value: UInt64, _ bytes: UnsafeMutablePointer<UInt8>)
}

private enum Pixel1: PackedPixel {
    static var size: Int { 1 }
    static func load(_ bytes: UnsafeMutablePointer<UInt8>) -> UInt64 { UInt64(bytes[0]) }
    static func store(_ value: UInt64, _ bytes: UnsafeMutablePointer<UInt8>) {
        bytes[0] = UInt8(truncatingIfNeeded: value)
    }
}

private enum Pixel2: PackedPixel {
    static var size: Int { 2 }
    static func load(_ bytes: UnsafeMutablePointer<UInt8>) -> UInt64 {
        UInt64(UnsafeRawPointer(bytes).loadUnaligned(as: UInt16.self))
    }
    static func store(_ value: UInt64, _ bytes: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(bytes).storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
    }
}

private enum Pixel3: PackedPixel {
    static var size: Int { 3 }
    static func load(_ bytes: UnsafeMutablePointer<UInt8>) -> UInt64 { Pixel2.load(bytes) | UInt64(bytes[2]) << 16 }
    static func store(_ value: UInt64, _ bytes: UnsafeMutablePointer<UInt8>) {
        Pixel2.store(value, bytes)
        bytes[2] = UInt8(truncatingIfNeeded: value >> 16)
    }
}

private enum Pixel4: PackedPixel {
    static var size: Int { 4 }
    static func load(_ bytes: UnsafeMutablePointer<UInt8>) -> UInt64 {
        UInt64(UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self))
    }
    static func store(_ value: UInt64, _ bytes: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(bytes).storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
    }
}

private enum Pixel6: PackedPixel {
    static var size: Int { 6 }
    static func load(_ bytes: UnsafeMutablePointer<UInt8>) -> UInt64 {
        Pixel4.load(bytes) | Pixel2.load(bytes + 4) << 32
    }
    static func store(_ value: UInt64, _ bytes: UnsafeMutablePointer<UInt8>) {
        Pixel4.store(value, bytes)
        Pixel2.store(value >> 32, bytes + 4)
    }
}

private enum Pixel8: PackedPixel {
    static var size: Int { 8 }
    static func load(_ bytes: UnsafeMutablePointer<UInt8>) -> UInt64 {
        UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
    }
    static func store(_ value: UInt64, _ bytes: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(bytes).storeBytes(of: value, as: UInt64.self)
    }
}
