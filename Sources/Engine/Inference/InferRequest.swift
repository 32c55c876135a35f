import COpenVINO
import Tensors

/// The buffers of one prediction at a time on a compiled model.
final class InferRequest {
    private let handle: OpaquePointer
    /// Kept because the library's request uses the compiled model.
    private let network: CompiledNetwork
    private let inputs: [TensorSpecification]
    private let outputs: [TensorSpecification]
    private var inputTensors: [OpenVINOTensor?]
    /// Outputs whose shape never changes stay at the same place, so they are looked up once.
    private var outputTensors: [OpenVINOTensor?]

    /// Takes over the handle.
    init(
        handle: OpaquePointer, network: CompiledNetwork, inputs: [TensorSpecification], outputs: [TensorSpecification]
    ) throws(OpenVINOFailure) {
        self.handle = handle
        self.network = network
        self.inputs = inputs
        self.outputs = outputs
        inputTensors = [OpenVINOTensor?](repeating: nil, count: inputs.count)
        outputTensors = [OpenVINOTensor?](repeating: nil, count: outputs.count)
        for (index, input) in inputs.enumerated() where !input.shape.contains(nil) {
            var found: OpaquePointer?
            try OpenVINOFailure.check(ov_infer_request_get_input_tensor_by_index(handle, index, &found))
            guard let found else { throw OpenVINOFailure(libraryText: "") }
            inputTensors[index] = try OpenVINOTensor(adopting: found, type: input.elementType)
        }
    }

    deinit {
        // The tensors first: those of the request must not outlive it.
        inputTensors = []
        outputTensors = []
        ov_infer_request_free(handle)
    }

    /// Runs predictions as one, stacked along the first axis when there is more than one.
    ///
    /// - Parameter items: the inputs of each prediction in the model's order; their shapes have been checked, and with
    ///   several items agree on all axes but the first.
    /// - Returns: the outputs of each prediction in the model's order; nil when the model's outputs do not have a row
    ///   for each row of the inputs, so that they cannot be told apart.
    func run(_ items: [[Tensor]]) throws(OpenVINOFailure) -> [[Tensor]]? {
        for index in inputs.indices {
            var shape = items[0][index].shape
            if items.count > 1 { shape[0] = items.reduce(0) { $0 + $1[index].shape[0] } }
            try inputTensor(index, shape: shape).store(items.lazy.map { $0[index] })
        }
        try OpenVINOFailure.check(ov_infer_request_infer(handle))
        var results: [OpenVINOTensor] = []
        results.reserveCapacity(outputs.count)
        for index in outputs.indices { results.append(try outputTensor(index)) }
        if items.count == 1 { return [results.map { $0.load() }] }
        return Self.split(results, rowsOfItems: items.map { $0[0].shape[0] })
    }

    private static func split(_ results: [OpenVINOTensor], rowsOfItems: [Int]) -> [[Tensor]]? {
        let total = rowsOfItems.reduce(0, +)
        guard results.allSatisfy({ $0.shape.first == total }) else { return nil }
        var start = 0
        return rowsOfItems.map { rows in
            defer { start += rows }
            return results.map { $0.load(rows: start..<start + rows) }
        }
    }

    private func inputTensor(_ index: Int, shape: [Int]) throws(OpenVINOFailure) -> OpenVINOTensor {
        if let tensor = inputTensors[index], tensor.shape == shape { return tensor }
        let tensor = try OpenVINOTensor(type: inputs[index].elementType, shape: shape)
        try OpenVINOFailure.check(tensor.withHandle { ov_infer_request_set_input_tensor_by_index(handle, index, $0) })
        inputTensors[index] = tensor
        return tensor
    }

    private func outputTensor(_ index: Int) throws(OpenVINOFailure) -> OpenVINOTensor {
        if let tensor = outputTensors[index] { return tensor }
        var found: OpaquePointer?
        try OpenVINOFailure.check(ov_infer_request_get_output_tensor_by_index(handle, index, &found))
        guard let found else { throw OpenVINOFailure(libraryText: "") }
        let tensor = try OpenVINOTensor(adopting: found, type: outputs[index].elementType)
        if outputs[index].hasKnownRank, !outputs[index].shape.contains(nil) { outputTensors[index] = tensor }
        return tensor
    }
}
