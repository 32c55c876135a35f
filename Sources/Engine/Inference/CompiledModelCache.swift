import CSodium
import Foundation

/// Compiled models on disk, a folder for each model and way of compiling it.
///
/// An entry holds the model file if it came from memory (a large one as `ONNXOutline` and weights), what the library made
/// of it (`*.blob`), and a seal: the checksum of the latter. The library trusts what it finds, so whatever does not fit
/// its seal is removed before.
struct CompiledModelCache {
    let folder: URL
    let limitBytes: Int

    /// The entry of a model, cleaned of all that is not as it was left.
    ///
    /// - Returns: nil when the folder cannot be written.
    func entry(for file: ModelFile, variant: String) -> CompiledModelEntry? {
        let hash = ContentHash()
        for part in file.parts { part.withBytes { hash.update($0) } }
        let place = folder.appending(path: "\(hash.finish())-\(variant)", directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            let copies = file.files(in: place)
            let entry = CompiledModelEntry(
                folder: place, modelPath: (file.url ?? copies[0].url).path, copies: file.url == nil ? copies : [])
            try entry.clean()
            return entry
        } catch {
            return nil
        }
    }

    /// Removes the entries used longest ago until the rest is within the limit.
    func prune(keeping entry: CompiledModelEntry) {
        let keys: Set<URLResourceKey> = [.contentModificationDateKey]
        let found = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: Array(keys))
        var entries = (found ?? []).filter { $0.lastPathComponent != entry.folder.lastPathComponent }.map { place in
            let date = try? place.resourceValues(forKeys: keys).contentModificationDate
            return (place: place, date: date ?? .distantPast, size: CompiledModelEntry.size(of: place))
        }
        entries.sort { $0.date < $1.date }
        var total = entries.reduce(CompiledModelEntry.size(of: entry.folder)) { $0 + $1.size }
        for old in entries {
            if total <= limitBytes { return }
            try? FileManager.default.removeItem(at: old.place)
            total -= old.size
        }
    }
}

/// The folder of one compiled model.
struct CompiledModelEntry {
    let folder: URL
    /// Where the library shall read the model from.
    let modelPath: String
    /// What the entry keeps of a model from memory: its files and what must be in them.
    let copies: [(url: URL, part: ModelFile.Part)]

    private var sealFile: URL { folder.appending(path: "seal") }

    /// Whether there is a compiled model that fits its seal.
    var hasCompiledModel: Bool { !blobs.isEmpty }

    private var blobs: [URL] {
        let found = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (found ?? []).filter { $0.pathExtension == "blob" }.sorted { $0.path < $1.path }
    }

    /// Removes compiled models that do not fit the seal, and writes the model if it is not there as it should be.
    func clean() throws {
        let missing = copies.filter { !Self.holds($0.url, $0.part) }
        if !missing.isEmpty || sealOfBlobs() != (try? String(contentsOf: sealFile, encoding: .utf8)) { removeBlobs() }
        for copy in missing { try copy.part.withBytes { Data($0) }.write(to: copy.url, options: .atomic) }
    }

    /// Whether the copy of a part of the model is whole.
    private static func holds(_ copy: URL, _ part: ModelFile.Part) -> Bool {
        guard let data = try? Data(contentsOf: copy, options: .alwaysMapped), data.count == part.count else {
            return false
        }
        return data.withUnsafeBytes { found in
            part.withBytes { wanted in
                guard let found = found.baseAddress, let wanted = wanted.baseAddress else { return data.isEmpty }
                return memcmp(found, wanted, data.count) == 0
            }
        }
    }

    /// Notes the checksum of what the library has left, and that the entry was used now.
    func seal() {
        let seal = sealOfBlobs()
        if seal != (try? String(contentsOf: sealFile, encoding: .utf8)) {
            try? seal.write(to: sealFile, atomically: true, encoding: .utf8)
        }
        try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: folder.path)
    }

    /// Removes the whole entry.
    func discard() {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Bytes of the files in an entry's folder.
    static func size(of folder: URL) -> Int {
        let found = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.fileSizeKey])
        return (found ?? []).reduce(0) { total, file in
            total + ((try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0)
        }
    }

    private func removeBlobs() {
        for blob in blobs { try? FileManager.default.removeItem(at: blob) }
        try? FileManager.default.removeItem(at: sealFile)
    }

    private func sealOfBlobs() -> String {
        let hash = ContentHash()
        for blob in blobs {
            guard let content = try? Data(contentsOf: blob, options: .alwaysMapped) else { return "" }
            Array("\(blob.lastPathComponent) \(content.count)\n".utf8).withUnsafeBytes { hash.update($0) }
            content.withUnsafeBytes { hash.update($0) }
        }
        return hash.finish()
    }
}

/// A BLAKE2b checksum of 32 bytes, as hexadecimal digits.
private final class ContentHash {
    private let memory: UnsafeMutableRawPointer
    private var state: OpaquePointer { OpaquePointer(memory) }

    init() {
        // The state's size and its alignment of 64 bytes are the library's, and do not show in Swift.
        memory = .allocate(byteCount: crypto_generichash_statebytes(), alignment: 64)
        crypto_generichash_init(state, nil, 0, 32)
    }

    deinit {
        memory.deallocate()
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        crypto_generichash_update(state, bytes.bindMemory(to: UInt8.self).baseAddress, UInt64(bytes.count))
    }

    func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        crypto_generichash_final(state, &digest, digest.count)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
