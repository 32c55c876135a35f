import Tensors

/// The named weights of a network, in the order of the file: a PyTorch state dictionary or its like.
///
/// Weights are read when they are asked for, so that those of a training state cost nothing.
struct NamedWeights: Sendable {
    /// One weight.
    struct Weight: Sendable {
        let name: String
        let shape: [Int]
        /// Whether the elements are floating-point numbers (of any width); counters are whole numbers.
        let isFloatingPoint: Bool
        /// Reads the values, row-major.
        let read: @Sendable () throws(ModelFileError) -> Tensor
    }

    let weights: [Weight]
    private let positions: [String: Int]

    /// Makes a list of weights; of equal names the last counts.
    init(_ weights: [Weight]) {
        self.weights = weights
        positions = Dictionary(weights.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
    }

    subscript(name: String) -> Weight? { positions[name].map { weights[$0] } }
}
