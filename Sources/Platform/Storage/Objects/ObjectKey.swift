public import JSON

/// The name of an object: segments of `A-Z a-z 0-9 . _ -` with `/` between them.
///
/// No segment is empty or begins with a dot, so a key never leads out of its store, whatever holds it.
public struct ObjectKey: Sendable, Hashable {
    /// Longest key in bytes.
    public static let maximumLength = 512
    /// Longest segment in bytes.
    public static let maximumSegmentLength = 200

    /// The whole key.
    public let text: String

    /// Checks a key.
    ///
    /// - Throws: `StorageError.invalidValue` with the rule that is broken.
    public init(_ text: String) throws(StorageError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw .invalidValue(
                message: "An object key may have \(Self.maximumLength) bytes; this one has \(text.utf8.count).")
        }
        for segment in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard !segment.isEmpty, segment.first != UInt8(ascii: ".") else {
                throw .invalidValue(message: "A segment of an object key must not be empty or begin with a dot.")
            }
            guard segment.count <= Self.maximumSegmentLength else {
                throw .invalidValue(
                    message: "A segment of an object key may have \(Self.maximumSegmentLength) bytes; "
                        + "one has \(segment.count).")
            }
            guard segment.allSatisfy(Self.mayHold) else {
                throw .invalidValue(message: "An object key may hold only A-Z, a-z, 0-9, '.', '_', '-' and '/'.")
            }
        }
        self.text = text
    }

    /// The key of content that is stored under its own hash: `folder/ab/ab12…`.
    public init(folder: String, hash: ContentHash) throws(StorageError) {
        let digits = hash.description
        try self.init("\(folder)/\(digits.prefix(2))/\(digits)")
    }

    /// The parts between the slashes; at least one.
    var segments: [String] { text.split(separator: "/").map(String.init) }

    static func mayHold(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension ObjectKey: Comparable, CustomStringConvertible, JSONRepresentable {
    public var description: String { text }

    public var json: JSONValue { .string(text) }

    /// The order of the bytes, in which stores list their objects.
    public static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
}

/// Stored as its text.
extension ObjectKey: SQLValueConvertible {
    public var sqlValue: SQLValue { .text(text) }
    public init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue, let key = try? ObjectKey(value) else { return nil }
        self = key
    }
}
