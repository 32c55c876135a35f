import Foundation

/// Reads the files of one format.
///
/// A new format is a new reader and a line in `ModelImporter.readers`.
protocol ModelFileReader: SendableMetatype {
    /// Whether a file is of the format, by its first bytes and, for archives, by the names of the entries.
    static func recognizes(_ probe: ModelFileProbe) -> Bool

    /// Reads a file that is recognized.
    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel
}

/// What a reader may ask of a file before it is read.
struct ModelFileProbe {
    let file: FileBytes
    /// The first 16 bytes, or all where the file is shorter.
    let start: [UInt8]
    /// Names of the entries of a zip archive; empty for other files and for archives that cannot be opened.
    let archiveNames: [String]

    init(_ file: FileBytes, limits: ModelFileLimits) {
        self.file = file
        start = file.prefix(16)
        let archive = start.starts(with: [0x50, 0x4B, 0x03, 0x04]) ? try? ZipArchive(file, limits: limits) : nil
        archiveNames = archive.map { Array($0.names) } ?? []
    }

    /// Whether the file starts like a zip archive.
    var isArchive: Bool { start.starts(with: [0x50, 0x4B, 0x03, 0x04]) }
}

/// How a file is to be read.
struct ReadingRequest: Sendable {
    /// What the user says about the file.
    var description = ModelDescription()
    /// What is refused as too large.
    var limits = ModelFileLimits.standard
    /// The file beside it that belongs to it: the weights of an OpenVINO IR.
    var companion: URL?
    /// Folder with the weights that an ONNX model keeps outside; nil refuses such models.
    var externalDataFolder: URL?
}
