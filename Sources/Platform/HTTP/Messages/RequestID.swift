internal import Synchronization

/// Names one request in answers and logs.
public struct RequestID: Sendable, Hashable, CustomStringConvertible {
    /// The text; 15 characters when made here.
    public let text: String

    public var description: String { text }

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let process = UInt64.random(in: 0..<1 << 30)
    private static let counter = Atomic<UInt64>(0)

    /// A new identifier: 30 random bits of the process and a counter of 45 bits, in base 32.
    ///
    /// Fifteen bytes fit into a Swift string without an allocation.
    public init() {
        let count = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue
        text = String(unsafeUninitializedCapacity: 15) { buffer in
            for index in 0..<6 { buffer[index] = Self.alphabet[Int(Self.process >> UInt64(25 - 5 * index) & 31)] }
            for index in 0..<9 { buffer[6 + index] = Self.alphabet[Int(count >> UInt64(40 - 5 * index) & 31)] }
            return 15
        }
    }

    /// An identifier that a client sent, where it is sane: 1 to 64 letters, digits, `-`, `_` and `.`.
    public init?(received text: String) {
        guard (1...64).contains(text.utf8.count) else { return nil }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                continue
            default: return nil
            }
        }
        self.text = text
    }
}
