import CHDF5
import Synchronization

/// A file in the format HDF5 that lies in memory, opened for reading.
///
/// Only what keeps its data inside the file is read: links to other places, external storage, virtual datasets and
/// filters other than gzip, shuffle and checksums are refused. Objects are addressed by their path and opened for the
/// length of one call, so that no identifier of the library outlives its lock.
///
/// `@unchecked Sendable`: `library` guards every call; the identifier never changes.
final class HDF5File: @unchecked Sendable {
    /// The C library keeps global state and is not made for threads.
    ///
    /// The number counts the files opened: each needs a name of its own, or the library hands out one that is open.
    static let library = Mutex(0)

    /// Keeps the memory alive that the library reads.
    private let bytes: FileBytes
    let identifier: hid_t

    /// Opens a file.
    ///
    /// - Throws: `ModelFileError` for what is no HDF5 file or is cut off.
    init(_ bytes: FileBytes) throws(ModelFileError) {
        self.bytes = bytes
        let identifier = Self.library.withLock { opened in
            opened += 1
            prunelle_h5_silence_errors()
            return bytes.withBytes { prunelle_h5_open_image("image \(opened)", $0.baseAddress, $0.count) }
        }
        guard identifier >= 0 else { throw ModelFileError(.damaged, "the HDF5 file is damaged or cut off") }
        self.identifier = identifier
    }

    deinit {
        Self.library.withLock { _ in _ = H5Fclose(identifier) }
    }

    /// Length of the file in bytes.
    var size: Int { bytes.count }

    /// Whether a group or dataset exists at a path, such as `layers/dense/vars/0`.
    func exists(_ path: String) throws(ModelFileError) -> Bool {
        try locked { () throws(ModelFileError) in try existsUnlocked(path) }
    }

    /// Runs a body with the library to itself.
    func locked<Result>(_ body: () throws(ModelFileError) -> Result) throws(ModelFileError) -> Result {
        try Self.library.withLock { _ throws(ModelFileError) in try body() }
    }

    private func existsUnlocked(_ path: String) throws(ModelFileError) -> Bool {
        var walked = ""
        for component in path.split(separator: "/") {
            walked += walked.isEmpty ? String(component) : "/" + component
            // A part of the path that is a dataset has nothing below it.
            guard H5Lexists(identifier, walked, 0) > 0 else { return false }
            var link = H5L_info_t()
            guard H5Lget_info(identifier, walked, &link, 0) >= 0 else { throw damaged(path) }
            guard link.type == H5L_TYPE_HARD else {
                throw ModelFileError(.refused, "the HDF5 file has a link to another place at '\(walked)', refused")
            }
        }
        return true
    }

    /// Opens the object at a path for the length of `body`; the caller holds the lock.
    func withObject<Result>(
        _ path: String, _ body: (hid_t) throws(ModelFileError) -> Result
    ) throws(ModelFileError) -> Result {
        guard try existsUnlocked(path) else { throw ModelFileError(.damaged, "the HDF5 file has no '\(path)'") }
        let object = H5Oopen(identifier, path.isEmpty ? "/" : path, 0)
        guard object >= 0 else { throw damaged(path) }
        defer { H5Oclose(object) }
        return try body(object)
    }

    func damaged(_ path: String) -> ModelFileError {
        ModelFileError(.damaged, "the HDF5 file is damaged at '\(path)'")
    }
}
