import Foundation
import ONNX

/// The files beside an ONNX model in which it keeps its weights: in the same archive, or in a folder because the user
/// asked for it.
///
/// A name is one component inside the folder and no link, so that a model cannot reach any other file.
final class ONNXExternalWeights {
    /// Where the files are.
    enum Place {
        case folder(URL)
        /// An archive, and the folder of the model inside it: empty or ending in a slash.
        case archive(ZipArchive, prefix: String)
    }

    private let place: Place
    private var files: [String: FileBytes] = [:]
    /// What may still be read; the limit on the model's size holds for all files together.
    private var remainingBytes: Int
    /// Values may be read several times over; what they take in memory has the same limit.
    private var remainingCopies: Int

    init(_ place: Place, maximumBytes: Int) {
        self.place = place
        remainingBytes = maximumBytes
        remainingCopies = maximumBytes
    }

    /// Whether any weights have come from here.
    var isUsed: Bool { !files.isEmpty }

    /// The bytes of a constant.
    func bytes(at place: ONNXExternalPlace) throws(ONNXError) -> ArraySlice<UInt8> {
        let file = try file(place.location)
        let length = place.length ?? max(0, file.count - place.offset)
        guard place.offset <= file.count, length <= file.count - place.offset else {
            throw ONNXError("a constant lies beyond the end of '\(place.location)'")
        }
        guard length <= remainingCopies else {
            throw ONNXError(.tooLarge, "the weights outside of the model are larger than is allowed")
        }
        remainingCopies -= length
        return file.withBytes { ArraySlice($0[place.offset..<place.offset + length]) }
    }

    private func file(_ name: String) throws(ONNXError) -> FileBytes {
        if let file = files[name] { return file }
        guard !name.isEmpty, name != ".", name != "..", !name.contains("/"), !name.contains("\0") else {
            throw ONNXError(
                .external, "the model names '\(name)' for its weights, which is not a file beside it; refused")
        }
        do throws(ModelFileError) {
            let file = try open(name)
            remainingBytes -= file.count
            files[name] = file
            return file
        } catch {
            throw ONNXError(
                error.kind == .tooLarge ? .tooLarge : .external,
                "the file '\(name)' with weights of the model: \(error.message)")
        }
    }

    private func open(_ name: String) throws(ModelFileError) -> FileBytes {
        switch place {
        case .folder(let folder):
            let file = folder.appending(path: name, directoryHint: .notDirectory)
            return try FileBytes(contentsOf: file, maximumBytes: remainingBytes, followsLinks: false)
        case .archive(let archive, let prefix):
            guard let file = try archive.entry(prefix + name, maximumBytes: remainingBytes) else {
                throw ModelFileError(.refused, "it is not in the archive")
            }
            return file
        }
    }
}
