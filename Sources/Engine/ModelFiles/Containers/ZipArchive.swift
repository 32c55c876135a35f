import CZip

/// A zip archive that lies in memory, opened for reading.
///
/// Entries are read by name into memory, never written anywhere. Not for several threads at once.
final class ZipArchive {
    private let bytes: FileBytes
    private let archive: OpaquePointer
    /// Position of each entry.
    private var positions: [String: zip_uint64_t] = [:]

    /// Opens an archive and checks the names of its entries.
    ///
    /// - Throws: `ModelFileError` for what is no archive, is damaged, or has names that would lead out of a folder.
    init(_ bytes: FileBytes, limits: ModelFileLimits) throws(ModelFileError) {
        self.bytes = bytes
        var error = zip_error_t()
        zip_error_init(&error)
        defer { zip_error_fini(&error) }
        let source = bytes.withBytes { zip_source_buffer_create($0.baseAddress, zip_uint64_t($0.count), 0, &error) }
        guard let source else { throw Self.damaged("cannot be opened") }
        guard let archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) else {
            zip_source_free(source)
            throw Self.damaged("is damaged or cut off")
        }
        self.archive = archive
        try index(limits: limits)
    }

    deinit {
        zip_discard(archive)
    }

    /// Names of the entries.
    var names: some Collection<String> { positions.keys }

    /// The content of an entry; nil where there is none of the name.
    ///
    /// - Parameter maximumBytes: refused beyond, whatever size the archive states.
    func entry(_ name: String, maximumBytes: Int) throws(ModelFileError) -> FileBytes? {
        guard let position = positions[name] else { return nil }
        var status = zip_stat_t()
        guard zip_stat_index(archive, position, 0, &status) == 0, status.valid & zip_uint64_t(ZIP_STAT_SIZE) != 0 else {
            throw Self.damaged("does not state the size of '\(name)'")
        }
        guard status.encryption_method == ZIP_EM_NONE else {
            throw ModelFileError(.unsupported, "the archive is encrypted")
        }
        guard status.size <= zip_uint64_t(maximumBytes) else {
            throw ModelFileError(
                .tooLarge, "'\(name)' of the archive has \(status.size) bytes, at most \(maximumBytes) are allowed")
        }
        // Deflate packs at most 1032 bytes into one, so a larger claim is a lie that must not size an allocation.
        guard status.size / 1032 <= zip_uint64_t(bytes.count) else { throw Self.damaged("lies about '\(name)'") }
        guard let file = zip_fopen_index(archive, position, 0) else { throw Self.damaged("cannot unpack '\(name)'") }
        defer { zip_fclose(file) }
        guard let content = FileBytes(count: Int(status.size), fill: { Self.fill($0, from: file) }) else {
            throw Self.damaged("cannot unpack '\(name)'")
        }
        return content
    }

    /// Reads exactly the stated bytes; the end must follow, where the checksum is compared.
    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from file: OpaquePointer) -> Bool {
        var filled = 0
        while filled < buffer.count {
            let length = zip_fread(file, buffer.baseAddress?.advanced(by: filled), zip_uint64_t(buffer.count - filled))
            guard length > 0 else { return false }
            filled += Int(length)
        }
        var extra: UInt8 = 0
        return zip_fread(file, &extra, 1) == 0
    }

    private func index(limits: ModelFileLimits) throws(ModelFileError) {
        let count = zip_get_num_entries(archive, 0)
        guard count >= 0, count <= limits.maximumEntries else {
            throw ModelFileError(
                .tooLarge, "the archive has \(count) entries, at most \(limits.maximumEntries) are allowed")
        }
        for position in 0..<zip_uint64_t(count) {
            guard let text = zip_get_name(archive, position, 0) else { throw Self.damaged("has an entry without name") }
            let name = String(cString: text)
            guard Self.isSafe(name) else {
                throw ModelFileError(
                    .refused, "the archive has an entry named '\(name)', which leads out of it; refused")
            }
            guard !isLink(position) else {
                throw ModelFileError(.refused, "the archive has an entry named '\(name)' that is a link; refused")
            }
            guard positions.updateValue(position, forKey: name) == nil else {
                throw Self.damaged("has two entries named '\(name)'")
            }
        }
    }

    /// Whether an entry was a symbolic link on a Unix system.
    private func isLink(_ position: zip_uint64_t) -> Bool {
        var system: zip_uint8_t = 0
        var attributes: zip_uint32_t = 0
        guard zip_file_get_external_attributes(archive, position, 0, &system, &attributes) == 0 else { return false }
        return Int32(system) == ZIP_OPSYS_UNIX && attributes >> 28 == 0xA
    }

    private static func isSafe(_ name: String) -> Bool {
        let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
        let isAbsolute = parts.first?.isEmpty == true || name.dropFirst().first == ":"
        return !name.isEmpty && !isAbsolute && !parts.contains("..")
    }

    private static func damaged(_ what: String) -> ModelFileError {
        ModelFileError(.damaged, "the archive \(what)")
    }
}
