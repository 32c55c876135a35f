import CDeflate

/// The archive that PyTorch writes since version 1.6, and TorchScript before: `data.pkl` and the storages, in a
/// folder of any name.
struct TorchArchive {
    private let entries: Entries
    private let limits: ModelFileLimits
    /// The folder, with a slash at its end; empty where there is none.
    private let folder: String
    private let isBigEndian: Bool

    /// Whether the names of an archive's entries are PyTorch's.
    static func isOne(_ names: [String]) -> Bool {
        names.contains { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") } || isExportedProgram(names)
            || isOldScript(names)
    }

    init(_ file: FileBytes, limits: ModelFileLimits) throws(ModelFileError) {
        self.limits = limits
        entries = try Entries(file, limits: limits)
        let names = Array(entries.archive.names)
        if Self.isExportedProgram(names) {
            throw ModelFileError(
                .unsupported,
                "this is a program of torch.export, which is not read; save the weights by torch.save(model.state_dict(), …) "
                    + "or export the model to ONNX by torch.onnx.export")
        }
        if Self.isOldScript(names) {
            throw ModelFileError(
                .unsupported,
                "this is a TorchScript archive of PyTorch 1.0 or 1.1, which is not read; load and save it with a newer PyTorch"
            )
        }
        let pickles = names.filter { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }
        let depth = { (name: String) in name.split(separator: "/").count }
        guard let least = pickles.map(depth).min(), case let outer = pickles.filter({ depth($0) == least }),
            outer.count == 1
        else { throw ModelFileError(.damaged, "the archive does not have one data.pkl, as those of PyTorch do") }
        folder = String(outer[0].dropLast("data.pkl".count))
        let order = try entries.content(folder + "byteorder", maximumBytes: 64)?.array()
        isBigEndian = order.map { String(decoding: $0, as: UTF8.self).hasPrefix("big") } ?? false
        hasByteOrder = order != nil
    }

    /// Whether the archive states its order of bytes, as since PyTorch 2.1.
    let hasByteOrder: Bool

    /// Whether this is a TorchScript archive: one with code, which is not read.
    var isScript: Bool {
        entries.archive.names.contains { $0.hasPrefix(folder + "code/") || $0 == folder + "constants.pkl" }
    }

    /// The pickle that tells what the file holds.
    func pickle() throws(ModelFileError) -> FileBytes {
        guard let pickle = try entries.content(folder + "data.pkl", maximumBytes: limits.maximumConfigBytes) else {
            throw ModelFileError(.damaged, "the archive has no data.pkl")
        }
        return pickle
    }

    /// The storages, each read in place or unpacked once.
    func storages() throws(ModelFileError) -> some TorchStorages {
        var storages: [String: TorchStorage] = [:]
        let prefix = folder + "data/"
        var inPlace = 0
        var unpacked = 0
        // PyTorch packs nothing; archives that were packed again shrink little, since weights are noise.
        let most = min(limits.maximumBytes, (32 << 20) + 20 * min(entries.file.count, limits.maximumBytes))
        for name in entries.archive.names where name.hasPrefix(prefix) && name.utf8.count > prefix.utf8.count {
            let key = String(name.dropFirst(prefix.count))
            if let place = entries.directory.places[name] {
                inPlace += place.range.count
                guard inPlace <= entries.file.count else {
                    throw ModelFileError(.damaged, "the archive has entries that lie over each other")
                }
                guard entries.isIntact(place) else {
                    throw ModelFileError(.damaged, "the values in '\(name)' of the archive do not match their checksum")
                }
                storages[key] = TorchStorage(bytes: entries.file, range: place.range, isBigEndian: isBigEndian)
            } else if let content = try entries.archive.entry(name, maximumBytes: most - unpacked) {
                unpacked += content.count
                storages[key] = TorchStorage(bytes: content, range: 0..<content.count, isBigEndian: isBigEndian)
            }
        }
        return TorchStorageTable(storages: storages)
    }

    private static func isExportedProgram(_ names: [String]) -> Bool {
        names.contains { name in
            name.hasSuffix("serialized_exported_program.json") || name.hasSuffix("/models/model.json")
                || name.hasSuffix("archive_format")
        }
    }

    private static func isOldScript(_ names: [String]) -> Bool {
        names.contains { $0.hasSuffix("/model.json") } && names.contains { $0.contains("/tensors/") }
    }
}

/// Storages that have been found already.
struct TorchStorageTable: TorchStorages {
    let storages: [String: TorchStorage]

    func storage(_ key: String) -> TorchStorage? { storages[key] }
}

/// The entries of an archive, read in place where they are not packed.
extension TorchArchive {
    fileprivate struct Entries {
        let file: FileBytes
        let archive: ZipArchive
        let directory: ZipDirectory

        init(_ file: FileBytes, limits: ModelFileLimits) throws(ModelFileError) {
            self.file = file
            archive = try ZipArchive(file, limits: limits)
            directory = ZipDirectory(file, maximumEntries: limits.maximumEntries)
        }

        /// A small entry, copied; nil where there is none.
        func content(_ name: String, maximumBytes: Int) throws(ModelFileError) -> FileBytes? {
            // PyTorch may leave out checksums, which libzip insists on.
            guard let place = directory.places[name], place.range.count <= maximumBytes, isIntact(place) else {
                return try archive.entry(name, maximumBytes: maximumBytes)
            }
            return FileBytes(file.withBytes { Array($0[place.range]) })
        }

        func isIntact(_ place: ZipDirectory.Place) -> Bool {
            guard place.checksum != 0 else { return true }
            defer { file.release(place.range) }
            return file.withBytes { bytes in
                let part = UnsafeRawBufferPointer(rebasing: bytes[place.range])
                return libdeflate_crc32(0, part.baseAddress, part.count) == place.checksum
            }
        }
    }
}
