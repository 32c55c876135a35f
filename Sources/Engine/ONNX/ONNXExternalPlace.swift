/// Where the values of a constant lie outside of the model file.
public struct ONNXExternalPlace: Sendable, Equatable {
    /// Name of the file.
    public private(set) var location = ""
    /// Where the values start in it, in bytes.
    public private(set) var offset = 0
    /// Their length in bytes; nil for all up to the end.
    public private(set) var length: Int?

    /// Takes over one of the pairs that describe the place; unknown ones, such as checksums, say nothing about it.
    mutating func set(_ pair: (key: String, value: String)) throws(ONNXError) {
        switch pair.key {
        case "location": location = pair.value
        case "offset": offset = try Self.number(pair.value)
        case "length": length = try Self.number(pair.value)
        default: break
        }
    }

    private static func number(_ text: String) throws(ONNXError) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw ONNXError("a constant has an offset or length that is no number")
        }
        return number
    }
}
