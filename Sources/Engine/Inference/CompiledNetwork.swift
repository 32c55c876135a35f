import COpenVINO

/// A model compiled for this machine, from which requests are made.
///
/// `@unchecked Sendable`: the handle never changes, and the library guards a compiled model with a lock of its own.
final class CompiledNetwork: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Takes over the handle.
    init(handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        ov_compiled_model_free(handle)
    }

    /// The inputs in the order of the file.
    func inputs() throws(InferenceError) -> [TensorSpecification] {
        var count = 0
        try OpenVINOPort.check(ov_compiled_model_inputs_size(handle, &count))
        return try OpenVINOPort.specifications(count, kind: "input") {
            ov_compiled_model_input_by_index(handle, $0, $1)
        }
    }

    /// The outputs in the order of the file.
    func outputs() throws(InferenceError) -> [TensorSpecification] {
        var count = 0
        try OpenVINOPort.check(ov_compiled_model_outputs_size(handle, &count))
        return try OpenVINOPort.specifications(count, kind: "output") {
            ov_compiled_model_output_by_index(handle, $0, $1)
        }
    }

    /// The arithmetic the library really uses; a processor without bf16 falls back to f32.
    func precision() -> Precision? {
        var text: UnsafeMutablePointer<CChar>?
        guard ov_compiled_model_get_property(handle, "INFERENCE_PRECISION_HINT", &text) == OK, let text else {
            return nil
        }
        defer { ov_free(text) }
        return Precision(rawValue: String(cString: text))
    }

    /// Makes a request, which holds the buffers of one prediction at a time.
    func makeRequest(
        inputs: [TensorSpecification], outputs: [TensorSpecification]
    ) throws(OpenVINOFailure) -> sending InferRequest {
        var request: OpaquePointer?
        try OpenVINOFailure.check(ov_compiled_model_create_infer_request(handle, &request))
        guard let request else { throw OpenVINOFailure(libraryText: "") }
        return try InferRequest(handle: request, network: self, inputs: inputs, outputs: outputs)
    }
}
