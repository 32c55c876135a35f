/// What a model may ask for before any memory is given to it.
enum ModelLimits {
    /// Refuses models without outputs, inputs of unknown rank, and tensors above the limit.
    static func check(
        inputs: [TensorSpecification], outputs: [TensorSpecification], maximumTensorBytes: Int
    ) throws(InferenceError) {
        if inputs.isEmpty { throw .invalidModel(reason: "it has no input") }
        if outputs.isEmpty { throw .invalidModel(reason: "it has no output") }
        for input in inputs where !input.hasKnownRank {
            throw .invalidModel(reason: "input \"\(input.name)\" does not say how many axes it has")
        }
        for tensor in inputs + outputs {
            guard let bytes = tensor.byteCount(of: tensor.smallestShape), bytes <= maximumTensorBytes else {
                throw .tensorTooLarge(tensor: tensor.name, limit: maximumTensorBytes)
            }
        }
    }
}
