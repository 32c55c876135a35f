public import JSON

/// An identifier of twelve bytes, written as 24 hexadecimal digits, in the layout of MongoDB's.
///
/// Four bytes of seconds since 1970, five random bytes chosen once per process, and a counter of three bytes; so
/// identifiers made later by one process sort later.
///
/// - Source: BSON ObjectID specification, version 0.2.
public struct ObjectID: Sendable, Hashable, Comparable {
    /// The first eight bytes, most significant first.
    private let high: UInt64
    /// The last four bytes, most significant first.
    private let low: UInt32

    /// Makes an identifier from its three parts; bits that do not fit are left out.
    public init(seconds: UInt32, random: UInt64, counter: UInt32) {
        high = UInt64(seconds) << 32 | (random >> 8) & 0xFFFF_FFFF
        low = UInt32(truncatingIfNeeded: random) << 24 | counter & 0xFF_FFFF
    }

    /// Reads exactly 24 hexadecimal digits of either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var high: UInt64 = 0
        var low: UInt32 = 0
        var count = 0
        for byte in text.utf8 {
            guard count < 24, let digit = Hexadecimal.value(of: byte) else { return nil }
            if count < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt32(digit) }
            count += 1
        }
        guard count == 24 else { return nil }
        self.high = high
        self.low = low
    }

    /// Takes the twelve bytes of an identifier; nil for another count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 12 else { return nil }
        high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// A new identifier, different from all others this process made.
    public static func next() -> ObjectID { ObjectIDGenerator.shared.next() }

    /// The twelve bytes.
    public var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
            + (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * $0)) }
    }

    /// When it was made, in whole seconds since 1970.
    public var seconds: UInt32 { UInt32(truncatingIfNeeded: high >> 32) }

    /// Orders identifiers as their bytes, and so by second.
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

extension ObjectID: CustomStringConvertible, JSONRepresentable {
    /// 24 hexadecimal digits in lower case.
    public var description: String { Hexadecimal.text(bytes) }

    public var json: JSONValue { .string(description) }
}
