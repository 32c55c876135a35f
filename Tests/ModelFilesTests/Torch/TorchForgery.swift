@testable import ModelFiles

/// Writes PyTorch files by hand, true ones and lies.
enum TorchForgery {
    typealias Pickle = PickleAssembler

    static func int(_ value: Int) -> [UInt8] {
        Pickle.op(.long1) + [8] + Pickle.number(UInt64(bitPattern: Int64(value)), 8)
    }

    static func ints(_ values: [Int]) -> [UInt8] {
        Pickle.op(.mark) + values.flatMap(int) + Pickle.op(.tuple)
    }

    /// A storage of floats.
    static func storage(_ key: String = "0", type: String = "FloatStorage", count: Int, view: [UInt8] = []) -> [UInt8] {
        Pickle.tuple(
            Pickle.text("storage"), Pickle.global("torch", type), Pickle.text(key), Pickle.text("cuda:0"), int(count),
            view) + Pickle.op(.persistent)
    }

    /// A tensor of the storage.
    static func tensor(
        _ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int], function: String = "_rebuild_tensor_v2"
    ) -> [UInt8] {
        Pickle.call(
            Pickle.global("torch._utils", function), storage, int(offset), ints(shape), ints(strides),
            Pickle.op(.newFalse), Pickle.op(.emptyDictionary))
    }

    /// The pickle of a state dictionary.
    static func state(_ items: [(name: String, value: [UInt8])]) -> [UInt8] {
        let content = items.flatMap { Pickle.text($0.name) + $0.value }
        return [0x80, 2] + Pickle.op(.emptyDictionary, .mark) + content + Pickle.op(.setItems, .stop)
    }

    /// An archive as PyTorch writes it, nothing packed.
    static func archive(
        _ pickle: [UInt8], storages: [(key: String, bytes: [UInt8])] = [], others: [(name: String, bytes: [UInt8])] = []
    ) -> [UInt8] {
        zip([("model/data.pkl", pickle)] + storages.map { ("model/data/\($0.key)", $0.bytes) } + others)
    }

    /// A file of the older container; the storages follow as they are given, number and bytes.
    static func legacy(_ pickle: [UInt8], keys: [String], storages: [UInt8]) -> [UInt8] {
        let magic: [UInt8] = [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
        let version = [0x80, 2] + int(1001) + Pickle.op(.stop)
        let system = [0x80, 2] + Pickle.op(.emptyDictionary, .stop)
        let list = [0x80, 2] + Pickle.op(.emptyList, .mark) + keys.flatMap(Pickle.text) + Pickle.op(.appends, .stop)
        return magic + version + system + pickle + list + storages
    }

    /// A zip archive of entries that are not packed.
    static func zip(_ entries: [(name: String, bytes: [UInt8])]) -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in entries {
            let common =
                number(10, 2) + number(0, 2) + number(0, 2) + number(0, 2) + number(0x21, 2)
                + number(Int(checksum(bytes)), 4) + number(bytes.count, 4) + number(bytes.count, 4)
                + number(name.utf8.count, 2) + number(0, 2)
            directory += number(0x0201_4B50, 4) + number(20, 2) + common + number(0, 2) + number(0, 2) + number(0, 2)
            directory += number(0, 4) + number(file.count, 4) + Array(name.utf8)
            file += number(0x0403_4B50, 4) + common + Array(name.utf8) + bytes
        }
        let end =
            number(0x0605_4B50, 4) + number(0, 4) + number(entries.count, 2) + number(entries.count, 2)
            + number(directory.count, 4) + number(file.count, 4) + number(0, 2)
        return file + directory + end
    }

    static func number(_ value: Int, _ width: Int) -> [UInt8] { Pickle.number(UInt64(value), width) }

    /// CRC-32, bit by bit.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var rest: UInt32 = .max
        for byte in bytes {
            rest ^= UInt32(byte)
            for _ in 0..<8 { rest = rest & 1 == 1 ? rest >> 1 ^ 0xEDB8_8320 : rest >> 1 }
        }
        return ~rest
    }
}
