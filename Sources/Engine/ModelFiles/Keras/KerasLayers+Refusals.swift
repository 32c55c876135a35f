import JSON

extension KerasLayers {
    /// Why a layer of an unknown type is refused.
    static func refusal(of config: KerasConfig) -> ModelFileError {
        let start = "layer '\(config.layer)' has type \(config.type), which"
        switch config.type {
        case "Lambda":
            return ModelFileError(.refused, "\(start) runs code and is refused")
        case "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer":
            return ModelFileError(.refused, "\(start) runs a program of another framework and is refused")
        case "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod", "InstanceProperty":
            let function = config.value("function")?.stringValue ?? config.value("node_def")?["op"]?.stringValue
            let name = function.map { "'\($0.prefix(64))'" } ?? "a function"
            return ModelFileError(
                .refused,
                "\(start) calls any function of TensorFlow by its name; \(name) is not among those that are known to "
                    + "be safe, use layers instead")
        case "StringLookup", "TextVectorization", "IntegerLookup", "Discretization", "Hashing", "HashedCrossing",
            "CategoryEncoding", "FeatureSpace":
            return ModelFileError(
                .unsupported,
                "\(start) prepares texts or categories and is not supported; save the part of the model after it")
        case "MaxoutDense", "Highway", "LocallyConnected1D", "LocallyConnected2D":
            return ModelFileError(
                .unsupported, "\(start) left Keras long ago and is not supported")
        default:
            if config.type.hasPrefix("ops.") {
                return ModelFileError(.unsupported, "\(start) is an operation of Keras that is not supported")
            }
            if let separator = config.type.firstIndex(of: ">") {
                return ModelFileError(
                    .unsupported,
                    "\(start) is defined by code of '\(config.type[..<separator])' that is not in the file")
            }
            return ModelFileError(.unsupported, "\(start) is not supported")
        }
    }

    /// Refuses layers whose weights are stored as small integers with scales.
    static func checkPrecision(of config: KerasConfig) throws(ModelFileError) {
        let policy = config.value("dtype")
        let settings = policy?["config"]
        let name = policy?.stringValue ?? settings?["name"]?.stringValue ?? settings?["mode"]?.stringValue ?? ""
        for quantized in ["int8", "int4", "float8", "gptq", "awq"] where name.hasPrefix(quantized) {
            throw config.unsupported(
                "is quantized to \(quantized), which is not supported; save the model as it was before")
        }
    }
}
