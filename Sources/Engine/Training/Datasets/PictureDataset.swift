public import Foundation

/// The pictures of a training run: those to learn from, and those that only judge the result.
public struct PictureDataset: Sendable {
    /// Pictures to learn from, of which a part is held back for validation.
    public var training: LabelledPictures
    /// Pictures never used to choose anything; nil where the data set has none.
    public var test: LabelledPictures?
    /// Files left out, each with the reason.
    public var skipped: [String] = []

    /// Reads a data set from a folder.
    ///
    /// The folder holds either the MNIST files (`train-images-idx3-ubyte` and so on, plain or `.gz`), or one folder
    /// per class with its pictures, or `train` and `test` that each hold one folder per class.
    ///
    /// - Parameter scratch: an existing folder for the decoded pictures of class folders, so that they need not stay in
    ///   memory; nil to hold them there.
    /// - Throws: `DatasetError` that says what is expected.
    public init(folder: URL, input: InputRecipe, scratch: URL? = nil) throws(DatasetError) {
        if let files = MNISTFolder(folder) {
            training = try files.pictures("train")
            test = files.has("t10k") ? try files.pictures("t10k") : nil
            try training.check(for: input)
            if let test { try Self.check(test, against: training) }
        } else {
            let reader = ClassFolders(input: input, scratch: scratch)
            let parts = try reader.parts(of: folder)
            let read = try reader.read(parts.training)
            (training, skipped) = (read.pictures, read.skipped)
            try training.check(for: input)
            guard let folder = parts.test else { return }
            let more = try reader.read(folder, classes: training.classes)
            test = more.pictures
            skipped += more.skipped
        }
    }

    private static func check(_ test: LabelledPictures, against training: LabelledPictures) throws(DatasetError) {
        guard test.pictureSize == training.pictureSize, test.classes.count <= training.classes.count else {
            throw DatasetError("the test pictures have another size or more classes than the training pictures")
        }
    }
}

/// The MNIST files of a folder.
private struct MNISTFolder {
    let folder: URL

    /// Nil where the folder has no training pictures of this kind.
    init?(_ folder: URL) {
        self.folder = folder
        guard has("train") else { return nil }
    }

    func has(_ part: String) -> Bool { file("\(part)-images", "idx3-ubyte") != nil }

    func pictures(_ part: String) throws(DatasetError) -> LabelledPictures {
        let images = try read("\(part)-images", "idx3-ubyte", axes: 3)
        let labels = try read("\(part)-labels", "idx1-ubyte", axes: 1)
        guard images.shape[0] == labels.shape[0], images.shape[0] > 0 else {
            throw DatasetError("\(part): \(images.shape[0]) pictures have \(labels.shape[0]) labels")
        }
        let classes = Int(labels.elements.max() ?? 0) + 1
        return try LabelledPictures(
            width: images.shape[2], height: images.shape[1], channels: 1, classes: (0..<classes).map(String.init),
            pixels: images.elements, labels: labels.elements.map(Int.init))
    }

    private func file(_ stem: String, _ kind: String) -> URL? {
        // Both spellings are common, as unpackers replace the dash.
        ["\(stem)-\(kind)", "\(stem).\(kind)", "\(stem)-\(kind).gz", "\(stem).\(kind).gz"]
            .map { folder.appending(path: $0) }
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }

    private func read(_ stem: String, _ kind: String, axes: Int) throws(DatasetError) -> IDXFile {
        guard let file = file(stem, kind) else { throw DatasetError("the file \(stem)-\(kind) is missing") }
        return try IDXFile(readBytes(of: file), axes: axes, name: file.lastPathComponent)
    }
}

/// The bytes of a file of the data set.
func readBytes(of file: URL) throws(DatasetError) -> [UInt8] {
    do {
        return [UInt8](try Data(contentsOf: file))
    } catch {
        throw DatasetError("\(file.lastPathComponent) cannot be read")
    }
}
