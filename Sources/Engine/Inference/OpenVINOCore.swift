import COpenVINO

/// The inference library with its readers and its processor plugin.
///
/// `@unchecked Sendable`: the handle never changes, and the library guards the core with a lock of its own.
final class OpenVINOCore: @unchecked Sendable {
    /// The one of the process. It is never freed, since that unloads code that threads of the library may still run.
    private static let only = Result { () throws(OpenVINOFailure) in try OpenVINOCore() }

    private let handle: OpaquePointer

    private init() throws(OpenVINOFailure) {
        var core: OpaquePointer?
        try OpenVINOFailure.check(ov_core_create(&core))
        guard let core else { throw OpenVINOFailure(libraryText: "") }
        handle = core
    }

    /// The one core of the process.
    ///
    /// - Throws: `failed` when the library cannot start.
    static func shared() throws(InferenceError) -> OpenVINOCore {
        do throws(OpenVINOFailure) { return try only.get() } catch { throw .failed(reason: error.reason) }
    }

    /// Reads a model from memory without compiling it.
    ///
    /// - Parameter weights: those of an OpenVINO IR, whose description `bytes` are; nil for ONNX. They are copied.
    func read(
        _ bytes: UnsafeRawBufferPointer, weights: ModelFile.Part? = nil
    ) throws(OpenVINOFailure) -> OpenVINOModel {
        var model: OpaquePointer?
        let characters = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        if let weights {
            let tensor = try OpenVINOTensor(type: .u8, shape: [weights.count])
            weights.withBytes { tensor.store(bytes: $0) }
            let status = tensor.withHandle {
                ov_core_read_model_from_memory_buffer(handle, characters, bytes.count, $0, &model)
            }
            try OpenVINOFailure.check(status)
        } else {
            try OpenVINOFailure.check(
                ov_core_read_model_from_memory_buffer(handle, characters, bytes.count, nil, &model))
        }
        guard let model else { throw OpenVINOFailure(libraryText: "") }
        return OpenVINOModel(handle: model)
    }

    /// Reads a model file without compiling it.
    func read(path: String) throws(OpenVINOFailure) -> OpenVINOModel {
        var model: OpaquePointer?
        try OpenVINOFailure.check(ov_core_read_model(handle, path, nil, &model))
        guard let model else { throw OpenVINOFailure(libraryText: "") }
        return OpenVINOModel(handle: model)
    }

    /// Compiles a model for this machine's processor.
    func compile(
        _ model: OpenVINOModel, with settings: CompilationSettings
    ) throws(OpenVINOFailure) -> CompiledNetwork {
        var compiled: OpaquePointer?
        try settings.withProperties { (properties, count) throws(OpenVINOFailure) in
            try OpenVINOFailure.check(
                ov_core_compile_model_props(handle, model.handle, "CPU", count, properties, &compiled))
        }
        guard let compiled else { throw OpenVINOFailure(libraryText: "") }
        return CompiledNetwork(handle: compiled)
    }

    /// Compiles a model file, or takes it from the cache folder in the settings.
    func compile(path: String, with settings: CompilationSettings) throws(OpenVINOFailure) -> CompiledNetwork {
        var compiled: OpaquePointer?
        try settings.withProperties { (properties, count) throws(OpenVINOFailure) in
            try OpenVINOFailure.check(
                ov_core_compile_model_from_file_props(handle, path, "CPU", count, properties, &compiled))
        }
        guard let compiled else { throw OpenVINOFailure(libraryText: "") }
        return CompiledNetwork(handle: compiled)
    }
}

/// A model that has been read and not compiled yet.
final class OpenVINOModel {
    fileprivate let handle: OpaquePointer

    fileprivate init(handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        ov_model_free(handle)
    }

    /// The inputs in the order of the file.
    func inputs() throws(InferenceError) -> [TensorSpecification] {
        var count = 0
        try OpenVINOPort.check(ov_model_inputs_size(handle, &count))
        return try OpenVINOPort.specifications(count, kind: "input") { ov_model_const_input_by_index(handle, $0, $1) }
    }

    /// The outputs in the order of the file.
    func outputs() throws(InferenceError) -> [TensorSpecification] {
        var count = 0
        try OpenVINOPort.check(ov_model_outputs_size(handle, &count))
        return try OpenVINOPort.specifications(count, kind: "output") { ov_model_const_output_by_index(handle, $0, $1) }
    }
}
