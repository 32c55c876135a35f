public import Foundation

/// Reads model files of every supported format, as data: nothing in a file is ever executed.
///
/// Reading is bounded by limits; of C code, only libzip and libdeflate see bytes from outside.
public enum ModelImporter {
    /// Reads a model file.
    ///
    /// The file is read in place: it must not be shortened meanwhile.
    ///
    /// - Throws: `ModelFileError`, one line, without the path.
    /// - Complexity: O(size of the file); the peak of memory is about twice the weights.
    public static func read(
        contentsOf file: URL, limits: ModelFileLimits = .standard
    ) throws(ModelFileError) -> ImportedModel {
        try read(try FileBytes(contentsOf: file, maximumBytes: limits.maximumBytes), limits: limits)
    }

    /// Reads the bytes of a model file.
    ///
    /// - Throws: `ModelFileError`, one line.
    public static func read(
        _ bytes: [UInt8], limits: ModelFileLimits = .standard
    ) throws(ModelFileError) -> ImportedModel {
        guard bytes.count <= limits.maximumBytes else {
            throw FileBytes.tooLarge(bytes.count, maximumBytes: limits.maximumBytes)
        }
        return try read(FileBytes(bytes), limits: limits)
    }

    private static func read(_ file: FileBytes, limits: ModelFileLimits) throws(ModelFileError) -> ImportedModel {
        guard file.count > 0 else { throw ModelFileError(.unknownFormat, "the file is empty") }
        let start = file.prefix(16)
        guard let format = ModelFormat(startingWith: start) else { throw unknown(start) }
        return try reader(of: format).read(file, limits: limits)
    }

    private static func reader(of format: ModelFormat) -> any ModelFileReader.Type {
        switch format {
        case .onnx: ONNXReader.self
        case .kerasH5: KerasH5Reader.self
        case .keras: KerasArchiveReader.self
        }
    }

    /// Names the formats people confuse with ours, since that helps more than a list of what is read.
    private static func unknown(_ start: [UInt8]) -> ModelFileError {
        let known = "ONNX (.onnx) and Keras (.h5, .keras) files are read"
        let guess: String? =
            switch start.first {
            case 0x80: "a Python pickle (scikit-learn, joblib or an old PyTorch file)"
            case 0x1F: "a gzip archive; unpack it first"
            case 0x7B: "JSON text"
            case 0x3C: "an HTML or XML page; the download may have failed"
            default: start.dropFirst(4).starts(with: Array("TFL3".utf8)) ? "a TensorFlow Lite model" : nil
            }
        let looks = guess.map { "; it looks like \($0)" } ?? ""
        return ModelFileError(.unknownFormat, "not a model file that is known\(looks): \(known)")
    }
}

/// Reads the files of one format.
protocol ModelFileReader {
    /// Reads a file whose first bytes are those of the format.
    static func read(_ file: FileBytes, limits: ModelFileLimits) throws(ModelFileError) -> ImportedModel
}
