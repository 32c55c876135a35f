import Foundation
import Imaging

/// Reads pictures from one folder per class, named after the class.
struct ClassFolders {
    let input: InputRecipe

    /// Files larger than this are left out unread.
    private static let maximumFileBytes = 25 << 20

    /// Finds the folders of classes: `train` and `test`, or the folder itself.
    func parts(of folder: URL) throws(DatasetError) -> (training: URL, test: URL?) {
        let names = try Self.folders(in: folder)
        guard !names.isEmpty else {
            throw DatasetError(
                "no pictures found: the data folder must hold the MNIST files, or one folder per class with pictures")
        }
        guard names.contains("train"), names.allSatisfy({ ["train", "test"].contains($0) }) else {
            return (folder, nil)
        }
        return (folder.appending(path: "train"), names.contains("test") ? folder.appending(path: "test") : nil)
    }

    /// Reads all classes; files that cannot be read are left out and named with the reason.
    ///
    /// - Parameter classes: the classes that may occur, in order; nil takes the folders in the order of their names.
    /// - Throws: `DatasetError` for a folder that names no class, or a class without a readable picture.
    func read(
        _ folder: URL, classes: [String]? = nil
    ) throws(DatasetError) -> (pictures: LabelledPictures, skipped: [String]) {
        let names = try Self.folders(in: folder)
        let classes = classes ?? names
        var pixels: [UInt8] = []
        var labels: [Int] = []
        var skipped: [String] = []
        for name in names {
            guard let label = classes.firstIndex(of: name) else {
                throw DatasetError("the test folder '\(name)' is no class of the training pictures")
            }
            let before = labels.count
            for file in try Self.files(in: folder.appending(path: name)) {
                do throws(DatasetError) {
                    pixels += try picture(file)
                    labels.append(label)
                } catch {
                    skipped.append("\(name)/\(file.lastPathComponent): \(error)")
                }
            }
            guard labels.count > before else {
                throw DatasetError("class '\(name)' has no picture that can be read")
            }
            guard pixels.count <= LabelledPictures.maximumBytes else {
                throw DatasetError("the pictures take more than \(LabelledPictures.maximumBytes >> 30) GiB of memory")
            }
        }
        let pictures = try LabelledPictures(
            width: input.width, height: input.height, channels: input.channels, classes: classes, pixels: pixels,
            labels: labels)
        return (pictures, skipped)
    }

    /// One picture, in the size and with the channels of the input.
    private func picture(_ file: URL) throws(DatasetError) -> [UInt8] {
        if let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize, size > Self.maximumFileBytes {
            throw DatasetError("the file has \(size) bytes, at most \(Self.maximumFileBytes) are read")
        }
        do {
            let image = try ImageDecoder().decode(
                readBytes(of: file), as: input.channels == 1 ? .gray : .rgb, alpha: .compositeOnWhite,
                atLeast: (2 * input.width, 2 * input.height))
            return image.resized(width: input.width, height: input.height, filter: .bilinear).pixels
        } catch {
            throw DatasetError("\(error)")
        }
    }

    private static func folders(in folder: URL) throws(DatasetError) -> [String] {
        try entries(of: folder).filter(\.hasDirectoryPath).map(\.lastPathComponent).sorted()
    }

    private static func files(in folder: URL) throws(DatasetError) -> [URL] {
        try entries(of: folder).filter { !$0.hasDirectoryPath }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    private static func entries(of folder: URL) throws(DatasetError) -> [URL] {
        do {
            return try FileManager.default.contentsOfDirectory(
                at: folder, includingPropertiesForKeys: [.isDirectoryKey], options: .skipsHiddenFiles)
        } catch {
            throw DatasetError("the folder '\(folder.lastPathComponent)' is missing or cannot be read")
        }
    }
}
