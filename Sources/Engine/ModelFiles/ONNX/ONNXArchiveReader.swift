/// Reads an ONNX model that lies in a zip archive together with the files in which it keeps its weights.
enum ONNXArchiveReader: ModelFileReader {
    static func recognizes(_ probe: ModelFileProbe) -> Bool {
        probe.archiveNames.contains { $0.hasSuffix(".onnx") }
    }

    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let limits = request.limits
        let archive = try ZipArchive(file, limits: limits)
        let models = archive.names.filter { $0.hasSuffix(".onnx") }.sorted()
        guard models.count == 1, let model = try archive.entry(models[0], maximumBytes: limits.maximumBytes) else {
            throw ModelFileError(
                .unsupported, "ONNX: the archive must hold one .onnx file, it holds \(models.count)")
        }
        let prefix = models[0].lastIndex(of: "/").map { String(models[0][...$0]) } ?? ""
        let outside = ONNXExternalWeights(
            .archive(archive, prefix: prefix), maximumBytes: limits.maximumBytes - model.count)
        return try ONNXReader.read(model, request, outside)
    }
}
