import Foundation

/// Where the results of a run go. A file is either as it was or whole: it is written beside and then renamed.
struct OutputFolder {
    private let folder: URL

    /// Opens the folder, making it where it is missing.
    init(_ folder: URL) throws(TrainerFailure) {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw TrainerFailure(code: .cannotWrite, message: "the output folder cannot be made")
        }
    }

    func write(_ bytes: [UInt8], as name: String) throws(TrainerFailure) {
        do {
            try Data(bytes).write(to: folder.appending(path: name), options: .atomic)
        } catch {
            throw TrainerFailure(
                code: .cannotWrite, message: "\(name) cannot be written: the disk is full or writing is not allowed")
        }
    }

    /// The bytes of a file; nil where there is none.
    func read(_ name: String) -> [UInt8]? {
        (try? Data(contentsOf: folder.appending(path: name))).map { [UInt8]($0) }
    }
}
