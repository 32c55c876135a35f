import ONNX

/// A network whose architecture the names and shapes of its weights tell, as a graph.
struct RecognizedNetwork: Sendable {
    /// Name of the architecture: one of `TorchArchitectures.names`.
    let architecture: String
    /// The graph: input `input` of shape `[N, C, H, W]` or `[N, F]`, output `output` of shape `[N, classes]`.
    let model: ONNXModel
    /// What the network reads.
    let inputs: [TensorSpec]
    /// What the network writes: scores as its last layer gives them.
    let outputs: [TensorSpec]
    /// Layers with weights, in the order in which they run.
    let layers: [LayerSummary]
    /// Number of all weights, the statistics of normalizations included.
    let parameterCount: Int
    /// What the values of the input are believed to be; nil where the input is no picture.
    let preprocessing: InputGuess?
    /// What the weights do not tell and was taken by convention, for people; whole sentences.
    let notes: [String]
}
