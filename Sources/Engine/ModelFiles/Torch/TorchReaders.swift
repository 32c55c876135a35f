/// Reads files of PyTorch: weights, training checkpoints, whole networks and TorchScript archives, as data.
enum TorchReader: ModelFileReader {
    static func recognizes(_ probe: ModelFileProbe) -> Bool {
        TorchArchive.isOne(probe.archiveNames) || TorchLegacyFile.isOne(probe.file) || TorchTarFile.isOne(probe.file)
            || isPickle(probe.file)
    }

    /// Whether a file is a pickle of tensors that was written without `torch.save`.
    private static func isPickle(_ file: FileBytes) -> Bool {
        guard file.prefix(1) == [0x80] else { return false }
        return file.prefix(1 << 16).firstRange(of: Array("torch._utils".utf8)) != nil
    }

    /// What a file holds, and the program that wrote it.
    static func contents(
        of file: FileBytes, limits: ModelFileLimits
    ) throws(ModelFileError) -> (checkpoint: TorchCheckpoint, framework: String) {
        if TorchTarFile.isOne(file) { throw TorchTarFile.refusal(file) }
        if TorchLegacyFile.isOne(file) {
            let container = try TorchLegacyFile(file, limits: limits)
            return (
                try TorchCheckpoint(container.root, storages: container.storages, limits: limits), "PyTorch"
            )
        }
        if file.prefix(1) == [0x80] {
            let storages = TorchStorageTable(storages: [:])
            let root = try PickleReader.read(file).value
            return (try TorchCheckpoint(root, storages: storages, limits: limits), "PyTorch")
        }
        let archive = try TorchArchive(file, limits: limits)
        let root = try PickleReader.read(try archive.pickle()).value
        let checkpoint = try TorchCheckpoint(root, storages: try archive.storages(), limits: limits)
        // The order of bytes is stated since PyTorch 2.1, the archive itself came with 1.6.
        let version = archive.hasByteOrder ? "2.1 or newer" : "1.6 or newer"
        return (checkpoint, archive.isScript ? "TorchScript" : "PyTorch \(version)")
    }

    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let (checkpoint, writer) = try contents(of: file, limits: request.limits)
        let framework = checkpoint.lightningVersion.map { "PyTorch Lightning \($0.prefix(40))" } ?? writer
        return try TorchConversion.convert(
            checkpoint.weights, module: checkpoint.module, format: .pytorch, framework: framework,
            labels: checkpoint.labels, request)
    }
}

/// Reads safetensors files with the names of PyTorch's weights.
enum SafetensorsReader: ModelFileReader {
    static func recognizes(_ probe: ModelFileProbe) -> Bool { SafetensorsFile.starts(probe.start) }

    static func read(_ file: FileBytes, _ request: ReadingRequest) throws(ModelFileError) -> ImportedModel {
        let content = try SafetensorsFile(file, limits: request.limits)
        // Other frameworks order the axes of kernels differently.
        if let format = content.metadata["format"], !["pt", "np"].contains(format) {
            throw ModelFileError(
                .unsupported,
                "the safetensors file has weights in the layout of '\(format.prefix(20))', only PyTorch's (pt) is read")
        }
        return try TorchConversion.convert(
            content.weights, format: .safetensors, framework: content.metadata["producer"], request)
    }
}

/// Tells tar archives, which PyTorch wrote before version 0.1.10 and people make of anything.
enum TorchTarFile {
    static func isOne(_ file: FileBytes) -> Bool { Array(file.prefix(262).dropFirst(257)) == Array("ustar".utf8) }

    static func refusal(_ file: FileBytes) -> ModelFileError {
        let name = String(decoding: file.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
        if ["sys_info", "storages", "tensors", "pickle", "./sys_info"].contains(name) {
            return ModelFileError(
                .unsupported,
                "this is a file of PyTorch before 0.1.10 (a tar archive), which is not read; load and save it with a newer one"
            )
        }
        return ModelFileError(.unsupported, "this is a tar archive, not a model; unpack it and give the file in it")
    }
}
