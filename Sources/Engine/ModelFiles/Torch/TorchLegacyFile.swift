/// The file that PyTorch wrote before version 1.6 (and still does when asked to): pickles one after the other, then
/// the bytes of the storages.
///
/// - Source: `torch/serialization.py`, `_legacy_save` and `_legacy_load`.
struct TorchLegacyFile {
    /// What the file holds.
    let root: PickleValue
    /// The storages, read in place.
    let storages: TorchStorageTable

    /// The number that starts such a file, 0x1950a86a20f9469cfc6c, as pickles write it: length and bytes.
    private static let magic: [UInt8] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]

    /// Whether a file is one, by its first bytes.
    static func isOne(_ file: FileBytes) -> Bool {
        let start = file.prefix(32)
        guard start.count >= 2, start[0] == 0x80 else { return false }
        // Since protocol 4 pickles have frames, of nine bytes before their content.
        return start.dropFirst(2).starts(with: magic) || start.dropFirst(11).starts(with: magic)
    }

    init(_ file: FileBytes, limits: ModelFileLimits) throws(ModelFileError) {
        var position = try PickleReader.read(file, from: 0).end
        let version = try PickleReader.read(file, from: position)
        guard case .int(1001) = version.value else {
            throw ModelFileError(.unsupported, "the PyTorch file has a version that is not known")
        }
        position = try PickleReader.read(file, from: version.end).end
        let content = try PickleReader.read(file, from: position)
        let keys = try PickleReader.read(file, from: content.end)
        root = content.value
        guard case .list(let list) = keys.value else { throw Self.damaged("does not list its storages") }
        let references = try TorchValueWalk(root, limit: 1024 + 16 * file.count).storages
        storages = try Self.storages(
            list.elements, in: file, from: keys.end, widths: try Self.widths(of: references))
    }

    /// Bytes of an element by the key of the storage, which only the references tell.
    private static func widths(of references: [PicklePersistent]) throws(ModelFileError) -> [String: Int] {
        var widths: [String: Int] = [:]
        for persistent in references {
            let storage = try TorchStorageReference(.persistent(persistent))
            let width = storage.type?.width ?? 1
            guard widths.updateValue(width, forKey: storage.key) ?? width == width else {
                throw damaged("uses storage '\(storage.key)' with several types")
            }
        }
        return widths
    }

    /// Finds the storages, which follow each other: the number of elements, then the elements.
    private static func storages(
        _ keys: [PickleValue], in file: FileBytes, from start: Int, widths: [String: Int]
    ) throws(ModelFileError) -> TorchStorageTable {
        var storages: [String: TorchStorage] = [:]
        var position = start
        for key in keys {
            guard case .string(let key) = key, let width = widths[key] else {
                throw damaged("lists a storage that nothing uses")
            }
            guard position <= file.count - 8 else { throw damaged("is cut off") }
            let count = file.withBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt64.self) }
            position += 8
            guard let count = Int(exactly: UInt64(littleEndian: count)), count <= (file.count - position) / width else {
                throw damaged("is cut off, or states more elements of storage '\(key)' than it holds")
            }
            storages[key] = TorchStorage(bytes: file, range: position..<position + count * width)
            position += count * width
        }
        return TorchStorageTable(storages: storages)
    }

    static func damaged(_ what: String) -> ModelFileError {
        ModelFileError(.damaged, "the PyTorch file \(what)")
    }
}
