/// Reading numbers from data of unknown honesty: nil where the data ends first.
extension [UInt8] {
    func byte(at offset: Int) -> UInt8? {
        indices.contains(offset) ? self[offset] : nil
    }

    func big16(at offset: Int) -> Int? { number(at: offset, length: 2, bigEndian: true) }
    func big32(at offset: Int) -> Int? { number(at: offset, length: 4, bigEndian: true) }
    func little16(at offset: Int) -> Int? { number(at: offset, length: 2, bigEndian: false) }
    func little24(at offset: Int) -> Int? { number(at: offset, length: 3, bigEndian: false) }
    func little32(at offset: Int) -> Int? { number(at: offset, length: 4, bigEndian: false) }

    func number(at offset: Int, length: Int, bigEndian: Bool) -> Int? {
        guard offset >= 0, offset <= count - length else { return nil }
        let part = self[offset..<offset + length]
        let bytes = bigEndian ? Array(part) : part.reversed()
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    /// Whether these bytes stand at an offset.
    func holds(_ text: StaticString, at offset: Int) -> Bool {
        guard offset >= 0, offset <= count - text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { self[offset..<offset + $0.count].elementsEqual($0) }
    }
}

/// The product of sizes that came from outside, or nil when it does not fit.
func checkedProduct(_ factors: Int...) -> Int? {
    var product = 1
    for factor in factors {
        let (next, overflow) = product.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        product = next
    }
    return product
}
