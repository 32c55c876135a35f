import Testing

@testable import ModelFiles

/// Writes what a pickle holds in the notation of `Golden/make_pickles.py`.
enum PickleNotation {
    static func show(_ value: PickleValue) throws -> String {
        switch value {
        case .none: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .int(let value): return "\(value)"
        case .largeInt(let bytes): return decimal(bytes)
        case .float(let value): return show(value)
        case .string(let text): return "'\(text)'"
        case .bytes(let bytes): return "b" + hex(bytes)
        case .tuple(let elements): return "(" + (try show(elements)) + ")"
        case .list(let list): return "[" + (try show(list.elements)) + "]"
        case .set(let elements): return "<" + (try elements.map(show).sorted().joined(separator: ",")) + ">"
        case .dictionary(let dictionary): return try show(dictionary)
        case .global(let global): return "@\(global)"
        case .object(let object):
            let state = try object.state.map(show) ?? "-"
            let elements = try object.elements.map(show).joined()
            return "\(object.type):\(state)[\(elements)]\(try show(object.items))"
        case .array(let array): return try show(array)
        case .elementType(let type): return "type " + show(type)
        case .persistent(let persistent): return "persistent " + (try show(persistent.identifier))
        }
    }

    private static func show(_ values: [PickleValue]) throws -> String { try values.map(show).joined(separator: ",") }

    private static func show(_ dictionary: PickleDictionary) throws -> String {
        "{" + (try dictionary.pairs.map { try show($0.key) + ":" + show($0.value) }.joined(separator: ",")) + "}"
    }

    private static func show(_ type: NumPyType) -> String {
        "\(type.kind.rawValue)\(type.size)" + type.fields.map { ",\($0.name)@\($0.offset)=\(show($0.type))" }.joined()
    }

    private static func show(_ array: NumPyArray) throws -> String {
        let values: [String] =
            switch array.type.kind {
            case .bool, .int, .uint, .float: try array.doubles().map(show)
            case .bytes, .unicode: try array.texts().map { "'\($0)'" }
            case .object: try array.objects.map(show)
            case .record: [hex(array.rowMajorBytes())]
            case .complex: [hex(littleEndian(array))]
            }
        return "array\(array.shape) \(show(array.type)) [\(values.joined(separator: ","))]"
    }

    private static func littleEndian(_ array: NumPyArray) -> [UInt8] {
        let bytes = array.rowMajorBytes()
        guard array.type.isBigEndian else { return bytes }
        let half = array.type.size / 2
        return stride(from: 0, to: bytes.count, by: half).flatMap { bytes[$0..<$0 + half].reversed() }
    }

    private static func show(_ value: Double) -> String {
        "f" + hex((0..<8).reversed().map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) })
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    /// The decimal digits of a number in little-endian two's complement.
    private static func decimal(_ bytes: [UInt8]) -> String {
        let isNegative = (bytes.last ?? 0) >= 0x80
        var carry = 1
        var magnitude =
            !isNegative
            ? bytes
            : bytes.map { byte in
                carry += Int(~byte)
                defer { carry >>= 8 }
                return UInt8(carry & 0xFF)
            }
        var digits = ""
        while magnitude.contains(where: { $0 != 0 }) {
            var remainder = 0
            for index in magnitude.indices.reversed() {
                remainder = remainder << 8 | Int(magnitude[index])
                magnitude[index] = UInt8(remainder / 10)
                remainder %= 10
            }
            digits = "\(remainder)" + digits
        }
        return (isNegative ? "-" : "") + digits
    }
}
