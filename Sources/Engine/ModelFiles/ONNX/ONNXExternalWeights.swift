import Foundation
import ONNX

/// The files beside an ONNX model in which it keeps its weights, opened because the user asked for it.
///
/// A name is one component inside the folder and no link, so that a model cannot reach any other file.
final class ONNXExternalWeights {
    private let folder: URL
    private var files: [String: FileBytes] = [:]
    /// What may still be read; the limit on the model's size holds for all files together.
    private var remainingBytes: Int
    /// Values may be read several times over; what they take in memory has the same limit.
    private var remainingCopies: Int

    init(folder: URL, maximumBytes: Int) {
        self.folder = folder
        remainingBytes = maximumBytes
        remainingCopies = maximumBytes
    }

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
            let place = folder.appending(path: name, directoryHint: .notDirectory)
            let file = try FileBytes(contentsOf: place, maximumBytes: remainingBytes, followsLinks: false)
            remainingBytes -= file.count
            files[name] = file
            return file
        } catch {
            throw ONNXError(
                error.kind == .tooLarge ? .tooLarge : .external,
                "the file '\(name)' with weights of the model: \(error.message)")
        }
    }
}
