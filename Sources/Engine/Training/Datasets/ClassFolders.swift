import Foundation
import Imaging
import Synchronization

/// Reads pictures from one folder per class, named after the class.
struct ClassFolders {
    let input: InputRecipe
    /// Folder for decoded pictures; nil to hold them in memory.
    var scratch: URL?

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
        let folders = try Self.folders(in: folder)
        let classes = classes ?? folders
        var writer = try PixelWriter(scratch: scratch)
        var (labels, names, skipped): ([Int], [String], [String]) = ([], [], [])
        for name in folders {
            guard let label = classes.firstIndex(of: name) else {
                throw DatasetError("the test folder '\(name)' is no class of the training pictures")
            }
            let before = labels.count
            let files = try Self.files(in: folder.appending(path: name))
            for start in stride(from: 0, to: files.count, by: Self.chunk) {
                let chunk = Array(files[start..<min(files.count, start + Self.chunk)])
                for (file, result) in zip(chunk, pictures(chunk)) {
                    let path = "\(name)/\(file.lastPathComponent)"
                    switch result {
                    case .success(let pixels):
                        try writer.append(pixels)
                        labels.append(label)
                        names.append(path)
                    case .failure(let error): skipped.append("\(path): \(error)")
                    }
                }
            }
            guard labels.count > before else {
                throw DatasetError("class '\(name)' has no picture that can be read")
            }
        }
        var pictures = try LabelledPictures(
            width: input.width, height: input.height, channels: input.channels, classes: classes,
            pixels: try writer.finish(), labels: labels)
        pictures.names = names
        return (pictures, skipped)
    }

    /// Files that are decoded at the same time; also bounds the memory they take.
    private static let chunk = 32

    private func pictures(_ files: [URL]) -> [Result<[UInt8], DatasetError>] {
        let results = Mutex([Result<[UInt8], DatasetError>?](repeating: nil, count: files.count))
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let result = Result { () throws(DatasetError) in try picture(files[index]) }
            results.withLock { $0[index] = result }
        }
        return results.withLock { $0.compactMap(\.self) }
    }

    /// One picture, in the size and with the channels of the input.
    private func picture(_ file: URL) throws(DatasetError) -> [UInt8] {
        if let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize, size > Self.maximumFileBytes {
            throw DatasetError("the file has \(size) bytes, at most \(Self.maximumFileBytes) are read")
        }
        let bytes = try readBytes(of: file)
        if input.requiresJFIF, bytes.starts(with: [0xFF, 0xD8]), !Self.namesJFIF(bytes) {
            throw DatasetError("its first bytes name neither JFIF nor Exif")
        }
        do {
            return try picture(bytes)
        } catch {
            throw DatasetError("\(error)")
        }
    }

    private func picture(_ bytes: [UInt8]) throws(ImageError) -> [UInt8] {
        let format: PixelFormat = input.channels == 1 ? .gray : .rgb
        switch input.reading {
        case .photo:
            let image = try ImageDecoder().decode(
                bytes, as: format, alpha: .compositeOnWhite, atLeast: (2 * input.width, 2 * input.height))
            return image.resized(width: input.width, height: input.height, filter: .bilinear).pixels
        case .tensorflow:
            let image = try ImageDecoder().decode(bytes, as: format, orientation: .ignore, alpha: .drop)
            return image.resized(width: input.width, height: input.height, filter: .tensorFlowLinear).pixels
        }
    }

    /// Whether the marker that a camera or a program writes first is where it belongs.
    private static func namesJFIF(_ bytes: [UInt8]) -> Bool {
        let start = bytes.prefix(20)
        return ["JFIF", "Exif"].contains { start.contains(Array($0.utf8)) }
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
