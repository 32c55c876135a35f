/// A file that holds one pickle, written by `pickle` or by joblib, packed or not.
enum PickledFile {
    /// Whether a file may be one: the first protocols have no signature, so that some other files look like them.
    static func isLikely(_ probe: ModelFileProbe) -> Bool {
        if Compression(start: probe.start) != nil { return true }
        if isOldPackedFile(probe.start) { return true }
        guard probe.file.count >= 2, let first = probe.start.first else { return false }
        if first == 0x80 { return probe.start[1] <= 5 }
        // Protocols 0 and 1 start with a class, a mark or a container, and end with STOP.
        return Array("(c]})".utf8).contains(first) && probe.file.withBytes { $0.last } == UInt8(ascii: ".")
    }

    /// What a file holds.
    ///
    /// - Throws: `ModelFileError`.
    static func read(_ file: FileBytes, limits: ModelFileLimits) throws(ModelFileError) -> PickleValue {
        let start = file.prefix(16)
        if isOldPackedFile(start) {
            throw ModelFileError(
                .unsupported,
                "the file is packed as joblib did before 0.10, with the arrays in other files; save it with a newer joblib"
            )
        }
        guard let compression = Compression(start: start) else { return try PickleReader.read(file).value }
        let unpacked = try compression.unpack(file, limits: limits)
        guard isLikely(ModelFileProbe(unpacked, limits: limits)), Compression(start: unpacked.prefix(16)) == nil else {
            throw ModelFileError(.unknownFormat, "the \(compression.rawValue) file holds no pickle; unpack it first")
        }
        return try PickleReader.read(unpacked).value
    }

    private static func isOldPackedFile(_ start: [UInt8]) -> Bool {
        start.starts(with: Array("ZF0x".utf8))
    }
}
