@testable import ModelFiles

/// Writes pickles instruction by instruction, to harm or to be odd.
struct PickleAssembler {
    private(set) var bytes: [UInt8] = []

    init(_ parts: [UInt8]...) { bytes = parts.flatMap { $0 } }

    /// A pickle that ends here.
    var finished: [UInt8] { bytes + Self.op(.stop) }

    static func op(_ opcodes: PickleOpcode...) -> [UInt8] { opcodes.map(\.rawValue) }

    /// A number in little-endian bytes.
    static func number(_ value: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    static func global(_ module: String, _ name: String) -> [UInt8] { op(.global) + Array("\(module)\n\(name)\n".utf8) }

    static func stackGlobal(_ module: String, _ name: String) -> [UInt8] {
        text(module) + text(name) + op(.stackGlobal)
    }

    static func text(_ text: String) -> [UInt8] {
        op(.binaryUnicode) + number(UInt64(text.utf8.count), 4) + Array(text.utf8)
    }

    static func bytes(_ bytes: [UInt8]) -> [UInt8] { op(.binaryBytes) + number(UInt64(bytes.count), 4) + bytes }

    static func int(_ value: Int32) -> [UInt8] { op(.binaryInt) + number(UInt64(UInt32(bitPattern: value)), 4) }

    static func tuple(_ elements: [UInt8]...) -> [UInt8] { op(.mark) + elements.flatMap { $0 } + op(.tuple) }

    static func call(_ function: [UInt8], _ arguments: [UInt8]...) -> [UInt8] {
        function + op(.mark) + arguments.flatMap { $0 } + op(.tuple, .reduce)
    }

    static func instance(_ type: [UInt8], _ arguments: [UInt8]...) -> [UInt8] {
        type + op(.mark) + arguments.flatMap { $0 } + op(.tuple, .newObject)
    }

    static func put(_ key: UInt8) -> [UInt8] { op(.put) + [key] }

    static func get(_ key: UInt8) -> [UInt8] { op(.get) + [key] }

    /// Keys and values, which alternate.
    static func dictionary(_ items: [UInt8]...) -> [UInt8] {
        op(.emptyDictionary, .mark) + items.flatMap { $0 } + op(.setItems)
    }
}
