public import Foundation

/// Reads model files of every supported format, as data: nothing in a file is ever executed.
///
/// Reading is bounded by limits; of C code, only libraries that unpack see bytes from outside: libzip, libdeflate, zlib,
/// libbz2, liblzma and liblz4.
public enum ModelImporter {
    /// The readers, asked in this order.
    private static let readers: [any ModelFileReader.Type] = [
        KerasH5Reader.self, OpenVINOIRReader.self, ONNXArchiveReader.self, TFLiteReader.self, TorchReader.self,
        SafetensorsReader.self, KerasArchiveReader.self, ONNXReader.self, ScikitLearnReader.self,
    ]

    /// Names of classes that are kept of a file; no model has so many.
    private static let maximumLabels = 100_000

    /// Reads a model file.
    ///
    /// The file is read in place: it must not be shortened meanwhile.
    ///
    /// - Parameters:
    ///   - description: what the user says about the file.
    ///   - externalDataFolder: folder of the files in which an ONNX model keeps its weights, mostly that of the model;
    ///     nil, the default, refuses such a model.
    /// - Throws: `ModelFileError`, one line, without the path.
    /// - Complexity: O(size of the file); the peak of memory is about twice the weights.
    public static func read(
        contentsOf file: URL, description: ModelDescription = ModelDescription(), limits: ModelFileLimits = .standard,
        externalDataFolder: URL? = nil
    ) throws(ModelFileError) -> ImportedModel {
        let bytes = try FileBytes(contentsOf: file, maximumBytes: limits.maximumBytes)
        var request = ReadingRequest(description: description, limits: limits)
        request.externalDataFolder = externalDataFolder
        request.companion = companion(of: file)
        return try read(bytes, request)
    }

    /// The `.bin` beside an `.xml`: the two files of an OpenVINO IR have one name.
    private static func companion(of file: URL) -> URL? {
        guard file.pathExtension.lowercased() == "xml" else { return nil }
        let weights = file.deletingPathExtension().appendingPathExtension("bin")
        return FileManager.default.fileExists(atPath: weights.path) ? weights : nil
    }

    /// Reads the bytes of a model file.
    ///
    /// - Throws: `ModelFileError`, one line.
    public static func read(
        _ bytes: [UInt8], description: ModelDescription = ModelDescription(), limits: ModelFileLimits = .standard
    ) throws(ModelFileError) -> ImportedModel {
        guard bytes.count <= limits.maximumBytes else {
            throw FileBytes.tooLarge(bytes.count, maximumBytes: limits.maximumBytes)
        }
        return try read(FileBytes(bytes), ReadingRequest(description: description, limits: limits))
    }

    private static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        guard file.count > 0 else { throw ModelFileError(.unknownFormat, "the file is empty") }
        let probe = ModelFileProbe(file, limits: request.limits)
        guard let reader = readers.first(where: { $0.recognizes(probe) }), !ForeignFile.isLikeONNX(file) else {
            throw unknown(file)
        }
        var model = try reader.read(file, request)
        if let convention = request.description.preprocessing {
            model.inspection.preprocessing = InputGuess(convention, .stated, reason: "its owner says so")
        }
        if let labels = model.inspection.labels, labels.count > maximumLabels { model.inspection.labels = nil }
        if let labels = request.description.labels { model.inspection.labels = labels }
        guard let grouping = request.description.grouping else { return model }
        return try GroupedClassifier(grouping, of: model).model(from: model)
    }

    /// Names the formats people confuse with ours, since that helps more than a list of what is read.
    private static func unknown(_ file: FileBytes) -> ModelFileError {
        let known =
            "ONNX (.onnx), Keras (.h5, .keras), PyTorch (.pt, .pth, .ckpt), safetensors, scikit-learn (.pkl, .joblib), "
            + "TensorFlow Lite (.tflite) and OpenVINO (.xml with .bin) files are read"
        let looks = ForeignFile.description(file).map { "; it looks like \($0)" } ?? ""
        return ModelFileError(.unknownFormat, "not a model file that is known\(looks): \(known)")
    }
}
