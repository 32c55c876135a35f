/// Eight bytes looked at together: a data URL is one string of many thousand plain bytes.
///
/// - Source: the "has zero byte" test of Henry S. Warren, Hacker's Delight, 2nd edition, section 6-1.
struct ByteWord {
    private let bits: UInt64

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Takes the eight bytes from an offset on, which must be there.
    init(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) {
        bits = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// Whether a byte is not ASCII.
    var hasNonASCII: Bool { bits & Self.highs != 0 }

    /// Whether a byte is a quote, a backslash or a control character. It may say so of other bytes behind such a one,
    /// never without one.
    var needsAttentionInString: Bool {
        let quotes = Self.zeros(bits ^ Self.ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = Self.zeros(bits ^ Self.ones &* UInt64(UInt8(ascii: "\\")))
        let controls = (bits &- Self.ones &* 0x20) & ~bits & Self.highs
        return quotes | backslashes | controls != 0
    }

    private static func zeros(_ word: UInt64) -> UInt64 {
        (word &- ones) & ~word & highs
    }
}
