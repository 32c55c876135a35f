import Foundation

/// The content of a model source, mapped into memory where it is a file.
struct ModelFile {
    /// Some bytes of a model, wherever they lie.
    struct Part {
        private enum Storage {
            case memory([UInt8])
            case mapped(Data)
        }

        private let storage: Storage
        private let range: Range<Int>

        var count: Int { range.count }

        /// All of an array.
        init(_ bytes: [UInt8]) {
            storage = .memory(bytes)
            range = 0..<bytes.count
        }

        /// All of a file, mapped into memory.
        init(contentsOf file: URL) throws {
            let data = try Data(contentsOf: file, options: .alwaysMapped)
            storage = .mapped(data)
            range = 0..<data.count
        }

        private init(_ storage: Storage, _ range: Range<Int>) {
            self.storage = storage
            self.range = range
        }

        /// Some bytes of the part, which must be within it.
        subscript(_ inner: Range<Int>) -> Part {
            precondition(inner.upperBound <= count, "the range must be within the part")
            return Part(storage, range.lowerBound + inner.lowerBound..<range.lowerBound + inner.upperBound)
        }

        func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
            switch storage {
            case .memory(let bytes): bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
            case .mapped(let data): data.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
            }
        }
    }

    /// The format, told by the content and not by the name.
    enum Format {
        case onnx, tflite, openVINO
    }

    let format: Format
    /// Where the library can read the model by its name; nil for a model in memory or under another name.
    let url: URL?
    /// The parts of the model: one, or the description and the weights of an OpenVINO IR.
    let parts: [Part]
    /// Whether files may be written into the folder of `url`.
    private let mayWriteBeside: Bool

    /// Opens the source and makes sure that the model is complete in itself.
    ///
    /// - Throws: `invalidModel` for an empty, unreadable or unsafe one; the reason never holds a path.
    init(_ source: ModelSource) throws(InferenceError) {
        var parts: [Part]
        var file: URL?
        switch source {
        case .bytes(let bytes):
            parts = [Part(bytes)]
            mayWriteBeside = false
        case .file(let url, let mayWriteBeside):
            file = url
            parts = try Self.open(url)
            self.mayWriteBeside = mayWriteBeside
        }
        if parts[0].count == 0 { throw .invalidModel(reason: "it is empty") }
        if parts.count == 1, let pair = try IRPair.parts(of: parts[0]) {
            parts = pair
            file = nil
        }
        let format: Format = parts.count == 2 ? .openVINO : Self.isTFLite(parts[0]) ? .tflite : .onnx
        self.format = format
        url = file.flatMap { Self.names[format]?.first == "model." + $0.pathExtension.lowercased() ? $0 : nil }
        self.parts = parts
        try checkCompleteness()
    }

    private static func open(_ file: URL) throws(InferenceError) -> [Part] {
        do {
            guard file.pathExtension.lowercased() == "xml" else { return [try Part(contentsOf: file)] }
            let weights = file.deletingPathExtension().appendingPathExtension("bin")
            return [try Part(contentsOf: file), try Part(contentsOf: weights)]
        } catch {
            throw .invalidModel(reason: "its file cannot be read")
        }
    }

    /// A TensorFlow Lite file carries its identifier after the offset of its first table.
    private static func isTFLite(_ part: Part) -> Bool {
        part.withBytes { $0.count >= 8 && $0[4..<8].elementsEqual("TFL3".utf8) }
    }

    private func checkCompleteness() throws(InferenceError) {
        let format = format
        let verdict = parts[0].withBytes { bytes -> Result<Void, InferenceError> in
            do throws(InferenceError) {
                switch format {
                case .onnx: try ONNXGuard.check(bytes)
                case .openVINO: try IRPair.check(description: bytes)
                // The library knows no way for such a file to name another one.
                case .tflite: break
                }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try verdict.get()
    }

    /// Size of all parts.
    var byteCount: Int { parts.reduce(0) { $0 + $1.count } }

    // MARK: Reading

    /// The names under which the library knows the format of the parts.
    private static let names: [Format: [String]] = [
        .onnx: ["model.onnx"], .tflite: ["model.tflite"], .openVINO: ["model.xml", "model.bin"],
    ]

    /// What to write where so that the library can read the model by the name of the first.
    ///
    /// A model with many weights gets an outline beside it, so that the weights are not copied when it is read.
    func files(in folder: URL) -> [(url: URL, part: Part)] {
        let weights = "model.weights"
        if let outline = outline(named: weights) {
            return [(folder.appending(path: "model.onnx"), outline), (folder.appending(path: weights), parts[0])]
        }
        return zip(Self.names[format] ?? [], parts).map { (folder.appending(path: $0), $1) }
    }

    /// The outline of an ONNX model whose file has this name; nil where it would be of little use.
    private func outline(named name: String) -> Part? {
        guard format == .onnx else { return nil }
        return parts[0].withBytes { ONNXOutline(of: $0, named: name) }.map { Part($0.bytes) }
    }

    /// Reads the model without compiling it.
    func read(with core: OpenVINOCore) throws(OpenVINOFailure) -> OpenVINOModel {
        if let url {
            if mayWriteBeside, let model = readOutline(beside: url, with: core) { return model }
            return try core.read(path: url.path)
        }
        if format == .tflite { return try readFromScratchFolder(with: core) }
        let outcome = parts[0].withBytes { bytes -> Result<OpenVINOModel, OpenVINOFailure> in
            do throws(OpenVINOFailure) {
                return .success(try core.read(bytes, weights: format == .openVINO ? parts[1] : nil))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Reads the model without copying its weights.
    ///
    /// - Returns: nil where that is not possible, for whatever reason: the file itself tells more about it.
    private func readOutline(beside url: URL, with core: OpenVINOCore) -> OpenVINOModel? {
        guard let outline = outline(named: url.lastPathComponent) else { return nil }
        let file = ModelSource.outline(of: url)
        defer { try? FileManager.default.removeItem(at: file) }
        do {
            try outline.withBytes { Data($0) }.write(to: file, options: .withoutOverwriting)
            return try core.read(path: file.path)
        } catch {
            return nil
        }
    }

    /// The library reads this format by the name of a file alone.
    private func readFromScratchFolder(with core: OpenVINOCore) throws(OpenVINOFailure) -> OpenVINOModel {
        let folder = FileManager.default.temporaryDirectory.appending(path: "prunelle-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = files(in: folder)
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for file in files { try file.part.withBytes { Data($0) }.write(to: file.url) }
        } catch {
            throw OpenVINOFailure(libraryText: "The temporary folder cannot be written.")
        }
        return try core.read(path: files[0].url.path)
    }
}
