import Foundation

/// Turns model files into loaded models; used by one thread at a time.
struct ModelLoader: Sendable {
    let core: OpenVINOCore
    let configuration: InferenceConfiguration
    let queue: WorkQueue

    /// Reads, compiles and warms up a model.
    func load(_ source: ModelSource, precision: Precision, name: String) throws(InferenceError) -> LoadedModel {
        let file = try ModelFile(source)
        var networks = try compileFromCache(file, precision: precision)
        if networks.isEmpty { networks = try compile(file, precision: precision) }
        let convolutions = precision == .f32 && isSmall(file) ? ConvolutionEngine(file) : nil
        let model = try LoadedModel(
            name: name, precision: precision, networks: networks, convolutions: convolutions, queue: queue,
            configuration: configuration)
        try model.warmUp()
        return model
    }

    /// Reads the model, checks what it asks for, and compiles it.
    private func compile(_ file: ModelFile, precision: Precision) throws(InferenceError) -> [CompiledNetwork] {
        let model = try read(file)
        do throws(OpenVINOFailure) {
            let settings = settings(for: file, precision: precision)
            var networks: [CompiledNetwork] = []
            for _ in 0..<copies(of: file) { networks.append(try core.compile(model, with: settings)) }
            return networks
        } catch {
            throw .invalidModel(reason: error.reason)
        }
    }

    /// Takes the compiled model from the cache folder, or compiles it into there.
    ///
    /// - Returns: nothing without a cache folder, and when anything about it fails, which must not keep a model from
    ///   loading.
    /// - Throws: when the model itself is at fault.
    private func compileFromCache(_ file: ModelFile, precision: Precision) throws(InferenceError) -> [CompiledNetwork] {
        guard let folder = configuration.cacheFolder else { return [] }
        let cache = CompiledModelCache(folder: folder, limitBytes: configuration.cacheLimitBytes)
        var settings = settings(for: file, precision: precision)
        let variant = "\(precision.rawValue)-\(settings.streams)-\(settings.threads)"
        guard let entry = cache.entry(for: file, variant: variant) else { return [] }
        // A model that comes from the cache has been checked; another one is before it is compiled.
        if !entry.hasCompiledModel {
            // Without the cache it is read again, and the reason told if the model is at fault.
            guard let model = try? core.read(path: entry.modelPath) else {
                entry.discard()
                return []
            }
            try check(model)
        }
        settings.cachePath = entry.folder.path
        var networks: [CompiledNetwork] = []
        do throws(OpenVINOFailure) {
            for _ in 0..<copies(of: file) {
                networks.append(try core.compile(path: entry.modelPath, with: settings))
            }
        } catch {
            entry.discard()
            return []
        }
        entry.seal()
        cache.prune(keeping: entry)
        return networks
    }

    /// Reads a model and checks what it asks for.
    private func read(_ file: ModelFile) throws(InferenceError) -> OpenVINOModel {
        let model: OpenVINOModel
        do throws(OpenVINOFailure) {
            model = try file.read(with: core)
        } catch {
            throw .invalidModel(reason: error.reason)
        }
        try check(model)
        return model
    }

    private func check(_ model: OpenVINOModel) throws(InferenceError) {
        try ModelLimits.check(
            inputs: model.inputs(), outputs: model.outputs(), maximumTensorBytes: configuration.maximumTensorBytes)
    }

    private func isSmall(_ file: ModelFile) -> Bool {
        file.byteCount <= configuration.smallModelBytes
    }

    private func copies(of file: ModelFile) -> Int {
        isSmall(file) ? configuration.workers : 1
    }

    private func settings(for file: ModelFile, precision: Precision) -> CompilationSettings {
        if isSmall(file) { return CompilationSettings(precision: precision, streams: 0, threads: 1) }
        let streams = configuration.parallelism == .acrossPredictions ? configuration.workers : 1
        let threads = max(ProcessInfo.processInfo.activeProcessorCount, streams)
        return CompilationSettings(precision: precision, streams: streams, threads: threads)
    }
}
